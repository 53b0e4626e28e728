"""Facts grouped by a dimension: the sums under the metrics that are not stages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from reporting.domain.periods import Period

# Per metric: the value, the table with its joins, the date that counts and a condition. All are constants.
_LEAD = "JOIN leads_lead l ON l.id = {table}.lead_id"
_SOURCES: dict[str, tuple[str, str, str, str]] = {
    "qualified_leads": ("count(*)", f"leads_delivery q {_LEAD.format(table='q')}", "q.delivered_at", "true"),
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
    "revenue": (
        "coalesce(sum(d.amount), 0)",
        f"leads_deal d LEFT {_LEAD.format(table='d')}",
        "d.won_at",
        "d.currency = %(currency)s",
    ),
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
        "s.currency = %(currency)s",
    ),
    "sessions": ("coalesce(sum(l.sessions), 0)", "leads_visit l", "l.visited_on", "true"),
}
_DATES = {"spend", "sessions"}
_DIMENSIONS = {
    "total": "'all'",
    "channel": "coalesce(l.channel, 'unknown')",
    "source": "coalesce(l.source, '')",
    "campaign": "coalesce(l.campaign_id::text, '')",
    # Dates become text once they are few.
    "day": "{local}::date",
    "week": "date_trunc('week', {local})::date",
    "month": "date_trunc('month', {local})::date",
}


def grouped(metric: str, period: Period, by: str, currency: str) -> dict[str, Decimal]:
    """Values of a fact metric over the period, keyed by the dimension; money only where it is in `currency`."""
    value = _SOURCES[metric][0]
    key, matching, given = _matching(metric, period, by, currency)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, {value} {matching} GROUP BY 1", given)
        return {str(key): Decimal(str(value)) for key, value in cursor.fetchall() if value is not None}


def revenue_on(period: Period, currency: str) -> dict[date, Decimal]:
    """What `grouped` says of the revenue by day, for days on which something was won.

    The days go in as instants: to work out the local day of each win takes longer than to find and sum the wins.
    """
    days = [period.first + timedelta(days=n) for n in range(period.days)]
    spans = [Period(day, day, period.zone) for day in days]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.day, won.amount FROM unnest(%s::date[], %s::timestamptz[], %s::timestamptz[]) AS s(day, a, b)"
            " CROSS JOIN LATERAL (SELECT coalesce(sum(d.amount), 0) AS amount, count(*) AS number FROM leads_deal d"
            " WHERE d.won_at >= s.a AND d.won_at < s.b AND d.currency = %s) AS won WHERE won.number > 0",
            [days, [span.start for span in spans], [span.end for span in spans], currency],
        )
        return dict(cursor.fetchall())


def behind(metric: str, period: Period, by: str, key: str, currency: str) -> RawSQL:
    """Ids of the rows from which `grouped` computed the value at `key`, as a subquery."""
    expression, matching, given = _matching(metric, period, by, currency)
    alias = _SOURCES[metric][1].split()[1]
    statement = f"SELECT {alias}.id {matching} AND {expression} = %(key)s"
    given["key"] = key
    names = re.findall(r"%\((\w+)\)s", statement)
    return RawSQL(re.sub(r"%\(\w+\)s", "%s", statement), [given[name] for name in names])  # noqa: S611


def _matching(metric: str, period: Period, by: str, currency: str) -> tuple[str, str, dict[str, Any]]:
    """The dimension's expression, the tables with the condition, and the parameters of both."""
    value, tables, moment, condition = _SOURCES[metric]
    is_date = metric in _DATES
    key = _DIMENSIONS[by].format(local=moment if is_date else f"({moment} AT TIME ZONE %(zone)s)")
    if "l." not in f"{key} {value} {condition}" and tables.endswith(_LEAD.format(table=tables.split()[1])):
        # The lead is only needed where its origin or its time is asked for.
        tables = " ".join(tables.split()[:2])
    until = f"{moment} <= %(end)s" if is_date else f"{moment} < %(end)s"
    start, end = (period.first, period.last) if is_date else (period.start, period.end)
    given = {"zone": period.zone, "start": start, "end": end, "currency": currency}
    return key, f"FROM {tables} WHERE {moment} >= %(start)s AND {until} AND {condition}", given
