"""Names of time zones."""

from __future__ import annotations

import zoneinfo
from functools import cache


@cache
def zone_names() -> frozenset[str]:
    """Every IANA name that this machine knows. Read once: each time would open hundreds of files."""
    return frozenset(zoneinfo.available_timezones())
