"""Series, meetings, notes and action items for programs. The same services and reads as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from meetings.models import ActionItem, Decision, Evidence, Meeting, MeetingSeries, Note, Topic, Weekday
from meetings.permissions import (
    can_complete_action,
    can_give_actions,
    can_open_drafts,
    can_run_meetings,
    can_write_minutes,
)
from meetings.selectors.meetings import meeting_detail, minutes_page, series_detail
from meetings.services.actions import add_action_item, complete_action_item
from meetings.services.drafts import open_draft
from meetings.services.meetings import (
    close_meeting,
    confirm_reading,
    open_meeting,
    plan_next_meeting,
    reopen_meeting,
)
from meetings.services.minutes import add_note, add_topic, make_decision, next_topic, tick_topic
from meetings.services.series import archive_series, change_series, create_series
from meetings.services.taking_back import take_back_action, take_back_decision, take_back_note, take_back_topic
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks, named, row
from smarketing.api.serializing import Asked
from smarketing.api.viewsets import ApiViewSet, ReadViewSet
from smarketing.lib.errors import Invalid


class SeriesOut(serializers.ModelSerializer[MeetingSeries]):
    """A meeting that is held every week."""

    class Meta:
        model = MeetingSeries
        fields = (
            "id",
            "name",
            "weekday",
            "local_time",
            "minutes",
            "timezone",
            "chair",
            "participants",
            "informed",
            "archived_at",
        )
        read_only_fields = fields


class SeriesIn(Asked):
    """When it is held and with whom; people by id."""

    shown = SeriesOut

    name = serializers.CharField(max_length=120)
    weekday = serializers.ChoiceField(choices=Weekday.choices, help_text="0 is Monday.")
    local_time = serializers.TimeField()
    minutes = serializers.IntegerField(required=False, min_value=5, max_value=480)
    timezone = serializers.CharField(required=False, max_length=64)
    chair = serializers.IntegerField(required=False)
    participants = serializers.ListField(child=serializers.IntegerField(), required=False)
    informed = serializers.ListField(child=serializers.IntegerField(), required=False)

    def values(self) -> dict[str, Any]:
        """Under the names that the services take."""
        renamed = {"chair": "chair_id", "participants": "participant_ids", "informed": "informed_ids"}
        return {renamed.get(name, name): value for name, value in self.validated_data.items()}


class EvidenceOut(serializers.ModelSerializer[Evidence]):
    """One number as it stood when the meeting began."""

    class Meta:
        model = Evidence
        fields = (
            "id",
            "metric",
            "label",
            "unit",
            "value",
            "of",
            "then",
            "restated",
            "records",
            "facts",
            "period_first",
            "period_last",
            "frozen_at",
            "content_hash",
        )
        read_only_fields = fields


class NoteOut(serializers.ModelSerializer[Note]):
    """One line of the minutes."""

    class Meta:
        model = Note
        fields = ("id", "topic", "author", "text", "written_at")
        read_only_fields = fields


class DecisionOut(serializers.ModelSerializer[Decision]):
    """What was decided."""

    class Meta:
        model = Decision
        fields = (
            "id",
            "meeting",
            "topic",
            "text",
            "decided_by",
            "decided_at",
            "metric",
            "target",
            "check_on",
            "baseline",
            "checked_at",
            "checked_value",
            "definition_version",
            "agreement_version",
        )
        read_only_fields = fields


class ActionItemOut(serializers.ModelSerializer[ActionItem]):
    """Who shall do what until when."""

    class Meta:
        model = ActionItem
        fields = (
            "id",
            "meeting",
            "topic",
            "text",
            "owner",
            "due_on",
            "carried",
            "created_at",
            "created_by",
            "done_at",
            "done_by",
        )
        read_only_fields = fields


class TopicOut(serializers.ModelSerializer[Topic]):
    """One point of the agenda, with its numbers, notes and decisions."""

    evidence = EvidenceOut(many=True, read_only=True)
    notes = NoteOut(many=True, read_only=True)
    decisions = DecisionOut(many=True, read_only=True)
    action_items = ActionItemOut(many=True, read_only=True)

    class Meta:
        model = Topic
        fields = (
            "id",
            "kind",
            "title",
            "minutes",
            "position",
            "stake",
            "recurring",
            "state",
            "started_at",
            "discussed_at",
            "carried_from",
            "evidence",
            "notes",
            "decisions",
            "action_items",
        )
        read_only_fields = fields


class MeetingOut(serializers.ModelSerializer[Meeting]):
    """One occurrence of a series."""

    class Meta:
        model = Meeting
        fields = (
            "id",
            "series",
            "number",
            "starts_at",
            "minutes",
            "state",
            "opened_at",
            "opened_by",
            "closed_at",
            "closed_by",
            "version",
        )
        read_only_fields = fields


class MeetingFullOut(MeetingOut):
    """A meeting with its agenda and minutes."""

    topics = serializers.SerializerMethodField()

    class Meta(MeetingOut.Meta):
        fields = (*MeetingOut.Meta.fields, "topics")
        read_only_fields = fields

    @extend_schema_field(TopicOut(many=True))
    def get_topics(self, meeting: Meeting) -> Any:
        """The agenda in its order."""
        return TopicOut(self.context["topics"], many=True).data


class TopicIn(Asked):
    """A topic that somebody brings."""

    title = serializers.CharField(max_length=200)
    minutes = serializers.IntegerField(required=False, min_value=1, max_value=240)
    recurring = serializers.BooleanField(required=False, default=False)


class OpenIn(Asked):
    """Whether it may open before its day."""

    early = serializers.BooleanField(default=False)


class TickIn(Asked):
    """Whether it was discussed."""

    discussed = serializers.BooleanField(default=True)


class MinutesNoteIn(Asked):
    """A line: “!” before it makes it a decision, “@name” an action item."""

    topic = serializers.IntegerField()
    text = serializers.CharField(max_length=4000)


class WrittenOut(serializers.Serializer[Any]):
    """What a line became."""

    kind = serializers.ChoiceField(choices=["note", "decision", "actionitem"])
    id = serializers.IntegerField()


class DecisionIn(Asked):
    """A decision and, if wanted, the number that shall move."""

    text = serializers.CharField(max_length=500)
    metric = serializers.CharField(required=False, allow_blank=True, max_length=60)
    target = serializers.DecimalField(required=False, allow_null=True, max_digits=16, decimal_places=4)
    check_on = serializers.DateField(required=False, allow_null=True)


class ActionItemIn(Asked):
    """Who shall do what until when."""

    meeting = serializers.IntegerField()
    topic = serializers.IntegerField(required=False, allow_null=True)
    text = serializers.CharField(max_length=500)
    owner = serializers.IntegerField()
    due_on = serializers.DateField()


class CompleteIn(Asked):
    """Whether it is done."""

    done = serializers.BooleanField(default=True)


def _given(shape: type[serializers.Serializer[Any]], request: AuthenticatedApiRequest, **options: Any) -> Any:
    given = shape(data=request.data, **options)
    given.is_valid(raise_exception=True)
    return given


def _meeting(view: Any) -> Meeting:
    topic: Topic = row(view)
    return topic.meeting


def _meeting_named(view: Any) -> Meeting | None:
    topic: Topic | None = named(Topic, "topic")(view)
    return topic.meeting if topic else None


class SeriesViewSet(ReadViewSet):
    """Series of meetings."""

    queryset = MeetingSeries.objects.prefetch_related("participants", "informed")
    serializer_class = SeriesOut
    ordering_fields = ("name",)

    @extend_schema(request=SeriesIn, responses={201: SeriesOut})
    @asks(can_run_meetings)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Sets up a series."""
        made = create_series(_given(SeriesIn, request).values(), actor=request.user, now=now())
        return Response(SeriesOut(series_detail(request.user, made.pk)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=SeriesIn, responses=SeriesOut)
    @asks(can_run_meetings, of=row)
    def partial_update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Changes a series."""
        values = _given(SeriesIn, request, partial=True).values()
        change_series(int(pk), values, actor=request.user, now=now())
        return Response(SeriesOut(series_detail(request.user, int(pk))).data)

    @extend_schema(request=None, responses=SeriesOut)
    @action(detail=True, methods=["post"])
    def archive(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Ends a series, or takes it up again."""
        return Response(SeriesOut(archive_series(int(pk), actor=request.user, now=now())).data)

    @extend_schema(request=None, responses=MeetingOut)
    @action(detail=True, methods=["post"])
    def plan(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """The meeting to be held next, planned where it is not."""
        return Response(MeetingOut(plan_next_meeting(int(pk), actor=request.user, now=now())).data)


class MeetingViewSet(ReadViewSet):
    """Meetings with their agenda and minutes."""

    queryset = Meeting.objects.all()
    serializer_class = MeetingOut
    filterset_fields = ("series", "state")
    ordering_fields = ("starts_at",)

    @extend_schema(responses=MeetingFullOut)
    def retrieve(self, request: AuthenticatedApiRequest, *args: Any, **kwargs: Any) -> Response:
        """One meeting with its topics, numbers, notes, decisions and action items."""
        meeting, topics = minutes_page(request.user, int(kwargs["pk"]))
        return Response(MeetingFullOut(meeting, context={"topics": topics}).data)

    @extend_schema(request=OpenIn, responses=MeetingOut)
    @action(detail=True, methods=["post"])
    @asks(can_run_meetings, of=row)
    def open(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Opens the meeting and freezes its numbers; before its day only with `early`, else 409 `meeting_too_early`."""
        given = _given(OpenIn, request).validated_data
        return Response(MeetingOut(open_meeting(int(pk), **given, actor=request.user, now=now())).data)

    @extend_schema(request=None, responses=MeetingOut)
    @action(detail=True, methods=["post"])
    def close(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Closes the meeting and sends the minutes."""
        return Response(MeetingOut(close_meeting(int(pk), actor=request.user, now=now())).data)

    @extend_schema(request=None, responses=MeetingOut)
    @action(detail=True, methods=["post"])
    def reopen(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Opens the latest minutes again."""
        return Response(MeetingOut(reopen_meeting(int(pk), actor=request.user, now=now())).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def read(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Confirms having read the latest minutes."""
        confirm_reading(int(pk), actor=request.user, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=MeetingFullOut)
    @action(detail=True, methods=["post"])
    def next(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Ticks the current topic."""
        next_topic(int(pk), actor=request.user, now=now())
        return self.retrieve(request, pk=pk)

    @extend_schema(request=TopicIn, responses={201: TopicOut})
    @action(detail=True, methods=["post"])
    @asks(can_write_minutes, of=row)
    def topics(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Puts a topic on the agenda."""
        given = _given(TopicIn, request).validated_data
        made = add_topic(int(pk), **given, actor=request.user, now=now())
        return Response(TopicOut(made).data, status=status.HTTP_201_CREATED)


class TopicViewSet(ApiViewSet):
    """What is done with a topic."""

    queryset = Topic.objects.all()
    serializer_class = TopicOut

    @extend_schema(request=TickIn, responses=TopicOut)
    @action(detail=True, methods=["post"])
    @asks(can_write_minutes, of=_meeting)
    def tick(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Marks it as discussed, or as open again."""
        given = _given(TickIn, request).validated_data
        return Response(TopicOut(tick_topic(int(pk), **given, actor=request.user, now=now())).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Takes an empty topic that one has brought off the agenda, before the meeting is over."""
        take_back_topic(int(pk), actor=request.user, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=DecisionIn, responses={201: DecisionOut})
    @action(detail=True, methods=["post"])
    @asks(can_write_minutes, of=_meeting)
    def decide(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Records a decision."""
        given = _given(DecisionIn, request).validated_data
        made = make_decision(int(pk), **given, actor=request.user, now=now())
        return Response(DecisionOut(made).data, status=status.HTTP_201_CREATED)


class DraftIn(Asked):
    """What a decision changes."""

    target = serializers.RegexField(
        r"^(definition-(mql|sql)|agreement-\d{1,18})$", help_text="definition-mql, definition-sql or agreement-<id>."
    )


class DecisionViewSet(ReadViewSet):
    """Decisions."""

    queryset = Decision.objects.all()
    serializer_class = DecisionOut
    filterset_fields = ("meeting", "topic", "definition_version", "agreement_version")

    @extend_schema(responses={204: None})
    def destroy(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Takes back a decision that one has written, while the meeting is held."""
        take_back_decision(int(pk), actor=request.user, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=DraftIn, responses=DecisionOut)
    @action(detail=True, methods=["post"])
    @asks(can_open_drafts, of=row)
    def draft(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Opens the draft of what it changes, or takes the one that waits; 409 `draft_opened` the second time."""
        given = _given(DraftIn, request).validated_data
        return Response(DecisionOut(open_draft(int(pk), **given, actor=request.user, now=now())).data)


class NoteViewSet(ReadViewSet):
    """Lines of minutes."""

    queryset = Note.objects.all()
    serializer_class = NoteOut
    filterset_fields = ("topic", "topic__meeting")

    @extend_schema(responses={204: None})
    def destroy(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Takes back a note that one has written, while the meeting is held."""
        take_back_note(int(pk), actor=request.user, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=MinutesNoteIn, responses={201: WrittenOut})
    @asks(can_write_minutes, of=_meeting_named)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Writes a line."""
        given = _given(MinutesNoteIn, request).validated_data
        made = add_note(given["topic"], text=given["text"], actor=request.user, now=now())
        return Response({"kind": type(made).__name__.lower(), "id": made.pk}, status=status.HTTP_201_CREATED)


class ActionItemViewSet(ReadViewSet):
    """Action items."""

    queryset = ActionItem.objects.all()
    serializer_class = ActionItemOut
    filterset_fields = ("owner", "meeting", "meeting__series")
    ordering_fields = ("due_on",)

    def get_queryset(self) -> QuerySet[Any]:
        """Those that the person may see; `done=true` or `done=false` narrows them."""
        found = super().get_queryset()
        done = self.request.query_params.get("done", "")
        if done not in ("", "true", "false"):
            raise Invalid("`done` is true or false.", fields={"done": ["true or false."]})
        return found.filter(done_at__isnull=done == "false") if done else found

    @extend_schema(parameters=[OpenApiParameter("done", OpenApiTypes.BOOL, description="Done, or still open.")])
    def list(self, request: AuthenticatedApiRequest, *args: Any, **kwargs: Any) -> Response:
        """Action items, the latest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=ActionItemIn, responses={201: ActionItemOut})
    @asks(can_give_actions, of=named(Meeting, "meeting"))
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Gives an action item, while the meeting is held."""
        given = _given(ActionItemIn, request).validated_data
        meeting = meeting_detail(request.user, given["meeting"])
        made = add_action_item(
            meeting.pk,
            text=given["text"],
            owner_id=given["owner"],
            due_on=given["due_on"],
            topic_id=given.get("topic"),
            actor=request.user,
            now=now(),
        )
        return Response(ActionItemOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Takes back an action item that one has given, while the meeting is held and before minutes told of it."""
        take_back_action(int(pk), actor=request.user, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=CompleteIn, responses=ActionItemOut)
    @action(detail=True, methods=["post"])
    @asks(can_complete_action, of=row)
    def complete(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Done, or not after all."""
        given = _given(CompleteIn, request).validated_data
        return Response(ActionItemOut(complete_action_item(int(pk), **given, actor=request.user, now=now())).data)
