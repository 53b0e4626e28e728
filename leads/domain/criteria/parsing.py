"""From JSON to a tree, and what is refused on the way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from leads.domain.criteria.language import (
    FIELDS,
    MAX_AT_LEAST,
    MAX_DAYS,
    MAX_DEPTH,
    MAX_ID,
    MAX_NODES,
    MAX_NUMBER,
    MAX_TEXT,
    MAX_VALUES,
    All,
    Always,
    AnyOf,
    Behaviour,
    Criteria,
    CriteriaError,
    Field,
    Kind,
    Not,
    Op,
    Predicate,
    Scalar,
    Shape,
    Value,
)
from leads.domain.touchpoints import TouchpointKind

_HEADS = ("all", "any", "not", "field", "behaviour", "always")


def parse(data: object) -> Criteria:
    """The tree of decoded JSON (dicts, lists, strings, numbers). Raises `CriteriaError` on the first flaw."""
    return _Parser().node(data, "", 1)


def parse_predicate(data: object, path: str = "") -> Predicate:
    """One predicate on a field, as used by the fit rules of a score model. Raises `CriteriaError`."""
    if not isinstance(data, dict):
        raise CriteriaError(path, 'A predicate is an object such as {"field": …, "op": …, "value": …}.')
    return _predicate(data, path)


class _Parser:
    def __init__(self) -> None:
        self.nodes = 0

    def node(self, data: object, path: str, depth: int) -> Criteria:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise CriteriaError(path, f"Criteria may be nested {MAX_DEPTH} levels deep, not more.")
        if self.nodes > MAX_NODES:
            raise CriteriaError(path, f"Criteria may have {MAX_NODES} parts, not more.")
        if not isinstance(data, dict):
            raise CriteriaError(path, f"Expected an object with one of {', '.join(_HEADS)}.")
        heads = [head for head in _HEADS if head in data]
        if len(heads) != 1:
            raise CriteriaError(path, f"Expected exactly one of {', '.join(_HEADS)} in this object.")
        head = heads[0]
        if head == "field":
            return _predicate(data, path)
        _only(data, (head,), path)
        inner, here = data[head], f"{path}/{head}"
        if head == "behaviour":
            return _behaviour(inner, here)
        if head == "not":
            return Not(self.node(inner, here, depth + 1))
        if head == "always":
            if inner is not True:
                raise CriteriaError(here, 'Write {"always": true}; for no lead at all, negate it.')
            return Always()
        if not isinstance(inner, list) or not inner:
            raise CriteriaError(here, f"“{head}” needs a list with at least one part.")
        if len(inner) > MAX_NODES:
            raise CriteriaError(here, f"Criteria may have {MAX_NODES} parts, not more.")
        parts = tuple(self.node(part, f"{here}/{i}", depth + 1) for i, part in enumerate(inner))
        return All(parts) if head == "all" else AnyOf(parts)


def _only(data: Mapping[str, object], known: tuple[str, ...], path: str) -> None:
    for key in data:
        if key not in known:
            raise CriteriaError(f"{path}/{_pointer(key)}", f"“{_shown(key)}” is not known here.")


def _pointer(key: object) -> str:
    return _shown(key).replace("~", "~0").replace("/", "~1")


def _shown(data: object) -> str:
    """What was given, short enough and clean enough for a sentence."""
    text = str(data).encode(errors="replace").decode()
    return text if len(text) <= 60 else text[:59] + "…"


def _predicate(data: Mapping[str, object], path: str) -> Predicate:
    _only(data, ("field", "op", "value"), path)
    name = data.get("field")
    field = FIELDS.get(name) if isinstance(name, str) else None
    if field is None:
        raise CriteriaError(f"{path}/field", f"There is no field “{_shown(name)}”.")
    if "op" not in data:
        raise CriteriaError(path, f"Say how {field.label} is compared: “op” is missing.")
    op = next((op for op in field.ops if op.value == data["op"]), None)
    if op is None:
        allowed = ", ".join(field.ops)
        raise CriteriaError(
            f"{path}/op", f"“{_shown(data['op'])}” cannot be used with {field.label}; use one of {allowed}."
        )
    if op.takes is Shape.NOTHING:
        if "value" in data:
            raise CriteriaError(f"{path}/value", f"“{op.value}” takes no value.")
        return Predicate(field.name, op)
    if "value" not in data:
        raise CriteriaError(path, f"Say what {field.label} is compared with: “value” is missing.")
    return Predicate(field.name, op, _value(field, op, data["value"], f"{path}/value"))


def _value(field: Field, op: Op, data: object, path: str) -> Value:
    if op.takes is Shape.DAYS:
        return _count(data, path, 1, MAX_DAYS, "days")
    if op.takes is Shape.ONE:
        return _scalar(field, op, data, path)
    if not isinstance(data, list):
        raise CriteriaError(path, f"“{op.value}” takes a list of values.")
    if op.takes is Shape.PAIR:
        if len(data) != 2:
            raise CriteriaError(path, "“between” takes two values, the lower and the higher.")
        low, high = (_scalar(field, op, item, f"{path}/{i}") for i, item in enumerate(data))
        if low > high:  # type: ignore[operator]  # both are of the field's kind
            raise CriteriaError(path, "The lower value comes first.")
        return (low, high)
    if not 1 <= len(data) <= MAX_VALUES:
        raise CriteriaError(path, f"The list takes 1 to {MAX_VALUES} values.")
    return tuple(sorted({str(_scalar(field, op, item, f"{path}/{i}")) for i, item in enumerate(data)}))


def _scalar(field: Field, op: Op, data: object, path: str) -> Scalar:
    if field.kind in (Kind.TEXT, Kind.CHOICE):
        return _text(field, data, path)
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        return _number(field, data, path)
    if field.kind is Kind.DATE:
        return _date(data, path)
    if not isinstance(data, bool):
        raise CriteriaError(path, "Expected true or false.")
    return data


def _text(field: Field, data: object, path: str) -> str:
    if not isinstance(data, str):
        raise CriteriaError(path, "Expected a text.")
    text = unicodedata.normalize("NFC", data).strip()
    if not text or len(text) > MAX_TEXT:
        raise CriteriaError(path, f"Expected a text of 1 to {MAX_TEXT} characters.")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise CriteriaError(path, "The text contains a control character.")
    if field.choices and text not in (value for value, _ in field.choices):
        raise CriteriaError(path, f"“{_shown(text)}” is not one of the choices of {field.label}.")
    return text


def _number(field: Field, data: object, path: str) -> Decimal:
    if isinstance(data, bool) or not isinstance(data, int | float | Decimal):
        raise CriteriaError(path, "Expected a number.")
    number = Decimal(repr(data)) if isinstance(data, float) else Decimal(data)
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        raise CriteriaError(path, "The number is out of range.")
    if number != round(number, 2):
        raise CriteriaError(path, "A number has at most two decimal places.")
    return number.quantize(Decimal("0.01")) + 0  # adding nothing turns -0.00 into 0.00


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date(data: object, path: str) -> date:
    if isinstance(data, str) and _ISO_DATE.fullmatch(data):
        try:
            return date.fromisoformat(data)
        except ValueError:
            pass
    raise CriteriaError(path, "Expected a date such as 2026-01-31.")


def _count(data: object, path: str, low: int, high: int, what: str) -> int:
    if isinstance(data, bool) or not isinstance(data, int) or not low <= data <= high:
        raise CriteriaError(path, f"Expected a whole number of {what} from {low} to {high}.")
    return data


def _behaviour(data: object, path: str) -> Behaviour:
    if not isinstance(data, dict):
        raise CriteriaError(path, "Expected an object that describes the behaviour.")
    _only(data, ("kind", "content", "campaign", "within_days", "at_least"), path)
    kind = data.get("kind")
    if kind is not None and kind not in list(TouchpointKind):
        raise CriteriaError(f"{path}/kind", f"There is no kind of touchpoint “{_shown(kind)}”.")
    return Behaviour(
        kind=None if kind is None else TouchpointKind(kind),
        content=_optional(data, "content", path, MAX_ID, "the content's id"),
        campaign=_optional(data, "campaign", path, MAX_ID, "the campaign's id"),
        within_days=_optional(data, "within_days", path, MAX_DAYS, "days"),
        at_least=_count(data.get("at_least", 1), f"{path}/at_least", 1, MAX_AT_LEAST, "touchpoints"),
    )


def _optional(data: Mapping[str, Any], key: str, path: str, high: int, what: str) -> int | None:
    value = data.get(key)
    if value is None:
        return None
    if key == "within_days":
        return _count(value, f"{path}/{key}", 1, high, what)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
        raise CriteriaError(f"{path}/{key}", f"Expected {what} or null.")
    return value
