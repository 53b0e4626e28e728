"""Periods that numbers are shown for: half-open spans of local dates, and their instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """From the start of `first` to the end of `last`, both local dates of `zone` (IANA name)."""

    first: date
    last: date
    zone: str

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("A period cannot end before it begins.")

    @property
    def start(self) -> datetime:
        """The first instant, in UTC."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it, in UTC."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> int:
        """How many dates it spans."""
        return (self.last - self.first).days + 1

    @property
    def label(self) -> str:
        """As people say it: a whole month or year by name, else both dates."""
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            if (self.first.year, self.first.month) == (self.last.year, self.last.month):
                return f"{self.first:%B %Y}"
            if self.first.month == 1 and self.last.month == 12 and self.first.year == self.last.year:
                return str(self.first.year)
        if self.first == self.last:
            return f"{self.first.day} {self.first:%b %Y}"
        return f"{self.first.day} {self.first:%b %Y} – {self.last.day} {self.last:%b %Y}"

    def before(self) -> Period:
        """The period of the same length just before; for a whole month, the month before."""
        last = self.first - timedelta(days=1)
        if self.first.day == 1 and self.label == f"{self.first:%B %Y}":
            return Period(last.replace(day=1), last, self.zone)
        return Period(last - timedelta(days=self.days - 1), last, self.zone)


def month_of(day: date, zone: str) -> Period:
    """The calendar month of a date."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Period(first, following - timedelta(days=1), zone)


def quarter_of(day: date, zone: str) -> Period:
    """The calendar quarter of a date."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return Period(first, month_of(first + timedelta(days=70), zone).last, zone)


def year_of(day: date, zone: str) -> Period:
    """The calendar year of a date."""
    return Period(date(day.year, 1, 1), date(day.year, 12, 31), zone)


def week_of(day: date, zone: str) -> Period:
    """The week of a date, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=6), zone)


def presets(today: date, zone: str) -> list[tuple[str, Period]]:
    """The periods that people ask for by name, with these names."""
    month = month_of(today, zone)
    return [
        ("This month", month),
        ("Last month", month.before()),
        ("This quarter", quarter_of(today, zone)),
        ("Last 12 weeks", Period(week_of(today, zone).first - timedelta(weeks=11), week_of(today, zone).last, zone)),
        ("This year", year_of(today, zone)),
    ]


def steps(first: date, last: date, by: str) -> list[date]:
    """First days of the days, weeks or months (`by`) from that of `first` to that of `last`, without a gap."""
    found = [first]
    while found[-1] < last:
        step = {"day": 1, "week": 7, "month": 32}[by]
        following = found[-1] + timedelta(days=step)
        found.append(following.replace(day=1) if by == "month" else following)
    return found


EARLIEST, LATEST = 1970, 2100
"""Years that a period may speak of: outside them a date is a slip of the keyboard."""


def period_between(first: str, last: str, *, today: date, zone: str) -> Period:
    """The period from one ISO date to another, both included; with neither, the month of `today`.

    Without `last` it ends today, without `first` it begins with the month of its end. Raises PeriodRefused.
    """
    if not first and not last:
        return month_of(today, zone)
    begins = _read("from", first) if first else None
    ends = _read("to", last) if last else today
    begins = begins if begins is not None else ends.replace(day=1)
    if ends < begins:
        raise PeriodRefused("to" if last else "from", f"The period cannot end on {ends} before it begins on {begins}.")
    return Period(begins, ends, zone)


class PeriodRefused(ValueError):
    """A period that cannot be; `field` is `from` or `to`, ``str()`` a sentence for people."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def _read(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise PeriodRefused(field, f"“{text[:40]}” is not a date; write it as 2026-03-31.") from error
    if not EARLIEST <= day.year <= LATEST:
        raise PeriodRefused(field, f"Years run from {EARLIEST} to {LATEST}; {day.year} is outside.")
    return day


def _midnight(day: date, zone: str) -> datetime:
    """The first instant of a local date; where the clock skips midnight, the first that exists."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
