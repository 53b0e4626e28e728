"""What every page of numbers has: the named periods as links, and the address of its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from reporting.domain.periods import Period, presets
from reporting.selectors.periods import today_in


@dataclass(frozen=True, slots=True)
class Choice:
    """A period that can be chosen by name."""

    label: str
    url: str
    current: bool


def period_choices(request: HttpRequest, period: Period, *, now: datetime) -> list[Choice]:
    """The named periods, each with what else the address says."""
    found = []
    for label, one in presets(today_in(period.zone, now), period.zone):
        query = request.GET.copy()
        query["from"], query["to"] = one.first.isoformat(), one.last.isoformat()
        query.pop("cursor", None)
        found.append(Choice(label, f"?{query.urlencode()}", (one.first, one.last) == (period.first, period.last)))
    return found


def query_of(request: HttpRequest, period: Period, **more: str) -> str:
    """The address's query with the period said, for figures and exports of the same numbers."""
    query = request.GET.copy()
    query["from"], query["to"] = period.first.isoformat(), period.last.isoformat()
    for name, value in more.items():
        query[name] = value
    return query.urlencode()
