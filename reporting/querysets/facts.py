"""Facts grouped by a dimension: the sums under the metrics that are not stages."""

from __future__ import annotations

from decimal import Decimal

from django.db import connection

from reporting.domain.periods import Period

# Per metric: the value, the table with its joins, the date that counts and a condition. All are constants.
_LEAD = "JOIN leads_lead l ON l.id = {table}.lead_id"
_SOURCES: dict[str, tuple[str, str, str, str]] = {
    "handoffs": ("count(*)", f"leads_handoff h {_LEAD.format(table='h')}", "h.created_at", "true"),
    "handoffs_decided": (
        "count(*)",
        f"leads_handoff h {_LEAD.format(table='h')}",
        "h.decided_at",
        "h.status IN ('accepted', 'rejected', 'returned')",
    ),
    "handoffs_accepted": (
        "count(*)",
        f"leads_handoff h {_LEAD.format(table='h')}",
        "h.decided_at",
        "h.status IN ('accepted', 'returned')",
    ),
    "deals_won": ("count(*)", f"leads_deal d LEFT {_LEAD.format(table='d')}", "d.won_at", "true"),
    "deals_closed": (
        "count(*)",
        f"leads_deal d LEFT {_LEAD.format(table='d')}",
        "coalesce(d.won_at, d.lost_at)",
        "true",
    ),
    "revenue": ("coalesce(sum(d.amount), 0)", f"leads_deal d LEFT {_LEAD.format(table='d')}", "d.won_at", "true"),
    "days_to_win": (
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.won_at - l.created_at) / 86400)",
        f"leads_deal d {_LEAD.format(table='d')}",
        "d.won_at",
        "d.won_at >= l.created_at",
    ),
    "rating": ("avg(f.rating)", f"leads_feedback f {_LEAD.format(table='f')}", "f.given_at", "true"),
    "spend": (
        "coalesce(sum(s.amount), 0)",
        "leads_spend s JOIN (SELECT id AS campaign_id, channel, '' AS source FROM leads_campaign) l"
        " ON l.campaign_id = s.campaign_id",
        "s.spent_on",
        "true",
    ),
    "sessions": ("coalesce(sum(l.sessions), 0)", "leads_visit l", "l.visited_on", "true"),
}
_DATES = {"spend", "sessions"}
_DIMENSIONS = {
    "total": "'all'",
    "channel": "coalesce(l.channel, 'unknown')",
    "source": "coalesce(l.source, '')",
    "campaign": "coalesce(l.campaign_id::text, '')",
    "month": "date_trunc('month', {local})::date::text",
}


def grouped(metric: str, period: Period, by: str) -> dict[str, Decimal]:
    """Values of a fact metric over the period, keyed by the dimension: total, channel, source, campaign or month."""
    value, tables, moment, condition = _SOURCES[metric]
    is_date = metric in _DATES
    local = moment if is_date else f"({moment} AT TIME ZONE %(zone)s)"
    key = _DIMENSIONS[by].format(local=local)
    statement = (
        f"SELECT {key}, {value} FROM {tables}"  # noqa: S608
        f" WHERE {moment} >= %(start)s AND {moment} < %(end)s AND {condition} GROUP BY 1"
    )
    start, end = (period.first, period.last) if is_date else (period.start, period.end)
    if is_date:
        statement = statement.replace(f"{moment} < %(end)s", f"{moment} <= %(end)s")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"zone": period.zone, "start": start, "end": end})
        return {key: Decimal(str(value)) for key, value in cursor.fetchall() if value is not None}
