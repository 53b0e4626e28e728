"""Deals for programs. The same services and reads as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leads.forms.deals import DealFilterForm
from leads.models import Deal, LossReason
from leads.models.deals import OPEN_STAGES
from leads.permissions import can_edit_deal
from leads.selectors.deals import deal_detail, deal_list, with_card
from leads.selectors.reasons import loss_codes
from leads.services.deals import lose_deal, move_deal, open_deal, update_deal, win_deal
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.asking import heeded
from smarketing.api.permitting import asks, row
from smarketing.api.serializing import AgreedCode, Asked
from smarketing.api.viewsets import ReadViewSet


class DealOut(serializers.ModelSerializer[Deal]):
    """A deal as it is read; the amount is exact text, null while unknown."""

    loss_reason = serializers.SlugRelatedField[LossReason](slug_field="code", read_only=True)

    class Meta:
        model = Deal
        fields = (
            "id",
            "external_id",
            "name",
            "company",
            "lead",
            "other_leads",
            "handoff",
            "owner",
            "amount",
            "currency",
            "stage",
            "opened_at",
            "expected_close_on",
            "won_at",
            "lost_at",
            "loss_reason",
            "lost_reason",
            "segment",
            "product",
        )
        read_only_fields = fields


def _amount(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2, required=False, allow_null=True, **kwargs)


class _DealAsked(Asked):
    """What is known of a deal."""

    shown = DealOut

    name = serializers.CharField(required=False, max_length=200)
    amount = _amount(help_text="Null while unknown.")
    currency = serializers.CharField(required=False, min_length=3, max_length=3)
    expected_close_on = serializers.DateField(required=False, allow_null=True)
    owner = serializers.IntegerField(required=False, allow_null=True)
    company = serializers.IntegerField(required=False, allow_null=True)
    segment = serializers.CharField(required=False, allow_blank=True, max_length=100)
    product = serializers.CharField(required=False, allow_blank=True, max_length=100)

    def values(self) -> dict[str, Any]:
        """Under the names that the services take."""
        given = dict(self.validated_data)
        return given | {f"{name}_id": given.pop(name) for name in ("owner", "company") if name in given}


class DealPatch(_DealAsked):
    """What can be corrected of a deal. What a closed one was closed with, only by a sales manager who says why."""

    why = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=300,
        write_only=True,
        help_text="Needed to correct amount, currency, expected close or owner of a closed deal.",
    )

    def values(self) -> dict[str, Any]:
        """Under the names that the services take."""
        given = super().values()
        given.pop("why", None)
        return given


class DealIn(_DealAsked):
    """A new deal. Name, company, currency and owner come from the lead, the organisation and you where missing."""

    lead = serializers.IntegerField(required=False, allow_null=True, help_text="Id of the lead it came from.")
    other_leads = serializers.ListField(child=serializers.IntegerField(), required=False)
    external_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=200)

    def values(self) -> dict[str, Any]:
        """Under the names that the service takes."""
        given = super().values()
        if "lead" in given:
            given["lead_id"] = given.pop("lead")
        if "other_leads" in given:
            given["other_lead_ids"] = given.pop("other_leads")
        return given


class MoveIn(Asked):
    """Where it goes; `why` is needed to reopen a closed deal."""

    stage = serializers.ChoiceField(choices=[(stage.value, stage.label) for stage in OPEN_STAGES])
    why = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class WinIn(Asked):
    """What it was won for; empty: the amount stays."""

    amount = _amount()


class LoseIn(Asked):
    """Why it was lost."""

    reason = AgreedCode(
        loss_codes,
        max_length=40,
        help_text="A code of the agreed list (`/loss-reasons/`). For a reason that is not on it: `other`, and a note.",
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


DEAL_FILTERS = [
    OpenApiParameter("q", str, description="Words in the deal's, the company's or the lead's name."),
    OpenApiParameter("stage", str, description="A stage, or `open` or `closed`."),
    OpenApiParameter("owner", int, description="Id of the owner."),
    OpenApiParameter("lead", int, description="Id of the lead."),
    OpenApiParameter("reason", str, description="Code of the reason for which it was lost."),
    OpenApiParameter("won_from", OpenApiTypes.DATETIME, description="Won at or after this instant."),
    OpenApiParameter("won_before", OpenApiTypes.DATETIME, description="Won before this instant."),
]


def _read(serializer: type[serializers.Serializer[Any]], request: AuthenticatedApiRequest, **options: Any) -> Any:
    given = serializer(data=request.data, **options)
    given.is_valid(raise_exception=True)
    return given


class DealViewSet(ReadViewSet):
    """Deals that the token's person may see."""

    serializer_class = DealOut
    queryset = Deal.objects.all()

    def get_queryset(self) -> QuerySet[Deal]:
        """Visible deals, narrowed as the page narrows them."""
        if getattr(self, "swagger_fake_view", False):
            return Deal.objects.none()
        found = deal_list(self.request.user, heeded(DealFilterForm(self.request.query_params)).filter())
        return with_card(found).prefetch_related("other_leads")

    def _answer(self, deal: Deal, code: int = status.HTTP_200_OK) -> Response:
        return Response(DealOut(deal_detail(self.request.user, deal.pk)).data, status=code)

    @extend_schema(parameters=DEAL_FILTERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deals, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=DealIn, responses={201: DealOut})
    @asks(can_edit_deal)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Opens a deal; its lead becomes an opportunity."""
        made = open_deal(**_read(DealIn, request).values(), actor=request.user, now=now())
        return self._answer(made, status.HTTP_201_CREATED)

    @extend_schema(request=DealPatch, responses=DealOut)
    @asks(can_edit_deal, of=row)
    def partial_update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Corrects a deal; the log keeps what it was."""
        given = _read(DealPatch, request, partial=True)
        why = given.validated_data.get("why", "")
        return self._answer(update_deal(int(pk), given.values(), why=why, actor=request.user, now=now()))

    @extend_schema(request=MoveIn, responses=DealOut)
    @action(detail=True, methods=["post"])
    @asks(can_edit_deal, of=row)
    def move(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """To another open stage; a closed deal is reopened by it."""
        given = _read(MoveIn, request).validated_data
        return self._answer(move_deal(int(pk), stage=given["stage"], why=given["why"], actor=request.user, now=now()))

    @extend_schema(request=WinIn, responses=DealOut)
    @action(detail=True, methods=["post"])
    @asks(can_edit_deal, of=row)
    def win(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """The buyer signed: the lead becomes a customer."""
        amount = _read(WinIn, request).validated_data.get("amount")
        return self._answer(win_deal(int(pk), amount=amount, actor=request.user, now=now()))

    @extend_schema(request=LoseIn, responses=DealOut)
    @action(detail=True, methods=["post"])
    @asks(can_edit_deal, of=row)
    def lose(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """The buyer said no; a lead without another open deal goes back to marketing."""
        given = _read(LoseIn, request).validated_data
        return self._answer(lose_deal(int(pk), **given, actor=request.user, now=now()))
