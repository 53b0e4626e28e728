"""Dates and moments, in the ways in which people and programs write them.

Where one cell alone can be read in two ways (``03/04/2024``) the rest of its column decides (`guess_date_style`), and
where that is undecided too, the style says so and which reading was chosen: nothing is guessed in silence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final

from smarketing.lib.tabular.errors import ValueRefused
from smarketing.lib.tabular.text import SPACES, quoted

__all__ = ["DateStyle", "guess_date_style", "parse_date", "parse_datetime"]

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the dates of one column are written.

    ``day_first`` decides ``03/04/2024``; ``ambiguous`` says that nothing in the column decided it.
    ``serial`` reads plain numbers as the days that spreadsheets count from 1899-12-30.
    """

    day_first: bool = True
    ambiguous: bool = False
    serial: bool = False


_NUMERIC_DATE = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,]|\Z)")
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?\Z")
_SERIAL_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001  a wall-clock day, the zone comes later
_EARLIEST_LIKELY_SERIAL: Final = 20_000  # 1954-10-03
_LATEST_LIKELY_SERIAL: Final = 73_050  # 2099-12-31


def guess_date_style(values: Iterable[str], *, default_day_first: bool = True) -> DateStyle:
    """How the dates of a column are written, from a sample of its cells.

    A first number above 12 proves day/month, a second one above 12 proves month/day; the reading with more
    proofs wins. A dot between the numbers is written in day-first countries only and counts where no number
    proves anything. With neither, the style is marked ambiguous; the reading under which the dates follow one
    another day by day is chosen, as in a report, else ``default_day_first``.
    """
    day_first = month_first = dotted = numeric = serial = filled = 0
    as_day_first: list[int] = []
    as_month_first: list[int] = []
    for value in values:
        text = value.strip()
        if not text:
            continue
        filled += 1
        if match := _NUMERIC_DATE.match(text):
            numeric += 1
            first, second = int(match[1]), int(match[3])
            day_first += first > 12 >= second
            month_first += second > 12 >= first
            dotted += match[2] == "."
            year = 372 * int(match[4])  # twelve months of 31 days: near enough for comparing distances
            as_day_first.append(year + 31 * second + first)
            as_month_first.append(year + 31 * first + second)
        elif (match := _SERIAL.match(text)) and (_EARLIEST_LIKELY_SERIAL <= int(match[1]) <= _LATEST_LIKELY_SERIAL):
            serial += 1
    is_serial = 0 < filled == serial
    if day_first != month_first:
        return DateStyle(day_first > month_first, serial=is_serial)
    if dotted and 2 * dotted > numeric:
        return DateStyle(True, serial=is_serial)
    if not numeric:
        return DateStyle(default_day_first, serial=is_serial)
    if _day_by_day(as_month_first) and not _day_by_day(as_day_first):
        return DateStyle(False, ambiguous=True)
    if _day_by_day(as_day_first) and not _day_by_day(as_month_first):
        return DateStyle(True, ambiguous=True)
    return DateStyle(default_day_first, ambiguous=True)


def _day_by_day(days: list[int]) -> bool:
    """Whether at least every second day between the first and the last is there."""
    different = len(set(days))
    return different > 1 and max(days) - min(days) < 2 * different


# English first; then the other languages in which spreadsheets commonly write the names of months.
_MONTHS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janeiro enero ene janvier janv gennaio gen januari",
            "feb february februar fevereiro fev febrero février fevrier févr fevr fév febbraio februari",
            "mar march märz maerz mär mrz março marco marzo mars maart mrt",
            "apr april abril abr avril avr aprile",
            "may mai maio mayo maggio mag mei",
            "jun june juni junho junio juin giugno giu",
            "jul july juli julho julio juillet juil luglio lug",
            "aug august agosto ago août aout augustus",
            "sep sept september setembro set septiembre septembre settembre",
            "oct october oktober okt outubro out octubre octobre ottobre ott",
            "nov november novembro noviembre novembre",
            "dec december dezember dez dezembro diciembre dic décembre decembre déc dicembre",
        ),
        start=1,
    )
    for name in names.split()
}

_WEEKDAY = r"(?:[^\W\d_]{2,9}\.?,? +)??"
_CLOCK = r"(?:[ T,]+(?:at +|um +)?(\d.*))?"
_DAY_MONTH_NAME = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|\.|º)?[ \-/]+(?:de +)?([^\W\d_]{{3,10}})\.?,?"
    rf"[ \-/]+(?:de +)?(\d{{4}}|\d{{2}}){_CLOCK}\Z"
)
_MONTH_NAME_DAY = re.compile(
    rf"{_WEEKDAY}([^\W\d_]{{3,10}})\.?[ \-]+(\d{{1,2}})(?:st|nd|rd|th)?,?[ \-]+(\d{{4}}){_CLOCK}\Z"
)
_NUMBERS = re.compile(rf"(\d{{1,4}})([/.\-])(\d{{1,2}})\2(\d{{1,4}})\.?{_CLOCK}\Z")
_TIME = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)? ?([ap])?\.?(?:m\.?)?"
    r" ?(Z|UTC|GMT|(?:UTC|GMT)?[+\-]\d{1,2}(?::?\d{2})?)?( ?\(.*\))?\Z",
    re.IGNORECASE,
)
_HOUR_ONLY = re.compile(r"(\d{1,2}) ?([ap])\.?m\.?\Z", re.IGNORECASE)


def parse_date(text: str, style: DateStyle = DateStyle()) -> date:
    """The day that ``text`` names; a time of day behind it is passed over.

    Understood: ISO 8601 and its basic form (20240331), numbers with slash, dot or hyphen in the order of
    ``style``, names of months, and spreadsheet serials where ``style`` says so. Two-digit years: 00 to 69 are
    2000 to 2069, 70 to 99 are 1970 to 1999 (POSIX). Raises `ValueRefused` for days that do not exist and for
    those before 1900-01-01 or after 2100-12-31.
    """
    if len(text) == 10 and text[4] == "-":
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return _read_date(text, style).date()
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return day
        raise _out_of_range(text, day.year)
    return _read_date(text, style).date()


def parse_datetime(text: str, style: DateStyle = DateStyle(), zone: tzinfo = UTC) -> datetime:
    """The instant that ``text`` names, in UTC.

    What `parse_date` understands, with or without a time of day; without one it is the beginning of the day.
    A time that names no offset is a wall-clock time in ``zone``: in the gap of a clock change it moves one
    hour later, and of a repeated hour it is the first. Raises `ValueRefused` as `parse_date` does.
    """
    if len(text) >= 10 and text[4] == "-":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = _read_date(text, style)
    else:
        moment = _read_date(text, style)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _out_of_range(text, moment.year)
    if moment.tzinfo is None:
        if zone is not UTC:
            offset = _offset_all_day(zone, moment.date())
            if offset is None:
                return moment.replace(tzinfo=zone).astimezone(UTC)
            moment -= offset
        # The same as to replace the zone, in a tenth of the time.
        return _BEGINNING_UTC + (moment - _BEGINNING)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


_BEGINNING: Final = datetime(1900, 1, 1)  # noqa: DTZ001  wall clock
_BEGINNING_UTC: Final = _BEGINNING.replace(tzinfo=UTC)


@lru_cache(10_000)
def _offset_all_day(zone: tzinfo, day: date) -> timedelta | None:
    """The offset of ``zone`` on a day on which the clock is not changed; None on others."""
    midnight = datetime.combine(day, time())
    first, last = zone.utcoffset(midnight), zone.utcoffset(midnight + timedelta(days=1))
    return first if first == last else None


def _out_of_range(text: str, year: int) -> ValueRefused:
    where = "before 1900" if year < _FIRST_YEAR else "after 2100"
    return ValueRefused(f"{quoted(text.strip())} lies {where}; dates from 1900-01-01 to 2100-12-31 are taken.")


def _no_date(text: str) -> ValueRefused:
    return ValueRefused(
        f"{quoted(text)} is no date that can be read. Write it as year-month-day, for example 2024-03-31."
    )


def _read_date(text: str, style: DateStyle) -> datetime:
    """The slow way, for everything but plain ISO dates."""
    text = SPACES.sub(" ", text.strip()).strip()
    if len(text) > 80:
        raise _no_date(text)
    if text.isdigit() and len(text) == 8:
        return _moment(text, int(text[:4]), int(text[4:6]), int(text[6:]), None)
    if match := _NUMBERS.match(text):
        first, second, third = match[1], match[3], match[4]
        clock = match[5]
        if len(first) == 4 and len(third) <= 2:
            return _moment(text, int(first), int(second), int(third), clock)
        if len(first) <= 2 and len(third) in {2, 4}:
            day, month = (int(first), int(second)) if style.day_first else (int(second), int(first))
            return _moment(text, _full_year(third), month, day, clock, style=style)
        raise _no_date(text)
    if match := _DAY_MONTH_NAME.match(text):
        month = _MONTHS.get(match[2].casefold(), 0)
        if month:
            return _moment(text, _full_year(match[3]), month, int(match[1]), match[4])
    if match := _MONTH_NAME_DAY.match(text):
        month = _MONTHS.get(match[1].casefold(), 0)
        if month:
            return _moment(text, int(match[3]), month, int(match[2]), match[4])
    if style.serial and (match := _SERIAL.match(text)):
        share = Decimal(f"0.{match[2] or 0}")
        return _SERIAL_DAY_ZERO + timedelta(days=int(match[1]), seconds=round(share * 86_400))
    if text.replace(".", "", 1).isdigit():
        raise ValueRefused(
            f"{quoted(text)} is a number, not a date. Format the column as a date in the spreadsheet "
            "and export it again."
        )
    raise _no_date(text)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def _moment(
    text: str, year: int, month: int, day: int, clock: str | None, *, style: DateStyle | None = None
) -> datetime:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise _out_of_range(text, year)
    try:
        on = date(year, month, day)
    except ValueError:
        reading = ""
        if style is not None and (month > 12 >= day):
            reading = " read as day/month/year" if style.day_first else " read as month/day/year"
            reading += ", like the other dates of its column,"
        raise ValueRefused(f"{quoted(text)}{reading} is no day of the calendar.") from None
    if not clock:
        return datetime.combine(on, time())
    return _with_clock(text, on, clock)


def _with_clock(text: str, on: date, clock: str) -> datetime:
    refused = ValueRefused(f"{quoted(text)} has a time of day that cannot be read.")
    if match := _HOUR_ONLY.match(clock):
        hour, minute, second, fraction, half, offset = match[1], "0", None, None, match[2], None
    elif match := _TIME.match(clock):
        hour, minute, second, fraction, half, offset, _ = match.groups()
    else:
        raise refused
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise refused
        hours = hours % 12 + (12 if half in "pP" else 0)
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    following = hours == 24 and int(minute) == 0 and int(second or 0) == 0
    try:
        at = time(0 if following else hours, int(minute), int(second or 0), micro, tzinfo=_offset(offset))
        return datetime.combine(on, at) + timedelta(days=1 if following else 0)
    except (ValueError, OverflowError):
        raise refused from None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    digits = text.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in {"", "Z"}:
        return UTC
    hours, minutes = int(digits[1:3]), int(digits[3:] or 0)
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if digits[0] == "-" else span)
