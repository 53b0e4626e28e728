"""Requests whose person is known: behind the login, `request.user` is a User and never anonymous."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from smarketing.accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """For the signatures of pages behind the login."""

    user: User


class AuthenticatedApiRequest(Request):
    """For the signatures of the API behind its authentication."""

    user: User
