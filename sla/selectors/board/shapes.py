"""What the board shows: a line a promise, a side's lines, and all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sla.domain.commitments import Forecast, Pace, PaceStatus, Tally
from sla.domain.worktime import WorkCalendar
from sla.models import AgreementVersion, Commitment
from sla.selectors.periods import Period
from sla.selectors.terms import Term


@dataclass(frozen=True, slots=True)
class Line:
    """One promise in a period. `actual` and `target` are shares (0–1) or counts (`is_volume`).

    Where versions changed its terms there is a line for each: a clock counts under the terms with which it started,
    a day of the period under those of its version, with its share of the month's volume as the target.
    `left_out`: leads handed off below the definition on those days, which do not count as qualified leads delivered.
    """

    term: Term
    sentence: str
    actual: float | None
    target: float
    pace: Pace
    records: str
    tally: Tally | None = None
    waived: int = 0
    adjusted: float | None = None
    hits: int | None = None
    of: int | None = None
    running_out: int = 0
    left_out: int = 0
    forecast: Forecast | None = None
    urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def commitment(self) -> Commitment:
        """The promise, as the last version with these terms makes it."""
        return self.term.commitment

    @property
    def key(self) -> str:
        """By which the same promise is found again later: its kind, with the version that changed its terms."""
        return self.kind if self.term.is_first else f"{self.kind}@{self.term.versions[0]}"

    @property
    def kind(self) -> str:
        """The kind of promise."""
        return str(self.commitment.kind)

    @property
    def is_volume(self) -> bool:
        """Whether it counts something."""
        return self.commitment.is_volume

    @property
    def is_share_of_month(self) -> bool:
        """Whether the target of a volume is that of other days than one month."""
        return self.is_volume and self.target != self.commitment.target_count

    @property
    def bar(self) -> float:
        """How much of the bar is filled, 0–1: of the target for a volume, of the whole for a share."""
        value = (self.actual or 0) / self.target if self.is_volume else (self.actual or 0)
        return min(value, 1.0)

    @property
    def tick(self) -> float | None:
        """Where the bar should be by now."""
        if not self.is_volume:
            return self.target
        return None if self.pace.expected is None else min(self.pace.expected / self.target, 1.0)

    @property
    def behind(self) -> float | None:
        """Percentage points under the target of a share; None where it is met, or for a volume."""
        if self.is_volume or self.actual is None or self.actual >= self.target:
            return None
        return (self.actual - self.target) * 100


@dataclass(frozen=True, slots=True)
class SideBoard:
    """What one side owes, and one word for how it stands."""

    side: str
    lines: tuple[Line, ...]

    @property
    def status(self) -> PaceStatus:
        """The worst of its lines; no data only where there is nothing else."""
        order = (PaceStatus.BEHIND, PaceStatus.AT_RISK, PaceStatus.ON_PACE)
        found = {line.pace.status for line in self.lines}
        return next((status for status in order if status in found), PaceStatus.NO_DATA)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the board shows."""

    period: Period
    version: AgreementVersion | None
    working_days: int = 0
    working_days_gone: int = 0
    elapsed: float | None = None
    sides: tuple[SideBoard, ...] = ()
    open_late: int = 0
    running_out: int = 0
    breached: int = 0
    urls: Mapping[str, str] = field(default_factory=dict)
    calendar: WorkCalendar | None = None
    qualified_on: Mapping[date, int] = field(default_factory=dict)
    in_time_on: Mapping[date, int] = field(default_factory=dict)
    next_due: tuple[int, ...] = ()

    @property
    def lines(self) -> list[Line]:
        """The promises of both sides."""
        return [line for side in self.sides for line in side.lines]

    def line(self, kind: str) -> Line | None:
        """The line of one kind of promise, under its newest terms, if it was promised."""
        return next(iter(self.lines_of(kind)), None)

    def lines_of(self, kind: str) -> list[Line]:
        """The lines of one kind of promise, those under the newest terms first."""
        return [line for line in self.lines if line.kind == kind]

    def target_of(self, kind: str) -> float | None:
        """The volume promised for the whole period, whatever versions changed; None where some days promise none."""
        lines = self.lines_of(kind)
        days = sum(len(line.term.days.days) for line in lines)
        return sum(line.target for line in lines) if lines and days == len(self.period.days) else None
