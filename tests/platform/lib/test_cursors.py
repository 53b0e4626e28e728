"""Cursors: what was written is read again, and nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.lib.cursors import LARGEST_ID, BadCursor, Cursor, read_cursor, write_cursor

plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=30)


@given(st.text(max_size=20), plain, st.integers(1, LARGEST_ID), st.booleans())
def test_what_was_written_is_read(order: str, value: object, pk: int, backwards: bool) -> None:
    text = write_cursor(order, value, pk, backwards=backwards)
    assert text.isascii()
    assert read_cursor(text, order) == Cursor(order, backwards, value, pk)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2026, 11, 22, 12, 30, 5, 7, tzinfo=UTC), "2026-11-22T12:30:05.000007+00:00"),
        (date(2026, 11, 22), "2026-11-22"),
        (Decimal("10.50"), "10.50"),
    ],
)
def test_dates_and_exact_numbers_are_written_as_text(value: object, said: str) -> None:
    assert read_cursor(write_cursor("-due_at", value, 7, backwards=False), "-due_at").value == said


@given(st.text(max_size=60) | st.binary(max_size=40).map(bytes.hex))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(text, "name")


@pytest.mark.parametrize("pk", [0, -1, LARGEST_ID + 1])
def test_an_id_that_no_row_has_is_refused(pk: int) -> None:
    with pytest.raises(BadCursor):
        read_cursor(write_cursor("name", "a", pk, backwards=False), "name")


@pytest.mark.parametrize("value", [{"a": 1}, [1]])
def test_a_value_that_no_column_has_is_refused(value: object) -> None:
    with pytest.raises(BadCursor):
        read_cursor(write_cursor("name", value, 1, backwards=False), "name")


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(BadCursor):
        read_cursor(write_cursor("-name", "a", 1, backwards=False), "name")
