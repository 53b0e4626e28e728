"""Whether a month that still runs will come out at least as good as its yardstick."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

NEARLY = Decimal("0.9")
"""A forecast that reaches this share of the yardstick is at risk; below it is behind."""


class Standing(enum.StrEnum):
    """How it stands; the values are the tones of the screens."""

    KEPT = "kept"
    RISK = "risk"
    BROKEN = "broken"
    NO_DATA = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What came in so far, where that leads by the end of the period, and what it is held against.

    `yardstick`: the promise, or the whole period before. `before_by_now`: what the period before had by the same day.
    `forecast` is linear (actual ÷ elapsed share); None before the first day is over.
    """

    actual: Decimal
    yardstick: Decimal
    before_by_now: Decimal
    elapsed_share: float
    forecast: Decimal | None
    standing: Standing

    @property
    def share(self) -> float | None:
        """Actual ÷ yardstick; None where there is nothing to hold it against."""
        return float(self.actual / self.yardstick) if self.yardstick else None


def outlook(
    by_day: Sequence[Decimal],
    before_by_day: Sequence[Decimal],
    *,
    days: int,
    elapsed_days: float,
    promised: Decimal | None = None,
    working_share: float | None = None,
) -> Outlook:
    """The outlook of a period of `days` days of which `elapsed_days` have gone.

    `by_day` holds what each day brought so far, `before_by_day` the whole period before. Without a promise the period
    before is the yardstick. The elapsed share is that of calendar days, but for a promise `working_share`, the share of
    working time gone, as the agreement's pace has it: one promise has one forecast.
    """
    actual, before = sum(by_day, Decimal(0)), sum(before_by_day, Decimal(0))
    yardstick = promised if promised is not None else before
    share = min(max(elapsed_days / days, 0.0), 1.0) if days else 0.0
    if promised is not None and working_share is not None:
        share = working_share
    whole_days = min(int(elapsed_days), len(before_by_day))
    forecast = actual / Decimal(str(share)) if share and elapsed_days >= 1 else None
    return Outlook(
        actual=actual,
        yardstick=yardstick,
        before_by_now=sum(before_by_day[: whole_days + (1 if elapsed_days % 1 else 0)], Decimal(0)),
        elapsed_share=share,
        forecast=forecast,
        standing=_standing(forecast if share < 1 else actual, yardstick),
    )


def _standing(end: Decimal | None, yardstick: Decimal) -> Standing:
    if end is None or not yardstick:
        return Standing.NO_DATA
    if end >= yardstick:
        return Standing.KEPT
    return Standing.RISK if end >= yardstick * NEARLY else Standing.BROKEN
