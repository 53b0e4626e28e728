"""From a tree back to JSON: always the same text for the same meaning."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

from leads.domain.criteria.language import (
    All,
    Always,
    Behaviour,
    Criteria,
    Not,
    Predicate,
    Shape,
    Value,
)


def to_json(criteria: Criteria) -> dict[str, Any]:
    """Plain dicts and lists that `parse` reads back as the same tree."""
    if isinstance(criteria, Predicate):
        out: dict[str, Any] = {"field": criteria.field, "op": criteria.op.value}
        if criteria.op.takes is not Shape.NOTHING:
            out["value"] = _value_json(criteria.value)
        return out
    if isinstance(criteria, Behaviour):
        return {
            "behaviour": {
                "kind": criteria.kind.value if criteria.kind else None,
                "content": criteria.content,
                "campaign": criteria.campaign,
                "within_days": criteria.within_days,
                "at_least": criteria.at_least,
            }
        }
    if isinstance(criteria, Not):
        return {"not": to_json(criteria.part)}
    if isinstance(criteria, Always):
        return {"always": True}
    head = "all" if isinstance(criteria, All) else "any"
    return {head: [to_json(part) for part in criteria.parts]}


def _value_json(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_value_json(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def canonical(criteria: Criteria) -> str:
    """The one JSON text of a tree: sorted keys, no spaces, every key of a behaviour written."""
    return json.dumps(to_json(criteria), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(criteria: Criteria) -> str:
    """SHA-256 of the canonical text, in hex: what both sides sign."""
    return hashlib.sha256(canonical(criteria).encode()).hexdigest()
