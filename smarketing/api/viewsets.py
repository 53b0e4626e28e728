"""What the API of every app is built on.

    class CampaignViewSet(ReadViewSet):
        queryset = Campaign.objects.all()
        serializer_class = CampaignOut
        ordering_fields = ("name", "created_at")

`ReadViewSet` gives list and detail of rows that the person may see: its rows begin at `.visible_to(user)`. Writes are
added as methods that call one service; those that read a body name the predicate that the service `asks`
(`smarketing.api.permitting`). Every POST heeds an `Idempotency-Key`; lists come in pages by cursor, newest
first, ordered on request by the columns in `ordering_fields` only.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.views import APIView

from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.idempotency import IdempotentPosts
from smarketing.api.permitting import RoleBeforeBody


class ApiView(RoleBeforeBody, IdempotentPosts, APIView):
    """A single address."""


class ApiViewSet(RoleBeforeBody, IdempotentPosts, viewsets.GenericViewSet[Any]):
    """Addresses of one kind of thing. Only rows that the person may see are found; others are 404."""

    request: AuthenticatedApiRequest
    ordering_fields: tuple[str, ...] | dict[str, str] = ()
    ordering: str = "-id"
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Any]:
        """The rows visible to the person."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.visible_to(self.request.user)


class ReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """List and detail."""
