"""The period that an address asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reporting.domain.periods import Period, PeriodRefused, month_of, period_between, presets
from smarketing.accounts.models import Organisation
from smarketing.lib.errors import Invalid


def asked_period(given: Mapping[str, str], *, now: datetime, weeks: bool = False) -> Period:
    """The period `from` … `to` (ISO dates of the organisation's zone, both included).

    Where neither is said: this month; with `weeks` the last twelve weeks, in which a trend can be seen.

    Raises Invalid, which names the field, for what is not a date or ends before it begins.
    """
    zone = Organisation.current().timezone
    if weeks and not given.get("from") and not given.get("to"):
        return dict(presets(today_in(zone, now), zone))["Last 12 weeks"]
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
