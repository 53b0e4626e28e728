"""What a new installation is told to do first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from reporting.selectors.home import first_steps
from smarketing.accounts.models import Organisation, Side, User
from tests.factories import make_definition_version, make_lead, make_team, make_user

pytestmark = pytest.mark.django_db


def test_a_new_installation_is_told_all_of_it(admin: User, client: Client) -> None:
    Organisation.current()
    assert [step.done for step in first_steps()] == [False] * 6
    client.force_login(admin)
    page = client.get("/").content.decode()
    assert "First steps" in page
    assert "Form a team on each side" in page


def test_steps_are_ticked_off_by_what_is_there(django_assert_num_queries: object) -> None:
    Organisation.current()
    make_team(side=Side.MARKETING)
    make_user(team=make_team(side=Side.SALES), manager=True)
    make_definition_version(in_force_from=datetime(2026, 1, 1, tzinfo=UTC))
    make_lead()
    with django_assert_num_queries(1):  # type: ignore[operator]
        steps = first_steps()
    assert {step.label for step in steps if not step.done} == {"Say when you work", "Sign the agreement"}


def test_nobody_else_is_bothered(rep: User, client: Client) -> None:
    client.force_login(rep)
    assert "First steps" not in client.get("/").content.decode()
