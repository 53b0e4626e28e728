"""Working time: when is something due, and how much open time has passed.

Rules: section 1 of the product's semantics. All arithmetic is on UTC instants, counted in whole
microseconds since 1970. (In Python, subtracting two datetimes that share a `ZoneInfo` is wall-clock
arithmetic and wrong across a change of the clocks.)

How it is fast: the open time that has passed is a monotone, piecewise linear function of the instant. Its
corners (the windows, with the open time before each) are kept in a table, which is built for a few years
around the first question and grown when a question falls outside. Every answer is then a binary search.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import Any, overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from sla.domain.explanation import Explanation, Stretch, explain_due
from sla.domain.hours import (
    DAY_US,
    ONE_DAY,
    BadWindow,
    CalendarError,
    LocalHours,
    OverlappingWindows,
    Pair,
    Pieces,
    UnknownTimezone,
)

__all__ = [
    "BadPause",
    "BadWindow",
    "BeyondHorizon",
    "CalendarError",
    "NaiveInstant",
    "NeverOpen",
    "OverlappingWindows",
    "Pause",
    "UnknownTimezone",
    "WorkCalendar",
    "merge_pauses",
]

Pause = tuple[datetime, datetime | None]
"""From when and until when a clock stood still; None: it still does."""

Window = tuple[datetime, datetime]
IntArray = npt.NDArray[np.int64]

FIRST_YEAR = 1901
LAST_YEAR = 2199

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = date(1970, 1, 1)
_SECOND_US = 1_000_000
KEPT_DAYS = 10_000
_FOREVER = 1 << 62
_UNITS = {"us": 1, "ms": 1000, "s": _SECOND_US}


class NeverOpen(CalendarError):
    """There is no open time after the given instant, so nothing can fall due."""

    code = "calendar_never_open"


class BeyondHorizon(CalendarError):
    """The question or its answer lies outside the years 1901 to 2199."""

    code = "beyond_horizon"


class NaiveInstant(CalendarError):
    """An instant without a time zone; which moment it means cannot be known."""

    code = "naive_instant"


class BadPause(CalendarError):
    """A pause that ends before it starts."""

    code = "bad_pause"


class _Table:
    """The windows of some whole years. Immutable, so that threads may share it while another is grown."""

    def __init__(self, first_year: int, end_year: int, windows: Sequence[tuple[int, int]]) -> None:
        self.first_year = first_year
        self.end_year = end_year
        # A local year begins up to 14 hours before or after the UTC year (a day more around a skipped date).
        self.covers_from = _midnight_us(date(first_year, 1, 1)) + 2 * DAY_US
        self.covers_to = _midnight_us(date(end_year, 1, 1)) - 2 * DAY_US
        self.opens = [opens for opens, _ in windows]
        self.closes = [closes for _, closes in windows]
        self.passed = [0]
        for opens, closes in windows:
            self.passed.append(self.passed[-1] + closes - opens)

    @cached_property
    def arrays(self) -> tuple[IntArray, IntArray, IntArray]:
        """opens (with a sentinel behind the last window), closes, passed."""
        return (
            np.array([*self.opens, _FOREVER], dtype=np.int64),
            np.array(self.closes, dtype=np.int64),
            np.array(self.passed, dtype=np.int64),
        )

    def open_time_at(self, at: int) -> int:
        """Open microseconds between the start of the table and the instant."""
        i = bisect_right(self.closes, at)
        passed = self.passed[i]
        if i < len(self.opens) and at > self.opens[i]:
            passed += at - self.opens[i]
        return passed


class WorkCalendar:
    """Open hours in one time zone, and the arithmetic of working time on them.

    timezone: IANA name, or a `ZoneInfo`.
    hours: weekday 0 (Monday) to 6 → pairs ("HH:MM", "HH:MM") of opening and closing; a window includes its
        opening and excludes its closing instant. "24:00" is the end of the day; a close that is not after
        its open lies on the next day.
    holidays: local dates that are closed.
    special: date → pairs that replace the weekly hours of that date and win over a holiday.
    breaks: date → pairs that are cut out of the weekly hours of that date.

    Instants are aware datetimes (any zone) and come back in UTC; spans are timedeltas of open time. A pause
    is (start, end) with end None while it lasts; overlapping pauses count once.

    Raises UnknownTimezone, BadWindow or OverlappingWindows here, and NaiveInstant, BadPause, NeverOpen or
    BeyondHorizon when asked; all are CalendarError, which is a ValueError. A calendar without hours can be
    made (people draft them) but has no due times: see `ever_open`.

    Safe to share between threads. Grows with use by about 30 kB a year of five working days a week.
    """

    def __init__(
        self,
        timezone: str | ZoneInfo,
        hours: Mapping[int, Iterable[Pair]],
        holidays: Iterable[date] = (),
        special: Mapping[date, Iterable[Pair]] | None = None,
        breaks: Mapping[date, Iterable[Pair]] | None = None,
    ) -> None:
        self.zone = timezone if isinstance(timezone, ZoneInfo) else _zone(timezone)
        self._hours = LocalHours(hours, holidays, special, breaks)
        self._start_empty()

    def _start_empty(self) -> None:
        self._table = _Table(1970, 1970, ())
        self._opens_on: dict[date, bool] = {}
        self._growing = Lock()

    def __getstate__(self) -> dict[str, Any]:
        """Without the table, which is quicker to build than to send, so that caches and workers can hold it."""
        return {"zone": self.zone, "_hours": self._hours}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start_empty()

    # What people ask

    @overload
    def due(self, start: datetime, allowed: timedelta) -> datetime: ...

    @overload
    def due(self, start: datetime, allowed: timedelta, pauses: Iterable[Pause]) -> datetime | None: ...

    def due(self, start: datetime, allowed: timedelta, pauses: Iterable[Pause] = ()) -> datetime | None:
        """The instant at which `allowed` of open, unpaused time since `start` is used up, in UTC.

        Outside open hours the time starts at the next opening. A deadline that lands on a closing is that
        closing instant. With nothing allowed: the first working instant at or after `start`. None while the
        clock stands in a pause without an end.

        Raises ValueError when `allowed` is negative, NeverOpen, BeyondHorizon, NaiveInstant, BadPause.
        """
        left = _span_us(allowed)
        at = _us(start)
        for pause_from, pause_to in merge_pauses(pauses) if pauses else ():
            if pause_to <= at:
                continue
            if pause_from > at:
                if left:
                    available = self._elapsed(at, pause_from)
                    if available >= left:
                        break
                    left -= available
                elif self._elapsed(at, pause_from):
                    break
            if pause_to == _FOREVER:
                return None
            at = pause_to
        return _instant(self._due(at, left))

    def elapsed(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        """Open, unpaused time between the two instants; zero when `end` is not after `start`.

        Raises BeyondHorizon, NaiveInstant, BadPause.
        """
        a, b = _us(start), _us(end)
        if b <= a:
            return timedelta(0)
        passed = self._elapsed(a, b)
        for pause_from, pause_to in merge_pauses(pauses) if pauses else ():
            if pause_from < b and pause_to > a:
                passed -= self._elapsed(max(a, pause_from), min(b, pause_to))
        return timedelta(microseconds=passed)

    def windows(self, start: datetime, end: datetime) -> list[Window]:
        """The open windows between the two instants, cut off at both; their lengths add up to `elapsed`.

        A window that runs over midnight is two, one of each local date.
        """
        return [(_instant(opens), _instant(closes)) for opens, closes in self._windows(_us(start), _us(end))]

    def explain(self, start: datetime, allowed: timedelta, pauses: Iterable[Pause] = ()) -> Explanation:
        """How `due` came about, as steps that people can read; `str()` of it is one line.

        Raises what `due` raises.
        """
        pauses = list(pauses)
        merged = merge_pauses(pauses)
        due_at = self.due(start, allowed, pauses)
        at = _us(start)
        until = _us(due_at) if due_at is not None else max(at, merged[-1][0])
        stood_still = [(max(at, a), min(until, b)) for a, b in merged if a <= until and b > at]
        counted: list[Stretch] = []
        for opens, closes in self._windows(at, until):
            for a, b in _without(opens, closes, stood_still):
                if counted and counted[-1].end == _instant(a):
                    counted[-1] = Stretch(counted[-1].start, _instant(b))
                else:
                    counted.append(Stretch(_instant(a), _instant(b)))
        return explain_due(
            zone=self.zone,
            start=_instant(at),
            allowed=allowed,
            due_at=due_at,
            paused_since=None if due_at is not None else _instant(until),
            worked=counted,
            paused=[
                Stretch(_instant(a), _instant(b), timedelta(microseconds=self._elapsed(a, b)))
                for a, b in stood_still
                if b > a
            ],
            holidays=self._hours.holidays - self._hours.special_dates,
            breaks=[
                (_instant(self._local(day, a)), _instant(self._local(day, b)))
                for day, pieces in self._hours.breaks.items()
                for a, b in pieces
            ],
        )

    def next_open(self, at: datetime) -> datetime:
        """The first working instant at or after the given one, in UTC. Raises NeverOpen, BeyondHorizon."""
        return _instant(self._due(_us(at), 0))

    def is_open(self, at: datetime) -> bool:
        """Whether the instant is in a window; an opening is, a closing is not."""
        t = _us(at)
        table = self._covering(t, t)
        i = bisect_right(table.closes, t)
        return i < len(table.opens) and table.opens[i] <= t

    def working_days(self, first_on: date, last_on: date) -> int:
        """How many local dates from the first to the last, both included, have any open time."""
        days = (last_on - first_on).days + 1
        return sum(self._is_working_day(first_on + timedelta(days=n)) for n in range(days))

    def _is_working_day(self, day: date) -> bool:
        """Whether the date has any open time; a board asks about the same days over and over."""
        found = self._opens_on.get(day)
        if found is None:
            if len(self._opens_on) > KEPT_DAYS:
                self._opens_on = {}
            found = self._opens_on[day] = bool(self._day(day))
        return found

    def day_bounds(self, day: date) -> Window:
        """The instants, in UTC, at which the local date begins and ends."""
        return _instant(self._local(day, 0)), _instant(self._local(day, DAY_US))

    @property
    def timezone(self) -> str:
        """The IANA name of the zone."""
        return self.zone.key

    @property
    def ever_open(self) -> bool:
        """Whether any window is written down; a calendar without one cannot be published."""
        return self._hours.ever_open

    # Arrays

    def due_array(
        self, starts: npt.ArrayLike, allowed: npt.ArrayLike | timedelta, unit: str = "us"
    ) -> npt.NDArray[Any]:
        """`due` for many at once, without pauses.

        starts: int64 counts of `unit` ("us", "ms" or "s") since 1970 in UTC, or datetime64 (UTC).
        allowed: int64 counts of `unit`, timedelta64, or one timedelta; arrays are broadcast.
        Returns int64 counts of `unit`, or datetime64[us] when `starts` was datetime64.
        Raises what `due` raises if any one element would.
        """
        wanted = np.asarray(starts)
        at, left = np.broadcast_arrays(_instants_us(wanted, unit), _spans_us(allowed, unit))
        if not at.size:
            return _like(at.astype(np.int64), wanted, unit, "datetime64[us]")
        low, high = int(at.min()), int(at.max())
        table = self._covering(low, high)
        while True:
            opens, closes, passed = table.arrays
            window = np.searchsorted(closes, at, side="right")
            target = passed[window] + np.maximum(at - opens[window], 0) + left
            if int(target.max()) <= table.passed[-1] and int(window.max()) < len(table.closes):
                break
            # The latest start is not always the one that runs out; any that does will do for the message.
            table = self._longer(table, at=high)
        last = np.searchsorted(passed, target, side="left") - 1
        due = opens[last] + (target - passed[last])
        due = np.where(left == 0, np.maximum(at, opens[window]), due)
        return _like(due, wanted, unit, "datetime64[us]")

    def elapsed_array(self, starts: npt.ArrayLike, ends: npt.ArrayLike, unit: str = "us") -> npt.NDArray[Any]:
        """`elapsed` for many at once, without pauses.

        starts, ends: int64 counts of `unit` ("us", "ms" or "s") since 1970 in UTC, or datetime64 (UTC);
        broadcast. Returns int64 counts of `unit`, or timedelta64[us] when `starts` was datetime64.
        Raises BeyondHorizon if any instant is outside the supported years.
        """
        wanted = np.asarray(starts)
        a, b = np.broadcast_arrays(_instants_us(wanted, unit), _instants_us(np.asarray(ends), unit))
        if not a.size:
            return _like(a.astype(np.int64), wanted, unit, "timedelta64[us]")
        table = self._covering(min(int(a.min()), int(b.min())), max(int(a.max()), int(b.max())))
        opens, closes, passed = table.arrays

        def open_time_at(at: IntArray) -> IntArray:
            window = np.searchsorted(closes, at, side="right")
            open_time: IntArray = passed[window] + np.maximum(at - opens[window], 0)
            return open_time

        return _like(open_time_at(np.maximum(a, b)) - open_time_at(a), wanted, unit, "timedelta64[us]")

    # In microseconds

    def _due(self, at: int, left: int) -> int:
        table = self._covering(at, at)
        while True:
            i = bisect_right(table.closes, at)
            if i < len(table.closes):
                opens = table.opens[i]
                if not left:
                    return max(at, opens)
                target = table.passed[i] + left + (at - opens if at > opens else 0)
                if target <= table.passed[-1]:
                    last = bisect_left(table.passed, target, i + 1) - 1
                    return table.opens[last] + target - table.passed[last]
            table = self._longer(table, at)

    def _elapsed(self, a: int, b: int) -> int:
        table = self._covering(a, b)
        return table.open_time_at(b) - table.open_time_at(a)

    def _windows(self, a: int, b: int) -> list[tuple[int, int]]:
        if b <= a:
            return []
        table = self._covering(a, b)
        first, last = bisect_right(table.closes, a), bisect_left(table.opens, b)
        return [
            (max(a, opens), min(b, closes))
            for opens, closes in zip(table.opens[first:last], table.closes[first:last], strict=True)
        ]

    # The table

    def _covering(self, a: int, b: int) -> _Table:
        table = self._table
        if table.covers_from <= a and b < table.covers_to:
            return table
        if a < _RANGE_FROM or b >= _RANGE_TO:
            raise BeyondHorizon(f"Working time is known from {FIRST_YEAR} to {LAST_YEAR} only.")
        return self._grow(_instant(a - 2 * DAY_US).year, _instant(b + 2 * DAY_US).year + 1)

    def _longer(self, table: _Table, at: int) -> _Table:
        """A table that reaches further into the future."""
        if not self._hours.ever_open:
            raise NeverOpen("This calendar has no open hours at all.")
        if table.end_year >= LAST_YEAR + 2:
            if at >= (table.closes[-1] if table.closes else _RANGE_FROM):
                raise NeverOpen(f"This calendar has no open hours after {_instant(at):%Y-%m-%d}.")
            raise BeyondHorizon(f"The allowed time is not used up by the end of {LAST_YEAR}.")
        return self._grow(table.first_year, table.end_year + 1)

    def _grow(self, first_year: int, end_year: int) -> _Table:
        with self._growing:
            table = self._table
            length = table.end_year - table.first_year
            if length:
                # Doubled at least: a walk through the years must not build the table for each of them.
                if first_year < table.first_year:
                    first_year = min(first_year, table.first_year - length)
                if end_year > table.end_year:
                    end_year = max(end_year, table.end_year + length)
                first_year = min(first_year, table.first_year)
                end_year = max(end_year, table.end_year)
            first_year = max(first_year, FIRST_YEAR - 1)
            end_year = min(end_year, LAST_YEAR + 2)
            if (first_year, end_year) != (table.first_year, table.end_year):
                table = _Table(first_year, end_year, self._build(first_year, end_year))
                self._table = table
            return table

    def _build(self, first_year: int, end_year: int) -> list[tuple[int, int]]:
        """All windows of the local years as UTC microseconds, in order and without overlap."""
        weekly = self._hours.weekly
        exceptions = {day.toordinal() for day in self._hours.exceptions}
        windows: list[tuple[int, int]] = []
        open_until = -_FOREVER
        # Adding a day to a local midnight is wall-clock arithmetic, which is wanted here and only here.
        midnight = datetime(first_year, 1, 1, tzinfo=self.zone)
        wall_clock, offset = _midnight_us(midnight.date()), _offset_us(midnight)
        for ordinal in range(midnight.toordinal(), date(end_year, 1, 1).toordinal()):
            next_midnight = midnight + ONE_DAY
            next_offset = _offset_us(next_midnight)
            if ordinal in exceptions:
                pieces = self._hours.pieces(midnight.date())
            else:
                pieces = weekly[(ordinal - 1) % 7]
            if pieces and offset != next_offset:
                found = self._on_a_day_of_change(midnight.date(), pieces)
            else:
                begins = wall_clock - offset
                found = [(begins + opens, begins + closes) for opens, closes in pieces]
            for opens, closes in found:
                # The hour skipped in spring may push the end of one window over the start of the next.
                starts = max(opens, open_until)
                if starts < closes:
                    windows.append((starts, closes))
                    open_until = closes
            midnight, offset, wall_clock = next_midnight, next_offset, wall_clock + DAY_US
        return windows

    def _on_a_day_of_change(self, day: date, pieces: Pieces) -> list[tuple[int, int]]:
        """The windows of a date that has not 24 hours, each bound taken through the zone.

        None on a date that the zone skipped altogether, as Samoa did with 30 December 2011.
        """
        if self._local(day, 0) >= self._local(day, DAY_US):
            return []
        return [(self._local(day, opens), self._local(day, closes)) for opens, closes in pieces]

    def _day(self, day: date) -> list[tuple[int, int]]:
        """The windows of one local date that have any length."""
        pieces = self._hours.pieces(day)
        found = self._on_a_day_of_change(day, pieces) if pieces else []
        return [(opens, closes) for opens, closes in found if closes > opens]

    def _local(self, day: date, wall_clock: int) -> int:
        """The instant of a local time.

        One that the zone skips moves later by what was skipped, one that occurs twice is the first; both
        are what `fold=0` means (PEP 495).
        """
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        local = midnight + timedelta(microseconds=wall_clock)
        return _midnight_us(day) + wall_clock - _offset_us(local)


def merge_pauses(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """Pauses as microseconds, in order, overlaps joined; one without an end lasts until 2**62.

    Raises BadPause when one ends before it starts, NaiveInstant.
    """
    merged: list[tuple[int, int]] = []
    spans = []
    for pause_from, pause_to in pauses:
        a, b = _us(pause_from), _FOREVER if pause_to is None else _us(pause_to)
        if b < a:
            raise BadPause("A pause cannot end before it starts.")
        spans.append((a, b))
    for a, b in sorted(spans):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        elif b > a:
            merged.append((a, b))
    return merged


def _without(a: int, b: int, holes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of [a, b) outside the holes, which are in order and do not overlap."""
    bounds = [a, *(min(max(edge, a), b) for hole in holes for edge in hole), b]
    return [(left, right) for left, right in list(pairwise(bounds))[::2] if right > left]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        # A folder of the database ("America") is an OSError, a path out of it a ValueError.
        raise UnknownTimezone(f"{name!r} is not a time zone of the IANA database.") from None


def _us(instant: datetime) -> int:
    try:
        since = instant - _EPOCH
    except TypeError:
        raise NaiveInstant(f"An instant needs a date, a time and a time zone, not {instant!r}.") from None
    return (since.days * 86400 + since.seconds) * _SECOND_US + since.microseconds


def _instant(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _span_us(span: timedelta) -> int:
    us = (span.days * 86400 + span.seconds) * _SECOND_US + span.microseconds
    if us < 0:
        raise CalendarError("The allowed time cannot be negative.")
    return us


def _offset_us(local: datetime) -> int:
    offset = local.utcoffset()
    return (offset.days * 86400 + offset.seconds) * _SECOND_US if offset else 0


def _midnight_us(day: date) -> int:
    return (day - _EPOCH_DATE).days * DAY_US


_RANGE_FROM = _midnight_us(date(FIRST_YEAR, 1, 1))
_RANGE_TO = _midnight_us(date(LAST_YEAR + 1, 1, 1))


def _instants_us(values: npt.NDArray[Any], unit: str) -> IntArray:
    found = _counts(values, unit, kind="M")
    factor = 1 if values.dtype.kind == "M" else _UNITS[unit]
    # Checked before it is multiplied, so that a mistaken unit cannot wrap around into a valid instant.
    if found.size and (int(found.min()) < _RANGE_FROM // factor or int(found.max()) >= _RANGE_TO // factor):
        raise BeyondHorizon(f"Working time is known from {FIRST_YEAR} to {LAST_YEAR} only.")
    return found * factor


def _spans_us(values: npt.ArrayLike | timedelta, unit: str) -> IntArray:
    if isinstance(values, timedelta):
        return np.array(_span_us(values), dtype=np.int64)
    array = np.asarray(values)
    found = _counts(array, unit, kind="m")
    factor = 1 if array.dtype.kind == "m" else _UNITS[unit]
    if found.size and int(found.min()) < 0:
        raise CalendarError("The allowed time cannot be negative.")
    if found.size and int(found.max()) > (_RANGE_TO - _RANGE_FROM) // factor:
        raise BeyondHorizon(f"The allowed time is not used up by the end of {LAST_YEAR}.")
    return found * factor


def _counts(values: npt.NDArray[Any], unit: str, kind: str) -> IntArray:
    """The array as int64: counts of the unit as they are, NumPy's own times in microseconds."""
    if unit not in _UNITS:
        raise CalendarError(f"The unit is one of {', '.join(_UNITS)}, not {unit!r}.")
    if values.dtype.kind == kind:
        if np.isnat(values).any():
            raise CalendarError("A missing time (NaT) has no working time.")
        return values.astype(f"{kind}8[us]").astype(np.int64)
    if values.dtype.kind in "iu" or not values.size:
        return values.astype(np.int64)
    raise CalendarError(f"Whole counts or NumPy times are needed, not an array of {values.dtype}.")


def _like(result: IntArray, asked: npt.NDArray[Any], unit: str, dtype: str) -> npt.NDArray[Any]:
    if asked.dtype.kind == "M":
        return result.astype(dtype)
    return result // _UNITS[unit]
