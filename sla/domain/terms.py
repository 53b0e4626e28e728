"""Which terms of an agreement held when, where its versions changed them.

A clock is judged by the version under which its handoff was made (section 2 of the product's semantics, "Pinned"). A
promise of a month is owed by the days on which its version was in force. The semantics are silent on a version that
changes in mid-month; ours: a day counts for the last version in force on it, and a part of a month owes its share of
the month's volume by working days, as the pace does (section 6, "Pace").
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

At = TypeVar("At", date, datetime)


@dataclass(frozen=True, slots=True)
class Held(Generic[At]):
    """What one version, or several in a row, promised from `begin` up to, not including, `end` (None: still).

    `terms` are None where a version did not promise it.
    """

    versions: tuple[int, ...]
    begin: At
    end: At | None
    terms: Hashable | None


def days_in_force(
    spans: Sequence[tuple[datetime, datetime | None]], zone: str
) -> list[tuple[date, date | None] | None]:
    """The local dates that count for each version, the end excluded; None for one that has no day to itself.

    spans: from and until when each version was in force, in order and without overlap.
    """
    local = ZoneInfo(zone)
    firsts = [since.astimezone(local).date() for since, _ in spans]
    found: list[tuple[date, date | None] | None] = []
    for i, (_, until) in enumerate(spans):
        end = None if until is None else _day_after_last(until, local)
        if i + 1 < len(spans):
            end = firsts[i + 1] if end is None else min(end, firsts[i + 1])
        found.append(None if end is not None and end <= firsts[i] else (firsts[i], end))
    return found


def _day_after_last(until: datetime, local: ZoneInfo) -> date:
    """The day after the last one on which something that ended at an instant was still in force."""
    return (until - timedelta(microseconds=1)).astimezone(local).date() + timedelta(days=1)


def stretches(held: Sequence[Held[At]]) -> list[Held[At]]:
    """Versions that follow each other without a gap and promise the same become one; those that do not promise it go.

    held: in order of `begin`.
    """
    found: list[Held[At]] = []
    for each in held:
        last = found[-1] if found else None
        if last is not None and last.end == each.begin and last.terms == each.terms:
            found[-1] = Held(last.versions + each.versions, last.begin, each.end, each.terms)
        else:
            found.append(each)
    return [each for each in found if each.terms is not None]


def months_in(working_days: Callable[[date, date], int], first_on: date, last_on: date) -> float:
    """How many months' worth of a monthly promise some days (both included) owe: exactly 1 for a calendar month.

    working_days: how many there are from a date to a date, both included. A month without any counts by its days.
    """
    found, day = 0.0, first_on
    while day <= last_on:
        begins, ends = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
        part_ends = min(ends, last_on)
        of = working_days(begins, ends)
        part = working_days(day, part_ends) if of else (part_ends - day).days + 1
        found += part / (of or ends.day)
        day = ends + timedelta(days=1)
    return found
