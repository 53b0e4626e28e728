"""The span of days that a board or a list is about, in the organisation's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from smarketing.accounts.models import Organisation
from smarketing.lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates from the first to the last, both included, in an IANA zone."""

    first_on: date
    last_on: date
    zone: str

    @property
    def start(self) -> datetime:
        """The first instant, in UTC."""
        return _midnight(self.first_on, self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it, in UTC."""
        return _midnight(self.last_on + timedelta(days=1), self.zone)

    @property
    def is_month(self) -> bool:
        """Whether it is one whole calendar month."""
        return self == month_of(self.first_on, self.zone)

    @property
    def label(self) -> str:
        """As people say it."""
        if self.is_month:
            return f"{self.first_on:%B %Y}"
        if self.first_on == self.last_on:
            return f"{self.first_on.day} {self.first_on:%b %Y}"
        return f"{self.first_on.day} {self.first_on:%b %Y} – {self.last_on.day} {self.last_on:%b %Y}"

    @property
    def short(self) -> str:
        """Within a longer period: "14 Nov", "1–13 Nov", "28 Oct – 3 Nov"."""
        first, last = self.first_on, self.last_on
        ends = f"{last.day} {last:%b}"
        if first == last:
            return ends
        return (
            f"{first.day}–{ends}" if first.replace(day=1) == last.replace(day=1) else f"{first.day} {first:%b} – {ends}"
        )

    @property
    def days(self) -> list[date]:
        """Its dates in order."""
        return [self.first_on + timedelta(days=n) for n in range((self.last_on - self.first_on).days + 1)]

    @property
    def starts(self) -> list[datetime]:
        """The first instants of its dates, in UTC."""
        return [_midnight(day, self.zone) for day in self.days]

    def next_month(self) -> Period:
        """The calendar month after the one in which it begins."""
        return month_of(self.first_on.replace(day=1) + timedelta(days=32), self.zone)

    def previous_month(self) -> Period:
        """The calendar month before the one in which it begins."""
        return month_of(self.first_on.replace(day=1) - timedelta(days=1), self.zone)


def month_of(day: date, zone: str) -> Period:
    """The calendar month of a date."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1), zone)


def period_of(from_text: str, to_text: str, *, now: datetime) -> Period:
    """The period from two ISO dates, both included; without them the current month of the organisation.

    With only one, the month of that date up to or from it. Raises Invalid for what is no date, or an end before the
    start, or more than 366 days.
    """
    zone = Organisation.current().timezone
    first, last = _date(from_text, "from"), _date(to_text, "to")
    if first is None and last is None:
        return month_of(now.astimezone(ZoneInfo(zone)).date(), zone)
    if first is None and last is not None:
        first = last.replace(day=1)
    elif first is not None and last is None:
        last = month_of(first, zone).last_on
    if first is None or last is None or last < first:
        raise Invalid("The period ends before it begins.", fields={"to": ["Choose a later date."]})
    if (last - first).days > 366:
        raise Invalid("Choose at most a year.", fields={"to": ["At most a year after the first day."]})
    return Period(first, last, zone)


def _date(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"“{text}” is not a date such as 2026-11-02.", fields={name: ["Not a date."]}) from error
    if not 1970 <= found.year <= 2199:
        raise Invalid(f"“{text}” is outside the years 1970 to 2199.", fields={name: ["Outside the known years."]})
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)
