"""One predicate on one value."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from leads.domain.criteria.language import (
    Kind,
    Op,
    Predicate,
    Value,
)

Attribute = str | int | float | Decimal | bool | date | datetime | None


def matches(predicate: Predicate, value: Attribute, now: datetime) -> bool:
    """Whether one attribute value satisfies one predicate, by the meanings at the top of this module.

    This scalar form serves fit rules and explanations, where a single value is at hand. Which leads criteria
    mean is decided by SQL alone. `now` is aware; a `datetime` value too.
    """
    op, wanted = predicate.op, predicate.value
    known = value is not None and not (isinstance(value, str) and not value.strip())
    if op is Op.IS_SET:
        return known
    if op is Op.IS_NOT_SET:
        return not known
    if op is Op.NE or op is Op.NOT_IN:
        opposite = Predicate(predicate.field, Op.EQ if op is Op.NE else Op.IN, wanted)
        return not matches(opposite, value, now)
    if value is None or not known:
        return False
    kind = predicate.spec.kind
    if kind in (Kind.TEXT, Kind.CHOICE):
        return _text_matches(op, str(value), wanted, fold=kind is Kind.TEXT)
    if op is Op.WITHIN_DAYS:
        assert isinstance(wanted, int)  # noqa: S101 - given by the parser
        at = _instant(value)
        return now - timedelta(days=wanted) < at <= now
    found: Any
    if kind is Kind.DATE:
        found = _instant(value).astimezone(UTC).date()
    elif kind is Kind.BOOLEAN:
        found = bool(value)
    else:
        found = Decimal(str(value))
    return _compare(op, found, wanted)


def _instant(value: Attribute) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise TypeError(f"{value!r} is not a date")


def _text_matches(op: Op, found: str, wanted: Value, *, fold: bool) -> bool:
    found = _form(found, fold)
    compared = _wanted(wanted, fold)
    if isinstance(compared, frozenset):
        return found in compared
    if op is Op.CONTAINS:
        return compared in found
    return found.startswith(compared) if op is Op.STARTS_WITH else found == compared


def _form(text: str, fold: bool) -> str:
    plain = unicodedata.normalize("NFC", text).strip()
    return plain.lower() if fold else plain


@lru_cache(1_000, typed=True)
def _wanted(wanted: Value, fold: bool) -> str | frozenset[str]:
    """The texts of a predicate as they are compared: the same ones for many values."""
    if isinstance(wanted, tuple):
        return frozenset(_form(str(item), fold) for item in wanted)
    return _form(str(wanted), fold)


def _compare(op: Op, found: Any, wanted: Any) -> bool:
    if op is Op.BETWEEN:
        return bool(wanted[0] <= found <= wanted[1])
    if op is Op.GT:
        return bool(found > wanted)
    if op is Op.GTE:
        return bool(found >= wanted)
    if op is Op.LT:
        return bool(found < wanted)
    return bool(found <= wanted) if op is Op.LTE else bool(found == wanted)
