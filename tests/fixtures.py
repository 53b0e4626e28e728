"""People by role and relation: a test reads as a sentence."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import setup_databases
from rest_framework.test import APIClient

from sla.models.calendars import calendar_of_revision
from smarketing.accounts.models import Organisation, Side, Team, User
from tests.factories import PASSWORD, make_organisation, make_team, make_user


@pytest.fixture
def empty_cache() -> None:
    """Nothing counted against anybody's rate limit, no remembered answers."""
    cache.clear()


@pytest.fixture
def organisation(db: None) -> Organisation:
    """Northwind, in UTC and EUR."""
    return make_organisation()


@pytest.fixture
def sales_team(db: None) -> Team:
    """The sales team that most tests are about."""
    return make_team("Sales North", side=Side.SALES)


@pytest.fixture
def other_sales_team(db: None) -> Team:
    """Another sales team, whose reps must not see North's work."""
    return make_team("Sales South", side=Side.SALES)


@pytest.fixture
def marketing_team(db: None) -> Team:
    """The marketing team."""
    return make_team("Growth", side=Side.MARKETING)


@pytest.fixture
def marketer(marketing_team: Team) -> User:
    """A member of the marketing team."""
    return make_user("Mara Marketer", password=PASSWORD, team=marketing_team)


@pytest.fixture
def rep(sales_team: Team) -> User:
    """A rep of North."""
    return make_user("Sam Rep", password=PASSWORD, team=sales_team)


@pytest.fixture
def teammate(sales_team: Team) -> User:
    """Another rep of North."""
    return make_user("Tia Teammate", password=PASSWORD, team=sales_team)


@pytest.fixture
def stranger(other_sales_team: Team) -> User:
    """A rep of South."""
    return make_user("Sten Stranger", password=PASSWORD, team=other_sales_team)


@pytest.fixture
def marketing_manager(marketing_team: Team) -> User:
    """The manager of the marketing team."""
    return make_user("Mona Marketinglead", password=PASSWORD, team=marketing_team, manager=True)


@pytest.fixture
def sales_manager(sales_team: Team) -> User:
    """The manager of North."""
    return make_user("Saul Saleslead", password=PASSWORD, team=sales_team, manager=True)


@pytest.fixture
def admin(db: None) -> User:
    """Administers the installation; belongs to no team."""
    return make_user("Ada Admin", password=PASSWORD, is_admin=True)


@pytest.fixture
def executive(db: None) -> User:
    """Reads every summary and changes nothing."""
    return make_user("Eve Executive", password=PASSWORD, is_executive=True)


@pytest.fixture
def nobody(db: None) -> User:
    """May sign in, but has no role."""
    return make_user("Noah Nobody", password=PASSWORD)


@pytest.fixture
def login() -> Callable[[User], Client]:
    """`login(user)` gives a browser signed in as that person."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    """`api(user)` gives a program that acts as that person."""

    def acting_as(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return acting_as


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of the test's own, a copy of the empty one: for tests in which several connections commit.

    Nothing has to be emptied afterwards, so the rows that migrations bring survive and the log stays append-only.
    """
    with django_db_blocker.unblock():
        settings = connection.settings_dict
        if not settings["NAME"].startswith("test_"):
            # pytest-django makes the test database only where a test of the run has its mark.
            setup_databases(verbosity=0, interactive=False, keepdb=True, aliases=["default"])
        original, copy = settings["NAME"], f"{settings['NAME']}_committed"
        connections.close_all()
        server = psycopg2.connect(
            host=settings["HOST"],
            port=settings["PORT"],
            user=settings["USER"],
            password=settings["PASSWORD"],
            dbname="postgres",
        )
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
            settings["NAME"] = copy
            calendar_of_revision.cache_clear()
            try:
                yield
            finally:
                connections.close_all()
                settings["NAME"] = original
                # Ids of the copy come again in other databases; what a process keeps by them is the copy's.
                calendar_of_revision.cache_clear()
                cursor.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        server.close()
