"""Names of time zones."""

from __future__ import annotations

import zoneinfo
from functools import cache


@cache
def zone_names() -> frozenset[str]:
    """Every IANA name that this machine knows. Read once: each time would open hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


def opens_sql(day: str, zone: str = "%(zone)s") -> str:
    """SQL for the first instant of a local date; `day` and `zone` are SQL for a date and an IANA name.

    Where the clock is put back to midnight, midnight comes twice and PostgreSQL takes the second; a day begins with
    the first, as `datetime.combine` says and as `(instant AT TIME ZONE zone)::date` has it.
    """
    midnight = f"({day})::timestamp"
    found = f"({midnight} AT TIME ZONE {zone})"
    earlier = f"({found} - interval '1 hour')"
    return f"CASE WHEN {earlier} AT TIME ZONE {zone} >= {midnight} THEN {earlier} ELSE {found} END"
