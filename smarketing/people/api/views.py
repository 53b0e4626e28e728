"""The API of people and their own things."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from smarketing.accounts.models import Organisation, Team, User
from smarketing.accounts.permissions import can_administer_people, has_any_role, require
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.activity.events import REGISTRY
from smarketing.activity.models import ActivityEntry
from smarketing.activity.selectors import audit_trail
from smarketing.api.idempotency import Secret
from smarketing.api.models import ApiToken
from smarketing.api.permitting import asks
from smarketing.api.services.tokens import create_token, revoke_token
from smarketing.api.viewsets import ApiView, ApiViewSet, ReadViewSet
from smarketing.notifications.models import Notification
from smarketing.notifications.selectors import mail_goes_out
from smarketing.notifications.services import choose_mails, mark_all_read, mark_read
from smarketing.people.api.serializers import (
    ActivityOut,
    EmailIn,
    InvitationIn,
    InvitedOut,
    MembershipIn,
    MeOut,
    NewToken,
    NotificationOut,
    OrganisationIn,
    OrganisationOut,
    ProfileIn,
    RightsIn,
    TeamIn,
    TeamOut,
    TokenMade,
    TokenShown,
    UserOut,
)
from smarketing.people.selectors import people_visible_to, teams_visible_to
from smarketing.people.services import (
    Invited,
    deactivate_user,
    invite_again,
    invite_user,
    reactivate_user,
    remove_membership,
    save_team,
    set_email,
    set_membership,
    set_rights,
    update_organisation,
    update_profile,
)


class MeView(ApiView):
    """The person that the token or session belongs to."""

    @extend_schema(responses=MeOut)
    def get(self, request: AuthenticatedApiRequest) -> Response:
        """Name, roles, teams, zone, and the organisation."""
        return Response(MeOut(request.user).data)

    @extend_schema(request=ProfileIn, responses=MeOut)
    def patch(self, request: AuthenticatedApiRequest) -> Response:
        """Changes one's own name, zone, theme or mails; what is not sent stays."""
        given = ProfileIn(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        if "mail_topics" in values:
            choose_mails(values.pop("mail_topics"), actor=request.user)
        return Response(MeOut(update_profile(**values, actor=request.user, now=now())).data)


class OrganisationView(ApiView):
    """The company."""

    @extend_schema(responses=OrganisationOut)
    def get(self, request: AuthenticatedApiRequest) -> Response:
        """Name, zone and currency."""
        require(has_any_role, request.user)
        return Response(OrganisationOut(Organisation.current()).data)

    @extend_schema(request=OrganisationIn, responses=OrganisationOut)
    @asks(can_administer_people)
    def put(self, request: AuthenticatedApiRequest) -> Response:
        """Changes the settings. For administrators."""
        given = OrganisationIn(data=request.data)
        given.is_valid(raise_exception=True)
        changed = update_organisation(**given.validated_data, actor=request.user, now=now())
        return Response(OrganisationOut(changed).data)


class UserViewSet(ReadViewSet):
    """Colleagues."""

    queryset = User.objects.all()
    serializer_class = UserOut
    ordering_fields = ("name", "email")

    def get_queryset(self) -> QuerySet[User]:
        """People that the person may see."""
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        return people_visible_to(self.request.user)

    @extend_schema(request=InvitationIn, responses={201: InvitedOut})
    @asks(can_administer_people)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Invites a person, who gets a mail with a link to choose a password. For administrators."""
        given = InvitationIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        teams = [(each["team"], each["is_manager"]) for each in values.pop("memberships", [])]
        return self._invited(invite_user(**values, teams=teams, actor=request.user, now=now()), status=201)

    @extend_schema(request=RightsIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    @asks(can_administer_people)
    def rights(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Makes a person an administrator or executive, or ends it. For administrators."""
        given = RightsIn(data=request.data)
        given.is_valid(raise_exception=True)
        return self._person(set_rights(int(pk), **given.validated_data, actor=request.user, now=now()))

    @extend_schema(request=EmailIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    @asks(can_administer_people)
    def email(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Gives a person another address, of which the old one is told. For administrators."""
        given = EmailIn(data=request.data)
        given.is_valid(raise_exception=True)
        return self._person(set_email(int(pk), given.validated_data["email"], actor=request.user, now=now()))

    @extend_schema(request=None, responses=UserOut)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Ends a person's access. For administrators."""
        return self._person(deactivate_user(int(pk), actor=request.user, now=now()))

    @extend_schema(request=None, responses=UserOut)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Gives a person access again. For administrators."""
        return self._person(reactivate_user(int(pk), actor=request.user, now=now()))

    @extend_schema(request=None, responses=InvitedOut)
    @action(detail=True, methods=["post"], url_path="invite-again")
    def invite_again(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Sends another invitation to a person who has not joined yet. For administrators."""
        return self._invited(invite_again(int(pk), actor=request.user, now=now()))

    @extend_schema(request=MembershipIn, responses=UserOut)
    @action(detail=True, methods=["post"])
    @asks(can_administer_people)
    def memberships(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Puts a person into a team, or changes what they are there. For administrators."""
        given = MembershipIn(data=request.data)
        given.is_valid(raise_exception=True)
        team, manages = given.validated_data["team"], given.validated_data["is_manager"]
        set_membership(int(pk), team, is_manager=manages, actor=request.user, now=now())
        return self._person(self.get_object())

    @extend_schema(
        responses={204: None},
        parameters=[OpenApiParameter("team", int, OpenApiParameter.PATH, description="The team.")],
    )
    @action(detail=True, methods=["delete"], url_path=r"memberships/(?P<team>\d+)", url_name="membership")
    def remove_membership(self, request: AuthenticatedApiRequest, pk: str, team: str) -> Response:
        """Takes a person out of a team. For administrators."""
        remove_membership(int(pk), int(team), actor=request.user, now=now())
        return Response(status=204)

    def _invited(self, invited: Invited, status: int = 200) -> Response:
        answer = self._person(invited.user, status)
        answer.data = {**answer.data, "invitation_link": "" if mail_goes_out() else Secret(invited.link)}
        return answer

    def _person(self, user: User, status: int = 200) -> Response:
        fresh = User.objects.prefetch_related("memberships__team").get(pk=user.pk)
        return Response(UserOut(fresh).data, status=status)


class TeamViewSet(ReadViewSet):
    """Teams of both sides."""

    queryset = Team.objects.all()
    serializer_class = TeamOut
    ordering_fields = ("name",)

    def get_queryset(self) -> QuerySet[Team]:
        """Teams that the person may see."""
        if getattr(self, "swagger_fake_view", False):
            return Team.objects.none()
        return teams_visible_to(self.request.user)

    @extend_schema(request=TeamIn, responses={201: TeamOut})
    @asks(can_administer_people)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Forms a team. For administrators."""
        given = TeamIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(TeamOut(save_team(**given.validated_data, actor=request.user, now=now())).data, status=201)

    @extend_schema(request=TeamIn, responses=TeamOut)
    @asks(can_administer_people)
    def update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Renames a team; its side stays. For administrators."""
        given = TeamIn(data=request.data)
        given.is_valid(raise_exception=True)
        team = save_team(**given.validated_data, team_id=int(pk), actor=request.user, now=now())
        return Response(TeamOut(team).data)


class ActivityFilter(filters.FilterSet):
    """What narrows the audit trail."""

    since = filters.IsoDateTimeFilter("occurred_at", "gte")
    until = filters.IsoDateTimeFilter("occurred_at", "lt")

    class Meta:
        model = ActivityEntry
        fields = ("verb", "actor", "subject_kind", "subject_id", "lead_id", "correlation_id")


def _verbs_told() -> str:
    """Every verb with what it says, for the description of the API."""
    told = (f"- `{verb}`: {(event.__doc__ or '').partition(chr(10))[0]}" for verb, event in sorted(REGISTRY.items()))
    return "What happened; one of:\n\n" + "\n".join(told)


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("verb", str, description=_verbs_told())]))
class ActivityViewSet(ReadViewSet):
    """The audit trail, newest first. For administrators; nobody else sees an entry."""

    queryset = ActivityEntry.objects.all()
    serializer_class = ActivityOut
    filterset_class = ActivityFilter
    ordering = "-occurred_at"
    ordering_fields = ("occurred_at",)

    def get_queryset(self) -> QuerySet[ActivityEntry]:
        """Everything, for administrators."""
        if getattr(self, "swagger_fake_view", False):
            return ActivityEntry.objects.none()
        return audit_trail(self.request.user)


class TokenViewSet(mixins.ListModelMixin, ApiViewSet):
    """One's own tokens."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenMade

    def get_queryset(self) -> QuerySet[ApiToken]:
        """The person's own, also for admins."""
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return ApiToken.objects.filter(user=self.request.user)

    @extend_schema(request=NewToken, responses={201: TokenShown})
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """A new token; its text is in this answer and nowhere else."""
        given = NewToken(data=request.data)
        given.is_valid(raise_exception=True)
        token, text = create_token(**given.validated_data, actor=request.user, now=now())
        return Response({**TokenMade(token).data, "token": Secret(text)}, status=201)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Revokes the token."""
        revoke_token(int(pk), actor=request.user, now=now())
        return Response(status=204)


class NotificationViewSet(ReadViewSet):
    """One's own notifications."""

    queryset = Notification.objects.all()
    serializer_class: type[BaseSerializer[Any]] = NotificationOut
    filterset_fields = {"read_at": ["isnull"], "kind": ["exact"]}

    @extend_schema(request=None, responses=NotificationOut)
    @action(detail=True, methods=["post"])
    def read(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Marks it read; the first time counts."""
        return Response(NotificationOut(mark_read(int(pk), actor=request.user, now=now())).data)

    @extend_schema(request=None, responses={204: None}, operation_id="notifications_read_all_create")
    @action(detail=False, methods=["post"], url_path="read")
    def read_all(self, request: AuthenticatedApiRequest) -> Response:
        """Marks all read."""
        mark_all_read(actor=request.user, now=now())
        return Response(status=204)
