"""What gives points: groups of rules, their decay, and the bands. Its JSON form is what is stored and signed."""

from __future__ import annotations

import enum
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from leads.domain.criteria import Attribute, Predicate, matches, to_json
from leads.domain.touchpoints import TouchpointKind

MAX_COUNTED: Final = 50
"""Most occurrences that a rule with a maximum may count: their times are kept for each lead."""
MAX_POINTS: Final = 100
MAX_RULES: Final = 100
MAX_GROUPS: Final = 20
MAX_LABEL: Final = 100
MAX_REMEMBERED: Final = 20_000
"""Most values for which a model keeps in mind whether its fit rules hold."""

FIT_FIELDS: Final = frozenset(
    {
        "lead.email",
        "lead.first_name",
        "lead.last_name",
        "lead.job_title",
        "lead.seniority",
        "lead.department",
        "lead.country",
        "lead.source",
        "lead.channel",
        "lead.consent",
        "company.name",
        "company.domain",
        "company.industry",
        "company.employees",
        "company.country",
    }
)
"""Attributes a fit rule may look at: what a person and a company are, nothing that time or a score changes."""


@dataclass(frozen=True, slots=True)
class NoDecay:
    """The points stay, inside the rule's time frame."""


@dataclass(frozen=True, slots=True)
class Linear:
    """p · max(0, 1 − percent/100 · ⌊age / period⌋)."""

    percent: int
    period_days: int


@dataclass(frozen=True, slots=True)
class Exponential:
    """p · 2^(−age / half-life)."""

    half_life_days: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """All the points until `days` have passed, then none."""

    days: int


Decay = NoDecay | Linear | Exponential | Expiry


class GroupKind(enum.StrEnum):
    """Which of the two scores a group gives points to."""

    FIT = "fit"
    ENGAGEMENT = "engagement"


@dataclass(frozen=True, slots=True)
class FitRule:
    """Points when one attribute matches."""

    key: str
    label: str
    points: int
    when: Predicate


@dataclass(frozen=True, slots=True)
class EngagementRule:
    """Points for each counted touchpoint of a kind (None: any), on some content or campaign (ids, None: any).

    `within_days`: the time frame (None: ever). `max_counted`: how many of the newest count, 1 meaning once; None,
    allowed for an exponential decay without a time frame, counts all.
    """

    key: str
    label: str
    points: int
    kind: TouchpointKind | None = None
    content: int | None = None
    campaign: int | None = None
    within_days: int | None = None
    max_counted: int | None = 1
    decay: Decay = NoDecay()

    @property
    def keeps_sum(self) -> bool:
        """Whether the state is one sum rather than a list of times."""
        return self.max_counted is None

    @property
    def fades(self) -> bool:
        """Whether its points only fade: no occurrence drops out at some age."""
        return self.within_days is None and isinstance(self.decay, Exponential)


Rule = FitRule | EngagementRule


@dataclass(frozen=True, slots=True)
class Group:
    """Rules of one kind whose points together stay between `min` (≤ 0) and `max` (≥ 0)."""

    key: str
    label: str
    kind: GroupKind
    min: int
    max: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """Least points of fit for A and B (else C) and of engagement for 1 and 2 (else 3)."""

    fit_a: int = 35
    fit_b: int = 20
    engagement_1: int = 30
    engagement_2: int = 12


@dataclass(frozen=True)
class ScoreModel:
    """The rules that give points. Its JSON form is what is stored, compared and signed."""

    name: str
    groups: tuple[Group, ...]
    bands: Bands = Bands()

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()

    @cached_property
    def state_key(self) -> str:
        """What a state remembers of the model it was built under."""
        return self.content_hash[:16]

    @cached_property
    def engagement_rules(self) -> tuple[EngagementRule, ...]:
        """All engagement rules in the order of the model."""
        return tuple(rule for group in self.groups for rule in group.rules if isinstance(rule, EngagementRule))

    @cached_property
    def engaging(self) -> dict[str, tuple[int, EngagementRule]]:
        """Engagement rules by key, each with the place of its group."""
        return {
            rule.key: (place, rule)
            for place, group in enumerate(self.groups)
            for rule in group.rules
            if isinstance(rule, EngagementRule)
        }

    def groups_of(self, kind: GroupKind) -> tuple[Group, ...]:
        """The groups that give points for `kind`, in the order of the model."""
        return tuple(group for group in self.groups if group.kind is kind)

    @cached_property
    def fit_rules(self) -> tuple[FitRule, ...]:
        """All fit rules in the order of the model."""
        return tuple(rule for group in self.groups for rule in group.rules if isinstance(rule, FitRule))

    @cached_property
    def by_kind(self) -> dict[str, tuple[EngagementRule, ...]]:
        """Engagement rules that a touchpoint of each kind can match."""
        return {
            kind.value: tuple(rule for rule in self.engagement_rules if rule.kind in (None, kind))
            for kind in TouchpointKind
        }

    @cached_property
    def _fitting(self) -> dict[tuple[str, Attribute], bool]:
        return {}

    def fits(self, rule: FitRule, value: Attribute, now: datetime) -> bool:
        """Whether the rule holds for a value of its field. Values repeat from lead to lead, so answers are kept."""
        key = (rule.key, value)
        known = self._fitting.get(key)
        if known is None:
            if len(self._fitting) >= MAX_REMEMBERED:
                self._fitting.clear()
            known = self._fitting[key] = matches(rule.when, value, now)
        return known

    def most(self, kind: GroupKind) -> int:
        """The most points this model can give for `kind`, to show a score "of" something."""
        return min(100, sum(group.max for group in self.groups if group.kind is kind))


def model_to_json(model: ScoreModel) -> dict[str, Any]:
    """Plain data that `parse` reads back as the same model."""
    bands = model.bands
    return {
        "name": model.name,
        "bands": {
            "fit_a": bands.fit_a,
            "fit_b": bands.fit_b,
            "engagement_1": bands.engagement_1,
            "engagement_2": bands.engagement_2,
        },
        "groups": [
            {
                "key": group.key,
                "label": group.label,
                "kind": group.kind.value,
                "min": group.min,
                "max": group.max,
                "rules": [_rule_json(rule) for rule in group.rules],
            }
            for group in model.groups
        ],
    }


def _rule_json(rule: Rule) -> dict[str, Any]:
    head: dict[str, Any] = {"key": rule.key, "label": rule.label, "points": rule.points}
    if isinstance(rule, FitRule):
        return {**head, "when": to_json(rule.when)}
    return {
        **head,
        "kind": rule.kind.value if rule.kind else None,
        "content": rule.content,
        "campaign": rule.campaign,
        "within_days": rule.within_days,
        "max_counted": rule.max_counted,
        "decay": _decay_json(rule.decay),
    }


def _decay_json(decay: Decay) -> dict[str, Any]:
    if isinstance(decay, Linear):
        return {"kind": "linear", "percent": decay.percent, "period_days": decay.period_days}
    if isinstance(decay, Exponential):
        return {"kind": "exponential", "half_life_days": decay.half_life_days}
    return {"kind": "expiry", "days": decay.days} if isinstance(decay, Expiry) else {"kind": "none"}


def canonical(model: ScoreModel) -> str:
    """The one JSON text of a model: sorted keys, no spaces."""
    return json.dumps(model_to_json(model), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
