"""Keeps the funnel's sums: facts mark the days they touch, and only those days are summed again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection, transaction

from leads.selectors.leads import fact_span
from reporting.models import Basis, FunnelBucket, FunnelSum, StaleDay
from reporting.querysets.funnel_sql import COUNTED, KEYS, SUM_DAYS, SUM_MONTHS
from smarketing.accounts.models import Organisation

# Any number will do as long as nothing else in the product uses it.
_LOCK = 7_301

_MARK_LEADS = """
WITH organisation AS (SELECT coalesce((SELECT timezone FROM accounts_organisation), 'UTC') AS timezone)
INSERT INTO reporting_staleday (basis, day)
SELECT 'cohort', (l.created_at AT TIME ZONE o.timezone)::date FROM leads_lead l, organisation o
WHERE l.id = ANY(%(leads)s)
UNION
SELECT 'as_of', (t.occurred_at AT TIME ZONE o.timezone)::date FROM leads_stagetransition t, organisation o
WHERE t.lead_id = ANY(%(leads)s)
"""


def mark_leads(lead_ids: Iterable[int]) -> None:
    """Marks every day that these leads' facts fall on. Runs in the transaction that changes the facts."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_LEADS, {"leads": list(lead_ids)})


def mark_span(first: date, last: date) -> None:
    """Marks every day from `first` to `last`, on both bases: what an import calls once for a batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reporting_staleday (basis, day) SELECT b, d::date FROM unnest(%s::text[]) AS b,"
            " generate_series(%s::date, %s::date, '1 day') AS d",
            [list(Basis.values), first, last],
        )


def mark_all() -> None:
    """Marks every day on which facts fall: what a day is has changed, or nothing kept is to be believed."""
    span = fact_span()
    if span is not None:
        mark_span(*span)


def refresh(*, limit: int = 400) -> int:
    """Sums the oldest stale days again, at most `limit` of each basis. Returns how many days were summed.

    One runs at a time (a second returns 0 at once). A mark that commits while this runs is seen by the next run.
    """
    done = 0
    for basis in Basis.values:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return done
            done += _sum_stale_days(basis, limit)
    return done


def _sum_stale_days(basis: str, limit: int) -> int:
    """The same of one basis, for whoever holds the lock."""
    days = list(StaleDay.objects.filter(basis=basis).order_by("day").values_list("day", flat=True).distinct()[:limit])
    if not days:
        return 0
    # Marks made after this must survive: their facts may not be visible to the sums below.
    seen = list(StaleDay.objects.filter(basis=basis, day__in=days).values_list("pk", flat=True))
    _sum(basis, days)
    StaleDay.objects.filter(pk__in=seen).delete()
    return len(days)


@transaction.atomic
def rebuild() -> int:
    """Sums every day anew, as if nothing had been kept. Returns how many buckets there are.

    Waits for whoever is at work, then works alone. Until it is done the funnel reads what was kept.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    FunnelBucket.objects.all().delete()
    FunnelSum.objects.all().delete()
    StaleDay.objects.all().delete()
    mark_all()
    for basis in Basis.values:
        while _sum_stale_days(basis, limit=400):
            pass
    return FunnelBucket.objects.count()


def _sum(basis: str, days: list[date]) -> None:
    months = sorted({day.replace(day=1) for day in days})
    given: dict[str, Any] = {"zone": Organisation.current().timezone, "basis": basis, "days": days, "months": months}
    FunnelBucket.objects.filter(basis=basis, day__in=days).delete()
    kept = FunnelSum.objects.filter(basis=basis, dimension__in=list(KEYS))
    kept.filter(grain=FunnelSum.Grain.DAY, first_on__in=days).delete()
    kept.filter(grain=FunnelSum.Grain.MONTH, first_on__in=months).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reporting_funnelbucket (basis, day, channel, source, campaign_id, stage, leads) "
            + COUNTED[basis],
            given,
        )
        cursor.execute(SUM_DAYS, given)
        cursor.execute(SUM_MONTHS, given)
