"""Rules of a handoff: who may move it where, what a rejection must say, and the order of the inbox."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from leads.domain.lifecycle import RANK, LifecycleStage


class HandoffStatus(enum.StrEnum):
    """State of one handoff. Values are stored in the database and shown in the API."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """Short name for screens."""
        return LABELS[self]

    @property
    def is_open(self) -> bool:
        """Whether the lead is in sales' hands or waiting for them."""
        return self in OPEN


_H = HandoffStatus

LABELS: dict[HandoffStatus, str] = {
    _H.PENDING: "Waiting for sales",
    _H.ACCEPTED: "Accepted",
    _H.REJECTED: "Rejected",
    _H.RETURNED: "Returned to marketing",
    _H.WITHDRAWN: "Withdrawn by marketing",
}

CHOICES: tuple[tuple[str, str], ...] = tuple((status.value, LABELS[status]) for status in HandoffStatus)
"""(value, label) pairs for a form or a model field."""

OPEN: frozenset[HandoffStatus] = frozenset({_H.PENDING, _H.ACCEPTED})
DECIDED: frozenset[HandoffStatus] = frozenset(_H) - {_H.PENDING}

MOVES: dict[HandoffStatus, frozenset[HandoffStatus]] = {
    _H.PENDING: frozenset({_H.ACCEPTED, _H.REJECTED, _H.WITHDRAWN}),
    _H.ACCEPTED: frozenset({_H.RETURNED}),
    _H.REJECTED: frozenset(),
    _H.RETURNED: frozenset(),
    _H.WITHDRAWN: frozenset(),
}
"""Allowed moves. Handing a rejected or returned lead off again is a new handoff, linked to the old one."""

_DONE = {
    _H.ACCEPTED: "accepted",
    _H.REJECTED: "rejected",
    _H.RETURNED: "returned to marketing",
    _H.WITHDRAWN: "withdrawn",
}


class HandoffRefused(ValueError):
    """Something a handoff does not allow. ``code`` is for programs, ``str()`` is a sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class AlreadyDecided(HandoffRefused):
    """The handoff is no longer pending: somebody else was first."""


class MoveRefused(HandoffRefused):
    """The table of moves does not allow this one."""


class RejectionRefused(HandoffRefused):
    """A rejection that does not say enough."""


def check_decidable(status: HandoffStatus, decided_by: str = "") -> None:
    """Pass when the handoff is pending, else raise `AlreadyDecided`, naming `decided_by` when known."""
    if status is _H.PENDING:
        return
    by = f" by {decided_by}" if decided_by else ""
    raise AlreadyDecided("handoff_already_decided", f"This handoff was already {_DONE[status]}{by}.")


def check_move(old: HandoffStatus, new: HandoffStatus, decided_by: str = "") -> None:
    """Pass when a handoff may go from `old` to `new`; raise `AlreadyDecided` or `MoveRefused` otherwise."""
    if new in MOVES[old]:
        return
    if new in MOVES[_H.PENDING]:
        check_decidable(old, decided_by)
    if new is _H.RETURNED:
        if old is _H.PENDING:
            raise MoveRefused("handoff_not_accepted", "Only an accepted handoff can be returned: reject it instead.")
        check_decidable(old, decided_by)
    raise MoveRefused("handoff_stays_pending", "A handoff cannot become pending again: hand the lead off anew.")


def check_handoff_allowed(stage: LifecycleStage, *, has_open_handoff: bool) -> None:
    """Pass when marketing may hand a lead at `stage` to sales, else raise `HandoffRefused`.

    A lead has at most one open handoff; disqualified leads and customers are not handed off.
    """
    if has_open_handoff:
        raise HandoffRefused("handoff_exists", "This lead is with sales already: it has an open handoff.")
    if stage is LifecycleStage.DISQUALIFIED:
        raise HandoffRefused("lead_disqualified", "This lead is disqualified: reopen it before handing it off.")
    if stage is LifecycleStage.CUSTOMER:
        raise HandoffRefused("lead_is_customer", "This lead is a customer already: open a new deal instead.")


def stage_after(new: HandoffStatus, stage: LifecycleStage) -> LifecycleStage:
    """Stage of the lead once its handoff became `new`.

    Accepting makes it SAL unless it is further on already; returning an accepted one makes it MQL again,
    with marketing to answer. A rejection leaves the stage alone: marketing's answer decides it
    (`MarketingAnswer`).
    """
    if new is _H.ACCEPTED and RANK.get(stage, -1) < RANK[LifecycleStage.SAL]:
        return LifecycleStage.SAL
    if new is _H.RETURNED and stage in (LifecycleStage.SAL, LifecycleStage.SQL):
        return LifecycleStage.MQL
    return stage


class MarketingAnswer(enum.StrEnum):
    """What marketing does with a lead that sales rejected or returned; any of them stops its clock."""

    REQUALIFY = "requalify"
    RECYCLE = "recycle"
    DISQUALIFY = "disqualify"

    @property
    def stage(self) -> LifecycleStage:
        """Stage the lead goes to."""
        return _ANSWER_STAGE[self]

    @property
    def label(self) -> str:
        """What the button says."""
        return _ANSWER_LABEL[self]


_ANSWER_STAGE = {
    MarketingAnswer.REQUALIFY: LifecycleStage.MQL,
    MarketingAnswer.RECYCLE: LifecycleStage.RECYCLED,
    MarketingAnswer.DISQUALIFY: LifecycleStage.DISQUALIFIED,
}
_ANSWER_LABEL = {
    MarketingAnswer.REQUALIFY: "Qualify again",
    MarketingAnswer.RECYCLE: "Recycle to nurturing",
    MarketingAnswer.DISQUALIFY: "Disqualify",
}


class RejectionGround(enum.StrEnum):
    """What a rejection is about; an organisation words its own reasons and ties each to a ground."""

    DATA = "data"
    FIT = "fit"
    TIMING = "timing"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Short name for screens and reports."""
        return _GROUND_LABEL[self]

    @property
    def gives_turn_back(self) -> bool:
        """Whether the rep gets the routing turn back: the lead was no fair turn to begin with."""
        return self in (RejectionGround.DATA, RejectionGround.FIT)


_GROUND_LABEL = {
    RejectionGround.DATA: "The data is wrong",
    RejectionGround.FIT: "It does not fit the definition",
    RejectionGround.TIMING: "The time is wrong",
    RejectionGround.OTHER: "Something else",
}


@dataclass(frozen=True, slots=True)
class RejectionReason:
    """One reason of the agreed list. `needs_note`: it says too little without words."""

    code: str
    label: str
    ground: RejectionGround
    needs_note: bool = False
    is_active: bool = True


DEFAULT_REASONS: tuple[RejectionReason, ...] = (
    RejectionReason("wrong-data", "Contact data wrong or missing", RejectionGround.DATA),
    RejectionReason("duplicate", "We already work this person or company", RejectionGround.DATA),
    RejectionReason("not-icp", "Company is not one we sell to", RejectionGround.FIT),
    RejectionReason("wrong-person", "Person has no say in the purchase", RejectionGround.FIT),
    RejectionReason("not-now", "Interested, but not now", RejectionGround.TIMING),
    RejectionReason("no-budget", "No budget this year", RejectionGround.TIMING),
    RejectionReason("unreachable", "Did not answer any attempt", RejectionGround.OTHER),
    RejectionReason("other", "Something else", RejectionGround.OTHER, needs_note=True),
)
"""The list a new organisation starts with. A duplicate is wrong data: the turn goes back for it too."""

MIN_NOTE_CHARS = 5
"""Shortest note that counts where a reason needs one; `.` or `n/a` explain nothing."""


def check_rejection(reason: RejectionReason | None, note: str = "") -> None:
    """Pass when a rejection (or a return) says enough, else raise `RejectionRefused` with a sentence."""
    if reason is None:
        raise RejectionRefused("reason_missing", "Choose a reason: marketing learns from it what to change.")
    if not reason.is_active:
        raise RejectionRefused(
            "reason_retired", f"“{reason.label}” is no longer on the agreed list of reasons: choose another."
        )
    if reason.needs_note and len(note.strip()) < MIN_NOTE_CHARS:
        raise RejectionRefused("note_missing", f"“{reason.label}” needs a few words that say what was wrong.")


OUTCOMES_OF: Final = {
    "call": frozenset({"reached", "no_answer", "left_message", "wrong_contact"}),
    "email": frozenset({"sent", "reached", "no_answer", "wrong_contact"}),
    "message": frozenset({"sent", "reached", "no_answer", "left_message", "wrong_contact"}),
    "meeting": frozenset({"held", "no_answer", "wrong_contact"}),
}
"""What can come of each kind of attempt: nobody sends a call, and only a meeting is held."""


def outcome_fits(kind: str, outcome: str) -> bool:
    """Whether an attempt of this kind can have come to this."""
    return outcome in OUTCOMES_OF.get(kind, ())


def kinds_for(outcome: str) -> frozenset[str]:
    """The kinds of attempt of which this can come."""
    return frozenset(kind for kind, outcomes in OUTCOMES_OF.items() if outcome in outcomes)
