"""The funnel: how many leads reached each stage, by origin or by day, with the list behind every number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.db import connection
from django.urls import reverse

from leads.domain.channels import Channel
from leads.domain.lifecycle import FUNNEL
from leads.models import Campaign
from reporting.domain.funnel import Step, funnel
from reporting.domain.periods import Period, month_of, steps, week_of
from reporting.models import Basis, StaleDay
from reporting.querysets.funnel_sql import COUNTED, KEYS
from smarketing.lib.errors import Invalid

STAGES = [stage.value for stage in FUNNEL]
# The key of a row, from a day and the value of the dimension.
KEY_OF = {
    "total": "'all'",
    "channel": "value",
    "source": "value",
    "campaign": "value",
    "day": "day::text",
    "week": "date_trunc('week', day)::date::text",
    "month": "date_trunc('month', day)::date::text",
}
DIMENSIONS = tuple(KEY_OF)
FILTERS = ("channel", "source", "campaign_id")


@dataclass(frozen=True)
class FunnelRow:
    """One line of the funnel: a value of the dimension and the steps of its leads.

    The addresses of its lists are written when they are asked for: few of a funnel's thousands of rows are shown.
    """

    key: str
    label: str
    steps: list[Step]
    lists: Lists

    @cached_property
    def records(self) -> str:
        """The list of its leads."""
        return self.lists.of(self.key)

    @cached_property
    def stage_records(self) -> dict[str, str]:
        """The lists of those who reached each stage."""
        return {stage: self.lists.of(self.key, stage) for stage in STAGES}

    @cached_property
    def lost_records(self) -> dict[str, str]:
        """In a cohort, the lists of those who reached the stage before each and went no further."""
        return self.lists.lost(self.key) if self.lists.is_cohort else {}

    @property
    def lines(self) -> list[tuple[Step, str, str]]:
        """Each step with the list of those who reached it and, in a cohort, of those who went no further."""
        return [(step, self.stage_records[step.stage], self.lost_records.get(step.stage, "")) for step in self.steps]

    @cached_property
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
    lists = Lists(period, by, basis, narrowed)
    rows = [FunnelRow(key, names.get(key, key), funnel(values, STAGES), lists) for key, values in counts.items()]
    if by in ("day", "week", "month"):
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-row.steps[0].reached, row.label))


def reached_on(period: Period, stages: Collection[str]) -> dict[str, dict[date, int]]:
    """How many leads first reached each of the stages on each day of the period; days without any are left out."""
    found: dict[str, dict[date, int]] = {stage: {} for stage in stages}
    for day, stage, leads in _counted(period, "day", Basis.AS_OF, {}):
        if stage in found:
            found[stage][date.fromisoformat(day)] = leads
    return found


def _counted(period: Period, by: str, basis: str, narrowed: dict[str, Any]) -> list[tuple[str, str, int]]:
    """(key, stage, leads), from the kept sums and, for stale days, from the facts."""
    marked = StaleDay.objects.filter(basis=basis, day__gte=period.first, day__lte=period.last)
    stale = set(marked.values_list("day", flat=True).distinct())
    months = _whole_months(period, stale) if by not in ("day", "week") else set()
    days = [period.first + timedelta(days=n) for n in range(period.days)]
    days = [day for day in days if day not in stale and day.replace(day=1) not in months]
    where = "".join(f" AND {name} = %({name})s" for name in narrowed)
    value = KEYS.get(by, "'all'")
    dimension = _summed_by(by, narrowed)
    parts = (
        [_SUMS.format(only=" AND key = %(only)s" if narrowed else "")]
        if dimension
        else [
            f"SELECT day, {value} AS value, stage, leads FROM reporting_funnelbucket"  # noqa: S608
            f" WHERE basis = %(basis)s AND day BETWEEN %(first)s AND %(last)s AND day <> ALL(%(days)s::date[]){where}"
        ]
    )
    if stale:
        parts.append(f"SELECT day, {value}, stage, leads FROM ({COUNTED[basis]}) AS fresh WHERE true{where}")  # noqa: S608
    statement = (
        f"SELECT {KEY_OF[by]} AS key, stage, sum(leads)::bigint FROM ({' UNION ALL '.join(parts)}) AS counted"  # noqa: S608
        " GROUP BY 1, 2"
    )
    given = {
        "basis": basis,
        "dimension": dimension,
        "only": "".join(map(str, narrowed.values())),
        "kept_days": days,
        "kept_months": sorted(months),
        "first": period.first,
        "last": period.last,
        "days": sorted(stale),
        "zone": period.zone,
        **narrowed,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [(key, stage, leads) for key, stage, leads in cursor.fetchall()]


_SUMS = """
SELECT first_on AS day, key AS value, stage, leads FROM reporting_funnelsum
WHERE basis = %(basis)s AND dimension = %(dimension)s AND grain = 'day' AND first_on = ANY(%(kept_days)s::date[]){only}
UNION ALL
SELECT first_on AS day, key AS value, stage, leads FROM reporting_funnelsum
WHERE basis = %(basis)s AND dimension = %(dimension)s AND grain = 'month'
    AND first_on = ANY(%(kept_months)s::date[]){only}
"""


def _summed_by(by: str, narrowed: Mapping[str, Any]) -> str | None:
    """The dimension whose sums tell these rows; None where rows and filter name two, which only the buckets know."""
    named = {"campaign" if name == "campaign_id" else name for name in narrowed}
    named |= {by} if by in ("channel", "source", "campaign") else set()
    return next(iter(named), "total") if len(named) < 2 else None


def _whole_months(period: Period, stale: Collection[date]) -> set[date]:
    """The first days of the months that lie in the period whole and have no stale day."""
    found, first = set(), period.first.replace(day=1)
    while first <= period.last:
        following = (first + timedelta(days=32)).replace(day=1)
        if first >= period.first and following - timedelta(days=1) <= period.last:
            found.add(first)
        first = following
    return found - {day.replace(day=1) for day in stale}


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


def reached_records(period: Period, stage: str, *, by: str = "total", key: str = "all") -> str:
    """The address of the list of leads that reached the stage in the part of the period that a row speaks of."""
    return Lists(period, by, Basis.AS_OF, {}).of(key, stage)


class Lists:
    """The addresses of the lists of leads behind the numbers; the count of each list equals its number.

    A funnel by campaign has thousands: what they share is written once.
    """

    def __init__(self, period: Period, by: str, basis: str, narrowed: Mapping[str, Any]) -> None:
        self._period, self._by, self.is_cohort = period, by, basis == Basis.COHORT
        self._list = reverse("leads:lead-list")
        self._narrowed = {"campaign" if name == "campaign_id" else name: value for name, value in narrowed.items()}
        if by in ("channel", "source", "campaign"):
            self._narrowed.pop(by, None)
        self._known: dict[tuple[Period, str], str] = {}

    def of(self, key: str, stage: str = "") -> str:
        """The leads of a row; with a stage those that reached it."""
        span = _narrow_period(self._period, self._by, key)
        if self.is_cohort and stage == STAGES[0]:
            stage = ""
        address = self._known.get((span, stage))
        if address is None:
            address = self._known[span, stage] = f"{self._list}?{urlencode(self._query(span, stage))}"
        if self._by == "campaign":
            return f"{address}&campaign={key or 'none'}"
        return f"{address}&{self._by}={quote_plus(key)}" if self._by in ("channel", "source") else address

    def lost(self, key: str) -> dict[str, str]:
        """Per stage but the first: those of the cohort who reached the stage before and not this one."""
        return {after: f"{self.of(key, before)}&not_reached={after}" for before, after in pairwise(STAGES)}

    def _query(self, span: Period, stage: str) -> dict[str, Any]:
        if not self.is_cohort:
            query = {"reached": stage or STAGES[0]}
            query |= {"reached_from": span.start.isoformat(), "reached_before": span.end.isoformat()}
        else:
            query = {"created_from": span.start.isoformat(), "created_before": span.end.isoformat()}
            query |= {"reached": stage} if stage else {}
        return query | self._narrowed


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
