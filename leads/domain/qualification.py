"""Qualification: what the definition in force makes of one lead.

A lead meets a definition when its criteria hold and its total score is on the upper side of the threshold, with
hysteresis: in at the score to enter, out only below the score to leave. Only a *crossing* moves a lead. So qualifying
again on unchanged facts changes nothing, and a lead that somebody sent back or recycled is not promoted again by the
next run: it must have dropped out first. The side is kept when the next version of the definition comes into force, so
that a stricter version moves nobody up; and a recycled lead comes back only by something it did since.

A lead that a person handed off below the definition is at the stage without meeting it. It counts as delivered from the
moment at which it meets the criteria and reaches the score to enter.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Final

from leads.domain.lifecycle import FUNNEL, RANK, LifecycleStage
from leads.domain.scoring import Crossing, inside

AUTOMATIC: Final = frozenset({LifecycleStage.LEAD, LifecycleStage.MQL})
"""Stages that a definition may give by itself. SAL and what follows are decided by people; there the definition says
what they should find, and `Decision.inside` whether they would."""


class Action(enum.StrEnum):
    """What to do with the lead."""

    QUALIFY = "qualify"
    REVOKE = "revoke"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Scores of a definition version: in at `enter`, out below `leave` (None: at `enter`); no `enter`: none asked."""

    enter: int | None = None
    leave: int | None = None

    def passed(self, score: int, inside_before: bool) -> bool:
        """Whether `score` is on the upper side. Raises ValueError when `leave` is above `enter`."""
        if self.enter is None:
            return True
        return inside(inside_before, score, self.enter, self.enter if self.leave is None else self.leave)


@dataclass(frozen=True, slots=True)
class Decision:
    """`action` with the stage to move to (None: stay) and why, in words for the transition.

    `inside`: the side the lead is on now; `crossing`: how it got there, None when it was there before.
    """

    action: Action
    inside: bool
    stage: LifecycleStage | None = None
    crossing: Crossing | None = None
    why: str = ""


def presumed_inside(
    stage: LifecycleStage,
    target: LifecycleStage,
    *,
    reached_before: bool,
    dipped_since: bool,
    below: bool = False,
) -> bool:
    """Which side a lead was on before, from its facts alone.

    `reached_before`: it has a transition to `target` or beyond under a version of the definition; `dipped_since`: after
    it left `target` it once failed to meet the definition; `below`: it was handed off below the definition.
    """
    if below:
        return False
    if RANK.get(stage, -1) >= RANK[target]:
        return True
    return reached_before and not dipped_since


def decide(
    *,
    stage: LifecycleStage,
    target: LifecycleStage,
    criteria_hold: bool,
    score: int,
    threshold: Threshold,
    inside_before: bool,
    has_open_handoff: bool,
    acted_since: bool = True,
) -> Decision:
    """What the definition of `target` makes of a lead at `stage`. `target` is a stage of the funnel after inquiry.

    `score` is the total score; `acted_since` tells of a recycled lead whether it did anything after it was recycled:
    until then it stays outside, whatever the definition says. A lead that is with sales (`has_open_handoff`) or further
    on than `target` is never taken back; customers and disqualified leads are left alone.
    """
    now_in = criteria_hold and threshold.passed(score, inside_before)
    if stage is LifecycleStage.RECYCLED and now_in and not inside_before and not acted_since:
        return Decision(Action.KEEP, False)
    crossing = None if now_in == inside_before else Crossing.UP if now_in else Crossing.DOWN
    keep = Decision(Action.KEEP, now_in, crossing=crossing)
    if target not in AUTOMATIC:
        return keep
    if crossing is Crossing.UP and (stage is LifecycleStage.RECYCLED or RANK.get(stage, 99) < RANK[target]):
        why = f"Meets the definition of {target.label} with a score of {score}."
        return Decision(Action.QUALIFY, now_in, target, crossing, why)
    if not now_in and stage is target and not has_open_handoff:
        before = FUNNEL[RANK[target] - 1]
        if criteria_hold:
            limit = threshold.enter if threshold.leave is None else threshold.leave
            why = f"No longer meets the definition of {target.label}: the score fell to {score}, below {limit}."
        else:
            why = f"No longer meets the definition of {target.label}: its criteria do not hold any more."
        return Decision(Action.REVOKE, now_in, before, crossing, why)
    return keep


def comes_to_meet(*, criteria_hold: bool, score: int, threshold: Threshold) -> bool:
    """Whether a lead that was handed off below the definition meets it by itself: all of it, from outside."""
    return criteria_hold and threshold.passed(score, inside_before=False)


# -- definitions to start with ---------------------------------------------------------------------

DEFAULT_MQL: Final[dict[str, Any]] = {
    "all": [
        {"field": "lead.email", "op": "is_set"},
        {"field": "score.fit", "op": "gte", "value": 20},
        {"field": "score.engagement", "op": "gte", "value": 8},
    ]
}
"""Criteria of a first MQL definition, in the points of `scoring.default_model`."""

DEFAULT_MQL_THRESHOLD: Final = Threshold(enter=40, leave=32)

DEFAULT_SQL: Final[dict[str, Any]] = {
    "all": [
        {"field": "lead.stage", "op": "in", "value": ["opportunity", "sal", "sql"]},
        {
            "any": [
                {
                    "behaviour": {
                        "kind": "meeting",
                        "content": None,
                        "campaign": None,
                        "within_days": 90,
                        "at_least": 1,
                    }
                },
                {"field": "deal.is_open", "op": "eq", "value": True},
            ]
        },
    ]
}
"""Criteria of a first SQL definition: sales has the lead, and a person met it or opened a deal."""
