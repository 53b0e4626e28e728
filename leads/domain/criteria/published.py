"""The published JSON Schema of the language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leads.domain.criteria.language import (
    FIELDS,
    MAX_AT_LEAST,
    MAX_DAYS,
    MAX_ID,
    MAX_NODES,
    MAX_NUMBER,
    MAX_TEXT,
    MAX_VALUES,
    Field,
    Kind,
    Shape,
)
from leads.domain.touchpoints import TouchpointKind


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the language, made from the registry.

    Depth and number of parts, the order of a pair and blank texts are checked by `parse` alone.
    """
    one = {"$ref": "#/$defs/criteria"}
    parts = {"type": "array", "minItems": 1, "maxItems": MAX_NODES, "items": one}
    days = {"type": "integer", "minimum": 1, "maximum": MAX_DAYS}
    id_ = {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_ID}
    behaviour = _object(
        {
            "kind": {"enum": [*(kind.value for kind in TouchpointKind), None]},
            "content": id_,
            "campaign": id_,
            "within_days": {**days, "type": ["integer", "null"]},
            "at_least": {"type": "integer", "minimum": 1, "maximum": MAX_AT_LEAST, "default": 1},
        },
        required=(),
    )
    nodes = [
        _object({"all": parts}),
        _object({"any": parts}),
        _object({"not": one}),
        _object({"always": {"const": True}}),
        _object({"behaviour": behaviour}),
        {"$ref": "#/$defs/predicate"},
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Criteria",
        "description": "Which leads are meant: all, any, not over predicates on fields and behaviour.",
        "$ref": "#/$defs/criteria",
        "$defs": {
            "criteria": {"oneOf": nodes},
            "predicate": {"oneOf": [option for field in FIELDS.values() for option in _field_schema(field)]},
        },
    }


def _object(properties: dict[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> Iterator[dict[str, Any]]:
    one = _scalar_schema(field)
    values: dict[Shape, dict[str, Any] | None] = {
        Shape.NOTHING: None,
        Shape.ONE: one,
        Shape.LIST: {"type": "array", "minItems": 1, "maxItems": MAX_VALUES, "items": one},
        Shape.PAIR: {"type": "array", "minItems": 2, "maxItems": 2, "items": one},
        Shape.DAYS: {"type": "integer", "minimum": 1, "maximum": MAX_DAYS},
    }
    for shape, value in values.items():
        ops = [op.value for op in field.ops if op.takes is shape]
        if ops:
            properties: dict[str, Any] = {"field": {"const": field.name}, "op": {"enum": ops}}
            if value is not None:
                properties["value"] = value
            yield {"title": field.label, **_object(properties)}


def _scalar_schema(field: Field) -> dict[str, Any]:
    if field.kind is Kind.BOOLEAN:
        return {"type": "boolean"}
    if field.kind is Kind.DATE:
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        bound = int(MAX_NUMBER)
        return {"type": "number", "minimum": -bound, "maximum": bound}
    if field.choices:
        return {"enum": [value for value, _ in field.choices]}
    return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
