"""Leads, companies and touchpoints for programs. The same services and reads as the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from leads.api.definitions import ExplanationOut
from leads.domain.channels import Channel
from leads.forms.leads import LeadFilterForm
from leads.models import Company, Lead, Touchpoint
from leads.permissions import can_edit_leads
from leads.selectors.leads import lead_detail, lead_list, timeline, with_row
from leads.selectors.scoring import explain_score
from leads.services.leads import create_lead, record_touchpoint, update_lead
from smarketing.accounts.models import User
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.asking import heeded
from smarketing.api.permitting import asks, row
from smarketing.api.serializing import Asked, read, written
from smarketing.api.viewsets import ReadViewSet


class CompanyOut(serializers.ModelSerializer[Company]):
    """A company as it is read."""

    class Meta:
        model = Company
        fields = ("id", "external_id", "name", "domain", "industry", "employees", "country", "city", "created_at")


class LeadOut(serializers.ModelSerializer[Lead]):
    """A lead as it is read."""

    label = serializers.CharField(read_only=True)
    company = CompanyOut(read_only=True, allow_null=True)
    scored_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the lead got this score; null: it waits to be scored."
    )

    class Meta:
        model = Lead
        fields = (
            "id",
            "label",
            "external_id",
            "email",
            "first_name",
            "last_name",
            "phone",
            "job_title",
            "seniority",
            "department",
            "country",
            "company",
            "source",
            "channel",
            "campaign",
            "landing_page",
            "consent",
            "owner",
            "stage",
            "stage_changed_at",
            "fit",
            "engagement",
            "score",
            "band",
            "scored_at",
            "last_touch_at",
            "created_at",
        )
        read_only_fields = fields


class LeadIn(Asked):
    """What a program says of a lead. Needs `email` or `external_id`."""

    shown = LeadOut

    external_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=200)
    email = serializers.EmailField(required=False, allow_blank=True, allow_null=True, max_length=254)
    first_name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    last_name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=50)
    job_title = serializers.CharField(required=False, allow_blank=True, max_length=150)
    seniority = serializers.CharField(required=False, allow_blank=True, max_length=50)
    department = serializers.CharField(required=False, allow_blank=True, max_length=100)
    country = serializers.CharField(required=False, allow_blank=True, max_length=100)
    company_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    company_domain = serializers.CharField(required=False, allow_blank=True, max_length=253)
    source = serializers.CharField(required=False, allow_blank=True, max_length=200)
    channel = serializers.ChoiceField(required=False, choices=Channel.choices())
    campaign = serializers.IntegerField(required=False, allow_null=True, help_text="Id of the campaign.")
    landing_page = serializers.CharField(required=False, allow_blank=True, max_length=500)
    consent = serializers.BooleanField(required=False, allow_null=True)
    created_at = serializers.DateTimeField(required=False, help_text="When the person first came to you.")

    @staticmethod
    def values(validated: Mapping[str, Any]) -> dict[str, Any]:
        """Under the names that the services take."""
        given = dict(validated)
        if "campaign" in given:
            given["campaign_id"] = given.pop("campaign")
        return given


class TouchpointOut(serializers.ModelSerializer[Touchpoint]):
    """One interaction as it is read."""

    class Meta:
        model = Touchpoint
        fields = (
            "id",
            "lead",
            "kind",
            "occurred_at",
            "channel",
            "source",
            "campaign",
            "content",
            "url",
            "note",
            "external_id",
        )
        read_only_fields = fields


class TouchpointIn(Asked):
    """One interaction. The same `external_id` again changes nothing."""

    kind = serializers.ChoiceField(choices=Touchpoint.Kind.choices)
    occurred_at = serializers.DateTimeField(required=False, help_text="Empty: now.")
    channel = serializers.ChoiceField(required=False, choices=Channel.choices())
    source = serializers.CharField(required=False, allow_blank=True, max_length=200)
    campaign = serializers.IntegerField(required=False, allow_null=True)
    content = serializers.IntegerField(required=False, allow_null=True)
    url = serializers.CharField(required=False, allow_blank=True, max_length=500)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)
    external_id = serializers.CharField(required=False, allow_blank=True, max_length=200)

    def values(self) -> dict[str, Any]:
        """Under the names that the service takes."""
        given = dict(self.validated_data)
        return given | {f"{name}_id": given.pop(name) for name in ("campaign", "content") if name in given}


class TimelineItemOut(serializers.Serializer[Any]):
    """One thing in a lead's life."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    side = serializers.CharField()
    actor = serializers.CharField()


LEAD_FILTERS = [
    OpenApiParameter(name, str, description=text)
    for name, text in (
        ("q", "Words in name, e-mail or external id."),
        ("stage", "A lifecycle stage."),
        ("channel", "A channel."),
        ("campaign", "Id of the campaign of origin."),
        ("source", "The source exactly as captured; given and empty: leads without one."),
        ("band", "A1 to C3."),
        ("reached", "A stage that the lead has reached at some time."),
        ("reached_from", "From this instant on."),
        ("reached_before", "Before this instant."),
        (
            "delivered",
            "`yes`: counted as a qualified lead delivered, from `reached_from` to `reached_before`; `below`: handed off"
            " below the definition in that span and not counted.",
        ),
        ("created_from", "Came at or after this instant."),
        ("created_before", "Came before this instant."),
    )
]


class LeadViewSet(ReadViewSet):
    """Leads that the token's person may see."""

    serializer_class = LeadOut
    queryset = Lead.objects.none()

    def get_queryset(self) -> QuerySet[Lead]:
        """Visible leads, narrowed as the page narrows them."""
        user = self.request.user
        if not isinstance(user, User):
            return Lead.objects.none()
        return with_row(lead_list(user, heeded(LeadFilterForm(self.request.query_params)).filter()))

    @extend_schema(parameters=LEAD_FILTERS)
    def list(self, request: AuthenticatedApiRequest, *args: Any, **kwargs: Any) -> Response:
        """Leads, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=LeadIn, responses={201: LeadOut})
    @asks(can_edit_leads)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Adds a lead and scores it; 409 `lead_known` where it is known already."""
        lead = create_lead(LeadIn.values(read(LeadIn, request.data)), actor=request.user, now=now())
        return Response(written(LeadOut, lead), status=status.HTTP_201_CREATED)

    @extend_schema(request=LeadIn, responses=LeadOut)
    @asks(can_edit_leads, of=row)
    def partial_update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Corrects a lead."""
        given = LeadIn(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        lead = update_lead(int(pk), LeadIn.values(given.validated_data), actor=request.user, now=now())
        return Response(written(LeadOut, lead))

    @extend_schema(responses=TimelineItemOut(many=True))
    @action(detail=True, pagination_class=None)
    def timeline(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """The lead's life, newest first, at most 100 items."""
        return Response(TimelineItemOut(timeline(lead_detail(request.user, int(pk))), many=True).data)

    @extend_schema(responses=ExplanationOut)
    @action(detail=True, pagination_class=None)
    def score(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Why the lead scores as it does; the parts sum to the total."""
        return Response(ExplanationOut(explain_score(lead_detail(request.user, int(pk)), now())).data)

    @extend_schema(request=TouchpointIn, responses={201: TouchpointOut})
    @action(detail=True, methods=["post"])
    @asks(can_edit_leads, of=row)
    def touchpoints(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Records one interaction."""
        given = TouchpointIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = record_touchpoint(int(pk), given.values(), actor=request.user, now=now())
        return Response(TouchpointOut(made).data, status=status.HTTP_201_CREATED)


class CompanyViewSet(ReadViewSet):
    """Companies."""

    serializer_class = CompanyOut
    queryset = Company.objects.none()
    filterset_fields = ("domain", "country", "industry")

    def get_queryset(self) -> QuerySet[Company]:
        """Companies that the token's person may see."""
        user = self.request.user
        return Company.objects.visible_to(user) if isinstance(user, User) else Company.objects.none()


class TouchpointViewSet(ReadViewSet):
    """Touchpoints of visible leads."""

    serializer_class = TouchpointOut
    queryset = Touchpoint.objects.none()
    filterset_fields = ("lead", "kind", "campaign", "content", "channel")

    def get_queryset(self) -> QuerySet[Touchpoint]:
        """Touchpoints of leads that the token's person may see."""
        user = self.request.user
        return Touchpoint.objects.visible_to(user) if isinstance(user, User) else Touchpoint.objects.none()
