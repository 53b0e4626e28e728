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

from __future__ import annotations

import enum
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple

from leads.domain.criteria import (
    MAX_DAYS,
    MAX_ID,
    Attribute,
    Behaviour,
    CriteriaError,
    Names,
    Op,
    Predicate,
    behaviour_words,
    matches,
    parse_predicate,
    predicate_words,
    to_json,
)
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

_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


# -- the model -------------------------------------------------------------------------------------


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


# -- what is scored --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touch:
    """One touchpoint as scoring sees it; `at` is aware, `content` and `campaign` are ids."""

    kind: str
    at: datetime
    content: int | None = None
    campaign: int | None = None


@dataclass(frozen=True, slots=True)
class Signals:
    """All that is known of a lead: attributes by field name (`FIT_FIELDS`) and touchpoints in any order."""

    attributes: Mapping[str, Attribute]
    touches: Iterable[Touch] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of an explanation.

    `raw`: points before decay (counted × points); `decayed`: after it, in whole points; `capped`: what is left
    after the limits of the group. `counted`: occurrences counted; `latest`: when the newest of them was.
    """

    kind: GroupKind
    group: str
    rule: str
    label: str
    raw: int
    decayed: int
    capped: int
    counted: int
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of a score as a person reads it."""

    label: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """Three whole numbers from 0 to 100, a band, and the rules that gave points."""

    fit: int
    engagement: int
    total: int
    band: str
    lines: tuple[Line, ...]

    def parts(self, kind: GroupKind | None = None) -> tuple[Part, ...]:
        """The addends of fit, of engagement or (None) of the total; they sum to it exactly.

        Where the rules together give less than 0 or more than 100, a last part says so.
        """
        lines = [line for line in self.lines if kind is None or line.kind is kind]
        whole = self.total if kind is None else self.fit if kind is GroupKind.FIT else self.engagement
        parts = [Part(line.label, line.capped) for line in lines]
        rest = whole - sum(part.points for part in parts)
        if rest:
            parts.append(Part("A score ends at 100" if rest < 0 else "A score starts at 0", rest))
        return tuple(parts)


def score(signals: Signals, model: ScoreModel, now: datetime) -> Score:
    """The score of a lead from its whole history at `now` (aware). Touchpoints later than `now` do not count yet."""
    state = absorb(EngagementState.empty(model), (touch for touch in signals.touches if touch.at <= now), model)
    return score_from_state(state, signals.attributes, model, now)


# -- state instead of history ----------------------------------------------------------------------


class StateMismatch(ValueError):
    """The state was built under another model: rebuild it from the touchpoints."""


@dataclass(frozen=True, slots=True)
class Times:
    """The newest occurrences of a rule, oldest first, in microseconds since 2020-01-01 UTC."""

    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """Σ 2^(t/h − bucket) over all occurrences of a rule, t in the same microseconds and h its half-life.

    `bucket` is the whole number of half-lives up to the newest occurrence, so the sum never overflows and moving it
    forward is exact. `count` occurrences; `newest` is the time of the last.
    """

    total: float
    bucket: int
    count: int
    newest: int


RuleState = Times | Sum


@dataclass(frozen=True, slots=True)
class EngagementState:
    """What the next engagement score needs instead of the touchpoints, by rule key; rules without any are absent."""

    model: str
    rules: Mapping[str, RuleState]

    @classmethod
    def empty(cls, model: ScoreModel) -> EngagementState:
        """The state of a lead without touchpoints."""
        return cls(model.state_key, {})

    def to_json(self) -> dict[str, Any]:
        """Plain data: ``{"model": …, "rules": {key: {"t": [µs, …]} or {"s": Σ, "k": bucket, "n": count, "at": µs}}}``.

        µs are microseconds since 2020-01-01 UTC.
        """
        return {
            "model": self.model,
            "rules": {
                key: {"t": list(kept.at)}
                if isinstance(kept, Times)
                else {"s": kept.total, "k": kept.bucket, "n": kept.count, "at": kept.newest}
                for key, kept in self.rules.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EngagementState:
        """Reads what `to_json` wrote, also when a database has sorted keys or written 2.0 as 2."""
        return cls(
            data["model"],
            {
                key: Times(tuple(kept["t"]))
                if "t" in kept
                else Sum(float(kept["s"]), int(kept["k"]), int(kept["n"]), int(kept["at"]))
                for key, kept in data["rules"].items()
            },
        )


def absorb(state: EngagementState, touchpoints: Iterable[Touch], model: ScoreModel) -> EngagementState:
    """The state after more touchpoints, in any order, old ones included, without the history.

    Each touchpoint must be given once: the same one absorbed twice counts twice. Raises `StateMismatch`.
    """
    _require_same(state, model)
    found: dict[str, tuple[EngagementRule, list[int]]] = {}
    for touch in touchpoints:
        for rule in model.by_kind.get(touch.kind, ()):
            if rule.content not in (None, touch.content) or rule.campaign not in (None, touch.campaign):
                continue
            found.setdefault(rule.key, (rule, []))[1].append(_microseconds(touch.at))
    if not found:
        return state
    rules = dict(state.rules)
    for key, (rule, times) in found.items():
        kept = rules.get(key)
        if rule.keeps_sum:
            rules[key] = _add(kept, times, _half_life(rule))
        else:
            before = kept.at if isinstance(kept, Times) else ()
            rules[key] = Times(tuple(sorted((*before, *times))[-(rule.max_counted or 0) :]))
    return EngagementState(state.model, rules)


def _add(kept: RuleState | None, times: list[int], half_life: int) -> Sum:
    newest = max(times)
    if isinstance(kept, Sum):
        newest = max(newest, kept.newest)
    bucket = newest // half_life
    # Smallest first loses the least; the earlier sum is moved by a whole number of half-lives, which is exact.
    total = sum(_power(at, half_life, bucket) for at in sorted(times))
    count = len(times)
    if isinstance(kept, Sum):
        total += math.ldexp(kept.total, kept.bucket - bucket)
        count += kept.count
    return Sum(total, bucket, count, newest)


def _power(at: int, half_life: int, bucket: int) -> float:
    whole, rest = divmod(at, half_life)
    return math.ldexp(math.exp2(rest / half_life), whole - bucket)


def score_from_state(
    state: EngagementState, attributes: Mapping[str, Attribute], model: ScoreModel, now: datetime
) -> Score:
    """The score at `now` from the state and the attributes: equal to `score` over the same touchpoints.

    `now` must not lie before the newest touchpoint absorbed; where clocks disagree by a little, an age below zero
    counts as zero. Raises `StateMismatch`.
    """
    _require_same(state, model)
    at = _microseconds(now)
    lines: list[Line] = []
    sums = {GroupKind.FIT: 0, GroupKind.ENGAGEMENT: 0}
    for group in model.groups:
        drafts: list[tuple[Rule, int, int, int, int | None]] = []
        for rule in group.rules:
            if isinstance(rule, FitRule):
                if matches(rule.when, attributes.get(rule.when.field), now):
                    drafts.append((rule, rule.points, rule.points, 1, None))
            elif rule.key in state.rules:
                counted, decayed, latest = _evaluate(rule, state.rules[rule.key], at)
                if counted:
                    drafts.append((rule, rule.points * counted, decayed, counted, latest))
        capped = _cap([draft[2] for draft in drafts], group.min, group.max)
        sums[group.kind] += sum(capped)
        lines.extend(
            Line(group.kind, group.key, rule.key, rule.label, raw, decayed, left, counted, _time(latest))
            for (rule, raw, decayed, counted, latest), left in zip(drafts, capped, strict=True)
        )
    fit, engagement = _clamp(sums[GroupKind.FIT]), _clamp(sums[GroupKind.ENGAGEMENT])
    total = _clamp(sums[GroupKind.FIT] + sums[GroupKind.ENGAGEMENT])
    return Score(fit, engagement, total, band(fit, engagement, model.bands), tuple(lines))


class Totals(NamedTuple):
    """What is stored of a score."""

    fit: int
    engagement: int
    total: int
    band: str


def totals_from_state(
    state: EngagementState, attributes: Mapping[str, Attribute], model: ScoreModel, now: datetime
) -> Totals:
    """The numbers of `score_from_state` without the lines that explain them: for scoring many leads."""
    _require_same(state, model)
    at = _microseconds(now)
    sums = {GroupKind.FIT: 0, GroupKind.ENGAGEMENT: 0}
    for group in model.groups:
        points = 0
        for rule in group.rules:
            if isinstance(rule, FitRule):
                if model.fits(rule, attributes.get(rule.when.field), now):
                    points += rule.points
            elif (kept := state.rules.get(rule.key)) is not None:
                points += _evaluate(rule, kept, at)[1]
        sums[group.kind] += min(group.max, max(group.min, points))
    fit, engagement = _clamp(sums[GroupKind.FIT]), _clamp(sums[GroupKind.ENGAGEMENT])
    total = _clamp(sums[GroupKind.FIT] + sums[GroupKind.ENGAGEMENT])
    return Totals(fit, engagement, total, band(fit, engagement, model.bands))


def _clamp(points: int) -> int:
    return min(100, max(0, points))


def _require_same(state: EngagementState, model: ScoreModel) -> None:
    if state.model != model.state_key:
        raise StateMismatch("This state belongs to another scoring model: rebuild it from the touchpoints.")


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _time(at: int | None) -> datetime | None:
    return None if at is None else _EPOCH + at * _MICROSECOND


def _half_life(rule: EngagementRule) -> int:
    assert isinstance(rule.decay, Exponential)  # noqa: S101 - only exponential rules ask
    return rule.decay.half_life_days * _DAY_US


def _evaluate(rule: EngagementRule, kept: RuleState, now: int) -> tuple[int, int, int | None]:
    """(occurrences counted, whole points after decay, newest of them) of one rule at `now`."""
    if isinstance(kept, Sum):
        return kept.count, _whole(rule.points * _sum_at(kept, _half_life(rule), now)), kept.newest
    ages = [max(0, now - at) for at in kept.at]
    if rule.within_days is not None:
        ages = [age for age in ages if age < rule.within_days * _DAY_US]
    if not ages:
        return 0, 0, None
    return len(ages), _points(rule, ages), kept.at[-1]


def _sum_at(kept: Sum, half_life: int, now: int) -> float:
    whole, rest = divmod(max(now, kept.newest), half_life)
    return math.ldexp(kept.total, kept.bucket - whole) * math.exp2(-rest / half_life)


def _points(rule: EngagementRule, ages: Sequence[int]) -> int:
    decay = rule.decay
    if isinstance(decay, NoDecay):
        return rule.points * len(ages)
    if isinstance(decay, Expiry):
        return rule.points * sum(age < decay.days * _DAY_US for age in ages)
    if isinstance(decay, Linear):
        left = sum(max(0, 100 - decay.percent * (age // (decay.period_days * _DAY_US))) for age in ages)
        return _whole(rule.points * left / 100)
    half_life = _half_life(rule)
    return _whole(rule.points * math.fsum(math.exp2(-age / half_life) for age in ages))


def _whole(points: float) -> int:
    """Whole points, halves away from zero, the millionth first (see the top of the module)."""
    size = int(round(abs(points), 6) + 0.5)
    return size if points > 0 else -size


def _cap(points: list[int], low: int, high: int) -> list[int]:
    """The points after the group's limits. What is too much is taken from the rules that gave it, in proportion.

    Largest remainders keep whole numbers; the sum is the limit exactly. `low` ≤ 0 ≤ `high`.
    """
    total = sum(points)
    if low <= total <= high:
        return points
    sign = 1 if total > high else -1
    over = total - high if sign == 1 else low - total
    sizes = [max(0, sign * value) for value in points]
    all_of_them = sum(sizes)
    cuts = [over * size // all_of_them for size in sizes]
    by_remainder = sorted(range(len(points)), key=lambda i: (-(over * sizes[i] % all_of_them), i))
    for i in by_remainder[: over - sum(cuts)]:
        cuts[i] += 1
    return [value - sign * cut for value, cut in zip(points, cuts, strict=True)]


def next_change_at(state: EngagementState, model: ScoreModel, now: datetime) -> datetime | None:
    """The next instant after `now` at which the passing of time changes the points of some rule; None: never.

    Until then the stored score is right without looking (for an exponential rule the instant is exact to well
    under a minute, never early). Limits of a group may hide the change, so a wake-up may find the same score.
    """
    _require_same(state, model)
    at = _microseconds(now)
    found = [
        change
        for rule in model.engagement_rules
        if rule.key in state.rules and (change := _next_change(rule, state.rules[rule.key], at)) is not None
    ]
    return _time(min(found)) if found else None


def _next_change(rule: EngagementRule, kept: RuleState, now: int) -> int | None:
    event = _next_event(rule, kept, now)
    before = 0 if event is None else _evaluate(rule, kept, now)[1]
    while event is not None and _evaluate(rule, kept, event)[1] == before:
        event = _next_event(rule, kept, event)
    return event


def _next_event(rule: EngagementRule, kept: RuleState, now: int) -> int | None:
    """The next instant after `now` at which the rule's points may change."""
    decay = rule.decay
    events: list[int] = []
    if isinstance(decay, Exponential):
        half_life = _half_life(rule)
        if isinstance(kept, Sum):
            value, start = _sum_at(kept, half_life, now), max(now, kept.newest)
        else:
            ages = _in_frame(rule, kept, now)
            value, start = math.fsum(math.exp2(-age / half_life) for age in ages), now
        size = abs(rule.points) * value
        whole = abs(_whole(size))
        if whole:
            # Just under the half point at which rounding turns, by more than the millionth it is taken to first.
            turn = whole - 0.5 - 5.1e-7
            events.append(start + math.ceil(half_life * math.log2(size / turn)))
    if isinstance(kept, Times):
        if rule.within_days is not None:
            events += [at + rule.within_days * _DAY_US for at in kept.at]
        if isinstance(decay, Expiry):
            events += [at + decay.days * _DAY_US for at in kept.at]
        elif isinstance(decay, Linear):
            period = decay.period_days * _DAY_US
            for at in kept.at:
                step = max(0, now - at) // period + 1
                if decay.percent * (step - 1) < 100:
                    events.append(at + step * period)
    return min((event for event in events if event > now), default=None)


def _in_frame(rule: EngagementRule, kept: Times, now: int) -> list[int]:
    ages = [max(0, now - at) for at in kept.at]
    return ages if rule.within_days is None else [age for age in ages if age < rule.within_days * _DAY_US]


# -- bands and thresholds --------------------------------------------------------------------------


def band(fit: int, engagement: int, bands: Bands) -> str:
    """``A1`` … ``C3``: fit as a letter, engagement as a digit."""
    letter = "A" if fit >= bands.fit_a else "B" if fit >= bands.fit_b else "C"
    digit = "1" if engagement >= bands.engagement_1 else "2" if engagement >= bands.engagement_2 else "3"
    return letter + digit


class Crossing(enum.StrEnum):
    """A score went through a threshold."""

    UP = "up"
    DOWN = "down"


def inside(previous_in: bool, score: int, enter: int, leave: int) -> bool:
    """Whether a score counts as above the threshold: in at `enter`, out only below `leave` (≤ `enter`)."""
    if leave > enter:
        raise ValueError("The score at which a lead leaves must not be above the one at which it enters.")
    return score >= leave if previous_in else score >= enter


def crossed(previous_in: bool, score: int, enter: int, leave: int) -> Crossing | None:
    """The crossing that this score makes, or None. Once per direction: the caller stores the new side."""
    now_in = inside(previous_in, score, enter, leave)
    if now_in == previous_in:
        return None
    return Crossing.UP if now_in else Crossing.DOWN


# -- JSON ------------------------------------------------------------------------------------------


class ModelError(ValueError):
    """A scoring model that cannot be used. `path` is a JSON pointer to the part; ``str()`` is a sentence."""

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(sentence)
        self.path = path
        self.sentence = sentence


_KEY = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")


def parse(data: object) -> ScoreModel:
    """The model of decoded JSON. Raises `ModelError` on the first flaw."""
    top = _object(data, "", ("name", "groups", "bands"))
    groups = top.get("groups")
    if not isinstance(groups, list) or not 1 <= len(groups) <= MAX_GROUPS:
        raise ModelError("/groups", f"A scoring model has 1 to {MAX_GROUPS} groups.")
    model = ScoreModel(
        _label(top, "name", ""),
        tuple(_group(group, f"/groups/{i}") for i, group in enumerate(groups)),
        _bands(top.get("bands", {})),
    )
    _unique([(group.key, f"/groups/{i}/key") for i, group in enumerate(model.groups)])
    rules = [
        (rule.key, f"/groups/{i}/rules/{j}/key")
        for i, group in enumerate(model.groups)
        for j, rule in enumerate(group.rules)
    ]
    _unique(rules)
    if len(rules) > MAX_RULES:
        raise ModelError("/groups", f"A scoring model has at most {MAX_RULES} rules.")
    return model


def _unique(keys: list[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for key, path in keys:
        if key in seen:
            raise ModelError(path, f"The key “{key}” is used twice.")
        seen.add(key)


def _object(data: object, path: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ModelError(path, f"Expected an object with {', '.join(known)}.")
    for key in data:
        if key not in known:
            shown = str(key)[:40].encode(errors="replace").decode()
            raise ModelError(path, f"“{shown}” is not known here; expected {', '.join(known)}.")
    return data


def _label(data: Mapping[str, Any], key: str, path: str) -> str:
    text = data.get(key)
    if not isinstance(text, str) or not 1 <= len(text.strip()) <= MAX_LABEL or not text.isprintable():
        raise ModelError(f"{path}/{key}", f"Expected a text of 1 to {MAX_LABEL} characters on one line.")
    return text.strip()


def _key(data: Mapping[str, Any], path: str) -> str:
    key = data.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ModelError(f"{path}/key", "A key is 1 to 40 small letters, digits, “-” and “_”, such as demo_requested.")
    return key


def _int(data: Mapping[str, Any], key: str, path: str, low: int, high: int) -> int:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ModelError(f"{path}/{key}", f"Expected a whole number from {low} to {high}.")
    return value


def _int_or_null(data: Mapping[str, Any], key: str, path: str, high: int) -> int | None:
    return None if data.get(key) is None else _int(data, key, path, 1, high)


def _bands(data: object) -> Bands:
    parts = _object(data, "/bands", ("fit_a", "fit_b", "engagement_1", "engagement_2"))
    found = Bands(**{key: _int(parts, key, "/bands", 0, 100) for key in parts})
    if found.fit_b > found.fit_a:
        raise ModelError("/bands/fit_b", "Fit B starts at no more points than fit A.")
    if found.engagement_2 > found.engagement_1:
        raise ModelError("/bands/engagement_2", "Engagement 2 starts at no more points than engagement 1.")
    return found


def _group(data: object, path: str) -> Group:
    parts = _object(data, path, ("key", "label", "kind", "min", "max", "rules"))
    if parts.get("kind") not in list(GroupKind):
        raise ModelError(f"{path}/kind", "A group is of kind fit or engagement.")
    kind = GroupKind(parts["kind"])
    rules = parts.get("rules")
    if not isinstance(rules, list) or not 1 <= len(rules) <= MAX_RULES:
        raise ModelError(f"{path}/rules", f"A group has 1 to {MAX_RULES} rules.")
    read = _fit_rule if kind is GroupKind.FIT else _engagement_rule
    return Group(
        _key(parts, path),
        _label(parts, "label", path),
        kind,
        _int(parts, "min", path, -MAX_POINTS, 0),
        _int(parts, "max", path, 0, MAX_POINTS),
        tuple(read(rule, f"{path}/rules/{i}") for i, rule in enumerate(rules)),
    )


def _rule_points(parts: Mapping[str, Any], path: str) -> int:
    points = _int(parts, "points", path, -MAX_POINTS, MAX_POINTS)
    if not points:
        raise ModelError(f"{path}/points", "A rule gives or takes at least one point.")
    return points


def _fit_rule(data: object, path: str) -> FitRule:
    parts = _object(data, path, ("key", "label", "points", "when"))
    try:
        when = parse_predicate(parts.get("when"), f"{path}/when")
    except CriteriaError as error:
        raise ModelError(error.path, error.sentence) from error
    if when.field not in FIT_FIELDS:
        raise ModelError(
            f"{path}/when/field", "A fit rule looks at what the person and the company are, not at what happened."
        )
    return FitRule(_key(parts, path), _label(parts, "label", path), _rule_points(parts, path), when)


def _engagement_rule(data: object, path: str) -> EngagementRule:
    parts = _object(
        data,
        path,
        ("key", "label", "points", "kind", "content", "campaign", "within_days", "max_counted", "decay"),
    )
    kind = parts.get("kind")
    if kind is not None and kind not in list(TouchpointKind):
        raise ModelError(f"{path}/kind", "Expected a kind of touchpoint, or null for any.")
    rule = EngagementRule(
        key=_key(parts, path),
        label=_label(parts, "label", path),
        points=_rule_points(parts, path),
        kind=None if kind is None else TouchpointKind(kind),
        content=_int_or_null(parts, "content", path, MAX_ID),
        campaign=_int_or_null(parts, "campaign", path, MAX_ID),
        within_days=_int_or_null(parts, "within_days", path, MAX_DAYS),
        max_counted=_int_or_null({"max_counted": 1, **parts}, "max_counted", path, MAX_COUNTED),
        decay=_decay(parts.get("decay", {"kind": "none"}), f"{path}/decay"),
    )
    if rule.keeps_sum and (rule.within_days is not None or not isinstance(rule.decay, Exponential)):
        raise ModelError(
            f"{path}/max_counted",
            f"Say how many times the rule counts at most (1 to {MAX_COUNTED}). Only an exponential decay without a "
            "time frame may count without a maximum.",
        )
    return rule


_DECAYS: Final[dict[str, tuple[type[Linear | Exponential | Expiry | NoDecay], dict[str, int]]]] = {
    "none": (NoDecay, {}),
    "linear": (Linear, {"percent": 100, "period_days": MAX_DAYS}),
    "exponential": (Exponential, {"half_life_days": MAX_DAYS}),
    "expiry": (Expiry, {"days": MAX_DAYS}),
}


def _decay(data: object, path: str) -> Decay:
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in _DECAYS:
        raise ModelError(path, f"Expected an object whose kind is one of {', '.join(_DECAYS)}.")
    made, limits = _DECAYS[kind]
    parts = _object(data, path, ("kind", *limits))
    return made(**{key: _int(parts, key, path, 1, high) for key, high in limits.items()})


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


# -- in words --------------------------------------------------------------------------------------


def rule_sentence(rule: Rule, names: Names | None = None) -> str:
    """A rule as one plain sentence. `names` gives names of content and campaigns."""
    points = f"{'+' if rule.points > 0 else '−'}{abs(rule.points)} {'point' if abs(rule.points) == 1 else 'points'}"
    if isinstance(rule, FitRule):
        words = predicate_words(rule.when)
        who = "the lead " if rule.when.op is Op.EQ and isinstance(rule.when.value, bool) else ""
        return f"{points} when {who}{words}."
    behaviour = Behaviour(rule.kind, rule.content, rule.campaign, rule.within_days)
    did = behaviour_words(behaviour, names or {})
    if rule.max_counted is None:
        often = ", each time"
    elif rule.max_counted == 1:
        often = ", once"
    else:
        often = f", each time up to {rule.max_counted}"
    return f"{points} when the lead has {did}{often}{_decay_words(rule.decay)}."


def _decay_words(decay: Decay) -> str:
    if isinstance(decay, Linear):
        return f", losing {decay.percent} % every {_days(decay.period_days)}"
    if isinstance(decay, Exponential):
        return f", halving every {_days(decay.half_life_days)}"
    return f", gone after {_days(decay.days)}" if isinstance(decay, Expiry) else ""


def _days(count: int) -> str:
    return "day" if count == 1 else f"{count} days"


# -- a model to start with -------------------------------------------------------------------------


def default_model() -> ScoreModel:
    """A first model for a company that sells to companies: up to 50 points for fit and 50 for engagement."""

    def fit(key: str, label: str, points: int, field: str, op: Op, value: Any = None) -> FitRule:
        when = {"field": field, "op": op.value} | ({} if value is None else {"value": value})
        return FitRule(key, label, points, parse_predicate(when))

    def engagement(key: str, points: int, decay: Decay, counted: int | None = 1) -> EngagementRule:
        kind = TouchpointKind(key)
        return EngagementRule(key, kind.label, points, kind, max_counted=counted, decay=decay)

    month = Exponential(30)
    fortnight = Exponential(14)
    return ScoreModel(
        "Standard B2B model",
        (
            Group(
                "company",
                "The company",
                GroupKind.FIT,
                -20,
                30,
                (
                    fit("size_core", "50 to 5,000 employees", 20, "company.employees", Op.BETWEEN, [50, 5000]),
                    fit("size_small", "10 to 49 employees", 8, "company.employees", Op.BETWEEN, [10, 49]),
                    fit("size_large", "More than 5,000 employees", 10, "company.employees", Op.GT, 5000),
                    fit("size_tiny", "Fewer than 10 employees", -10, "company.employees", Op.LT, 10),
                    fit("industry", "Industry known", 5, "company.industry", Op.IS_SET),
                    fit("domain", "Company domain known", 5, "company.domain", Op.IS_SET),
                ),
            ),
            Group(
                "person",
                "The person",
                GroupKind.FIT,
                -20,
                20,
                (
                    fit(
                        "decides",
                        "Decides about purchases",
                        12,
                        "lead.seniority",
                        Op.IN,
                        ["owner", "founder", "c-level", "executive", "vp", "director", "head"],
                    ),
                    fit("manages", "Manages a team", 7, "lead.seniority", Op.IN, ["manager", "lead"]),
                    fit("title", "Job title known", 4, "lead.job_title", Op.IS_SET),
                    fit("consent", "Agreed to be contacted", 4, "lead.consent", Op.EQ, True),
                    fit("student", "Student", -15, "lead.job_title", Op.CONTAINS, "student"),
                    fit("free_mail", "Private e-mail address", -6, "lead.email", Op.CONTAINS, "@gmail."),
                ),
            ),
            Group(
                "intent",
                "Signs of buying",
                GroupKind.ENGAGEMENT,
                0,
                30,
                (
                    engagement("demo_requested", 22, month),
                    engagement("meeting", 12, month, 2),
                    engagement("pricing_viewed", 7, fortnight, 3),
                    engagement("form_submitted", 10, Linear(50, 30), 2),
                    engagement("chat", 5, fortnight, 2),
                    engagement("referred", 8, Expiry(90)),
                ),
            ),
            Group(
                "learning",
                "Learning about the subject",
                GroupKind.ENGAGEMENT,
                0,
                14,
                (
                    engagement("webinar_attended", 7, month, 2),
                    engagement("event_attended", 7, month, 2),
                    engagement("content_downloaded", 5, month, 3),
                ),
            ),
            Group(
                "attention",
                "Attention",
                GroupKind.ENGAGEMENT,
                0,
                6,
                (
                    engagement("email_clicked", 2, fortnight, 5),
                    engagement("email_opened", 1, Expiry(14), 3),
                    engagement("ad_clicked", 2, Expiry(30), 2),
                    engagement("page_view", 1, Exponential(7), None),
                ),
            ),
            Group(
                "turning_away",
                "Turning away",
                GroupKind.ENGAGEMENT,
                -30,
                0,
                (engagement("unsubscribed", -30, Expiry(180)),),
            ),
        ),
    )
