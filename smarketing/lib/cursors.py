"""Where a page of a long list begins or ends, as text for an address: the same for pages and for programs."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

LARGEST_ID = 2**63 - 1


class BadCursor(ValueError):
    """A text that is no cursor, or one of a list in another order."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row next to a page, by the value of the column that orders the list and by its id.

    `order` is that column, with a leading "-" where it falls. `backwards`: the page ends before the row, else it
    begins after it. `value` is as JSON has it: instants and dates in ISO 8601, exact numbers as text.
    """

    order: str
    backwards: bool
    value: Any
    pk: int


def write_cursor(order: str, value: Any, pk: int, *, backwards: bool) -> str:
    """The cursor at a row as text."""
    if isinstance(value, datetime | date):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    raw = json.dumps([order, backwards, value, pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def read_cursor(text: str, order: str) -> Cursor:
    """The cursor that a text holds. Raises BadCursor where it is none, or of a list in another order."""
    try:
        padded = text + "=" * (-len(text) % 4)
        of, backwards, value, pk = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, TypeError, RecursionError) as error:
        raise BadCursor("not a cursor") from error
    if of != order or type(pk) is not int or not 0 < pk <= LARGEST_ID or isinstance(value, dict | list):
        raise BadCursor("not a cursor of this list")
    return Cursor(of, bool(backwards), value, pk)
