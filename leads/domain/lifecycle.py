"""Lifecycle stages of a lead: their order, which moves are allowed, and histories that come in from outside.

The words are those of the glossary: a lead has a *stage*; the fact that it moved is a *transition*. Seven
stages form the forward funnel (inquiry … customer); two stand beside it (recycled, disqualified).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


class LifecycleStage(enum.StrEnum):
    """Where a lead stands between the two teams. Values are stored in the database and shown in the API."""

    INQUIRY = "inquiry"
    LEAD = "lead"
    MQL = "mql"
    SAL = "sal"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"

    @property
    def label(self) -> str:
        """Short name for screens, e.g. ``MQL`` or ``Recycled``."""
        return LABELS[self]

    @property
    def meaning(self) -> str:
        """One sentence of help text."""
        return MEANINGS[self]

    @property
    def rank(self) -> int | None:
        """Place in the forward funnel from 0 (inquiry) to 6 (customer); None for a stage beside it."""
        return RANK.get(self)

    @property
    def in_funnel(self) -> bool:
        """Whether the stage is one of the seven of the forward funnel."""
        return self in RANK


_S = LifecycleStage

FUNNEL: tuple[LifecycleStage, ...] = (
    _S.INQUIRY,
    _S.LEAD,
    _S.MQL,
    _S.SAL,
    _S.SQL,
    _S.OPPORTUNITY,
    _S.CUSTOMER,
)
"""The forward funnel, first to last."""

RANK: dict[LifecycleStage, int] = {stage: place for place, stage in enumerate(FUNNEL)}
"""Place of each forward stage; recycled and disqualified have none."""

LABELS: dict[LifecycleStage, str] = {
    _S.INQUIRY: "Inquiry",
    _S.LEAD: "Lead",
    _S.MQL: "MQL",
    _S.SAL: "SAL",
    _S.SQL: "SQL",
    _S.OPPORTUNITY: "Opportunity",
    _S.CUSTOMER: "Customer",
    _S.RECYCLED: "Recycled",
    _S.DISQUALIFIED: "Disqualified",
}

MEANINGS: dict[LifecycleStage, str] = {
    _S.INQUIRY: "Somebody showed interest; too little is known to call them a lead.",
    _S.LEAD: "A person who may buy and can be reached.",
    _S.MQL: "Marketing qualified: meets the definition both teams signed for a lead worth handing to sales.",
    _S.SAL: "Sales accepted: a rep took the handoff and works it.",
    _S.SQL: "Sales qualified: the rep confirmed a need that is worth a deal.",
    _S.OPPORTUNITY: "A deal is open.",
    _S.CUSTOMER: "A deal was won.",
    _S.RECYCLED: "Back with marketing: right person, wrong moment.",
    _S.DISQUALIFIED: "Will not buy, and both teams stop spending time on it.",
}

CHOICES: tuple[tuple[str, str], ...] = tuple((stage.value, LABELS[stage]) for stage in LifecycleStage)
"""(value, label) pairs for a form or a model field."""


class TransitionRefused(ValueError):
    """A move between stages that the rules do not allow. ``str()`` is a sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Move(enum.StrEnum):
    """What the table says about a pair of stages."""

    FREE = "free"  # allowed, and the fact behind it is reason enough
    WITH_REASON = "with_reason"  # allowed when somebody says why
    REFUSED = "refused"


_BACK_TWO = "{old} cannot go back to {new}: recycle it, or step back one stage at a time with a reason."
_FROM_CUSTOMER = "A customer stays a customer: to undo a won deal, reopen the deal, which makes it an opportunity."
_FROM_DISQUALIFIED = "A disqualified lead cannot become {new}: reopen it as a lead or recycle it first."
_TO_INQUIRY = "A recycled lead is known already: it comes back as a lead, not as an inquiry."

# One row per old stage, one column per new stage, in the order of LifecycleStage:
# f free · r with a reason · . refused.
_ROWS: dict[LifecycleStage, str] = {
    #                 inq lead mql sal sql opp cust recy disq
    _S.INQUIRY: "      .   f    f   f   f   f   f    r    r",
    _S.LEAD: "         r   .    f   f   f   f   f    r    r",
    _S.MQL: "          .   r    .   f   f   f   f    r    r",
    _S.SAL: "          .   .    r   .   f   f   f    r    r",
    _S.SQL: "          .   .    r   r   .   f   f    r    r",
    _S.OPPORTUNITY: "  .   .    .   .   r   .   f    r    r",
    _S.CUSTOMER: "     .   .    .   .   .   r   .    .    .",
    _S.RECYCLED: "     .   f    f   f   f   f   f    .    r",
    _S.DISQUALIFIED: " .   r    .   .   .   .   .    r    .",
}
_CELLS = {"f": Move.FREE, "r": Move.WITH_REASON, ".": Move.REFUSED}

TRANSITIONS: dict[tuple[LifecycleStage, LifecycleStage], Move] = {
    (old, new): _CELLS[cell]
    for old, row in _ROWS.items()
    for new, cell in zip(LifecycleStage, row.split(), strict=True)
}
"""Every pair of stages (81 of them) and what is allowed.

Forward moves may skip stages: a deal may be opened for somebody sales met at a fair, and imported histories
have gaps; the funnel imputes what was skipped (`imputed_stages`). One step back corrects a mistake; from
SAL or SQL a lead may also go back to marketing as MQL. Whoever leaves the funnel, or goes back, says why.
"""


def move(old: LifecycleStage, new: LifecycleStage) -> Move:
    """What the table says about moving from `old` to `new`."""
    return TRANSITIONS[old, new]


def check_transition(old: LifecycleStage | None, new: LifecycleStage, why: str = "") -> None:
    """Pass when a lead may move from `old` to `new`, else raise `TransitionRefused` with a sentence.

    `old` is None for a lead that is just being recorded, which may start at any stage. `why` is the reason in
    words; it must not be blank for a move backwards or out of the funnel.
    """
    if old is None:
        return
    if old is new:
        raise TransitionRefused("already_there", f"The lead is already at stage {new.label}.")
    allowed = TRANSITIONS[old, new]
    if allowed is Move.REFUSED:
        raise TransitionRefused("not_allowed", _refusal(old).format(old=old.label, new=new.label))
    if allowed is Move.WITH_REASON and not why.strip():
        raise TransitionRefused(
            "reason_missing",
            f"Say why the lead moves from {old.label} to {new.label}: this move needs a reason.",
        )


def _refusal(old: LifecycleStage) -> str:
    if old is _S.CUSTOMER:
        return _FROM_CUSTOMER
    if old is _S.DISQUALIFIED:
        return _FROM_DISQUALIFIED
    if old is _S.RECYCLED:
        return _TO_INQUIRY
    return _BACK_TWO


@dataclass(frozen=True, slots=True)
class Reached:
    """That a lead reached a stage, and how sure we are of when.

    `at` is the given date, never a corrected one. `imputed` marks a stage nobody recorded, which takes the
    date of the next recorded stage after it. `out_of_order` marks a given date later than that of a stage
    further on.
    """

    stage: LifecycleStage
    at: datetime
    imputed: bool = False
    out_of_order: bool = False


def imputed_stages(
    reached: Mapping[LifecycleStage, datetime], first: LifecycleStage = LifecycleStage.INQUIRY
) -> tuple[Reached, ...]:
    """Every forward stage a lead has been through, in funnel order, skipped ones filled in and flagged.

    `reached` gives the aware time at which each recorded stage was *first* reached. Who reached a stage has
    reached all before it from `first` on, so counts never increase down the funnel. A skipped stage takes the
    time of the next recorded stage: it was reached by then. Stages beside the funnel are left out.

    Dates out of order are kept as given: order is that of the funnel, and the stage with the later date is flagged.
    Raises ValueError for a naive time.
    """
    _require_aware(reached)
    given = [stage for stage in FUNNEL if stage in reached]
    if not given:
        return ()
    start = min(RANK[first], RANK[given[0]])
    found: list[Reached] = []
    later: datetime | None = None
    earliest_beyond: datetime | None = None
    for stage in reversed(FUNNEL[start : RANK[given[-1]] + 1]):
        if stage in reached:
            at = reached[stage]
            found.append(Reached(stage, at, out_of_order=earliest_beyond is not None and at > earliest_beyond))
            later = at
            earliest_beyond = at if earliest_beyond is None else min(at, earliest_beyond)
        else:
            assert later is not None  # noqa: S101 - the last stage of the slice is a given one
            found.append(Reached(stage, later, imputed=True))
    return tuple(reversed(found))


def ordered_history(reached: Mapping[LifecycleStage, datetime]) -> tuple[Reached, ...]:
    """The given stages in the order in which transitions are recorded, dates as given.

    Forward stages follow the funnel, whatever their dates (a company may have booked the deal before it
    wrote down the first contact); a recycled or disqualified date is placed after the furthest stage that
    is not younger than it, with recycled before disqualified on equal dates. Nothing is imputed here: facts
    are what was given. Raises ValueError for a naive time.
    """
    forward = [step for step in imputed_stages(reached) if not step.imputed]
    beside = sorted(
        (reached[stage], place, stage) for place, stage in enumerate((_S.RECYCLED, _S.DISQUALIFIED)) if stage in reached
    )
    chain = list(forward)
    for at, _, stage in beside:
        after = max((i for i, step in enumerate(chain) if step.at <= at), default=-1)
        chain.insert(after + 1, Reached(stage, at))
    return tuple(chain)


def stage_of_history(reached: Mapping[LifecycleStage, datetime]) -> LifecycleStage | None:
    """The stage a lead with this history stands at: the end of `ordered_history`, or None when it is empty.

    Who ever became a customer is one; so the furthest stage counts, not the one with the youngest date,
    unless the lead left the funnel after it.
    """
    if _S.CUSTOMER in reached:
        _require_aware(reached)
        return _S.CUSTOMER
    if len(reached) == 1:
        _require_aware(reached)
        return next(iter(reached))
    chain = ordered_history(reached)
    return chain[-1].stage if chain else None


def _require_aware(reached: Mapping[LifecycleStage, datetime]) -> None:
    for stage, at in reached.items():
        if at.tzinfo is None:
            raise ValueError(f"The time of stage {stage.value} has no time zone.")
