"""Which weeks are over and wait for their snapshot."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from reporting.domain.periods import Period, week_of

CATCH_UP = 8
"""How many weeks back a missed snapshot is still taken: later, it would show what was corrected since, not what was."""


def weeks_due(today: date, zone: str, taken: Collection[date], started: date | None) -> list[Period]:
    """Whole weeks before the week of `today`, oldest first, that have no snapshot yet.

    `taken` holds the Mondays of weeks with one. No week before the one of `started` (the first fact) is due; without
    facts none is.
    """
    if started is None:
        return []
    this = week_of(today, zone).first
    earliest = max(this - timedelta(weeks=CATCH_UP), week_of(started, zone).first)
    found = []
    monday = earliest
    while monday < this:
        if monday not in taken:
            found.append(week_of(monday, zone))
        monday += timedelta(weeks=1)
    return found
