"""Beside the promises: which clocks are urgent, and how long answers took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.models import Clock
from sla.selectors.board.addresses import clocks_url
from sla.selectors.board.shapes import Board
from sla.selectors.clocks import breaches, late_by, responsible
from sla.selectors.periods import Period
from sla.selectors.sums import answers_in
from sla.selectors.terms import versions_before
from smarketing.accounts.models import User
from smarketing.accounts.querysets import give_people, give_teams

BUCKETS: tuple[tuple[int, int | None, str], ...] = (
    (0, 1800, "up to 30 min"),
    (1800, 3600, "30–60 min"),
    (3600, 7200, "1–2 h"),
    (7200, 14400, "2–4 h"),
    (14400, 28800, "4–8 h"),
    (28800, 57600, "8–16 h"),
    (57600, None, "over 16 h"),
)
"""Working time until the answer, lower bound included, in seconds."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How long first attempts took, in working time. `buckets`: label, count, records."""

    count: int
    median: timedelta | None
    p90: timedelta | None
    buckets: tuple[tuple[str, int, str], ...]
    records: str


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A clock in one of the board's short lists, with who owes it and by how much it is late."""

    clock: Clock
    responsible: User | None
    late_by: timedelta | None = None
    is_waived: bool = False


def urgent_clocks(
    user: User, found: Board, *, now: datetime, limit: int = 8
) -> tuple[list[ShownClock], list[ShownClock]]:
    """The teams' clocks of the board's period whose time runs out, the next one first; and the latest breaches."""
    missed = breaches(user, due_from=found.period.start, due_before=found.period.end).order_by("-breached_at", "-pk")
    breached = dict(missed.values_list("clock", "waiver")[:limit])
    # Wide joins take the database long to plan: the few rows are joined with their leads, people are looked up.
    rows = Clock.objects.filter(pk__in=[*found.next_due, *breached]).select_related("handoff__lead__company")
    clocks = {clock.pk: clock for clock in rows}
    give_people(clocks.values(), "owner", "handoff__owner", "handoff__created_by")
    give_teams(clock.handoff for clock in clocks.values())

    def shown(pk: int) -> ShownClock:
        clock = clocks[pk]
        return ShownClock(clock, responsible(clock), late_by(clock, now), is_waived=breached.get(pk) is not None)

    return [shown(pk) for pk in found.next_due if pk in clocks], [shown(pk) for pk in breached if pk in clocks]


def _commitments(agreement_id: int, kind: str, period: Period) -> list[int]:
    """Over all versions that were in force before the period's end: a change of terms does not hide what ran before."""
    return [
        commitment.pk
        for version in versions_before(period.end)
        if version.agreement_id == agreement_id
        for commitment in version.commitments.all()
        if commitment.kind == kind
    ]


def response_times(user: User, period: Period, agreement_id: int, *, kind: str = "first_response") -> Distribution:
    """How long answers took that fell due in the period, the percentiles by nearest rank; two queries."""
    limits = [until for _, until, _ in BUCKETS if until is not None]
    found = answers_in(user, period, _commitments(agreement_id, kind, period), shares=(0.5, 0.9), limits=limits)
    median, p90 = (timedelta(seconds=each) if each is not None else None for each in found.percentiles)
    upto = (0, *found.below, found.count)

    def url(i: int) -> str:
        a, b, _ = BUCKETS[i]
        return clocks_url(
            period,
            agreement_id=agreement_id,
            kind=kind,
            outcome="answered",
            within=f"{a}-{'' if b is None else b}",
        )

    return Distribution(
        count=found.count,
        median=median,
        p90=p90,
        buckets=tuple((label, upto[i + 1] - upto[i], url(i)) for i, (_, _, label) in enumerate(BUCKETS)),
        records=clocks_url(period, agreement_id=agreement_id, kind=kind, outcome="answered"),
    )
