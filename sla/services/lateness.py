"""Breaches and escalation: facts that are recorded once, at the time that the agreement gives them.

Used by the sweep for many clocks at once, and by whoever ends a clock after its due time before the sweep came by.
The caller holds the locks of the clocks; the conditional UPDATE is what claims them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from sla.domain.worktime import WorkCalendar
from sla.events import ClockBreached, ClockEscalated
from sla.models import CalendarRevision, Clock, ClockNotice, EscalationFired, EscalationStep
from sla.selectors.handoffs import handoff_parties
from sla.services.due import step_time
from sla.services.notices import Cause, plan_notices
from smarketing.activity.bus import publish_many

CLAIM = """
WITH claimed AS (
    UPDATE sla_clock AS clock
    SET state = 'breached', breached_at = clock.due_at, warned_at = COALESCE(clock.warned_at, %(now)s),
        next_step_id = given.step, next_step_at = given.step_at
    FROM unnest(%(ids)s::bigint[], %(steps)s::bigint[], %(step_ats)s::timestamptz[]) AS given(id, step, step_at)
    WHERE clock.id = given.id AND clock.state = 'running'
    RETURNING clock.id, clock.breached_at
)
INSERT INTO sla_breach (clock_id, breached_at, contest_reason) SELECT id, breached_at, '' FROM claimed
RETURNING clock_id
"""

ADVANCE = """
UPDATE sla_clock AS clock SET next_step_id = given.step, next_step_at = given.step_at
FROM unnest(%(ids)s::bigint[], %(steps)s::bigint[], %(step_ats)s::timestamptz[]) AS given(id, step, step_at)
WHERE clock.id = given.id
"""


def record_breaches(clocks: Sequence[Clock], *, now: datetime) -> list[Clock]:
    """Marks running clocks as breached at their due time; returns those that this call claimed.

    Clocks come with `commitment` loaded and past due. A constant number of statements.
    """
    if not clocks:
        return []
    ladders, calendars = _ladders(clocks), _calendars(clocks)
    for clock in clocks:
        steps = ladders[clock.commitment.version_id] if clock.scope == Clock.Scope.TEAM else []
        clock.next_step = steps[0] if steps else None
        clock.next_step_at = step_time(steps[0], clock.due, calendars[clock.calendar_revision_id]) if steps else None
    claimed_ids = _write_steps(CLAIM, clocks, now=now)
    claimed = [clock for clock in clocks if clock.pk in claimed_ids]
    for clock in claimed:
        clock.state, clock.breached_at, clock.warned_at = Clock.State.BREACHED, clock.due, clock.warned_at or now
    parties = handoff_parties(clock.handoff_id for clock in claimed)
    plan_notices([(clock, ClockNotice.Occasion.BREACH, None) for clock in claimed], parties, now=now)
    sentences = {clock.commitment_id: clock.commitment.sentence() for clock in claimed}
    publish_many(
        [
            ClockBreached(
                clock_id=clock.pk,
                handoff_id=clock.handoff_id,
                lead_id=parties[clock.handoff_id].lead_id,
                promise=sentences[clock.commitment_id],
                scope=clock.scope,
                owner_id=clock.owner_id,
                breached_at=clock.due,
            )
            for clock in claimed
        ],
        actor=None,
        at=now,
    )
    return claimed


def fire_steps(clocks: Sequence[Clock], *, until: datetime, now: datetime) -> int:
    """Takes every step of the ladder that was due by `until`, each once; returns how many were taken.

    Clocks are breached, locked and have `commitment` loaded. Their next step is moved on, or cleared at the top.
    """
    due = [clock for clock in clocks if clock.next_step_at is not None and clock.next_step_at <= until]
    if not due:
        return 0
    ladders, calendars = _ladders(due), _calendars(due)
    fired: list[EscalationFired] = []
    for clock in due:
        steps = ladders[clock.commitment.version_id]
        place = next(i for i, step in enumerate(steps) if step.pk == clock.next_step_id)
        while clock.next_step_at is not None and clock.next_step_at <= until:
            fired.append(EscalationFired(clock=clock, step=steps[place], fired_at=clock.next_step_at))
            place += 1
            clock.next_step = steps[place] if place < len(steps) else None
            clock.next_step_at = (
                step_time(steps[place], clock.due, calendars[clock.calendar_revision_id])
                if place < len(steps)
                else None
            )
    EscalationFired.objects.bulk_create(fired)
    _write_steps(ADVANCE, due, now=now)
    parties = handoff_parties(clock.handoff_id for clock in due)
    causes: list[Cause] = [(one.clock, ClockNotice.Occasion.ESCALATION, one.step) for one in fired]
    plan_notices(causes, parties, now=now)
    publish_many(
        [
            ClockEscalated(
                clock_id=one.clock.pk,
                handoff_id=one.clock.handoff_id,
                lead_id=parties[one.clock.handoff_id].lead_id,
                promise=one.clock.commitment.sentence(),
                step=one.step.position,
                told=one.step.get_notify_display(),
                fired_at=one.fired_at,
            )
            for one in fired
        ],
        actor=None,
        at=now,
    )
    return len(fired)


def _ladders(clocks: Sequence[Clock]) -> dict[int, list[EscalationStep]]:
    ladders: dict[int, list[EscalationStep]] = defaultdict(list)
    versions = {clock.commitment.version_id for clock in clocks}
    for step in EscalationStep.objects.filter(version__in=versions).order_by("position"):
        ladders[step.version_id].append(step)
    return ladders


def _calendars(clocks: Sequence[Clock]) -> dict[int, WorkCalendar]:
    revisions = CalendarRevision.objects.in_bulk({clock.calendar_revision_id for clock in clocks})
    return {pk: revision.to_domain() for pk, revision in revisions.items()}


def _write_steps(statement: str, clocks: Sequence[Clock], *, now: datetime) -> set[int]:
    values: dict[str, Any] = {
        "now": now,
        "ids": [clock.pk for clock in clocks],
        "steps": [clock.next_step_id for clock in clocks],
        "step_ats": [clock.next_step_at for clock in clocks],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {pk for (pk,) in cursor.fetchall()} if cursor.description else set()
