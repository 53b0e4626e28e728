"""Campaigns, spend and content for programs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from leads.domain.channels import Channel
from leads.models import Campaign, ContentAsset, JourneyStage, Spend
from leads.permissions import can_edit_campaigns
from leads.selectors.campaigns import campaign_detail, content_list, with_results
from leads.services.campaigns import book_spend, log_campaign, log_content, remove_spend
from smarketing.accounts.models import User
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks
from smarketing.api.serializing import Asked
from smarketing.api.viewsets import ApiViewSet, ReadViewSet


class CampaignOut(serializers.ModelSerializer[Campaign]):
    """A campaign with what it cost and what came of it."""

    spent = serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)
    lead_count = serializers.IntegerField(read_only=True)
    customer_count = serializers.IntegerField(read_only=True)
    revenue = serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)

    class Meta:
        model = Campaign
        fields = (
            "id",
            "external_id",
            "name",
            "channel",
            "objective",
            "audience",
            "journey_stage",
            "start_on",
            "end_on",
            "budget",
            "currency",
            "owner",
            "archived_at",
            "spent",
            "lead_count",
            "customer_count",
            "revenue",
        )
        read_only_fields = fields


class CampaignIn(Asked):
    """What a program says of a campaign."""

    shown = CampaignOut

    external_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=200)
    name = serializers.CharField(max_length=200)
    channel = serializers.ChoiceField(choices=Channel.choices())
    objective = serializers.CharField(required=False, allow_blank=True, max_length=300)
    audience = serializers.CharField(required=False, allow_blank=True, max_length=300)
    journey_stage = serializers.ChoiceField(required=False, allow_blank=True, choices=JourneyStage.choices)
    start_on = serializers.DateField(required=False, allow_null=True)
    end_on = serializers.DateField(required=False, allow_null=True)
    budget = serializers.DecimalField(required=False, allow_null=True, max_digits=14, decimal_places=2, min_value=0)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    owner = serializers.PrimaryKeyRelatedField(
        required=False, allow_null=True, queryset=User.objects.filter(is_active=True)
    )

    def values(self) -> dict[str, Any]:
        """Under the names that the service takes."""
        given = dict(self.validated_data)
        if "owner" in given:
            owner = given.pop("owner")
            given["owner_id"] = owner.pk if owner else None
        return given


class SpendOut(serializers.ModelSerializer[Spend]):
    """One day's spend."""

    class Meta:
        model = Spend
        fields = ("id", "campaign", "spent_on", "amount", "currency", "impressions", "clicks", "note")
        read_only_fields = fields


class SpendIn(Asked):
    """One day's spend; the same day again replaces it."""

    spent_on = serializers.DateField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    impressions = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    clicks = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ContentOut(serializers.ModelSerializer[ContentAsset]):
    """A content asset."""

    touch_count = serializers.IntegerField(read_only=True, required=False)

    class Meta:
        model = ContentAsset
        fields = ("id", "external_id", "title", "kind", "url", "journey_stage", "campaign", "touch_count")
        read_only_fields = fields


class ContentIn(Asked):
    """What a program says of a content asset."""

    shown = ContentOut

    external_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=200)
    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=ContentAsset.Kind.choices)
    url = serializers.URLField(required=False, allow_blank=True, max_length=500)
    journey_stage = serializers.ChoiceField(required=False, allow_blank=True, choices=JourneyStage.choices)
    campaign = serializers.PrimaryKeyRelatedField(required=False, allow_null=True, queryset=Campaign.objects.all())

    def values(self) -> dict[str, Any]:
        """Under the names that the service takes."""
        given = dict(self.validated_data)
        if "campaign" in given:
            campaign = given.pop("campaign")
            given["campaign_id"] = campaign.pk if campaign else None
        return given


class CampaignViewSet(ReadViewSet):
    """Campaigns."""

    serializer_class = CampaignOut
    queryset = Campaign.objects.none()
    filterset_fields = ("channel", "owner")

    def get_queryset(self) -> QuerySet[Campaign]:
        """Campaigns that the token's person may see, with results."""
        user = self.request.user
        return with_results(Campaign.objects.visible_to(user)) if isinstance(user, User) else Campaign.objects.none()

    @extend_schema(request=CampaignIn, responses={201: CampaignOut})
    @asks(can_edit_campaigns)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Logs a campaign."""
        given = CampaignIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = log_campaign(given.values(), actor=request.user, now=now())
        return Response(CampaignOut(campaign_detail(request.user, made.pk)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CampaignIn, responses=CampaignOut)
    @asks(can_edit_campaigns)
    def partial_update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Changes a campaign."""
        given = CampaignIn(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        log_campaign(given.values(), actor=request.user, now=now(), campaign_id=int(pk))
        return Response(CampaignOut(campaign_detail(request.user, int(pk))).data)

    @extend_schema(request=SpendIn, responses={201: SpendOut})
    @action(detail=True, methods=["post"])
    @asks(can_edit_campaigns)
    def spend(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Books one day's spend."""
        given = SpendIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = book_spend(int(pk), **given.validated_data, actor=request.user, now=now())
        return Response(SpendOut(made).data, status=status.HTTP_201_CREATED)


class SpendViewSet(mixins.ListModelMixin, ApiViewSet):
    """Spend by day."""

    serializer_class = SpendOut
    queryset = Spend.objects.none()
    filterset_fields = ("campaign", "spent_on")

    def get_queryset(self) -> QuerySet[Spend]:
        """Spend that the token's person may see."""
        user = self.request.user
        return Spend.objects.visible_to(user) if isinstance(user, User) else Spend.objects.none()

    @extend_schema(responses={204: None})
    def destroy(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Takes back what was booked on a day; the log keeps the amount."""
        remove_spend(int(pk), actor=request.user, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ContentViewSet(ReadViewSet):
    """Content assets."""

    serializer_class = ContentOut
    queryset = ContentAsset.objects.none()
    filterset_fields = ("kind", "campaign")

    def get_queryset(self) -> QuerySet[ContentAsset]:
        """Content that the token's person may see, with the number of touches."""
        user = self.request.user
        return content_list(user) if isinstance(user, User) else ContentAsset.objects.none()

    @extend_schema(request=ContentIn, responses={201: ContentOut})
    @asks(can_edit_campaigns)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Lists a content asset."""
        given = ContentIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = log_content(given.values(), actor=request.user, now=now())
        return Response(ContentOut(content_list(request.user).get(pk=made.pk)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ContentIn, responses=ContentOut)
    @asks(can_edit_campaigns)
    def partial_update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Changes a content asset."""
        given = ContentIn(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        made = log_content(given.values(), actor=request.user, now=now(), content_id=int(pk))
        return Response(ContentOut(content_list(request.user).get(pk=made.pk)).data)
