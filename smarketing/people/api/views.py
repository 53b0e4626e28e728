"""The API of people and their own things."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from smarketing.accounts.models import Team, User
from smarketing.api.models import ApiToken
from smarketing.api.services.tokens import create_token, revoke_token
from smarketing.api.viewsets import ApiView, ApiViewSet, ReadViewSet
from smarketing.notifications.models import Notification
from smarketing.notifications.services import mark_all_read, mark_read
from smarketing.people.api.serializers import (
    MeOut,
    NewToken,
    NotificationOut,
    TeamOut,
    TokenMade,
    TokenShown,
    UserOut,
)
from smarketing.people.selectors import people_visible_to, teams_visible_to


class MeView(ApiView):
    """The person that the token or session belongs to."""

    @extend_schema(responses=MeOut)
    def get(self, request: Request) -> Response:
        """Name, roles, teams, zone, and the organisation."""
        return Response(MeOut(request.user).data)


class UserViewSet(ReadViewSet):
    """Colleagues."""

    queryset = User.objects.all()
    serializer_class = UserOut
    ordering_fields = ("name", "email")

    def get_queryset(self) -> QuerySet[User]:
        """People that the person may see."""
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        return people_visible_to(self.request.user)  # type: ignore[arg-type]


class TeamViewSet(ReadViewSet):
    """Teams of both sides."""

    queryset = Team.objects.all()
    serializer_class = TeamOut
    ordering_fields = ("name",)

    def get_queryset(self) -> QuerySet[Team]:
        """Teams that the person may see."""
        if getattr(self, "swagger_fake_view", False):
            return Team.objects.none()
        return teams_visible_to(self.request.user)  # type: ignore[arg-type]


class TokenViewSet(mixins.ListModelMixin, ApiViewSet):
    """One's own tokens."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenMade
    # The stored answer would hold the token's text, which is kept nowhere.
    idempotent_posts = False

    def get_queryset(self) -> QuerySet[ApiToken]:
        """The person's own, also for admins."""
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return ApiToken.objects.filter(user=self.request.user)  # type: ignore[misc]

    @extend_schema(request=NewToken, responses={201: TokenShown})
    def create(self, request: Request) -> Response:
        """A new token; its text is in this answer and nowhere else."""
        given = NewToken(data=request.data)
        given.is_valid(raise_exception=True)
        token, text = create_token(**given.validated_data, actor=request.user, now=now())  # type: ignore[arg-type]
        return Response({**TokenMade(token).data, "token": text}, status=201)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revokes the token."""
        revoke_token(int(pk), actor=request.user, now=now())  # type: ignore[arg-type]
        return Response(status=204)


class NotificationViewSet(ReadViewSet):
    """One's own notifications."""

    queryset = Notification.objects.all()
    serializer_class: type[BaseSerializer[Any]] = NotificationOut
    filterset_fields = {"read_at": ["isnull"], "kind": ["exact"]}

    @extend_schema(request=None, responses=NotificationOut)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Marks it read; the first time counts."""
        return Response(NotificationOut(mark_read(int(pk), actor=request.user, now=now())).data)  # type: ignore[arg-type]

    @extend_schema(request=None, responses={204: None}, operation_id="notifications_read_all_create")
    @action(detail=False, methods=["post"], url_path="read")
    def read_all(self, request: Request) -> Response:
        """Marks all read."""
        mark_all_read(actor=request.user, now=now())  # type: ignore[arg-type]
        return Response(status=204)
