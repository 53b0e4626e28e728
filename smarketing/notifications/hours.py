"""When people work, as whoever keeps the calendars knows it: mails do not go out at midnight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

Source = Callable[[set[int], datetime], Mapping[int, datetime]]

_sources: list[Source] = []


def register_working_hours(source: Source) -> None:
    """Names the source: ids of people and an instant → for each the first instant of working time from then on."""
    _sources[:] = [source]


def next_working_instants(user_ids: set[int], now: datetime) -> dict[int, datetime]:
    """For each person the first instant of their working time from `now` on; `now` where no hours are known."""
    known = _sources[0](user_ids, now) if _sources and user_ids else {}
    return {user_id: known.get(user_id, now) for user_id in user_ids}
