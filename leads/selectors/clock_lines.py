"""Where the inbox learns which clocks run on a handoff.

Clocks belong to the `sla` app, which stands above this one and may not be imported here. It registers a source when
the apps are ready; without one the inbox shows no countdowns and orders by score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, QuerySet, Value
from django.db.models.functions import Cast


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock of a handoff as people read it.

    `label` names the promise ("First response"); `due_at` is an aware instant, None while paused; `state` is one of
    `running`, `paused`, `met`, `breached`, `cancelled`; `explain` holds the steps that lead to the due time, in order;
    `url` is the page that tells why, empty where there is none; `warn_at` is when the clock counts as at risk;
    `met_at` and `late_for` (working time) tell how a clock ended.
    """

    label: str
    due_at: datetime | None
    state: str
    explain: Sequence[str] = ()
    url: str = ""
    warn_at: datetime | None = None
    met_at: datetime | None = None
    late_for: timedelta | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes what the clock counts."""
        return self.state in ("running", "paused", "breached") and self.met_at is None


ClockSource = Callable[[Sequence[int]], Mapping[int, Sequence[ClockLine]]]
DueExpression = Callable[[], Any]

_source: ClockSource | None = None
_next_due: DueExpression | None = None


def register_clock_source(source: ClockSource, *, next_due_expression: DueExpression | None = None) -> None:
    """Makes `source` the one that knows the clocks; a later call replaces an earlier one.

    `source(handoff_ids)` returns the clocks per handoff, the most urgent first, in a number of queries that does not
    depend on how many ids there are. `next_due_expression()` returns an expression over Handoff (a Subquery with
    ``OuterRef("pk")``) that gives the earliest due time of a running or breached and still unanswered clock, or null.
    """
    global _source, _next_due
    _source, _next_due = source, next_due_expression


def clock_lines(handoff_ids: Sequence[int]) -> dict[int, list[ClockLine]]:
    """The clocks of these handoffs, the most urgent first; an empty list where a handoff has none."""
    known = _source(handoff_ids) if _source and handoff_ids else {}
    return {pk: list(known.get(pk, ())) for pk in handoff_ids}


def with_next_due(handoffs: QuerySet[Any]) -> QuerySet[Any]:
    """The handoffs with `next_due_at`: the due time by which the inbox orders, null where no clock runs."""
    expression = _next_due() if _next_due else Cast(Value(None), DateTimeField())
    found: QuerySet[Any] = handoffs.annotate(next_due_at=expression)
    return found
