"""A due time told as steps, so that nobody has to take a deadline on trust.

"arrived Sat 6 Jan 14:00 → first working instant Mon 8 Jan 09:00 → 3 h on Mon 8 Jan, 09:00–12:00 → break
12:00–13:00 skipped → …" (section 1, "Explain", of the product's semantics). Local times of the calendar, in whole
minutes, so that the shown times, the shown parts and the whole agree; `Step.exact` has the seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOTHING = timedelta(0)
_ONE_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)

MOST_STEPS = 24
"""A longer middle is told as one step; nobody reads forty working days one by one."""
_KEPT_AT_EACH_END = 8


class StepKind(StrEnum):
    """What a step of an explanation tells."""

    ARRIVED = "arrived"
    OPENS = "opens"
    WORKED = "worked"
    BREAK = "break"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    SUMMARY = "summary"
    DUE = "due"
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch between two UTC instants; `open_time` is given when it is not the whole stretch."""

    start: datetime
    end: datetime
    open_time: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: from when to when (UTC), how much of the allowed time it used up, and in words, also to the second."""

    kind: StepKind
    start: datetime
    end: datetime
    text: str
    worked: timedelta = _NOTHING
    exact: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps to a due time; `due_at` is None while the clock is paused. The worked times sum to `allowed`
    (to less while paused)."""

    steps: tuple[Step, ...]
    due_at: datetime | None
    allowed: timedelta
    timezone: str

    def __str__(self) -> str:
        return " → ".join(step.text for step in self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


def explain_due(
    *,
    zone: ZoneInfo,
    start: datetime,
    allowed: timedelta,
    due_at: datetime | None,
    paused_since: datetime | None,
    worked: Sequence[Stretch],
    paused: Sequence[Stretch],
    holidays: Collection[date],
    breaks: Collection[tuple[datetime, datetime]],
) -> Explanation:
    """Put stretches of worked and paused time into words.

    worked, paused: in order of time, not overlapping, between `start` and the due time (or, while paused,
    the start of that pause, which is `paused_since`). holidays: dates closed for that reason. breaks: from
    when to when. Months and days are in English whatever the locale of the process.
    """
    year = start.astimezone(zone).year
    told = [
        _told(say, start, due_at, paused_since, worked, paused, holidays, breaks)
        for say in (_Words(zone, year), _Words(zone, year, _in_minutes(worked, allowed, is_due=due_at is not None)))
    ]
    steps = tuple(
        Step(exact.kind, exact.start, exact.end, shown.text, exact.worked, exact.text)
        for exact, shown in zip(*told, strict=True)
    )
    return Explanation(steps, due_at, allowed, zone.key)


def _told(
    say: _Words,
    start: datetime,
    due_at: datetime | None,
    paused_since: datetime | None,
    worked: Sequence[Stretch],
    paused: Sequence[Stretch],
    holidays: Collection[date],
    breaks: Collection[tuple[datetime, datetime]],
) -> list[Step]:
    until = due_at or paused_since or start
    steps = [say.pause(stretch) for stretch in paused] + say.holidays(holidays, start, until)
    first = worked[0].start if worked else due_at
    if first is not None and first > start:
        steps.append(Step(StepKind.OPENS, first, first, f"first working instant {say.moment(first)}"))
    steps += [say.worked(stretch) for stretch in worked] + say.skipped(worked, paused, breaks)
    steps.sort(key=lambda step: (step.start, step.kind is StepKind.WORKED))
    key = say.zone.key
    if due_at is not None:
        last = Step(StepKind.DUE, until, until, f"due {say.moment(until)} ({key})")
    else:
        text = f"paused since {say.moment(until)}, so not due before it is resumed ({key})"
        last = Step(StepKind.NOT_DUE, until, until, text)
    arrived = Step(StepKind.ARRIVED, start, start, f"arrived {say.moment(start)}")
    return [arrived, *say.shortened(steps), last]


def _in_minutes(worked: Sequence[Stretch], allowed: timedelta, *, is_due: bool) -> dict[Stretch, timedelta] | None:
    """The parts in whole minutes that sum to the whole; None where the whole itself is not in minutes.

    Each the difference of the times shown with it, as these leave out seconds everywhere; where pauses at odd seconds
    keep such parts from adding up, by largest remainder.
    """
    if allowed % _MINUTE:
        return None
    shown = [_floored(stretch.end) - _floored(stretch.start) for stretch in worked]
    spans = [stretch.end - stretch.start for stretch in worked]
    whole = allowed if is_due else sum(spans, _NOTHING) // _MINUTE * _MINUTE
    if sum(shown, _NOTHING) != whole:
        shown = [span // _MINUTE * _MINUTE for span in spans]
        missing = (whole - sum(shown, _NOTHING)) // _MINUTE
        by_rest = sorted(range(len(spans)), key=lambda i: (shown[i] - spans[i], i))
        for i in by_rest[:missing]:
            shown[i] += _MINUTE
    return dict(zip(worked, shown, strict=True))


def _floored(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class _Words:
    """Local times as people say them; the year only where it is not the year of the arrival.

    To the second, or where worked stretches are given with the spans to show, in whole minutes.
    """

    zone: ZoneInfo
    year: int
    shown: Mapping[Stretch, timedelta] | None = field(default=None)

    def worked(self, stretch: Stretch) -> Step:
        span = stretch.end - stretch.start if self.shown is None else self.shown[stretch]
        start, end = stretch.start.astimezone(self.zone), stretch.end.astimezone(self.zone)
        words, begins, ends = self.span(span), self.clock(start), self.clock(end)
        if start.date() == end.date():
            text = f"{words} on {self.day(start)}, {begins}–{ends}"
        elif end.date() == start.date() + _ONE_DAY and end.time() == time.min:
            text = f"{words} on {self.day(start)}, {begins}–24:00"
        else:
            text = f"{words} from {self.moment(start)} to {self.moment(end)}"
        if start.utcoffset() != end.utcoffset():
            text += " (the clocks change)"
        return Step(StepKind.WORKED, stretch.start, stretch.end, text, span)

    def pause(self, stretch: Stretch) -> Step:
        if stretch.open_time:
            not_counted = f"{self.span(stretch.open_time)} not counted"
        else:
            not_counted = "outside open hours"
        text = f"paused {self.stretch(stretch.start, stretch.end)} ({not_counted})"
        return Step(StepKind.PAUSED, stretch.start, stretch.end, text)

    def holidays(self, holidays: Collection[date], start: datetime, until: datetime) -> list[Step]:
        first, last = start.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        steps = []
        for day in sorted(day for day in holidays if first <= day <= last):
            begins = datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(start.tzinfo)
            at = max(start, begins)
            steps.append(Step(StepKind.HOLIDAY, at, at, f"{self.day(day)} is a holiday"))
        return steps

    def skipped(
        self,
        worked: Sequence[Stretch],
        paused: Sequence[Stretch],
        breaks: Collection[tuple[datetime, datetime]],
    ) -> list[Step]:
        """The gaps between two stretches of one date; nights and closed days go without saying."""
        steps = []
        for before, after in pairwise(worked):
            start, end = before.end, after.start
            one_date = start.astimezone(self.zone).date() == end.astimezone(self.zone).date()
            if one_date and not any(pause.start < end and pause.end > start for pause in paused):
                is_break = any(a <= start and end <= b for a, b in breaks)
                kind, what = (StepKind.BREAK, "break") if is_break else (StepKind.CLOSED, "closed")
                steps.append(Step(kind, start, end, f"{what} {self.stretch(start, end)} skipped"))
        return steps

    def shortened(self, steps: list[Step]) -> list[Step]:
        if len(steps) <= MOST_STEPS:
            return steps
        head, tail = steps[:_KEPT_AT_EACH_END], steps[-_KEPT_AT_EACH_END:]
        middle = steps[_KEPT_AT_EACH_END:-_KEPT_AT_EACH_END]
        total = sum((step.worked for step in middle), _NOTHING)
        start, end = middle[0].start, middle[-1].end
        text = f"{self.span(total)} more from {self.moment(start)} to {self.moment(end)}"
        return [*head, Step(StepKind.SUMMARY, start, end, text, total), *tail]

    def stretch(self, start: datetime, end: datetime) -> str:
        local_start, local_end = start.astimezone(self.zone), end.astimezone(self.zone)
        if local_start.date() == local_end.date():
            return f"{self.clock(local_start)}–{self.clock(local_end)}"
        return f"{self.moment(start)} to {self.moment(end)}"

    def moment(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        return f"{self.day(local)} {self.clock(local)}"

    def clock(self, local: datetime) -> str:
        return f"{local:%H:%M:%S}" if self.shown is None and local.second else f"{local:%H:%M}"

    def span(self, span: timedelta) -> str:
        if self.shown is None:
            return span_in_words(span)
        minutes = span // _MINUTE * _MINUTE
        return span_in_words(minutes) if minutes else "under 1 min"

    def day(self, day: date) -> str:
        year = f" {day.year}" if day.year != self.year else ""
        return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}{year}"


def span_in_words(span: timedelta) -> str:
    """A span in hours, minutes and seconds: "1 h 30 min", "45 min", "20 s"; never in days, which would
    leave open whether a day has 8 or 24 hours. Fractions of a second are left out."""
    hours, rest = divmod(span.days * 86400 + span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    amounts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{amount:,} {unit}" for amount, unit in amounts if amount) or "0 s"
