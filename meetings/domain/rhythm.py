"""When a series meets: a weekday and a local time, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


def occurrence_on(day: date, at: time, zone: str) -> datetime:
    """The instant (UTC) of local `at` on `day`.

    A local time in the spring gap moves one hour later, an ambiguous one takes the first occurrence, as in the working
    calendar.
    """
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), ZoneInfo(zone)).astimezone(UTC)


def next_occurrence(weekday: int, at: time, zone: str, *, after: datetime) -> datetime:
    """The first occurrence strictly after an instant; `weekday` is 0 for Monday. Aware in, UTC out."""
    local = after.astimezone(ZoneInfo(zone)).date()
    day = local + timedelta(days=(weekday - local.weekday()) % 7)
    found = occurrence_on(day, at, zone)
    return found if found > after else occurrence_on(day + WEEK, at, zone)


def occurrence_to_plan(
    weekday: int, at: time, zone: str, duration: timedelta, *, last: datetime | None, now: datetime
) -> datetime:
    """The next meeting to hold: after the last one, and not over yet. One that runs at `now` still counts.

    Occurrences keep a strict order; those that nobody held are passed over, not made up for.
    """
    earliest = now - duration
    return next_occurrence(weekday, at, zone, after=max(earliest, last) if last else earliest)


def covered_days(starts_at: datetime, zone: str, *, days: int = 7) -> tuple[date, date]:
    """First and last local date that a meeting looks back on: the days before it. Its own day is not over yet."""
    last = starts_at.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return last - timedelta(days=days - 1), last


def week_ends(now: datetime, zone: str) -> datetime:
    """The first instant of next week's Monday in the zone, UTC."""
    local = now.astimezone(ZoneInfo(zone)).date()
    return occurrence_on(local + timedelta(days=7 - local.weekday()), time(), zone)


def in_working_day(now: datetime, zone: str, *, opens: time = time(9), closes: time = time(17)) -> bool:
    """Whether it is Monday to Friday between two local times; for people whom no working calendar covers."""
    local = now.astimezone(ZoneInfo(zone))
    return local.weekday() < 5 and opens <= local.time() < closes
