"""The period that an address asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reporting.domain.periods import Period, PeriodRefused, month_of, period_between
from smarketing.accounts.models import Organisation
from smarketing.lib.errors import Invalid


def asked_period(given: Mapping[str, str], *, now: datetime) -> Period:
    """The period `from` … `to` (ISO dates of the organisation's zone, both included); this month where not said.

    Raises Invalid, which names the field, for what is not a date or ends before it begins.
    """
    zone = Organisation.current().timezone
    try:
        return period_between(
            given.get("from", "").strip(), given.get("to", "").strip(), today=today_in(zone, now), zone=zone
        )
    except PeriodRefused as refused:
        raise Invalid(str(refused), fields={refused.field: [str(refused)]}) from refused


def this_month(now: datetime) -> Period:
    """The calendar month of `now` in the organisation's zone."""
    zone = Organisation.current().timezone
    return month_of(today_in(zone, now), zone)


def today_in(zone: str, now: datetime) -> date:
    """The date that it is at `now` in a zone."""
    return now.astimezone(ZoneInfo(zone)).date()
