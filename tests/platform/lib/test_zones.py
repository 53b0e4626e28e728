"""A day begins in the database when it begins in Python, whatever the clock does at midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from smarketing.lib.zones import opens_sql


# Put back to midnight, put forward at midnight, neither, and the two ends of the world.
@pytest.mark.parametrize(
    "zone",
    [
        "Atlantic/Azores",
        "America/Havana",
        "Asia/Amman",
        "America/Santiago",
        "Africa/Cairo",
        "Europe/Oslo",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
    ],
)
@pytest.mark.django_db
def test_a_day_begins_with_the_first_midnight(zone: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT day::date, {opens_sql('day::date')}"
            " FROM generate_series('2015-01-01'::date, '2027-12-31', '1 day') AS day",
            {"zone": zone},
        )
        found = cursor.fetchall()

    def begins(day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

    assert [(day, at) for day, at in found if at != begins(day)] == []
