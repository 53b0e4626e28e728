"""Keeps the board's sums: triggers mark the days that facts touch, and only those days are summed again."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction
from django.db.models import Max, Min

from sla.models import BoardSum, StaleBoardDay
from sla.selectors.sums import SUM_DAYS
from smarketing.accounts.models import Organisation

# Any number will do as long as nothing else in the product uses it.
_LOCK = 7_304

_SPAN = """
SELECT min(first)::date - 1, max(last)::date + 1 FROM (
    SELECT min(due_at) AS first, max(due_at) AS last FROM sla_clock
    UNION ALL SELECT min(decided_at), max(decided_at) FROM leads_handoff
    UNION ALL SELECT min(delivered_at), max(delivered_at) FROM leads_delivery
) AS facts
"""


def mark_span(first: date, last: date) -> None:
    """Marks every day from `first` to `last`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sla_staleboardday (day) SELECT d::date FROM generate_series(%s::date, %s::date, '1 day') AS d",
            [first, last],
        )


def mark_all() -> None:
    """Marks every day that facts fall on or that is summed: what a day is has changed.

    A day that waits to be summed was marked as what it was before, so that the sums alone do not tell.
    """
    kept = BoardSum.objects.aggregate(first=Min("day"), last=Max("day"))
    with connection.cursor() as cursor:
        cursor.execute(_SPAN)
        days = [day for day in (*cursor.fetchone(), *kept.values()) if day is not None]
    if days:
        mark_span(min(days), max(days))


def refresh(*, limit: int = 400) -> int:
    """Sums the oldest stale days again, at most `limit`. Returns how many days were summed.

    One runs at a time (a second returns 0 at once). A mark that commits while this runs is seen by the next run.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return _sum_stale_days(limit) if cursor.fetchone()[0] else 0


def _sum_stale_days(limit: int) -> int:
    """The same for whoever holds the lock."""
    days = list(StaleBoardDay.objects.order_by("day").values_list("day", flat=True).distinct()[:limit])
    if not days:
        return 0
    # Marks made after this must survive: their facts may not be visible to the sums below.
    seen = list(StaleBoardDay.objects.filter(day__in=days).values_list("pk", flat=True))
    BoardSum.objects.filter(day__in=days).delete()
    with connection.cursor() as cursor:
        cursor.execute(SUM_DAYS, {"zone": Organisation.current().timezone, "days": days})
    StaleBoardDay.objects.filter(pk__in=seen).delete()
    return len(days)


@transaction.atomic
def rebuild() -> int:
    """Sums every day anew, as if nothing had been kept. Returns how many sums there are.

    Waits for whoever is at work, then works alone. Until it is done the board reads what was kept.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        BoardSum.objects.all().delete()
        StaleBoardDay.objects.all().delete()
        cursor.execute(_SPAN)
        first, last = cursor.fetchone()
    if first is not None:
        mark_span(first, last)
    while _sum_stale_days(limit=400):
        pass
    return BoardSum.objects.count()
