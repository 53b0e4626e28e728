"""What a GET gives can be sent back whole: nothing changes, whatever the resource."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from rest_framework.test import APIClient

from tests.platform.test_access import ADDRESSES, line_of
from tests.platform.test_access import world as world  # a fixture

pytestmark = pytest.mark.django_db

CHANGES = sorted((address.name, method) for address in ADDRESSES for method in {"PUT", "PATCH"} & set(address.methods))


def test_the_resources_that_can_be_changed_are_found() -> None:
    assert {name for name, _ in CHANGES} >= {"team-calendar", "organisation", "me", "lead-detail", "team-detail"}


@pytest.mark.parametrize(("name", "method"), CHANGES)
def test_the_body_that_was_read_is_accepted_and_changes_nothing(name: str, method: str, world: dict[str, Any]) -> None:
    line = line_of(next(each for each in ADDRESSES if each.name == name), method)
    assert line is not None
    url = reverse(name, kwargs={key: world[thing].pk for key, thing in line.things.items()})
    program = APIClient()
    program.force_authenticate(world[sorted(line.roles)[0]])
    with transaction.atomic():
        read = program.get(url)
        answer = program.generic(method, url, read.content, content_type="application/json")
        again = program.get(url)
        transaction.set_rollback(True)
    assert (answer.status_code, answer.json()) == (200, read.json())
    assert again.json() == read.json()
