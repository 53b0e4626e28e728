"""Working calendars for programs: what they say, and which team works by which."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from sla.models import CalendarRevision, WorkingCalendar
from sla.permissions import can_edit_calendars, can_set_team_calendar, can_view_sla
from sla.selectors.calendars import team_row, team_rows
from sla.services.calendars import Hours, create_calendar, revise_calendar, set_team_calendar
from smarketing.accounts.models import Team
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks
from smarketing.api.serializing import Asked, read, written
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


def _windows(help_text: str, *, required: bool = False) -> serializers.DictField:
    pair = serializers.ListField(child=serializers.CharField(max_length=5), min_length=2, max_length=2)
    return serializers.DictField(child=serializers.ListField(child=pair), required=required, help_text=help_text)


class HoursIn(Asked):
    """What a calendar says."""

    shown = CalendarOut
    timezone = serializers.CharField(max_length=64, help_text="IANA name.")
    hours = _windows("Weekday “0” (Monday) to “6” → pairs of “HH:MM”; until “24:00”, or over midnight.", required=True)
    holidays = serializers.DictField(
        child=serializers.CharField(max_length=200, allow_blank=True), required=False, help_text="ISO date → name."
    )
    special = _windows("ISO date → the pairs of that day alone; none: closed.")
    breaks = _windows("ISO date → pairs that are taken out of that day.")


class CalendarIn(HoursIn):
    """A new calendar. The first one is the default."""

    name = serializers.CharField(max_length=100)
    is_default = serializers.BooleanField(required=False, help_text="Counts where nobody names another.")


class CalendarRevisionIn(HoursIn):
    """The hours of a calendar anew."""

    replaces = True
    why = serializers.CharField(
        required=False, allow_blank=True, max_length=300, help_text="Needed where the hours change."
    )
    late_allowed = serializers.BooleanField(
        required=False, help_text="That promises which are not late now become late at once is meant."
    )


class WorkingCalendarViewSet(ReadViewSet):
    """Calendars in use, with their current revision."""

    serializer_class = CalendarOut
    queryset = CalendarRevision.objects.filter(superseded_at__isnull=True, calendar__archived_at__isnull=True)
    lookup_field = "calendar"

    def get_queryset(self) -> QuerySet[CalendarRevision]:
        """Current revisions with their calendars."""
        return super().get_queryset().select_related("calendar")

    @extend_schema(request=CalendarIn, responses={201: CalendarOut})
    @asks(can_edit_calendars)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Publishes a calendar. For administrators."""
        given = read(CalendarIn, request.data)
        name, is_default = given.pop("name"), given.pop("is_default", False)
        made = create_calendar(name=name, content=Hours(**given), is_default=is_default, actor=request.user, now=now())
        return Response(written(CalendarOut, made.current), status=status.HTTP_201_CREATED)

    @extend_schema(request=CalendarRevisionIn, responses=CalendarOut)
    @asks(can_edit_calendars)
    def update(self, request: AuthenticatedApiRequest, calendar: str) -> Response:
        """Corrects a calendar: open promises follow, what is closed keeps its result. For administrators."""
        given = read(CalendarRevisionIn, request.data)
        why, late_allowed = given.pop("why", ""), given.pop("late_allowed", False)
        revision = revise_calendar(
            int(calendar), content=Hours(**given), why=why, late_allowed=late_allowed, actor=request.user, now=now()
        )
        return Response(written(CalendarOut, revision))


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
