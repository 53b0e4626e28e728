"""What a line means, and when minutes may be opened again."""

from datetime import date

import pytest

from meetings.domain.minutes import Entry, EntryKind, Unreadable, content_hash, may_reopen, may_write, read_entry

PEOPLE = [(1, "Olga Lind"), (2, "Nils Krog"), (3, "Nils Berg"), (4, "Mara")]
TUESDAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Five came from the calculator", Entry(EntryKind.NOTE, "Five came from the calculator")),
        ("! Size clause to 50 people", Entry(EntryKind.DECISION, "Size clause to 50 people")),
        ("@olga call them", Entry(EntryKind.ACTION, "call them", 1, date(2026, 3, 17))),
        ("@Olga Lind: call them by Friday", Entry(EntryKind.ACTION, "call them", 1, date(2026, 3, 13))),
        ("@Nils Berg call them by tue", Entry(EntryKind.ACTION, "call them", 3, date(2026, 3, 17))),
        ("@Mara ask for it by 2026-04-01", Entry(EntryKind.ACTION, "ask for it", 4, date(2026, 4, 1))),
        ("mail olga@example.com", Entry(EntryKind.NOTE, "mail olga@example.com")),
    ],
)
def test_read_entry(line, expected):
    assert read_entry(line, PEOPLE, TUESDAY) == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("  ", "Write something"),
        ("!", "what was decided"),
        ("@Zoe call", "Nobody"),
        ("@Olgarithm call", "Nobody"),
        ("@Nils call", "More than one"),
        ("@Mara", "what shall be done"),
        ("@Mara by Friday", "what shall be done"),
        ("@Mara ask by 2026-02-30", "not a date"),
    ],
)
def test_read_entry_refuses(line, why):
    with pytest.raises(Unreadable, match=why):
        read_entry(line, PEOPLE, TUESDAY)


@pytest.mark.parametrize(
    ("state", "newer", "expected"),
    [
        ("closed", False, True),
        ("closed", True, False),
        ("open", False, False),
        ("planned", False, False),
    ],
)
def test_only_the_latest_minutes_can_be_reopened(state, newer, expected):
    assert may_reopen(state, newer_exists=newer) is expected


def test_minutes_are_written_while_the_meeting_is_held():
    assert [state for state in ("planned", "open", "closed") if may_write(state)] == ["open"]


def test_the_hash_does_not_depend_on_the_order_of_fields():
    assert content_hash({"a": 1, "b": "ä"}) == content_hash({"b": "ä", "a": 1}) != content_hash({"a": 1, "b": "a"})
