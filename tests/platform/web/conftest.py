"""Browsers of people who are signed in."""

import pytest
from django.test import Client

from smarketing.accounts.models import User


@pytest.fixture
def as_admin(admin: User) -> Client:
    """An admin's browser."""
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def as_rep(rep: User) -> Client:
    """A rep's browser."""
    client = Client()
    client.force_login(rep)
    return client
