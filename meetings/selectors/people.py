"""Who is at work now, so that nobody is reminded at night."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from meetings.domain.minutes import DUE_AFTER
from meetings.domain.rhythm import in_working_day
from sla.selectors.calendars import working_day_from
from sla.selectors.people import revisions_of_people
from smarketing.accounts.models import Organisation, User


def working_now(people: Collection[User], now: datetime) -> set[int]:
    """Ids of those of these people who are in their working hours.

    By the working calendar of their team, else the default one; where there is none, Monday to Friday, nine to five, in
    their own time zone.
    """
    calendars = revisions_of_people(user.pk for user in people)
    zone = Organisation.current().timezone
    found = set()
    for user in people:
        revision = calendars.get(user.pk)
        if revision is None:
            at_work = in_working_day(now, user.timezone or zone)
        else:
            at_work = bool(revision.to_domain().windows(now, now + timedelta(seconds=1)))
        if at_work:
            found.add(user.pk)
    return found


def usual_due_day(today: date) -> date:
    """Until when something is to be done where nobody says: in a week, on a working day."""
    return working_day_from(today + DUE_AFTER)
