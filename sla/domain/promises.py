"""Which clocks a handoff must have, told from its facts alone.

Rules: section 2 of the product's semantics. The team's clock of a promise never resets; each owner has one from when
both the promise and the ownership began. Being a function of facts, it gives the same answer however often and in
whatever order things are told, which is what lets a nightly pass repair what is missing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

REASSIGNED = "The lead was given to another owner."
WITHDRAWN = "Marketing withdrew the handoff."
REJECTED = "Sales rejected the lead."
RETURNED = "Sales returned the lead."


@dataclass(frozen=True, slots=True)
class Spell:
    """One owner's time with a handoff; `ended_at` is None while it lasts."""

    assignment_id: int
    owner_id: int
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HandoffFacts:
    """What happened to one handoff so far. `attempted_at`: the first outbound attempt by a person."""

    status: str
    created_at: datetime
    decided_at: datetime | None = None
    attempted_at: datetime | None = None
    rated_at: datetime | None = None
    qualified_at: datetime | None = None
    returned_at: datetime | None = None
    answered_at: datetime | None = None
    created_by_id: int | None = None
    spells: tuple[Spell, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """How long one promise holds: from its start to what keeps it, or to what makes it moot (`why`)."""

    kind: str
    started_at: datetime
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None
    why: str = ""

    @property
    def ended_at(self) -> datetime | None:
        """When it was kept or became moot."""
        return self.stopped_at or self.cancelled_at


@dataclass(frozen=True, slots=True)
class ExpectedClock:
    """One clock that must exist. Without `owner_id` it is the team's."""

    kind: str
    started_at: datetime
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None
    why: str = ""
    owner_id: int | None = None
    assignment_id: int | None = None


def promises(facts: HandoffFacts) -> dict[str, Promise]:
    """The promises that the handoff has called for so far, by kind."""
    found = [_accept(facts), _first_response(facts)]
    if facts.decided_at is not None and facts.status in ("accepted", "returned"):
        found += [_feedback(facts, facts.decided_at), _disposition(facts, facts.decided_at)]
    sent_back_at = facts.returned_at if facts.status == "returned" else facts.decided_at
    if facts.status in ("rejected", "returned") and sent_back_at is not None:
        found.append(_from_start("marketing_answer", sent_back_at, facts.answered_at))
    return {promise.kind: promise for promise in found}


def expected_clocks(facts: HandoffFacts, kinds: Collection[str]) -> list[ExpectedClock]:
    """The clocks that the handoff must have under an agreement that promises these kinds: team first, then owners."""
    called_for = [promise for kind, promise in promises(facts).items() if kind in kinds]
    team = [
        ExpectedClock(promise.kind, promise.started_at, promise.stopped_at, promise.cancelled_at, promise.why)
        for promise in called_for
    ]
    owners = [clock for promise in called_for for clock in _owner_clocks(facts, promise)]
    return team + owners


def _owner_clocks(facts: HandoffFacts, promise: Promise) -> list[ExpectedClock]:
    if promise.kind == "marketing_answer":
        if facts.created_by_id is None:
            return []
        return [
            ExpectedClock(
                promise.kind,
                promise.started_at,
                promise.stopped_at,
                promise.cancelled_at,
                promise.why,
                owner_id=facts.created_by_id,
            )
        ]
    found = []
    for spell in facts.spells:
        started_at = max(promise.started_at, spell.started_at)
        ended_at = promise.ended_at
        if spell.ended_at is not None and spell.ended_at <= started_at:
            continue
        if ended_at is not None and ended_at <= started_at and spell.started_at > promise.started_at:
            continue  # Whoever became the owner by or after keeping the promise had no time to keep it in.
        clock = ExpectedClock(promise.kind, started_at, owner_id=spell.owner_id, assignment_id=spell.assignment_id)
        if spell.ended_at is not None and (ended_at is None or spell.ended_at < ended_at):
            clock = _ended(clock, None, spell.ended_at, REASSIGNED)
        elif ended_at is not None:
            clock = _ended(clock, promise.stopped_at, promise.cancelled_at, promise.why)
        found.append(clock)
    return found


def _ended(clock: ExpectedClock, stopped_at: datetime | None, cancelled_at: datetime | None, why: str) -> ExpectedClock:
    return ExpectedClock(
        clock.kind, clock.started_at, stopped_at, cancelled_at, why, clock.owner_id, clock.assignment_id
    )


def _accept(facts: HandoffFacts) -> Promise:
    if facts.status == "withdrawn":
        return Promise("accept", facts.created_at, cancelled_at=facts.decided_at, why=WITHDRAWN)
    return _from_start("accept", facts.created_at, facts.decided_at)


def _first_response(facts: HandoffFacts) -> Promise:
    kind, start = "first_response", facts.created_at
    moot_at, why = None, ""
    if facts.status == "withdrawn":
        moot_at, why = facts.decided_at, WITHDRAWN
    elif facts.status == "rejected":
        moot_at, why = facts.decided_at, REJECTED
    elif facts.status == "returned":
        moot_at, why = facts.returned_at, RETURNED
    return _kept_or_moot(kind, start, facts.attempted_at, moot_at, why)


def _feedback(facts: HandoffFacts, start: datetime) -> Promise:
    moot_at = facts.returned_at if facts.status == "returned" else None
    return _kept_or_moot("feedback", start, facts.rated_at, moot_at, RETURNED)


def _disposition(facts: HandoffFacts, start: datetime) -> Promise:
    done = [at for at in (facts.qualified_at, facts.returned_at) if at is not None]
    return _from_start("disposition", start, min(done, default=None))


def _kept_or_moot(kind: str, start: datetime, kept_at: datetime | None, moot_at: datetime | None, why: str) -> Promise:
    if kept_at is not None and (moot_at is None or kept_at <= moot_at):
        return _from_start(kind, start, kept_at)
    if moot_at is not None:
        return Promise(kind, start, cancelled_at=max(moot_at, start), why=why)
    return Promise(kind, start)


def _from_start(kind: str, start: datetime, kept_at: datetime | None) -> Promise:
    """What was done before the promise began was done in no time; never in negative time."""
    return Promise(kind, start, stopped_at=None if kept_at is None else max(kept_at, start))
