"""Handoffs for programs. The same services and reads as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leads.domain.handoffs import MarketingAnswer
from leads.forms.handoffs import HandoffFilterForm
from leads.models import Attempt, Feedback, Handoff, RejectionReason
from leads.permissions import (
    can_answer_handoff,
    can_decide_handoff,
    can_hand_off,
    can_reassign_handoff,
    can_withdraw_handoff,
    can_work_handoff,
)
from leads.selectors.handoffs import (
    OUTCOMES,
    handoff_detail,
    handoff_list,
    outcome_words,
    with_outcome,
)
from leads.selectors.reasons import rejection_codes
from leads.services.attempts import log_attempt
from leads.services.feedback import give_feedback
from leads.services.handoffs import (
    Brief,
    accept_handoff,
    answer_handoff,
    create_handoff,
    create_handoffs,
    qualify_lead,
    reassign_handoff,
    reject_handoff,
    return_handoff,
    withdraw_handoff,
)
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.asking import heeded
from smarketing.api.permitting import asks, row
from smarketing.api.serializing import AgreedCode, Asked
from smarketing.api.viewsets import ReadViewSet


class HandoffOut(serializers.ModelSerializer[Handoff]):
    """A handoff as it is read."""

    rejection_reason = serializers.SlugRelatedField[RejectionReason](slug_field="code", read_only=True)
    outcome = serializers.SerializerMethodField(help_text="What became of it, in words.")
    rating = serializers.SerializerMethodField(help_text="The latest rating, 1 to 5.")

    class Meta:
        model = Handoff
        fields = (
            "id",
            "lead",
            "status",
            "outcome",
            "team",
            "owner",
            "created_by",
            "created_at",
            "next_steps",
            "messaging",
            "pain_points",
            "why_now",
            "score",
            "band",
            "decided_at",
            "decided_by",
            "rejection_reason",
            "note",
            "returned_at",
            "first_attempt_at",
            "qualified_at",
            "answered_at",
            "previous",
            "round",
            "rating",
        )
        read_only_fields = fields

    def get_outcome(self, handoff: Handoff) -> str:
        """What became of it."""
        return outcome_words(handoff)[0]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_rating(self, handoff: Handoff) -> int | None:
        """Annotated in lists; looked up for a single handoff."""
        if hasattr(handoff, "rating"):
            rating: int | None = handoff.rating
            return rating
        return handoff.feedback.values_list("rating", flat=True).first()


class BriefIn(Asked):
    """What marketing tells sales, and whom."""

    team = serializers.IntegerField(help_text="Id of the sales team.")
    owner = serializers.IntegerField(required=False, allow_null=True, help_text="Id of the rep; empty: anybody.")
    in_turn = serializers.BooleanField(required=False, default=False, help_text="The product chooses the rep.")
    next_steps = serializers.CharField(max_length=4000)
    messaging = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)
    pain_points = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)

    def brief(self) -> Brief:
        """As the service takes it."""
        given = self.validated_data
        return Brief(
            team_id=given["team"],
            owner_id=given.get("owner"),
            in_turn=given["in_turn"],
            next_steps=given["next_steps"],
            messaging=given["messaging"],
            pain_points=given["pain_points"],
        )


class HandoffIn(BriefIn):
    """Hands one lead off."""

    lead = serializers.IntegerField(help_text="Id of the lead.")


class HandoffsIn(BriefIn):
    """Hands many leads off with one brief."""

    leads = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of 1 to 500 leads.")


class HandoffResultOut(serializers.Serializer[Any]):
    """What became of one lead of many."""

    lead = serializers.IntegerField(source="lead_id")
    handoff = serializers.IntegerField(source="handoff.pk", allow_null=True, default=None)
    code = serializers.CharField(source="error.code", allow_null=True, default=None)
    message = serializers.CharField(source="error.message", allow_null=True, default=None)


class RejectIn(Asked):
    """Why sales does not take the lead."""

    reason = AgreedCode(rejection_codes, max_length=40, help_text="Code of a rejection reason.")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class ReturnIn(Asked):
    """Why sales gives it back."""

    note = serializers.CharField(max_length=4000)
    reason = AgreedCode(
        rejection_codes,
        required=False,
        allow_blank=True,
        default="",
        max_length=40,
        help_text="Code of a rejection reason, where one fits.",
    )


class NoteIn(Asked):
    """A few optional words."""

    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class ReassignIn(Asked):
    """Who takes over."""

    owner = serializers.IntegerField(help_text="Id of a rep of the team.")
    why = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class AnswerIn(Asked):
    """What marketing does with a lead that came back; with `again` it is handed off anew."""

    answer = serializers.ChoiceField(choices=[(answer.value, answer.label) for answer in MarketingAnswer])
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)
    again = BriefIn(required=False, allow_null=True)


class AttemptIn(Asked):
    """One follow-up."""

    kind = serializers.ChoiceField(choices=Attempt.Kind.choices)
    outcome = serializers.ChoiceField(choices=Attempt.Outcome.choices)
    outbound = serializers.BooleanField(required=False, default=True)
    occurred_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="Empty: now.")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class AttemptOut(serializers.ModelSerializer[Attempt]):
    """One follow-up as it is read."""

    class Meta:
        model = Attempt
        fields = ("id", "handoff", "lead", "kind", "outcome", "outbound", "occurred_at", "by", "note")
        read_only_fields = fields


class FeedbackIn(Asked):
    """What sales thinks of the lead."""

    rating = serializers.IntegerField(min_value=1, max_value=5)
    words = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class FeedbackOut(serializers.ModelSerializer[Feedback]):
    """A rating as it is read."""

    class Meta:
        model = Feedback
        fields = ("id", "handoff", "lead", "rating", "words", "given_at", "by")
        read_only_fields = fields


HANDOFF_FILTERS = [
    OpenApiParameter("q", str, description="Words in the lead's name, e-mail, external id or company."),
    OpenApiParameter("status", str, description="pending, accepted, rejected, returned or withdrawn."),
    OpenApiParameter("outcome", str, enum=[*OUTCOMES], description="What became of it."),
    OpenApiParameter("team", int, description="Id of the sales team."),
    OpenApiParameter("owner", int, description="Id of the rep."),
    OpenApiParameter("reason", str, description="Code of the rejection reason."),
    OpenApiParameter("campaign", int, description="Id of the lead's campaign of origin."),
    OpenApiParameter("lead", int, description="Id of the lead."),
    OpenApiParameter("created_from", OpenApiTypes.DATETIME, description="Handed off at or after this instant."),
    OpenApiParameter("created_before", OpenApiTypes.DATETIME, description="Handed off before this instant."),
]


def _read(serializer: type[serializers.Serializer[Any]], request: AuthenticatedApiRequest) -> Any:
    """The request's body, checked for its shape."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return given


class HandoffViewSet(ReadViewSet):
    """Handoffs that the token's person may see."""

    serializer_class = HandoffOut
    queryset = Handoff.objects.all()

    def get_queryset(self) -> QuerySet[Handoff]:
        """Visible handoffs, narrowed as the page narrows them."""
        if getattr(self, "swagger_fake_view", False):
            return Handoff.objects.none()
        return with_outcome(
            handoff_list(self.request.user, heeded(HandoffFilterForm(self.request.query_params)).filter())
        )

    def _answer(self, handoff: Handoff, code: int = status.HTTP_200_OK) -> Response:
        return Response(HandoffOut(handoff_detail(self.request.user, handoff.pk)).data, status=code)

    @extend_schema(parameters=HANDOFF_FILTERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Handoffs, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=HandoffIn, responses={201: HandoffOut})
    @asks(can_hand_off)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Hands one lead off; 409 `handoff_exists` where sales has it already."""
        given = _read(HandoffIn, request)
        brief = given.brief()
        made = create_handoff(
            given.validated_data["lead"],
            team_id=brief.team_id,
            owner_id=brief.owner_id,
            in_turn=brief.in_turn,
            next_steps=brief.next_steps,
            messaging=brief.messaging,
            pain_points=brief.pain_points,
            actor=request.user,
            now=now(),
        )
        return self._answer(made, status.HTTP_201_CREATED)

    @extend_schema(request=HandoffsIn, responses=HandoffResultOut(many=True), filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    @asks(can_hand_off)
    def bulk(self, request: AuthenticatedApiRequest) -> Response:
        """Hands many leads off; each answers for itself."""
        given = _read(HandoffsIn, request)
        results = create_handoffs(given.validated_data["leads"], given.brief(), actor=request.user, now=now())
        return Response(HandoffResultOut(results, many=True).data)

    @extend_schema(request=None, responses=HandoffOut)
    @action(detail=True, methods=["post"])
    def accept(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Sales takes the lead; 409 `handoff_already_decided` says who was first."""
        return self._answer(accept_handoff(int(pk), actor=request.user, now=now()))

    @extend_schema(request=RejectIn, responses=HandoffOut)
    @action(detail=True, methods=["post"])
    @asks(can_decide_handoff, of=row)
    def reject(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Sales sends the lead back, with a reason of the agreed list."""
        given = _read(RejectIn, request).validated_data
        return self._answer(
            reject_handoff(int(pk), reason_code=given["reason"], note=given["note"], actor=request.user, now=now())
        )

    @extend_schema(request=ReturnIn, responses=HandoffOut)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    @asks(can_work_handoff, of=row)
    def give_back(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Sales gives back a lead that it had taken."""
        given = _read(ReturnIn, request).validated_data
        return self._answer(
            return_handoff(int(pk), note=given["note"], reason_code=given["reason"], actor=request.user, now=now())
        )

    @extend_schema(request=NoteIn, responses=HandoffOut)
    @action(detail=True, methods=["post"])
    @asks(can_withdraw_handoff, of=row)
    def withdraw(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Marketing takes back what sales has not decided."""
        given = _read(NoteIn, request).validated_data
        return self._answer(withdraw_handoff(int(pk), note=given["note"], actor=request.user, now=now()))

    @extend_schema(request=ReassignIn, responses=HandoffOut)
    @action(detail=True, methods=["post"])
    @asks(can_reassign_handoff, of=row)
    def reassign(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """A sales manager gives it to another rep of the team."""
        given = _read(ReassignIn, request).validated_data
        return self._answer(
            reassign_handoff(int(pk), owner_id=given["owner"], why=given["why"], actor=request.user, now=now())
        )

    @extend_schema(request=AnswerIn, responses=HandoffOut)
    @action(detail=True, methods=["post"])
    @asks(can_answer_handoff, of=row)
    def answer(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Marketing answers a rejection or a return; the new handoff comes back where one was made."""
        given = _read(AnswerIn, request).validated_data
        brief = given.get("again")
        again = None
        if brief:
            again = Brief(
                team_id=brief["team"],
                owner_id=brief.get("owner"),
                in_turn=brief["in_turn"],
                next_steps=brief["next_steps"],
                messaging=brief["messaging"],
                pain_points=brief["pain_points"],
            )
        return self._answer(
            answer_handoff(
                int(pk), answer=given["answer"], note=given["note"], again=again, actor=request.user, now=now()
            )
        )

    @extend_schema(request=NoteIn, responses=HandoffOut)
    @action(detail=True, methods=["post"])
    @asks(can_work_handoff, of=row)
    def qualify(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Sales confirms the lead as an SQL; once qualified, it changes nothing."""
        given = _read(NoteIn, request).validated_data
        return self._answer(qualify_lead(int(pk), note=given["note"], actor=request.user, now=now()))

    @extend_schema(methods=["GET"], responses=AttemptOut(many=True))
    @extend_schema(methods=["POST"], request=AttemptIn, responses={201: AttemptOut})
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    @asks(can_work_handoff, of=row)
    def attempts(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """The follow-ups of a handoff, newest first; POST records one."""
        if request.method == "GET":
            return Response(AttemptOut(handoff_detail(request.user, int(pk)).attempts.all(), many=True).data)
        given = _read(AttemptIn, request).validated_data
        made = log_attempt(int(pk), **given, actor=request.user, now=now())
        return Response(AttemptOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(methods=["GET"], responses=FeedbackOut(many=True))
    @extend_schema(methods=["POST"], request=FeedbackIn, responses={201: FeedbackOut})
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    @asks(can_work_handoff, of=row)
    def feedback(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """The ratings of a handoff, newest first; POST gives one."""
        if request.method == "GET":
            return Response(FeedbackOut(handoff_detail(request.user, int(pk)).feedback.all(), many=True).data)
        given = _read(FeedbackIn, request).validated_data
        made = give_feedback(int(pk), **given, actor=request.user, now=now())
        return Response(FeedbackOut(made).data, status=status.HTTP_201_CREATED)
