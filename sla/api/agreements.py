"""Agreements, commitments and the board for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from sla.models import AgreementVersion, Commitment, CommitmentKind, EscalationStep
from sla.models.agreements import PARTS
from sla.models.commitments import DEFAULT_WARN_SHARE
from sla.permissions import can_draft_agreements, can_sign, can_sign_any, can_terminate, can_view_sla
from sla.selectors.agreements import version_page
from sla.selectors.board import Line, board
from sla.selectors.periods import period_of
from sla.services.agreements import (
    WHY_CHARS,
    CommitmentDraft,
    StepDraft,
    bring_into_force,
    discard_version,
    draft_version,
    redraft_version,
    sign_version,
    start_agreement,
    terminate_version,
)
from smarketing.accounts.models import Side, User
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks, said
from smarketing.api.serializing import Asked, read, written
from smarketing.api.viewsets import ApiView, ReadViewSet

LONGEST_SECONDS: Final = 2000 * 3600
"""As on the page: the longest working time that a promise or a step of the ladder may have."""


class CommitmentOut(serializers.ModelSerializer[Commitment]):
    """One promise; `allowed` in working seconds, shares from 0 to 1."""

    sentence = serializers.CharField(read_only=True)
    allowed_seconds = serializers.SerializerMethodField()

    class Meta:
        model = Commitment
        fields = (
            "id",
            "version",
            "kind",
            "owed_by",
            "sentence",
            "allowed_seconds",
            "target_share",
            "target_count",
            "warn_share",
            "calendar",
        )
        read_only_fields = fields

    def get_allowed_seconds(self, commitment: Commitment) -> int | None:
        """The working time that is promised; empty for a promise of a period."""
        return int(commitment.allowed.total_seconds()) if commitment.allowed else None


class AgreementSignIn(Asked):
    """Which side signs which content."""

    side = serializers.ChoiceField(choices=Side.choices)
    content_hash = serializers.CharField(max_length=64)


class TerminateIn(Asked):
    """Why it ends."""

    why = serializers.CharField(max_length=WHY_CHARS, help_text="Which of the agreed conditions is there.")
    ends_at = serializers.DateTimeField(required=False, allow_null=True, help_text="With notice; empty: now.")


class StepOut(serializers.ModelSerializer[EscalationStep]):
    """One rung of the ladder: working seconds after the due time, and whom to tell."""

    after_seconds = serializers.SerializerMethodField()

    class Meta:
        model = EscalationStep
        fields = ("after_seconds", "notify")
        read_only_fields = fields

    def get_after_seconds(self, step: EscalationStep) -> int:
        """Working time after the due time."""
        return int(step.after.total_seconds())


class AgreementVersionOut(serializers.ModelSerializer[AgreementVersion]):
    """A version of an agreement with its commitments and its ladder."""

    name = serializers.CharField(source="agreement.name", read_only=True)
    team = serializers.IntegerField(source="agreement.team_id", read_only=True, allow_null=True)
    commitments = CommitmentOut(many=True, read_only=True)
    ladder = StepOut(many=True, read_only=True)

    class Meta:
        model = AgreementVersion
        fields = (
            "id",
            "agreement",
            "name",
            "team",
            "number",
            *PARTS,
            "calendar",
            "commitments",
            "ladder",
            "content_hash",
            "created_at",
            "in_force_from",
            "in_force_until",
            "terminated_by",
            "terminated_why",
            "discarded_at",
        )
        read_only_fields = fields


class CommitmentIn(Asked):
    """One promise as proposed: a time one needs `allowed_seconds` and `target_share`, a volume `target_count`."""

    shown = CommitmentOut
    replaces = True
    kind = serializers.ChoiceField(choices=CommitmentKind.choices)
    allowed_seconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_SECONDS, help_text="Working time."
    )
    target_share = serializers.DecimalField(
        required=False, allow_null=True, max_digits=5, decimal_places=4, help_text="More than 0, at most 1."
    )
    target_count = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=10_000_000)
    warn_share = serializers.DecimalField(
        required=False,
        max_digits=3,
        decimal_places=2,
        help_text="The share of the time after which it warns; 0.75 unless said.",
    )
    calendar = serializers.IntegerField(required=False, allow_null=True)


class StepIn(Asked):
    """One rung of the ladder as proposed, in the order of their time."""

    after_seconds = serializers.IntegerField(min_value=0, max_value=LONGEST_SECONDS)
    notify = serializers.ChoiceField(choices=EscalationStep.Notify.choices)


class AgreementTermsIn(Asked):
    """What a version says. Parts that are left out are empty."""

    shown = AgreementVersionOut
    summary = serializers.CharField(required=False, allow_blank=True)
    goals = serializers.CharField(required=False, allow_blank=True)
    requirements = serializers.CharField(required=False, allow_blank=True)
    contacts = serializers.CharField(required=False, allow_blank=True)
    repercussions = serializers.CharField(required=False, allow_blank=True)
    cancellation = serializers.CharField(required=False, allow_blank=True)
    calendar = serializers.IntegerField(required=False, allow_null=True)
    commitments = CommitmentIn(many=True)
    ladder = StepIn(many=True, required=False)


class AgreementDraftIn(AgreementTermsIn):
    """The next version of `agreement`, or with `name` (and a sales `team`) a new agreement."""

    agreement = serializers.IntegerField(required=False)
    name = serializers.CharField(required=False, max_length=150)
    team = serializers.IntegerField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either of the two ways."""
        if ("agreement" in attrs) == ("name" in attrs):
            raise serializers.ValidationError({"agreement": ["Give the agreement, or the name of a new one."]})
        if "agreement" in attrs and "team" in attrs:
            raise serializers.ValidationError({"team": ["The agreement has its team already."]})
        return attrs


class AgreementRedraftIn(AgreementTermsIn):
    """A draft written anew. With `content_hash`, refused where somebody else has rewritten it since it was read."""

    replaces = True
    content_hash = serializers.CharField(required=False, max_length=64)


def _side(view: Any) -> Any:
    return said(view, "side")


def _may_sign(user: User, side: Any) -> bool:
    """For the side that they name; where they name none, for any."""
    return can_sign(user, side) if side in Side.values else can_sign_any(user)


class AgreementVersionViewSet(ReadViewSet):
    """Versions of agreements."""

    serializer_class = AgreementVersionOut
    queryset = AgreementVersion.objects.select_related("agreement").prefetch_related("commitments", "ladder")
    filterset_fields = ("agreement",)

    @extend_schema(request=AgreementDraftIn, responses={201: AgreementVersionOut})
    @asks(can_draft_agreements)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Drafts the next version of an agreement, or a new agreement with its first."""
        given = read(AgreementDraftIn, request.data)
        if "agreement" in given:
            made = draft_version(given["agreement"], **_terms(given), actor=request.user, now=now())
        else:
            name, team = given["name"], given.get("team")
            made = start_agreement(name=name, team_id=team, **_terms(given), actor=request.user, now=now())
        return Response(self._shown(request, made.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request=AgreementRedraftIn, responses=AgreementVersionOut)
    @asks(can_draft_agreements)
    def update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Writes a draft anew. Signatures under what it said before no longer count."""
        given = read(AgreementRedraftIn, request.data)
        content = given.get("content_hash", "")
        redraft_version(int(pk), **_terms(given), content_hash=content, actor=request.user, now=now())
        return Response(self._shown(request, int(pk)))

    @extend_schema(request=None, responses=AgreementVersionOut)
    @action(detail=True, methods=["post"])
    def discard(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Gives up a draft that nobody has signed."""
        discard_version(int(pk), actor=request.user, now=now())
        return Response(self._shown(request, int(pk)))

    @extend_schema(request=AgreementSignIn, responses=AgreementVersionOut)
    @action(detail=True, methods=["post"])
    @asks(_may_sign, of=_side)
    def sign(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Signs exactly this content for a side."""
        given = AgreementSignIn(data=request.data)
        given.is_valid(raise_exception=True)
        sign_version(int(pk), **given.validated_data, actor=request.user, now=now())
        return Response(self._shown(request, int(pk)))

    @extend_schema(request=None, responses=AgreementVersionOut)
    @action(detail=True, methods=["post"])
    def start(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Brings a version that both have signed into force."""
        bring_into_force(int(pk), actor=request.user, now=now())
        return Response(self._shown(request, int(pk)))

    @extend_schema(request=TerminateIn, responses=AgreementVersionOut)
    @action(detail=True, methods=["post"])
    @asks(can_terminate)
    def terminate(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Ends the version in force; handoffs from then on start no clock, and what was promised before runs on."""
        given = TerminateIn(data=request.data)
        given.is_valid(raise_exception=True)
        terminate_version(int(pk), **given.validated_data, actor=request.user, now=now())
        return Response(self._shown(request, int(pk)))

    def _shown(self, request: AuthenticatedApiRequest, pk: int) -> dict[str, Any]:
        return written(AgreementVersionOut, version_page(request.user, pk, now=now()).version)


def _terms(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the services of agreements take."""
    return {
        "parts": {part: given[part] for part in PARTS if part in given},
        "commitments": [
            CommitmentDraft(
                kind=item["kind"],
                allowed=timedelta(seconds=item["allowed_seconds"]) if item.get("allowed_seconds") else None,
                target_share=item.get("target_share"),
                target_count=item.get("target_count"),
                warn_share=item.get("warn_share", DEFAULT_WARN_SHARE),
                calendar_id=item.get("calendar"),
            )
            for item in given["commitments"]
        ],
        "ladder": [
            StepDraft(after=timedelta(seconds=step["after_seconds"]), notify=step["notify"])
            for step in given.get("ladder", ())
        ],
        "calendar_id": given.get("calendar"),
    }


class CommitmentViewSet(ReadViewSet):
    """Commitments of all versions."""

    serializer_class = CommitmentOut
    queryset = Commitment.objects.all()
    filterset_fields = ("version", "kind", "owed_by")


class CommitmentLineOut(serializers.Serializer[Line]):
    """One promise in the period, a row for each of its terms where versions changed them.

    `versions` with these terms; `part`: in words what of the period they are about, empty for all of it. A volume
    of other days than one month has its share of the month's as `target`. `records` and the other
    addresses open the rows behind the numbers.
    """

    kind = serializers.CharField()
    owed_by = serializers.CharField(source="commitment.owed_by")
    sentence = serializers.CharField()
    commitments = serializers.ListField(child=serializers.IntegerField(), source="term.commitment_ids")
    versions = serializers.ListField(child=serializers.IntegerField(), source="term.versions")
    is_newest = serializers.BooleanField(source="term.is_newest")
    from_on = serializers.DateField(source="term.days.first_on")
    to_on = serializers.DateField(source="term.days.last_on")
    part = serializers.CharField(source="term.part")
    target = serializers.FloatField()
    actual = serializers.FloatField(allow_null=True)
    adjusted = serializers.FloatField(allow_null=True)
    kept = serializers.IntegerField(source="tally.kept", default=None, allow_null=True)
    late = serializers.IntegerField(source="tally.late", default=None, allow_null=True)
    open_past_due = serializers.IntegerField(source="tally.open_past_due", default=None, allow_null=True)
    open_not_due = serializers.IntegerField(source="tally.open_not_due", default=None, allow_null=True)
    waived = serializers.IntegerField()
    running_out = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="Leads handed off below the definition, which are not counted.")
    hits = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True)
    status = serializers.CharField(source="pace.status")
    pace = serializers.FloatField(source="pace.pace", allow_null=True)
    expected = serializers.FloatField(source="pace.expected", allow_null=True)
    forecast = serializers.FloatField(source="forecast.expected", default=None, allow_null=True)
    forecast_low = serializers.FloatField(source="forecast.low", default=None, allow_null=True)
    forecast_high = serializers.FloatField(source="forecast.high", default=None, allow_null=True)
    records = serializers.CharField()
    urls = serializers.DictField(child=serializers.CharField())


class BoardOut(serializers.Serializer[Any]):
    """What each side owes in a period and how it stands."""

    from_on = serializers.DateField(source="period.first_on")
    to_on = serializers.DateField(source="period.last_on")
    timezone = serializers.CharField(source="period.zone")
    agreement_version = serializers.IntegerField(source="version.pk", default=None, allow_null=True)
    working_days = serializers.IntegerField()
    working_days_gone = serializers.IntegerField()
    elapsed_share = serializers.FloatField(source="elapsed", allow_null=True)
    open_late = serializers.IntegerField()
    running_out = serializers.IntegerField()
    breached = serializers.IntegerField()
    lines = CommitmentLineOut(many=True)


class BoardView(ApiView):
    """The SLA board."""

    @extend_schema(
        responses=BoardOut,
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="First local date; without dates this month."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Last local date, included."),
            OpenApiParameter("agreement", int),
        ],
    )
    def get(self, request: AuthenticatedApiRequest) -> Response:
        """Every promise of the agreement with attainment, pace and forecast, for a period."""
        require(can_view_sla, request.user)
        given = request.query_params
        moment = now()
        agreement = given.get("agreement", "")
        found = board(
            request.user,
            period_of(given.get("from", ""), given.get("to", ""), now=moment),
            now=moment,
            agreement_id=int(agreement) if agreement.isdecimal() and len(agreement) < 18 else None,
        )
        return Response(BoardOut(found).data)
