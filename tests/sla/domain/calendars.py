"""What the tests of working time share: short ways to write instants, and a slow, obvious second opinion."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla.domain.worktime import WorkCalendar

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text, zone, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def hours(number):
    return timedelta(hours=number)


def minutes(number):
    return timedelta(minutes=number)


def every_day(*pairs):
    return {weekday: list(pairs) for weekday in range(7)}


def mon_to_fri(*pairs):
    return {weekday: list(pairs) for weekday in range(5)}


def office(zone="UTC", **exceptions):
    """Monday to Friday, 09:00 to 17:00."""
    return WorkCalendar(zone, mon_to_fri(("09:00", "17:00")), **exceptions)


class MinuteByMinute:
    """Working time by looking at every single minute. Knows only what the rules say, shares no code.

    Covers the local dates from `first` to `last`; holds for instants and spans of whole minutes.
    """

    def __init__(self, zone, weekly, holidays, special, breaks, first, last):
        self.zone = ZoneInfo(zone)
        self.open_minutes = set()
        day = first
        while day <= last:
            for opens, closes in self.pieces(day, weekly, holidays, special, breaks):
                at, end = self.instant(day, opens), self.instant(day, closes)
                while at < end:
                    self.open_minutes.add(at)
                    at += MINUTE
            day += DAY

    def pieces(self, day, weekly, holidays, special, breaks):
        before = day - DAY
        late = [(0, end) for start, end in map(self.parsed, special.get(before, ())) if end <= start]
        if day in special:
            own = [self.own_part(pair) for pair in map(self.parsed, special[day])]
            return own + late
        if day in holidays:
            return late
        shifts = [self.own_part(pair) for pair in map(self.parsed, weekly.get(day.weekday(), ()))]
        last_night = map(self.parsed, weekly.get(before.weekday(), ()))
        shifts += [(0, end) for start, end in last_night if end <= start]
        cuts = [self.own_part(pair) for pair in map(self.parsed, breaks.get(day, ()))]
        cuts += [(0, end) for start, end in map(self.parsed, breaks.get(before, ())) if end <= start]
        minutes_left = {m for start, end in shifts + late for m in range(start, end)}
        minutes_left -= {m for start, end in cuts for m in range(start, end)}
        return self.runs(minutes_left)

    @staticmethod
    def runs(found):
        starts = [m for m in sorted(found) if m - 1 not in found]
        ends = [m + 1 for m in sorted(found) if m + 1 not in found]
        return list(zip(starts, ends, strict=True))

    @staticmethod
    def parsed(pair):
        return tuple(int(text[:2]) * 60 + int(text[3:]) for text in pair)

    @staticmethod
    def own_part(pair):
        start, end = pair
        return (start, end) if end > start else (start, 1440)

    def instant(self, day, minute):
        wall = datetime.combine(day, datetime.min.time()) + minute * MINUTE
        return wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    @staticmethod
    def paused(at, pauses):
        return any(start <= at and (end is None or at < end) for start, end in pauses)

    def elapsed(self, start, end, pauses=()):
        return MINUTE * sum(1 for at in self.open_minutes if start <= at < end and not self.paused(at, pauses))

    def due(self, start, allowed, pauses=()):
        """None when the time is not used up in the dates covered."""
        counted = sorted(at for at in self.open_minutes if at >= start and not self.paused(at, pauses))
        number = allowed // MINUTE
        if number > len(counted) or not counted:
            return None
        return counted[number - 1] + MINUTE if number else counted[0]

    def is_open(self, at):
        return at in self.open_minutes


def dates(*texts):
    return [date.fromisoformat(text) for text in texts]
