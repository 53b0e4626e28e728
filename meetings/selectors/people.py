"""Who is at work now, so that nobody is reminded at night."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from meetings.domain.rhythm import in_working_day
from smarketing.accounts.models import Organisation, User


def working_now(people: Collection[User], now: datetime) -> set[int]:
    """Ids of those of these people who are in their working hours: Monday to Friday, nine to five, in their zone."""
    zone = Organisation.current().timezone
    return {user.pk for user in people if in_working_day(now, user.timezone or zone)}
