"""Opening hours of a team, as written down by people: weekly windows, holidays, special hours, breaks.

This module checks what was written and answers one question, "which parts of this local date are open?".
`sla.domain.worktime` turns those parts into instants and does the arithmetic.

The rules are section 1, "Calendar", of the product's semantics. Where published systems disagree the
decision is ours: special hours replace the weekly windows of their date and win over a holiday; an
overnight window is two pieces, one on each date, so that a holiday removes only the piece on its own date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

Pair = Sequence[str]
Pieces = tuple[tuple[int, int], ...]
"""Open parts of one local date: (open, close) in microseconds of wall-clock time since its midnight."""

MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US
ONE_DAY = timedelta(days=1)

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class CalendarError(ValueError):
    """A working calendar, or a question to one, that makes no sense; `code` is stable for programs."""

    code = "calendar_error"


class UnknownTimezone(CalendarError):
    """The time zone is not one of the IANA database."""

    code = "unknown_timezone"


class BadWindow(CalendarError):
    """A weekday, a date or a time of day that cannot be read."""

    code = "bad_window"


class OverlappingWindows(CalendarError):
    """Two windows share open time, so it is unclear which of them was meant."""

    code = "overlapping_windows"


class LocalHours:
    """Opening hours in wall-clock time, checked; no time zone yet.

    hours: weekday 0 (Monday) to 6 → pairs ("HH:MM", "HH:MM"); a close of "24:00" is midnight at the end of
    the day, a close that is not after its open runs into the next day.
    holidays: dates that are closed.
    special: date → pairs that replace everything the weekly hours put on that date; an empty list closes it.
    breaks: date → pairs that are cut out of the weekly hours of that date.

    Raises BadWindow and OverlappingWindows.
    """

    def __init__(
        self,
        hours: Mapping[int, Iterable[Pair]],
        holidays: Iterable[date] = (),
        special: Mapping[date, Iterable[Pair]] | None = None,
        breaks: Mapping[date, Iterable[Pair]] | None = None,
    ) -> None:
        self.holidays = frozenset(_check_date(day, "a holiday") for day in holidays)
        self._weekly = _weekly_pieces(hours)
        self._special, self._special_spill = _special_pieces(special or {})
        self.breaks = _break_pieces(breaks or {})
        self.special_dates = frozenset(self._special)

    @property
    def ever_open(self) -> bool:
        """Whether any window was written down at all; a calendar without one cannot be published."""
        return any(self._weekly) or any(self._special.values())

    @property
    def exceptions(self) -> frozenset[date]:
        """Dates on which the weekly pattern alone does not give the answer."""
        return self.holidays | self.special_dates | self._special_spill.keys() | self.breaks.keys()

    @property
    def weekly(self) -> tuple[Pieces, ...]:
        """The weekly pattern: pieces for Monday to Sunday, overnight windows already split."""
        return self._weekly

    def pieces(self, day: date) -> Pieces:
        """Open parts of the local date, in order and without overlap.

        Special hours, else nothing on a holiday, else the weekly windows minus the breaks. The part of a
        special overnight window that reaches into this date was asked for by name, so it stays open
        whatever else the date is.
        """
        spill = self._special_spill.get(day, ())
        if day in self._special:
            return _union(self._special[day] + spill) if spill else self._special[day]
        if day in self.holidays:
            return spill
        pieces = self._weekly[day.weekday()]
        if spill:
            pieces = _union(pieces + spill)
        cuts = self.breaks.get(day)
        return _minus(pieces, cuts) if cuts else pieces


def _weekly_pieces(hours: Mapping[int, Iterable[Pair]]) -> tuple[Pieces, ...]:
    days: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for weekday, pairs in hours.items():
        if isinstance(weekday, bool) or not isinstance(weekday, int) or not 0 <= weekday <= 6:
            raise BadWindow(f"A weekday is a number from 0 (Monday) to 6 (Sunday), not {weekday!r}.")
        for own, spill in _read_pairs(pairs, _WEEKDAYS[weekday]):
            days[weekday].append(own)
            if spill:
                days[(weekday + 1) % 7].append(spill)
    return tuple(_in_order(pieces, _WEEKDAYS[weekday]) for weekday, pieces in enumerate(days))


def _special_pieces(
    special: Mapping[date, Iterable[Pair]],
) -> tuple[dict[date, Pieces], dict[date, Pieces]]:
    own_pieces: dict[date, Pieces] = {}
    spill_pieces: dict[date, Pieces] = {}
    for day, pairs in special.items():
        read = _read_pairs(pairs, str(_check_date(day, "a date with special hours")))
        own_pieces[day] = _in_order([own for own, _ in read], str(day))
        spills = [spill for _, spill in read if spill]
        if spills:
            spill_pieces[_next_date(day)] = _in_order(spills, str(_next_date(day)))
    for day, spill in spill_pieces.items():
        _in_order([*own_pieces.get(day, ()), *spill], str(day))
    return own_pieces, spill_pieces


def _break_pieces(breaks: Mapping[date, Iterable[Pair]]) -> dict[date, Pieces]:
    # Breaks only take away, so two that overlap are no contradiction: together they cut their union.
    cuts: dict[date, list[tuple[int, int]]] = {}
    for day, pairs in breaks.items():
        for own, spill in _read_pairs(pairs, str(_check_date(day, "a date with a break"))):
            cuts.setdefault(day, []).append(own)
            if spill:
                cuts.setdefault(_next_date(day), []).append(spill)
    return {day: _union(tuple(pieces)) for day, pieces in cuts.items()}


def _next_date(day: date) -> date:
    try:
        return day + ONE_DAY
    except OverflowError:
        raise BadWindow(f"{day} is too late for hours that run into the next day.") from None


def _read_pairs(pairs: Iterable[Pair], where: str) -> list[tuple[tuple[int, int], tuple[int, int] | None]]:
    """Each pair as its piece on the own date and, when it runs overnight, the piece on the next."""
    read: list[tuple[tuple[int, int], tuple[int, int] | None]] = []
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2:
            raise BadWindow(f"{where}: a window is a pair of opening and closing time, not {pair!r}.")
        opens, closes = (_minutes(text, where) * MINUTE_US for text in pair)
        if opens == DAY_US:
            raise BadWindow(f"{where}: a window cannot open at 24:00; give it to the next day as 00:00.")
        if closes > opens:
            read.append(((opens, closes), None))
        else:
            read.append(((opens, DAY_US), (0, closes) if closes else None))
    return read


def _minutes(text: str, where: str) -> int:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match:
        hour, minute = int(match[1]), int(match[2])
        if minute < 60 and (hour < 24 or (hour, minute) == (24, 0)):
            return hour * 60 + minute
    raise BadWindow(f"{where}: a time is written HH:MM, from 00:00 to 24:00, not {text!r}.")


def _check_date(day: date, what: str) -> date:
    # A datetime is a date to Python but never equals one, so it would be ignored without a word.
    if isinstance(day, datetime) or not isinstance(day, date):
        raise BadWindow(f"{what.capitalize()} is given as a date, not as {day!r}.")
    return day


def _in_order(pieces: Iterable[tuple[int, int]], where: str) -> Pieces:
    ordered = tuple(sorted(pieces))
    for (opens, closes), (next_opens, next_closes) in pairwise(ordered):
        if next_opens < closes:
            raise OverlappingWindows(
                f"{where}: {clock_time(next_opens)}–{clock_time(next_closes)} overlaps"
                f" {clock_time(opens)}–{clock_time(closes)}."
            )
    return ordered


def _union(pieces: Pieces) -> Pieces:
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(pieces):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _minus(pieces: Pieces, cuts: Pieces) -> Pieces:
    left: list[tuple[int, int]] = []
    for opens, closes in pieces:
        at = opens
        for cut_from, cut_to in cuts:
            if cut_to <= at or cut_from >= closes:
                continue
            if cut_from > at:
                left.append((at, cut_from))
            at = max(at, cut_to)
        if at < closes:
            left.append((at, closes))
    return tuple(left)


def clock_time(microseconds: int) -> str:
    """Microseconds since midnight as HH:MM, "24:00" at the end of the day."""
    hour, minute = divmod(microseconds // MINUTE_US, 60)
    return f"{hour:02d}:{minute:02d}"
