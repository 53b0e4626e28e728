"""Pages of long lists by position, not by number: page 4,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet

from smarketing.lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page with the cursors of its neighbours (None where there is none)."""

    rows: Sequence[Any]
    next_cursor: str | None
    previous_cursor: str | None


def page_of(queryset: QuerySet[Any], *, order: str, cursor: str = "", size: int = 50) -> Page:
    """The page of `queryset` at `cursor`, ordered by the column `order` (a leading "-": descending), then by id.

    Rows whose column is empty come last in both directions. Raises Invalid for a cursor that this list did not give.
    """
    column, descending = order.lstrip("-"), order.startswith("-")
    backwards, position = _decode(cursor) if cursor else (False, None)
    rows = queryset.order_by(*_ordering(queryset, column, descending != backwards, nulls_last=not backwards))
    if position is not None:
        rows = rows.filter(_beyond(queryset, column, descending, backwards, position))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = bool(found) and (more if not backwards else True)
    has_previous = bool(found) and (more if backwards else position is not None)
    return Page(
        rows=found,
        next_cursor=_encode(found[-1], column, backwards=False) if has_next else None,
        previous_cursor=_encode(found[0], column, backwards=True) if has_previous else None,
    )


def _ordering(queryset: QuerySet[Any], column: str, descending: bool, *, nulls_last: bool) -> list[Any]:
    direction = F(column).desc if descending else F(column).asc
    by_id = "-id" if descending else "id"
    if column in ("id", "pk"):
        return [by_id]
    if not queryset.model._meta.get_field(column).null:
        # Where nothing can be empty, saying where empty ones go would keep the index from being used.
        return [direction(), by_id]
    return [direction(nulls_last=True) if nulls_last else direction(nulls_first=True), by_id]


def _beyond(queryset: QuerySet[Any], column: str, descending: bool, backwards: bool, position: list[Any]) -> Q:
    """Rows after (or, backwards, before) the position in the list's order."""
    raw, pk = position
    smaller = descending != backwards
    beyond_id = Q(id__lt=pk) if smaller else Q(id__gt=pk)
    if column in ("id", "pk"):
        return beyond_id
    if raw is None:
        at_null = Q(**{f"{column}__isnull": True}) & beyond_id
        return at_null | Q(**{f"{column}__isnull": False}) if backwards else at_null
    try:
        value = queryset.model._meta.get_field(column).to_python(raw)
    except Exception as error:  # each field type raises its own; all mean the same here
        raise Invalid("This page address is not valid any more; start from the first page.") from error
    past = Q(**{f"{column}__{'lt' if smaller else 'gt'}": value}) | (Q(**{column: value}) & beyond_id)
    if backwards or not queryset.model._meta.get_field(column).null:
        return past
    return past | Q(**{f"{column}__isnull": True})


def _encode(row: Any, column: str, *, backwards: bool) -> str:
    value = getattr(row, column)
    if isinstance(value, datetime | date):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    raw = json.dumps([backwards, value, row.pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[bool, list[Any]]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        backwards, value, pk = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if not isinstance(pk, int):
            raise ValueError("no id")
        return bool(backwards), [value, pk]
    except (ValueError, TypeError) as error:
        raise Invalid("This page address is not valid any more; start from the first page.") from error
