"""From JSON to a model, and what is refused on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from leads.domain.criteria import MAX_DAYS, MAX_ID, CriteriaError, parse_predicate
from leads.domain.scoring.model import (
    FIT_FIELDS,
    MAX_COUNTED,
    MAX_GROUPS,
    MAX_LABEL,
    MAX_POINTS,
    MAX_RULES,
    Bands,
    Decay,
    EngagementRule,
    Expiry,
    Exponential,
    FitRule,
    Group,
    GroupKind,
    Linear,
    NoDecay,
    ScoreModel,
)
from leads.domain.touchpoints import TouchpointKind


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
