"""Starting, keeping, pausing and ending the clocks of a handoff."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from sla.domain.promises import ExpectedClock, expected_clocks
from sla.domain.worktime import WorkCalendar
from sla.events import ClockPaused, ClockResumed
from sla.models import (
    AgreementVersion,
    CalendarRevision,
    Clock,
    ClockPause,
    Commitment,
    TeamCalendar,
    WorkingCalendar,
)
from sla.permissions import can_pause_clock
from sla.selectors.handoffs import agreement_in_force, handoff_facts, handoff_parties, handoffs_to_settle
from sla.services.due import closed_pauses, due_and_warning
from sla.services.lateness import fire_steps, record_breaches
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish_many
from smarketing.lib.errors import Conflict, Invalid, NotFound

logger = logging.getLogger(__name__)

State = Clock.State


@transaction.atomic
def settle_handoff(handoff_id: int, *, now: datetime) -> int:
    """Makes the clocks of a handoff agree with what has happened to it; returns how many were started or ended.

    Starts what is missing, under the agreement version that was in force when the handoff was made; ends what is
    kept or moot. Called in the transaction of every change to a handoff, and by the nightly repair; doing it twice
    changes nothing. A promise kept after its due time is breached first, at its due time.
    """
    known = handoff_facts([handoff_id]).get(handoff_id)
    if known is None:
        return 0
    facts, team_id = known
    clocks = list(
        Clock.objects.filter(handoff=handoff_id)
        .select_for_update(of=("self",))
        .select_related("commitment", "calendar_revision")
        .prefetch_related("pauses")
        .order_by("pk")
    )
    version = _version_of(clocks) or agreement_in_force(team_id, facts.created_at)
    if version is None:
        return 0
    commitments = {item.kind: item for item in version.commitments.all() if item.is_time}
    expected = expected_clocks(facts, commitments)
    have = {_key(clock.kind, clock.owner_id, clock.assignment_id): clock for clock in clocks}
    missing = [want for want in expected if _key(want.kind, want.owner_id, want.assignment_id) not in have]
    for clock in _start(handoff_id, team_id, version, commitments, missing):
        have[_key(clock.kind, clock.owner_id, clock.assignment_id)] = clock
    ended = [
        (have[_key(want.kind, want.owner_id, want.assignment_id)], want)
        for want in expected
        if (want.stopped_at or want.cancelled_at) and have[_key(want.kind, want.owner_id, want.assignment_id)].is_open
    ]
    for clock, want in ended:
        _end(clock, want, now=now)
    return len(missing) + sum(1 for _, want in ended if want not in missing)


def reconcile_clocks(*, now: datetime, limit: int = 10_000) -> int:
    """Finds handoffs whose clocks do not agree with their facts and settles them; returns how many were repaired.

    Nothing to do is the rule: clocks are settled in the transaction of every change. This is the belt to those
    braces, and it is how facts that were written without events get their clocks. A handoff that cannot be settled is
    reported in the log and does not keep the others from being repaired.
    """
    repaired = 0
    for handoff_id in handoffs_to_settle(limit):
        try:
            repaired += 1 if settle_handoff(handoff_id, now=now) else 0
        except Exception:
            logger.exception("The clocks of handoff %s could not be settled", handoff_id)
    return repaired


@transaction.atomic
def pause_clock(clock_id: int, *, why: str, actor: User, now: datetime) -> list[Clock]:
    """Stops the time of a promise on a handoff: the given clock and its running twin (team and owner).

    While paused there is no due time, no warning, no breach. Raises NotAllowed, NotFound, Conflict, Invalid.
    """
    require(can_pause_clock, actor)
    if not why.strip():
        text = "Say why the clock stands still."
        raise Invalid(text, code="reason_missing", fields={"why": [text]})
    asked, twins = _locked_twins(clock_id, actor)
    if asked.state != State.RUNNING:
        raise Conflict(f"This clock is {asked.get_state_display().lower()}, not running.", code="clock_not_running")
    if asked.due < now:
        raise Conflict("This clock is past due already; a pause cannot undo that.", code="clock_past_due")
    running = [clock for clock in twins if clock.state == State.RUNNING and clock.due >= now]
    ClockPause.objects.bulk_create(
        ClockPause(clock=clock, started_at=max(now, clock.started_at), why=why.strip()[:200], paused_by=actor)
        for clock in running
    )
    for clock in running:
        clock.state, clock.due_at, clock.warn_at = State.PAUSED, None, None
    Clock.objects.bulk_update(running, ["state", "due_at", "warn_at"])
    lead_id = handoff_parties([asked.handoff_id])[asked.handoff_id].lead_id
    publish_many(
        [
            ClockPaused(
                clock_id=clock.pk,
                handoff_id=clock.handoff_id,
                lead_id=lead_id,
                promise=clock.commitment.sentence(),
                why=why.strip()[:200],
                paused_at=now,
            )
            for clock in running
        ],
        actor=actor,
        at=now,
    )
    return running


@transaction.atomic
def resume_clock(clock_id: int, *, actor: User, now: datetime) -> list[Clock]:
    """Lets a paused promise run again; only pause ∩ open time moves the due time.

    Raises NotAllowed, NotFound, Conflict.
    """
    require(can_pause_clock, actor)
    asked, twins = _locked_twins(clock_id, actor)
    if asked.state != State.PAUSED:
        raise Conflict(f"This clock is {asked.get_state_display().lower()}, not paused.", code="clock_not_paused")
    paused = [clock for clock in twins if clock.state == State.PAUSED]
    for clock in paused:
        _resume(clock, now)
    lead_id = handoff_parties([asked.handoff_id])[asked.handoff_id].lead_id
    publish_many(
        [
            ClockResumed(
                clock_id=clock.pk,
                handoff_id=clock.handoff_id,
                lead_id=lead_id,
                promise=clock.commitment.sentence(),
                resumed_at=now,
                due_at=clock.due,
            )
            for clock in paused
        ],
        actor=actor,
        at=now,
    )
    return paused


def _locked_twins(clock_id: int, actor: User) -> tuple[Clock, list[Clock]]:
    asked = Clock.objects.visible_to(actor).filter(pk=clock_id).first()
    if asked is None:
        raise NotFound("There is no such clock, or you may not see it.")
    twins = list(
        Clock.objects.filter(handoff=asked.handoff_id, commitment=asked.commitment_id)
        .select_for_update(of=("self",))
        .select_related("commitment", "calendar_revision")
        .prefetch_related("pauses")
        .order_by("pk")
    )
    return next(clock for clock in twins if clock.pk == clock_id), twins


def _resume(clock: Clock, at: datetime) -> None:
    for pause in clock.pauses.all():
        if pause.ended_at is None:
            pause.ended_at = max(at, pause.started_at)
            pause.save(update_fields=["ended_at"])
    clock.due_at, clock.warn_at = due_and_warning(clock, clock.calendar_revision.to_domain())
    clock.state = State.RUNNING
    clock.save(update_fields=["state", "due_at", "warn_at"])


def _version_of(clocks: Iterable[Clock]) -> AgreementVersion | None:
    """The version to which the handoff's clocks are pinned, if it has any."""
    first = next(iter(clocks), None)
    if first is None:
        return None
    version: AgreementVersion = AgreementVersion.objects.prefetch_related("commitments", "ladder").get(
        pk=first.commitment.version_id
    )
    return version


def _key(kind: str, owner_id: int | None, assignment_id: int | None) -> tuple[str, int | None, int | None]:
    return kind, owner_id, assignment_id


def _start(
    handoff_id: int,
    team_id: int,
    version: AgreementVersion,
    commitments: dict[str, Commitment],
    missing: Sequence[ExpectedClock],
) -> list[Clock]:
    """New running clocks. One that another transaction has started meanwhile is taken as it is."""
    if not missing:
        return []
    revisions = _Revisions(team_id, version)
    clocks = []
    for want in missing:
        commitment = commitments[want.kind]
        revision = revisions.of(commitment)
        clock = Clock(
            handoff_id=handoff_id,
            commitment=commitment,
            kind=want.kind,
            scope=Clock.Scope.TEAM if want.owner_id is None else Clock.Scope.OWNER,
            owner_id=want.owner_id,
            assignment_id=want.assignment_id,
            calendar_revision=revision,
            started_at=want.started_at,
            allowed=commitment.allowed,
        )
        clock.due_at, clock.warn_at = due_and_warning(clock, revision.to_domain())
        clocks.append(clock)
    Clock.objects.bulk_create(clocks, ignore_conflicts=True)
    mine = Q(pk__in=[])
    for clock in clocks:
        mine |= Q(kind=clock.kind, owner=clock.owner_id, assignment=clock.assignment_id)
    return list(
        Clock.objects.filter(mine, handoff=handoff_id)
        .select_for_update(of=("self",))
        .select_related("commitment", "calendar_revision")
        .prefetch_related("pauses")
    )


class _Revisions:
    """Which calendar: the commitment's, else the agreement's, else the team's, else the default."""

    def __init__(self, team_id: int, version: AgreementVersion) -> None:
        self._fallback = version.calendar_id or self._of_team(team_id)
        self._known: dict[int, CalendarRevision] = {}

    def of(self, commitment: Commitment) -> CalendarRevision:
        """The current revision of the calendar by which the commitment runs."""
        calendar_id = commitment.calendar_id or self._fallback
        if calendar_id is None:
            raise Invalid("There is no working calendar: an admin has to publish one first.", code="calendar_missing")
        if calendar_id not in self._known:
            self._known[calendar_id] = CalendarRevision.objects.get(calendar=calendar_id, superseded_at__isnull=True)
        return self._known[calendar_id]

    @staticmethod
    def _of_team(team_id: int) -> int | None:
        chosen = TeamCalendar.objects.filter(team=team_id).values_list("calendar_id", flat=True).first()
        return chosen or WorkingCalendar.objects.filter(is_default=True).values_list("pk", flat=True).first()


def _end(clock: Clock, want: ExpectedClock, *, now: datetime) -> None:
    """Ends an open clock as kept or as moot, at the time at which that happened."""
    calendar = clock.calendar_revision.to_domain()
    at = max(want.stopped_at or want.cancelled_at or now, clock.started_at)
    if clock.state == State.PAUSED and want.stopped_at is not None:
        _resume(clock, at)
    if clock.state == State.RUNNING and clock.due < at:
        record_breaches([clock], now=now)
    if want.stopped_at is not None:
        _keep(clock, at, calendar, now=now)
    else:
        _cancel(clock, at, want.why, calendar, now=now)


def _keep(clock: Clock, at: datetime, calendar: WorkCalendar, *, now: datetime) -> None:
    if clock.state == State.BREACHED:
        fire_steps([clock], until=at, now=now)
        clock.late_seconds = _seconds(calendar, clock.due, at)
    else:
        clock.state = State.MET
    clock.stopped_at = at
    clock.response_seconds = _seconds(calendar, clock.started_at, at, closed_pauses(clock))
    _save_ended(clock)


def _cancel(clock: Clock, at: datetime, why: str, calendar: WorkCalendar, *, now: datetime) -> None:
    if clock.state == State.BREACHED:
        fire_steps([clock], until=at, now=now)
        clock.late_seconds = _seconds(calendar, clock.due, at)
    else:
        ClockPause.objects.filter(clock=clock, ended_at__isnull=True).update(ended_at=max(at, now))
        clock.state = State.CANCELLED
    clock.cancelled_at, clock.cancelled_why = at, why
    _save_ended(clock)


def _save_ended(clock: Clock) -> None:
    clock.next_step_at = None
    clock.next_step = None
    clock.save(
        update_fields=[
            "state",
            "stopped_at",
            "cancelled_at",
            "cancelled_why",
            "response_seconds",
            "late_seconds",
            "next_step_at",
            "next_step",
        ]
    )


def _seconds(calendar: WorkCalendar, start: datetime, end: datetime, pauses: Any = ()) -> int:
    return int(calendar.elapsed(start, end, pauses).total_seconds())
