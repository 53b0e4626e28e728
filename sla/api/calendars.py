"""Working calendars for programs: what they say, and which team works by which."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from sla.models import CalendarRevision, WorkingCalendar
from sla.permissions import can_set_team_calendar, can_view_sla
from sla.selectors.calendars import team_row, team_rows
from sla.services.calendars import set_team_calendar
from smarketing.accounts.models import Team
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks
from smarketing.api.serializing import Asked
from smarketing.api.viewsets import ApiView, ReadViewSet


class CalendarOut(serializers.ModelSerializer[CalendarRevision]):
    """What a calendar says now. Weekday "0" (Monday) to "6" → pairs of "HH:MM"; ISO date → name or pairs."""

    id = serializers.IntegerField(source="calendar_id")
    name = serializers.CharField(source="calendar.name")
    is_default = serializers.BooleanField(source="calendar.is_default")
    revision = serializers.IntegerField(source="number")

    class Meta:
        model = CalendarRevision
        fields = ("id", "name", "is_default", "revision", "timezone", "hours", "holidays", "special", "breaks")


class WorkingCalendarViewSet(ReadViewSet):
    """Calendars in use, with their current revision."""

    serializer_class = CalendarOut
    queryset = CalendarRevision.objects.filter(superseded_at__isnull=True, calendar__archived_at__isnull=True)
    lookup_field = "calendar"

    def get_queryset(self) -> QuerySet[CalendarRevision]:
        """Current revisions with their calendars."""
        return super().get_queryset().select_related("calendar")


class TeamCalendarOut(serializers.Serializer[Any]):
    """By which calendar a team works; the ids are those of calendars."""

    team = serializers.IntegerField(source="team.pk")
    name = serializers.CharField(source="team.name")
    calendar = serializers.IntegerField(
        source="chosen.pk", default=None, allow_null=True, help_text="Chosen for the team; null: the default."
    )
    agreed = serializers.IntegerField(
        source="agreed.pk", default=None, allow_null=True, help_text="Named by the agreement in force; counts first."
    )
    counts = serializers.IntegerField(source="counts.pk", default=None, allow_null=True, help_text="What counts.")


class TeamCalendarIn(Asked):
    """The calendar that the team works by."""

    shown = TeamCalendarOut
    replaces = True

    calendar = serializers.PrimaryKeyRelatedField[WorkingCalendar](
        queryset=WorkingCalendar.objects.filter(archived_at__isnull=True),
        allow_null=True,
        help_text="null: the default.",
    )


def _team(view: Any) -> Team:
    return team_row(view.request.user, view.kwargs["team"], now=now()).team


class TeamCalendarsView(ApiView):
    """Which team works by which calendar."""

    @extend_schema(responses=TeamCalendarOut(many=True))
    def get(self, request: AuthenticatedApiRequest) -> Response:
        """Every team."""
        require(can_view_sla, request.user)
        return Response(TeamCalendarOut(team_rows(request.user, now=now()), many=True).data)


class TeamCalendarView(ApiView):
    """One team's calendar."""

    @extend_schema(responses=TeamCalendarOut)
    def get(self, request: AuthenticatedApiRequest, team: int) -> Response:
        """By which calendar it works."""
        require(can_view_sla, request.user)
        return Response(TeamCalendarOut(team_row(request.user, team, now=now())).data)

    @extend_schema(request=TeamCalendarIn, responses=TeamCalendarOut)
    @asks(can_set_team_calendar, of=_team)
    def put(self, request: AuthenticatedApiRequest, team: int) -> Response:
        """Another calendar for clocks that start from now on. For the team's managers and administrators."""
        given = TeamCalendarIn(data=request.data)
        given.is_valid(raise_exception=True)
        chosen = given.validated_data["calendar"]
        set_team_calendar(team, calendar_id=chosen.pk if chosen else None, actor=request.user, now=now())
        return Response(TeamCalendarOut(team_row(request.user, team, now=now())).data)
