"""Numbers as they stood at the end of each week, beside what they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from leads.selectors.leads import fact_span
from reporting.domain.metrics import REGISTRY, Metric
from reporting.domain.periods import Period, week_of
from reporting.domain.snapshots import CATCH_UP, weeks_due
from reporting.models import Snapshot
from reporting.selectors.metrics import metric_rows
from reporting.selectors.periods import today_in
from smarketing.accounts.models import Organisation


@dataclass(frozen=True, slots=True)
class Frozen:
    """One week of a metric: what stood there then, and what the same week says now."""

    period: Period
    then: Decimal | None
    now: Decimal | None
    taken_at: datetime
    records: str = ""


def weeks_without_snapshot(now: datetime) -> list[Period]:
    """Whole weeks that are over and wait for their snapshot, oldest first."""
    zone = Organisation.current().timezone
    today = today_in(zone, now)
    span = fact_span()
    since = week_of(today, zone).first - timedelta(weeks=CATCH_UP)
    taken = set(Snapshot.objects.filter(first__gte=since).values_list("first", flat=True).distinct())
    # The span is a day wider than the facts.
    return weeks_due(today, zone, taken, span[0] + timedelta(days=1) if span else None)


def frozen_weeks(metric: Metric, *, basis: str, limit: int = 26) -> list[Frozen]:
    """The last snapshots of the metric's present version, newest first, with what each week says now."""
    zone = Organisation.current().timezone
    rows = list(
        Snapshot.objects.filter(metric=metric.name, metric_version=metric.version, basis=basis).order_by("-first")[
            :limit
        ]
    )
    present = _by_week(metric, rows, zone, basis)
    return [
        Frozen(
            period=Period(row.first, row.last, zone),
            then=row.value,
            now=present.get(row.first, (Decimal(0) if metric.adds_up else None, ""))[0],
            taken_at=row.taken_at,
            records=present.get(row.first, (None, ""))[1],
        )
        for row in rows
    ]


def beside_now(snapshot: Snapshot) -> Frozen:
    """One frozen number with what the same period says now; no data where its formula has changed since."""
    zone = Organisation.current().timezone
    metric = REGISTRY.get(snapshot.metric)
    period = Period(snapshot.first, snapshot.last, zone)
    if metric is None or metric.version != snapshot.metric_version or snapshot.basis not in metric.bases:
        return Frozen(period, snapshot.value, None, snapshot.taken_at)
    none = (Decimal(0) if metric.adds_up else None, "")
    present, records = _by_week(metric, [snapshot], zone, snapshot.basis).get(snapshot.first, none)
    return Frozen(period, snapshot.value, present, snapshot.taken_at, records)


def _by_week(metric: Metric, rows: Sequence[Snapshot], zone: str, basis: str) -> dict[date, tuple[Decimal | None, str]]:
    if not rows:
        return {}
    span = Period(rows[-1].first, rows[0].last, zone)
    found = metric_rows(metric.name, span, by="week", basis=basis)
    return {date.fromisoformat(row.key): (row.value, row.records) for row in found}
