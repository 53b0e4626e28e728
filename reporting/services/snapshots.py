"""Freezes the week's numbers, so that later it can be told what was known then."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reporting.domain.metrics import REGISTRY
from reporting.domain.periods import Period
from reporting.events import SnapshotTaken
from reporting.models import Snapshot
from reporting.selectors.metrics import metric_value
from reporting.selectors.snapshots import weeks_without_snapshot
from smarketing.activity.bus import publish
from smarketing.lib.errors import Invalid

# Any number will do as long as nothing else in the product uses it.
_LOCK = 7_302


@transaction.atomic
def take_snapshot(period: Period, *, now: datetime) -> int:
    """Freezes every metric on each of its bases over a period that is over; returns how many were new.

    Again over the same period it changes nothing: what was frozen stays. Publishes SnapshotTaken where any was new.
    Raises Invalid while the period still runs.
    """
    if period.end > now:
        raise Invalid(f"{period.label} is not over yet.", code="period_not_over")
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    known = set(
        Snapshot.objects.filter(first=period.first, last=period.last).values_list("metric", "metric_version", "basis")
    )
    rows = []
    for metric in REGISTRY.values():
        for basis in metric.bases:
            if (metric.name, metric.version, basis) in known:
                continue
            value = metric_value(metric.name, period, basis=basis)
            rows.append(
                Snapshot(
                    metric=metric.name,
                    metric_version=metric.version,
                    basis=basis,
                    first=period.first,
                    last=period.last,
                    value=value.value,
                    facts={"zone": period.zone, "of": str(value.of) if value.of is not None else None},
                    taken_at=now,
                )
            )
    Snapshot.objects.bulk_create(rows)
    if rows:
        publish(SnapshotTaken(first=period.first, last=period.last, count=len(rows)), actor=None, at=now)
    return len(rows)


def take_due_snapshots(*, now: datetime) -> int:
    """Takes the snapshot of every week that is over and has none; returns how many weeks."""
    weeks = weeks_without_snapshot(now)
    for week in weeks:
        take_snapshot(week, now=now)
    return len(weeks)
