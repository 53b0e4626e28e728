"""The sweep: finds what fell due, however late it comes, and records it once.

Each batch is one transaction over rows locked with SKIP LOCKED, so that sweeps side by side share the work and a
sweep that is killed leaves nothing half done. The time of a fact is the time the agreement gives it, never the time
at which the sweep woke up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from sla.events import ClockWarned
from sla.models import Clock, ClockNotice, Commitment
from sla.selectors.handoffs import handoff_parties
from sla.services.calendars import recompute_open_clocks
from sla.services.lateness import fire_steps, record_breaches
from sla.services.notices import plan_notices
from smarketing.activity.bus import publish_many

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: clocks warned, breached, and steps of ladders taken."""

    warned: int = 0
    breached: int = 0
    escalated: int = 0

    @property
    def total(self) -> int:
        """Everything it did."""
        return self.warned + self.breached + self.escalated


def sweep(*, now: datetime, limit: int = 100_000) -> Swept:
    """Warns, breaches and escalates whatever is due at `now`, at most about `limit` clocks of each.

    Running it twice, late, or on several workers at once gives the same facts. What is left over is found next time.
    """
    recompute_open_clocks(now=now)
    return Swept(
        breached=_in_batches(_breach_batch, now, limit),
        warned=_in_batches(_warn_batch, now, limit),
        escalated=_in_batches(_escalate_batch, now, limit),
    )


def _in_batches(batch: Any, now: datetime, limit: int) -> int:
    done = 0
    while done < limit:
        size = min(BATCH, limit - done)
        found, changed = batch(now, size)
        done += changed
        if found < size:
            break
    return done


def _claim(clocks: QuerySet[Clock], size: int) -> list[Clock]:
    """The first of these clocks that nobody else has locked, with their commitments: few, whatever the clocks."""
    found = list(clocks.select_for_update(skip_locked=True, of=("self",))[:size])
    commitments = Commitment.objects.in_bulk({clock.commitment_id for clock in found})
    for clock in found:
        clock.commitment = commitments[clock.commitment_id]
    return found


@transaction.atomic
def _breach_batch(now: datetime, size: int) -> tuple[int, int]:
    clocks = _claim(Clock.objects.filter(state=Clock.State.RUNNING, due_at__lt=now).order_by("due_at"), size)
    return len(clocks), len(record_breaches(clocks, now=now))


@transaction.atomic
def _warn_batch(now: datetime, size: int) -> tuple[int, int]:
    waiting = Clock.objects.filter(state=Clock.State.RUNNING, warned_at__isnull=True, warn_at__lte=now)
    clocks = _claim(waiting.order_by("warn_at"), size)
    Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(warned_at=now)
    parties = handoff_parties(clock.handoff_id for clock in clocks)
    plan_notices([(clock, ClockNotice.Occasion.WARNING, None) for clock in clocks], parties, now=now)
    publish_many(
        [
            ClockWarned(
                clock_id=clock.pk,
                handoff_id=clock.handoff_id,
                promise=clock.commitment.sentence(),
                scope=clock.scope,
                due_at=clock.due,
            )
            for clock in clocks
        ],
        actor=None,
        at=now,
    )
    return len(clocks), len(clocks)


@transaction.atomic
def _escalate_batch(now: datetime, size: int) -> tuple[int, int]:
    late = Clock.objects.filter(next_step_at__lte=now)
    clocks = _claim(late.order_by("next_step_at"), size)
    return len(clocks), fire_steps(clocks, until=now, now=now)
