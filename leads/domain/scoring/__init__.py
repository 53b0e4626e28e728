"""Rule scoring: how well a lead fits, how much it engages, and why.

``score = clamp(Σ groups clamp(Σ rules points, group min, group max), 0, 100)``, for the fit groups (fit), for the
engagement groups (engagement) and for all groups together (total). Fit rules look at attributes and do not decay;
engagement rules count touchpoints, newest first up to a maximum, and decay with the age of each.

Rounding, decided here: what a rule gives is rounded once, to whole points, halves away from zero (as the numeric type
of PostgreSQL rounds). Everything after that is whole numbers, so the lines of an explanation sum to the score
exactly. Before that rounding the value is taken to the nearest millionth, so that the last bits of floating point,
which depend on the order of addition, decide nothing.

A score needs no history. Per rule a small state is kept (`EngagementState`): the times of the newest occurrences that
can count, or, where an exponential rule counts without a maximum, one sum S = Σ 2^(t/h) from which the points at any
later time are p·S·2^(−now/h). `score` itself goes through the same state, so both forms are one computation.

Points that a rule takes away decay as well, towards nothing: a lead that unsubscribed may come back.

Ages are exact: a linear step, an expiry and the end of a time frame take effect at the instant itself (10 points
at 50 % every 30 days are 5 points from exactly 30 days on).
"""

from leads.domain.scoring.bands import Crossing, band, crossed, inside
from leads.domain.scoring.engine import (
    EngagementState,
    StateMismatch,
    Sum,
    Times,
    Totals,
    absorb,
    next_change_at,
    score,
    score_from_state,
    totals_from_state,
)
from leads.domain.scoring.model import (
    Bands,
    EngagementRule,
    Expiry,
    Exponential,
    FitRule,
    Group,
    GroupKind,
    Linear,
    NoDecay,
    ScoreModel,
    canonical,
    model_to_json,
)
from leads.domain.scoring.parsing import ModelError, parse
from leads.domain.scoring.signals import Line, Part, Score, Signals, Touch
from leads.domain.scoring.standard import default_model
from leads.domain.scoring.words import rule_sentence

__all__ = [
    "Bands",
    "Crossing",
    "EngagementRule",
    "EngagementState",
    "Expiry",
    "Exponential",
    "FitRule",
    "Group",
    "GroupKind",
    "Line",
    "Linear",
    "ModelError",
    "NoDecay",
    "Part",
    "Score",
    "ScoreModel",
    "Signals",
    "StateMismatch",
    "Sum",
    "Times",
    "Totals",
    "Touch",
    "absorb",
    "band",
    "canonical",
    "crossed",
    "default_model",
    "inside",
    "model_to_json",
    "next_change_at",
    "parse",
    "rule_sentence",
    "score",
    "score_from_state",
    "totals_from_state",
]
