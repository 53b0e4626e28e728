"""Working calendars, kept by a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from sla.models import CalendarRevision, WorkingCalendar
from smarketing.accounts.models import User

pytestmark = pytest.mark.django_db

CALENDARS = "/api/v1/calendars/"
WEEK: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "hours": {str(day): [["09:00", "12:00"], ["13:00", "17:00"]] for day in range(5)},
    "holidays": {"2026-12-25": "Christmas Day"},
}


@pytest.fixture
def program(api: Callable[[User], APIClient], admin: User) -> APIClient:
    """An administrator's program."""
    return api(admin)


def test_a_program_publishes_and_corrects_a_calendar(program: APIClient) -> None:
    made = program.post(CALENDARS, {"name": "Berlin", **WEEK}, format="json")
    assert (made.status_code, made.data["revision"], made.data["is_default"]) == (201, 1, True)
    here = f"{CALENDARS}{made.data['id']}/"
    same = program.put(here, program.get(here).data, format="json")
    assert (same.status_code, same.data["revision"]) == (200, 1)
    shorter = WEEK | {"hours": {"0": [["09:00", "12:00"]]}}
    assert program.put(here, shorter, format="json").data["code"] == "reason_missing"
    corrected = program.put(here, shorter | {"why": "Fewer days."}, format="json")
    assert (corrected.data["revision"], corrected.data["hours"]) == (2, {"0": [["09:00", "12:00"]]})
    assert CalendarRevision.objects.filter(superseded_at__isnull=True).get().why == "Fewer days."


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"timezone": "Mars/Base"}, 422),
        ({"hours": {}}, 422),
        ({"hours": {"0": [["09:00", "25:00"]]}}, 422),
        ({"hours": {"9": [["09:00", "10:00"]]}}, 422),
        ({"hours": {"٣": [["09:00", "10:00"]]}}, 422),
        ({"hours": {"03": [["09:00", "10:00"]]}}, 422),
        ({"hours": {"0": [["09:00"]]}}, 400),
        ({"hours": {"0": "09:00-17:00"}}, 400),
        ({"hours": [1]}, 400),
        ({"holidays": {"tomorrow": "?"}}, 422),
        ({"special": {"2026-02-30": []}}, 422),
        ({"breaks": {"2026-02-03": [["x", "y"]]}}, 422),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_whole(
    program: APIClient, wrong: dict[str, Any], status: int
) -> None:
    answer = program.post(CALENDARS, {"name": "Berlin", **WEEK, **wrong}, format="json")
    assert answer.status_code == status, answer.data
    assert not WorkingCalendar.objects.exists()


def test_a_name_is_given_once(program: APIClient) -> None:
    program.post(CALENDARS, {"name": "Berlin", **WEEK}, format="json")
    again = program.post(CALENDARS, {"name": "Berlin", **WEEK}, format="json")
    assert (again.status_code, again.data["code"]) == (422, "calendar_name_taken")
