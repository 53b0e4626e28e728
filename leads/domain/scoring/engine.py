"""The one computation, from a history or from the state that stands in for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from leads.domain.criteria import Attribute, matches
from leads.domain.scoring.bands import band
from leads.domain.scoring.model import (
    EngagementRule,
    Expiry,
    Exponential,
    FitRule,
    GroupKind,
    Linear,
    NoDecay,
    Rule,
    ScoreModel,
)
from leads.domain.scoring.signals import Line, Score, Signals, Touch

_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def score(signals: Signals, model: ScoreModel, now: datetime) -> Score:
    """The score of a lead from its whole history at `now` (aware). Touchpoints later than `now` do not count yet."""
    state = absorb(EngagementState.empty(model), (touch for touch in signals.touches if touch.at <= now), model)
    return score_from_state(state, signals.attributes, model, now)


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
) -> tuple[Totals, datetime | None]:
    """The numbers of `score_from_state` without the lines that explain them, and `next_change_at`: for many leads."""
    _require_same(state, model)
    at = _microseconds(now)
    given = [0] * len(model.groups)
    changes: list[int] = []
    for key, kept in state.rules.items():
        place, rule = model.engaging[key]
        if rule.fades:
            points, change = _fading(rule, kept, at)
        else:
            points = _evaluate(rule, kept, at)[1]
            change = _next_change(rule, kept, at, points)
        given[place] += points
        if change is not None:
            changes.append(change)
    sums = {GroupKind.FIT: 0, GroupKind.ENGAGEMENT: 0}
    for place, group in enumerate(model.groups):
        points = given[place]
        if group.kind is GroupKind.FIT:
            for fit_rule in group.rules:
                assert isinstance(fit_rule, FitRule)  # noqa: S101 - the parser keeps kinds apart
                if model.fits(fit_rule, attributes.get(fit_rule.when.field), now):
                    points += fit_rule.points
        sums[group.kind] += min(group.max, max(group.min, points))
    fit, engagement = _clamp(sums[GroupKind.FIT]), _clamp(sums[GroupKind.ENGAGEMENT])
    total = _clamp(sums[GroupKind.FIT] + sums[GroupKind.ENGAGEMENT])
    change_at = _time(min(changes)) if changes else None
    return Totals(fit, engagement, total, band(fit, engagement, model.bands)), change_at


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
    ages = [now - at if at < now else 0 for at in kept.at]
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
        if (kept := state.rules.get(rule.key)) is not None
        and (change := _next_change(rule, kept, at, _evaluate(rule, kept, at)[1])) is not None
    ]
    return _time(min(found)) if found else None


def _fading(rule: EngagementRule, kept: RuleState, now: int) -> tuple[int, int | None]:
    """(whole points at `now`, when they next change) of a rule that `fades`: both follow from one value."""
    half_life = _half_life(rule)
    if isinstance(kept, Sum):
        return _faded(rule, _sum_at(kept, half_life, now), half_life, max(now, kept.newest))
    value = math.fsum([math.exp2((at - now if at < now else 0) / half_life) for at in kept.at])
    return _faded(rule, value, half_life, now)


def _faded(rule: EngagementRule, value: float, half_life: int, now: int) -> tuple[int, int | None]:
    size = abs(rule.points) * value
    whole = _whole(size)
    if not whole:
        return 0, None
    # Just under the half point at which rounding turns, by more than the millionth it is taken to first.
    turn = now + math.ceil(half_life * math.log2(size / (whole - 0.5 - 5.1e-7)))
    return whole if rule.points > 0 else -whole, turn


def _next_change(rule: EngagementRule, kept: RuleState, now: int, before: int) -> int | None:
    event = _next_event(rule, kept, now)
    while event is not None and _evaluate(rule, kept, event)[1] == before:
        event = _next_event(rule, kept, event)
    return event


def _next_event(rule: EngagementRule, kept: RuleState, now: int) -> int | None:
    """The next instant after `now` at which the rule's points may change."""
    decay = rule.decay
    events: list[int] = []
    if isinstance(decay, Exponential):
        inside = kept if isinstance(kept, Sum) else Times(tuple(_in_frame(rule, kept, now)))
        turn = _fading(rule, inside, now)[1]
        if turn is not None:
            events.append(turn)
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
    frame = rule.within_days
    return list(kept.at) if frame is None else [at for at in kept.at if now - at < frame * _DAY_US]
