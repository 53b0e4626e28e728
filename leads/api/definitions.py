"""Definitions, their versions and signatures, and the scoring model, for programs."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from leads.domain.criteria import parse, schema, sentence
from leads.domain.lifecycle import LifecycleStage
from leads.domain.qualification import Threshold
from leads.models import DefinitionVersion, ScoreModelVersion
from leads.permissions import can_draft_definitions, can_sign_for_marketing, can_sign_for_sales, can_view_definitions
from leads.selectors.definitions import definition_list, leads_meeting, version_detail
from leads.selectors.leads import capped_count
from leads.selectors.moves import moves_of
from leads.selectors.scoring import names_of_criteria
from leads.services.definitions import (
    discard_definition_version,
    draft_definition_version,
    sign_definition_version,
)
from leads.services.scoring import activate_model
from smarketing.accounts.models import Side, User
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks, said
from smarketing.api.serializing import Asked
from smarketing.api.viewsets import ApiView, ReadViewSet


class PartOut(serializers.Serializer[Any]):
    """One addend of a score."""

    label = serializers.CharField()
    points = serializers.IntegerField()


class ScoreLineOut(serializers.Serializer[Any]):
    """One rule that gave points: before decay, after it, and after the limits of its group."""

    kind = serializers.CharField()
    group = serializers.CharField()
    rule = serializers.CharField()
    label = serializers.CharField()
    raw = serializers.IntegerField()
    decayed = serializers.IntegerField()
    capped = serializers.IntegerField()
    counted = serializers.IntegerField()
    latest = serializers.DateTimeField(allow_null=True)


class ExplanationOut(serializers.Serializer[Any]):
    """Why a lead scores as it does. The points of `parts` sum to `total`, the score of the lead."""

    total = serializers.IntegerField()
    fit = serializers.IntegerField()
    engagement = serializers.IntegerField()
    band = serializers.CharField()
    as_of = serializers.DateTimeField()
    behind = serializers.BooleanField(help_text="Facts have changed since and will be counted by the next run.")
    parts = PartOut(many=True)
    lines = ScoreLineOut(many=True)


class VersionOut(serializers.ModelSerializer[DefinitionVersion]):
    """One version of a definition, with its criteria as JSON and as a sentence."""

    stage = serializers.CharField(source="definition.stage")
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = DefinitionVersion
        fields = (
            "id",
            "stage",
            "number",
            "criteria",
            "sentence",
            "enter_score",
            "leave_score",
            "summary",
            "content_hash",
            "created_by",
            "created_at",
            "in_force_from",
            "in_force_until",
            "discarded_at",
        )
        read_only_fields = fields

    def get_sentence(self, version: DefinitionVersion) -> str:
        """The criteria in plain words."""
        criteria = parse(version.criteria)
        return sentence(criteria, names_of_criteria(criteria))


class DefinitionOut(serializers.Serializer[Any]):
    """A stage, the version of its definition in force and a draft that waits for signatures."""

    stage = serializers.CharField()
    in_force = VersionOut(allow_null=True)
    draft = VersionOut(allow_null=True)


class VersionIn(Asked):
    """A proposal: what a stage should mean from now on."""

    stage = serializers.ChoiceField(choices=["mql", "sql"])
    criteria = serializers.JSONField()
    enter_score = serializers.IntegerField(required=False, allow_null=True, default=None)
    leave_score = serializers.IntegerField(required=False, allow_null=True, default=None)
    summary = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class DefinitionSignIn(Asked):
    """A signature for one side under exactly one content."""

    side = serializers.ChoiceField(choices=Side.choices)
    content_hash = serializers.CharField(max_length=64)


class LeadsMeetingDefinitionOut(serializers.Serializer[Any]):
    """How many visible leads meet a version now; `more`: at least so many."""

    count = serializers.IntegerField()
    more = serializers.BooleanField()


class StageCountOut(serializers.Serializer[Any]):
    """How many leads stand at a stage."""

    stage = serializers.CharField()
    count = serializers.IntegerField()


class MovesOut(serializers.Serializer[Any]):
    """Whom a version would move if it came into force now; `more`: counted up to 10,000 each way."""

    up = StageCountOut(many=True, help_text="Leads that would come to the stage, by where they stand.")
    back = serializers.IntegerField(help_text="Leads that would be taken back to the stage before.")
    more = serializers.BooleanField()


class ScoreModelOut(serializers.ModelSerializer[ScoreModelVersion]):
    """One version of the scoring model."""

    class Meta:
        model = ScoreModelVersion
        fields = ("id", "number", "name", "content", "content_hash", "created_at", "in_force_from", "in_force_until")
        read_only_fields = fields


class ScoreModelIn(Asked):
    """A model to put into force."""

    content = serializers.JSONField()


def _side(view: Any) -> Any:
    return said(view, "side")


def _may_sign(user: User, side: Any) -> bool:
    """For the side that they name; where they name none, for any."""
    marketing, sales = can_sign_for_marketing(user), can_sign_for_sales(user)
    return {Side.MARKETING.value: marketing, Side.SALES.value: sales}.get(str(side), marketing or sales)


class DefinitionViewSet(ViewSet):
    """What the teams agreed that a stage means."""

    @extend_schema(responses=DefinitionOut(many=True))
    def list(self, request: AuthenticatedApiRequest) -> Response:
        """Each defined stage with its version in force and its draft."""
        require(can_view_definitions, request.user)
        rows = [
            {"stage": stage.value, "in_force": in_force, "draft": draft}
            for stage, in_force, draft in definition_list(request.user)
        ]
        return Response(DefinitionOut(rows, many=True).data)


class DefinitionVersionViewSet(ReadViewSet):
    """Versions of definitions."""

    serializer_class = VersionOut
    queryset = DefinitionVersion.objects.select_related("definition")
    filterset_fields = ("definition__stage",)

    @extend_schema(request=VersionIn, responses={201: VersionOut})
    @asks(can_draft_definitions)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Proposes the next version; nothing changes until both sides have signed it."""
        given = VersionIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = draft_definition_version(**given.validated_data, actor=request.user, now=now())
        return Response(VersionOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=DefinitionSignIn, responses=VersionOut)
    @action(detail=True, methods=["post"])
    @asks(_may_sign, of=_side)
    def sign(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Signs for one side; with both signatures the version comes into force."""
        given = DefinitionSignIn(data=request.data)
        given.is_valid(raise_exception=True)
        signed = sign_definition_version(
            int(pk),
            given.validated_data["side"],
            actor=request.user,
            now=now(),
            content=given.validated_data["content_hash"],
        )
        return Response(VersionOut(signed).data)

    @extend_schema(responses=LeadsMeetingDefinitionOut)
    @action(detail=True, pagination_class=None)
    def meeting(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """How many leads meet the version now."""
        version = version_detail(request.user, int(pk))
        found = leads_meeting(request.user, parse(version.criteria), now(), enter_score=version.enter_score)
        count, more = capped_count(found)
        return Response({"count": count, "more": more})

    @extend_schema(responses=MovesOut)
    @action(detail=True, pagination_class=None)
    def moves(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """How many leads the version would move if it came into force now, by the stage at which they stand."""
        version = version_detail(request.user, int(pk))
        threshold = Threshold(version.enter_score, version.leave_score)
        stage = LifecycleStage(version.definition.stage)
        found = moves_of(request.user, stage, parse(version.criteria), threshold, now())
        up = [{"stage": at.value, "count": count} for at, count in found.up.items()]
        return Response(MovesOut({"up": up, "back": found.back, "more": found.more}).data)

    @extend_schema(request=None, responses=VersionOut)
    @action(detail=True, methods=["post"])
    def discard(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Gives up a draft that nobody has signed."""
        return Response(VersionOut(discard_definition_version(int(pk), actor=request.user, now=now())).data)


class ScoreModelViewSet(ReadViewSet):
    """Versions of the scoring model."""

    serializer_class = ScoreModelOut
    queryset = ScoreModelVersion.objects.all()

    @extend_schema(request=ScoreModelIn, responses={201: ScoreModelOut})
    @asks(can_draft_definitions)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Puts a model into force and scores everybody again."""
        given = ScoreModelIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = activate_model(given.validated_data["content"], actor=request.user, now=now())
        return Response(ScoreModelOut(made).data, status=status.HTTP_201_CREATED)


class CriteriaSchemaView(ApiView):
    """The language in which criteria are written."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: AuthenticatedApiRequest) -> Response:
        """JSON Schema of criteria."""
        return Response(schema())
