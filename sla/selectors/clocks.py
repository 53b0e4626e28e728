"""Reading clocks: lists behind numbers, one clock with its why, and what the inbox shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from leads.selectors.clock_lines import ClockLine
from sla.domain import clocks as domain
from sla.domain.explanation import Explanation
from sla.domain.worktime import CalendarError, Pause, WorkCalendar
from sla.models import Breach, Clock, Commitment
from sla.models.calendars import calendar_of_revision
from smarketing.accounts.models import User
from smarketing.lib.errors import NotFound
from smarketing.web.addresses import address

KEPT, LATE, OPEN_LATE, NOT_DUE, RUNNING_OUT, PAUSED, CANCELLED = (
    "kept",
    "late",
    "open_past_due",
    "not_due",
    "running_out",
    "paused",
    "cancelled",
)
OUTCOMES = {
    KEPT: "Kept",
    LATE: "Done late",
    OPEN_LATE: "Late and still open",
    NOT_DUE: "Not due yet",
    RUNNING_OUT: "Running out now",
    PAUSED: "Paused",
    CANCELLED: "Cancelled",
    "due": "All that was due",
    "breached": "All breaches",
    "waived": "Waived",
    "contested": "Contested",
    "answered": "Answered",
}


def outcome(name: str, now: datetime) -> Q:
    """The clocks with one outcome at `now`; the same conditions count on the board and list here."""
    open_ = Q(stopped_at__isnull=True, cancelled_at__isnull=True)
    overdue = Q(state="running", due_at__lt=now)
    late = Q(state="breached") & ~open_
    open_late = (Q(state="breached") & open_) | overdue
    return {
        KEPT: Q(state="met"),
        LATE: late,
        OPEN_LATE: open_late,
        NOT_DUE: Q(state="running", due_at__gte=now),
        RUNNING_OUT: Q(state="running", due_at__gte=now, warn_at__lte=now),
        PAUSED: Q(state="paused"),
        CANCELLED: Q(state="cancelled"),
        "due": Q(state="met") | late | open_late,
        "breached": Q(state="breached") | overdue,
        "waived": Q(breach__waiver__isnull=False),
        "contested": Q(breach__contested_at__isnull=False),
        "answered": Q(stopped_at__isnull=False),
    }[name]


@dataclass(frozen=True, slots=True)
class ClockFilter:
    """What a list of clocks is narrowed to; empty fields do not narrow. Due between two instants, the end excluded."""

    agreement_id: int | None = None
    kind: str = ""
    scope: str = ""
    outcome: str = ""
    due_from: datetime | None = None
    due_before: datetime | None = None
    owner_id: int | None = None
    answered_within: tuple[int, int | None] | None = None
    commitment_ids: tuple[int, ...] = ()


def clock_list(user: User, narrowed: ClockFilter, *, now: datetime) -> QuerySet[Clock]:
    """The clocks that a person may see, narrowed, with what a row shows loaded."""
    clocks = Clock.objects.visible_to(user)
    if narrowed.agreement_id is not None or narrowed.kind:
        commitments = Commitment.objects.all()
        if narrowed.agreement_id is not None:
            commitments = commitments.filter(version__agreement=narrowed.agreement_id)
        if narrowed.kind:
            commitments = commitments.filter(kind=narrowed.kind)
        clocks = clocks.filter(commitment__in=list(commitments.values_list("pk", flat=True)))
    if narrowed.commitment_ids:
        clocks = clocks.filter(commitment__in=narrowed.commitment_ids)
    if narrowed.scope:
        clocks = clocks.filter(scope=narrowed.scope)
    if narrowed.owner_id is not None:
        clocks = clocks.filter(owner=narrowed.owner_id)
    if narrowed.outcome:
        clocks = clocks.filter(outcome(narrowed.outcome, now))
    if narrowed.due_from is not None:
        clocks = clocks.filter(due_at__gte=narrowed.due_from)
    if narrowed.due_before is not None:
        clocks = clocks.filter(due_at__lt=narrowed.due_before)
    if narrowed.answered_within is not None:
        over, up_to = narrowed.answered_within
        clocks = clocks.filter(response_seconds__gte=over)
        if up_to is not None:
            clocks = clocks.filter(response_seconds__lt=up_to)
    return with_row(clocks)


def commitments_named(user: User, ids: Sequence[int]) -> list[Commitment]:
    """The commitments to which a list is narrowed, with their versions."""
    if not ids:
        return []
    found = Commitment.objects.visible_to(user).filter(pk__in=ids)
    return list(found.select_related("version__agreement").order_by("version__number"))


def with_row(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    """The clocks with everything that a row of a list shows, in a number of queries that does not depend on how many.

    The leads are joined; the rest is looked up, because a join of ten tables takes the database longer to plan than
    all of the lookups take.
    """
    return clocks.select_related("handoff__lead__company", "breach__waiver").prefetch_related(
        "commitment", "owner", "calendar_revision", "handoff__owner", "handoff__created_by", "handoff__team"
    )


def breaches(user: User, *, due_from: datetime | None = None, due_before: datetime | None = None) -> QuerySet[Breach]:
    """Breaches that a person may see, of the teams' clocks."""
    found: QuerySet[Breach] = Breach.objects.visible_to(user).filter(clock__scope=Clock.Scope.TEAM)
    if due_from is not None:
        found = found.filter(breached_at__gte=due_from)
    if due_before is not None:
        found = found.filter(breached_at__lt=due_before)
    return found


def breach_list(
    user: User, *, due_from: datetime | None = None, due_before: datetime | None = None
) -> QuerySet[Breach]:
    """The same with everything that a row of a list shows, latest first (see `with_row` for what is joined)."""
    found = breaches(user, due_from=due_from, due_before=due_before)
    return found.select_related("clock__handoff__lead__company", "waiver").prefetch_related(
        "contested_by",
        "clock__commitment",
        "clock__calendar_revision",
        "clock__handoff__owner",
        "clock__handoff__created_by",
        "clock__handoff__team",
    )


def breach_detail(user: User, pk: int) -> Breach:
    """One breach with its clock. Raises NotFound."""
    breach: Breach | None = (
        Breach.objects.visible_to(user)
        .select_related("clock__commitment", "clock__handoff__lead")
        .filter(pk=pk)
        .first()
    )
    if breach is None:
        raise NotFound("There is no such breach, or you may not see it.")
    return breach


def late_by(clock: Clock, now: datetime) -> timedelta | None:
    """By how much working time a clock is late, until it ended or until now; None where it is not."""
    if clock.late_seconds is not None:
        return timedelta(seconds=clock.late_seconds)
    if clock.due_at is None or clock.state == Clock.State.MET or clock.state == Clock.State.CANCELLED:
        return None
    if clock.due_at >= now:
        return None
    return clock.calendar_revision.to_domain().elapsed(clock.due_at, now)


def responsible(clock: Clock) -> User | None:
    """Who owes it: the clock's owner, else whoever owns the handoff, or sent it where marketing owes."""
    if clock.owner is not None:
        return clock.owner
    owner: User | None = clock.handoff.created_by if clock.kind == "marketing_answer" else clock.handoff.owner
    return owner


@dataclass(frozen=True, slots=True)
class ClockPage:
    """One clock with its why."""

    clock: Clock
    view: domain.ClockView
    why: Explanation | None
    breach: Breach | None
    twin: Clock | None
    late_by: timedelta | None


def clock_detail(user: User, pk: int, *, now: datetime) -> ClockPage:
    """One clock and how its due time came about. Raises NotFound."""
    clock = with_row(Clock.objects.visible_to(user)).prefetch_related(
        "pauses__paused_by", "escalations__step", "notices__recipient"
    )
    found = clock.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such clock, or you may not see it.")
    calendar = found.calendar_revision.to_domain()
    pauses = [(pause.started_at, pause.ended_at) for pause in found.pauses.all()]
    twin = (
        Clock.objects.filter(handoff=found.handoff_id, commitment=found.commitment_id)
        .exclude(pk=found.pk)
        .select_related("owner")
        .order_by("scope", "-started_at")
        .first()
    )
    return ClockPage(
        clock=found,
        view=domain.evaluate(_facts(found), pauses, calendar, now),
        why=_explained(found, pauses, calendar),
        breach=getattr(found, "breach", None),
        twin=twin,
        late_by=late_by(found, now),
    )


def _facts(clock: Clock) -> domain.Clock:
    return domain.Clock(
        started_at=clock.started_at,
        allowed=clock.allowed,
        stopped_at=clock.stopped_at,
        cancelled_at=clock.cancelled_at,
        breached_at=clock.breached_at,
        warn_share=float(clock.commitment.warn_share),
    )


def _explained(clock: Clock, pauses: Sequence[Pause], calendar: WorkCalendar) -> Explanation | None:
    try:
        return calendar.explain(clock.started_at, clock.allowed, pauses)
    except CalendarError:
        return None


def open_late(user: User) -> QuerySet[Clock]:
    """The teams' promises that a person may see, late and still owed."""
    late: QuerySet[Clock] = Clock.objects.visible_to(user).open()
    return late.filter(state=Clock.State.BREACHED, scope=Clock.Scope.TEAM)


# --- For the inbox ----------------------------------------------------------------------------------------


def handoff_clock_lines(handoff_ids: Sequence[int]) -> Mapping[int, Sequence[ClockLine]]:
    """The team's clocks of each handoff as the inbox shows them, the most urgent first; one query."""
    lines: dict[int, list[tuple[Any, ClockLine]]] = defaultdict(list)
    labels = dict(Clock._meta.get_field("kind").flatchoices)
    clocks = Clock.objects.filter(handoff__in=handoff_ids, scope=Clock.Scope.TEAM).order_by("due_at", "id")
    # A list has hundreds of clocks: what is read of each is what its line shows.
    for pk, handoff_id, kind, state, due_at, started_at, stopped_at, cancelled_at, warn_at, late in clocks.values_list(
        "pk",
        "handoff_id",
        "kind",
        "state",
        "due_at",
        "started_at",
        "stopped_at",
        "cancelled_at",
        "warn_at",
        "late_seconds",
    ):
        is_open = stopped_at is None and cancelled_at is None
        lines[handoff_id].append(
            (
                (not is_open, due_at is None, due_at or started_at),
                ClockLine(
                    label=labels[kind],
                    due_at=due_at,
                    state=state,
                    explain=_Why(pk) if is_open else (),
                    url=address("sla:clock-detail", pk),
                    warn_at=warn_at,
                    met_at=stopped_at,
                    late_for=timedelta(seconds=late) if late is not None else None,
                ),
            )
        )
    return {pk: [line for _, line in sorted(found, key=lambda pair: pair[0])] for pk, found in lines.items()}


class _Why(Sequence[str]):
    """The steps to a due time, read when somebody asks: a list has hundreds of clocks and shows the why of one."""

    def __init__(self, clock_id: int) -> None:
        self._clock_id = clock_id

    @cached_property
    def _steps(self) -> tuple[str, ...]:
        clock = Clock.objects.filter(pk=self._clock_id).prefetch_related("pauses").first()
        if clock is None:
            return ()
        pauses = [(pause.started_at, pause.ended_at) for pause in clock.pauses.all()]
        why = _explained(clock, pauses, calendar_of_revision(clock.calendar_revision_id))
        return tuple(step.text for step in why) if why else ()

    def __getitem__(self, index: Any) -> Any:
        return self._steps[index]

    def __len__(self) -> int:
        return len(self._steps)


def next_due_expression() -> Subquery:
    """Over Handoff: the earliest due time of a team clock that runs or is breached and still owed, else null."""
    owed = Clock.objects.open().filter(handoff=OuterRef("pk"), scope=Clock.Scope.TEAM, due_at__isnull=False)
    return Subquery(owed.order_by("due_at").values("due_at")[:1])
