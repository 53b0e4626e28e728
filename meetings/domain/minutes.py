"""Minutes: what a line means, when they may be written, and when they may be opened again."""

from __future__ import annotations

import enum
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo


class MeetingState(enum.StrEnum):
    """Planned, being held, or over with its minutes sent."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class EntryKind(enum.StrEnum):
    """What a line in the minutes is."""

    NOTE = "note"
    DECISION = "decision"
    ACTION = "action"


class Unreadable(ValueError):
    """A line that says neither what it is nor for whom; `args[0]` is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it was meant. `owner` is the key of the person who shall do it, `due_on` the day."""

    kind: EntryKind
    text: str
    owner: int | None = None
    due_on: date | None = None


DUE_AFTER = timedelta(days=7)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DUE = re.compile(r"\s+by\s+(?P<day>\d{4}-\d{2}-\d{2}|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)\s*$", re.IGNORECASE)


def read_entry(line: str, people: Sequence[tuple[int, str]], today: date, *, usually_due: date | None = None) -> Entry:
    """What a line means: `!` begins a decision, `@name` an action, anything else is a note.

    `people` are (key, full name). A name may be given in full or by its first word, whatever the case; an action
    may end with “by Friday” or “by 2026-11-27”, else it is due on `usually_due`, in a week unless said. Raises
    Unreadable for an empty line, a name that nobody or more than one person has, an action without words and a date
    that does not exist.
    """
    text = line.strip()
    if text.startswith("!"):
        words = text[1:].strip()
        if not words:
            raise Unreadable("Say what was decided after the “!”.")
        return Entry(EntryKind.DECISION, words)
    if text.startswith("@"):
        return _action(text[1:].strip(), people, today, usually_due or today + DUE_AFTER)
    if not text:
        raise Unreadable("Write something first.")
    return Entry(EntryKind.NOTE, text)


def _action(text: str, people: Sequence[tuple[int, str]], today: date, due_on: date) -> Entry:
    folded = text.casefold()
    full = [(key, name) for key, name in people if _begins(folded, name.casefold())]
    first = [
        (key, name.split()[0]) for key, name in people if name.split() and _begins(folded, name.split()[0].casefold())
    ]
    found = full or first
    if not found:
        raise Unreadable("Nobody in this meeting has that name; begin with “@” and a first or full name.")
    longest = max(len(name) for _, name in found)
    found = [(key, name) for key, name in found if len(name) == longest]
    if len(found) > 1:
        raise Unreadable("More than one person has that name; give the full name.")
    key, name = found[0]
    words = text[len(name) :].lstrip(" ,:").strip()
    if match := _DUE.search(f" {words}"):
        due_on = _due(match["day"], today)
        words = f" {words}"[: match.start()].strip()
    if not words:
        raise Unreadable("Say what shall be done after the name.")
    return Entry(EntryKind.ACTION, words, key, due_on)


def _begins(text: str, name: str) -> bool:
    return text.startswith(name) and not text[len(name) : len(name) + 1].isalnum()


def _due(word: str, today: date) -> date:
    if word[0].isdigit():
        try:
            return date.fromisoformat(word)
        except ValueError as error:
            raise Unreadable(f"“{word}” is not a date.") from error
    ahead = (_DAYS.index(word[:3].casefold()) - today.weekday()) % 7
    return today + timedelta(days=ahead or 7)


def may_reopen(state: str, *, newer_exists: bool) -> bool:
    """Only closed minutes, and never once a newer meeting exists. Rule after 4minitz; see semantics, section 7."""
    return state == MeetingState.CLOSED and not newer_exists


def is_early(starts_at: datetime, timezone: str, now: datetime) -> bool:
    """Whether the local day of a meeting has not come yet, so that its week is not over."""
    zone = ZoneInfo(timezone)
    return now.astimezone(zone).date() < starts_at.astimezone(zone).date()


def remark(*, discussed: bool, written: bool) -> str:
    """What is said of a topic in the minutes: it may have been talked about without being ticked off."""
    if discussed:
        return ""
    return "to be continued" if written else "not discussed"


def may_write(state: str) -> bool:
    """Minutes are written while the meeting is held."""
    return state == MeetingState.OPEN


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of evidence; the same content gives the same hash everywhere."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
