"""The funnel: how many leads reached each stage, by origin or by day, with the list behind every number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from leads.domain.channels import Channel
from leads.domain.lifecycle import FUNNEL
from leads.models import Campaign
from reporting.domain.funnel import Step, funnel
from reporting.domain.periods import Period, month_of, steps, week_of
from reporting.models import Basis, StaleDay
from reporting.querysets.funnel_sql import COUNTED
from smarketing.lib.errors import Invalid

STAGES = [stage.value for stage in FUNNEL]
DIMENSIONS = {
    "total": "'all'",
    "channel": "channel",
    "source": "source",
    "campaign": "coalesce(campaign_id::text, '')",
    "day": "day::text",
    "week": "date_trunc('week', day)::date::text",
    "month": "date_trunc('month', day)::date::text",
}
FILTERS = ("channel", "source", "campaign_id")


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One line of the funnel: a value of the dimension and the steps of its leads."""

    key: str
    label: str
    steps: list[Step]
    records: str
    stage_records: dict[str, str]
    lost_records: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[tuple[Step, str, str]]:
        """Each step with the list of those who reached it and, in a cohort, of those who went no further."""
        return [(step, self.stage_records[step.stage], self.lost_records.get(step.stage, "")) for step in self.steps]

    @property
    def values(self) -> dict[str, int]:
        """Reached, by stage."""
        return {step.stage: step.reached for step in self.steps}


def funnel_rows(
    period: Period, *, by: str = "total", basis: str = Basis.COHORT, narrowed: dict[str, Any] | None = None
) -> list[FunnelRow]:
    """Rows of the funnel over `period`, largest first (by day, week, month: in time order).

    `by` is a key of DIMENSIONS; `narrowed` may hold channel, source, campaign_id. The numbers are those of this moment:
    days that facts have touched since the last summing are counted afresh. Raises Invalid for an unknown `by` or basis.
    """
    if by not in DIMENSIONS:
        raise Invalid(f"“{by}” is not one of {', '.join(DIMENSIONS)}.", fields={"by": ["Not a dimension."]})
    if basis not in Basis.values:
        raise Invalid(f"“{basis}” is not one of {', '.join(Basis.values)}.", fields={"basis": ["Not a basis."]})
    narrowed = {name: value for name, value in (narrowed or {}).items() if name in FILTERS and value is not None}
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for key, stage, leads in _counted(period, by, basis, narrowed):
        counts[key][stage] = leads
    if by == "total" and not counts:
        counts["all"] = {}
    if by in ("day", "week", "month") and counts:
        # A week in which nobody came is a zero, not a gap.
        for step in steps(date.fromisoformat(min(counts)), date.fromisoformat(max(counts)), by):
            counts.setdefault(step.isoformat(), {})
    names = labels(by, list(counts))
    rows = [
        FunnelRow(
            key=key,
            label=names.get(key, key),
            steps=funnel(values, STAGES),
            records=_records(period, by, basis, key, narrowed, stage=None),
            stage_records={stage: _records(period, by, basis, key, narrowed, stage=stage) for stage in STAGES},
            lost_records=_lost_records(period, by, key, narrowed) if basis == Basis.COHORT else {},
        )
        for key, values in counts.items()
    ]
    if by in ("day", "week", "month"):
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-row.steps[0].reached, row.label))


def _counted(period: Period, by: str, basis: str, narrowed: dict[str, Any]) -> list[tuple[str, str, int]]:
    """(key, stage, leads), from the kept sums and, for stale days, from the facts."""
    stale = list(
        StaleDay.objects.filter(basis=basis, day__gte=period.first, day__lte=period.last)
        .values_list("day", flat=True)
        .distinct()
    )
    where = "".join(f" AND {name} = %({name})s" for name in narrowed)
    kept = "SELECT day, channel, source, campaign_id, stage, leads FROM reporting_funnelbucket WHERE basis = %(basis)s"
    kept += " AND day BETWEEN %(first)s AND %(last)s"
    if stale:
        kept += " AND day <> ALL(%(days)s::date[])"
        kept += f" UNION ALL SELECT day, channel, source, campaign_id, stage, leads FROM ({COUNTED[basis]}) AS fresh"  # noqa: S608
    statement = (
        f"SELECT {DIMENSIONS[by]} AS key, stage, sum(leads)::bigint FROM ({kept}) AS buckets"  # noqa: S608
        f" WHERE true{where} GROUP BY 1, 2"
    )
    given = {
        "basis": basis,
        "first": period.first,
        "last": period.last,
        "days": stale,
        "zone": period.zone,
        **narrowed,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [(key, stage, leads) for key, stage, leads in cursor.fetchall()]


def labels(by: str, keys: list[str]) -> dict[str, str]:
    """What people call the keys of a dimension."""
    if by == "channel":
        return dict(Channel.choices())
    if by == "source":
        return {"": "(blank)"}
    if by == "campaign":
        ids = [int(key) for key in keys if key]
        names = Campaign.objects.filter(pk__in=ids).values_list("pk", "name")
        return {str(pk): name for pk, name in names} | {"": "No campaign"}
    if by == "total":
        return {"all": "All leads"}
    return {key: _day_label(by, date.fromisoformat(key)) for key in keys}


def _day_label(by: str, day: date) -> str:
    if by == "month":
        return f"{day:%B %Y}"
    text = f"{day.day} {day:%b %Y}"
    return f"Week of {text}" if by == "week" else text


def _records(period: Period, by: str, basis: str, key: str, narrowed: dict[str, Any], *, stage: str | None) -> str:
    """The address of the list of leads behind a number; its count equals the number."""
    span = _narrow_period(period, by, key)
    query: dict[str, Any] = {}
    if basis == Basis.COHORT:
        query |= {"created_from": span.start.isoformat(), "created_before": span.end.isoformat()}
        if stage and stage != STAGES[0]:
            query["reached"] = stage
    else:
        query |= {"reached": stage or STAGES[0]}
        query |= {"reached_from": span.start.isoformat(), "reached_before": span.end.isoformat()}
    for name, value in narrowed.items():
        query["campaign" if name == "campaign_id" else name] = value
    if by == "campaign":
        query["campaign"] = key or "none"
    elif by in ("channel", "source"):
        query[by] = key
    return f"{reverse('leads:lead-list')}?{urlencode(query)}"


def _lost_records(period: Period, by: str, key: str, narrowed: dict[str, Any]) -> dict[str, str]:
    """Per stage but the first: those of the cohort who reached the stage before and not this one."""
    return {
        after: _records(period, by, Basis.COHORT, key, narrowed, stage=before) + f"&not_reached={after}"
        for before, after in pairwise(STAGES)
    }


def _narrow_period(period: Period, by: str, key: str) -> Period:
    """The part of the period that a row by day, week or month speaks of."""
    if by not in ("day", "week", "month"):
        return period
    day = date.fromisoformat(key)
    whole = {
        "day": Period(day, day, period.zone),
        "week": week_of(day, period.zone),
        "month": month_of(day, period.zone),
    }
    return Period(max(whole[by].first, period.first), min(whole[by].last, period.last), period.zone)
