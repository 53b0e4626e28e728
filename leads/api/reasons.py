"""The agreed lists of reasons for programs. The same services as the page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from leads.domain.reasons import CODE_CHARS, LABEL_CHARS
from leads.models import LossReason, RejectionReason
from leads.permissions import can_agree_reasons
from leads.services.reasons import add_reason, change_reason, place_reason, retire_reason, take_up_reason
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks
from smarketing.api.serializing import Asked
from smarketing.api.viewsets import ReadViewSet


class RejectionReasonOut(serializers.ModelSerializer[RejectionReason]):
    """One entry of the agreed list."""

    class Meta:
        model = RejectionReason
        fields = ("id", "code", "label", "ground", "clause", "needs_note", "position", "archived_at")
        read_only_fields = fields


class LossReasonOut(serializers.ModelSerializer[LossReason]):
    """One entry of the agreed list."""

    class Meta:
        model = LossReason
        fields = ("id", "code", "label", "needs_note", "position", "archived_at")
        read_only_fields = fields


def _label() -> serializers.CharField:
    return serializers.CharField(
        max_length=LABEL_CHARS, help_text="The reason in words; no other in use reads the same."
    )


def _code() -> serializers.CharField:
    return serializers.CharField(
        required=False, max_length=CODE_CHARS, help_text="Stays for good. Without one it comes of the label."
    )


class LossReasonChangeIn(Asked):
    """What can be changed of a reason."""

    shown = LossReasonOut

    label = _label()
    needs_note = serializers.BooleanField(required=False, help_text="Whether it asks for a few words.")


class LossReasonIn(LossReasonChangeIn):
    """A new reason for losing a deal."""

    code = _code()


class RejectionReasonChangeIn(Asked):
    """What can be changed of a reason."""

    shown = RejectionReasonOut

    label = _label()
    ground = serializers.ChoiceField(choices=RejectionReason.Ground.choices, help_text="What it is about.")
    clause = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="The clause of the definition that it speaks of."
    )
    needs_note = serializers.BooleanField(required=False, help_text="Whether it asks for a few words.")


class RejectionReasonIn(RejectionReasonChangeIn):
    """A new reason for rejecting a lead."""

    code = _code()


class PlaceIn(Asked):
    """Where it goes."""

    place = serializers.IntegerField(min_value=1, help_text="Counted from 1 among those in use.")


class _Reasons(ReadViewSet):
    """What can be done with either list. Retired entries carry `archived_at`; nothing is deleted."""

    pagination_class = None
    of: ClassVar[type[Any]]
    new_shape: ClassVar[type[Asked]]
    change_shape: ClassVar[type[Asked]]

    def _read(self, shape: type[Asked], request: AuthenticatedApiRequest, *, partial: bool = False) -> dict[str, Any]:
        given = shape(data=request.data, partial=partial)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        return values

    def _answer(self, reason: Any, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(reason).data, status=code)

    def _create(self, request: AuthenticatedApiRequest) -> Response:
        made = add_reason(self.of, self._read(self.new_shape, request), actor=request.user, now=now())
        return self._answer(made, status.HTTP_201_CREATED)

    def _change(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        values = self._read(self.change_shape, request, partial=True)
        return self._answer(change_reason(self.of, int(pk), values, actor=request.user, now=now()))

    @extend_schema(request=PlaceIn)
    @action(detail=True, methods=["post"])
    @asks(can_agree_reasons)
    def place(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Puts it at another place of the list. For managers and administrators."""
        to = self._read(PlaceIn, request)["place"]
        return self._answer(place_reason(self.of, int(pk), to, actor=request.user, now=now()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def retire(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Takes it off the list; it stays where it was given. For managers and administrators."""
        return self._answer(retire_reason(self.of, int(pk), actor=request.user, now=now()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="take-up")
    def take_up(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Puts a retired one on the list again. For managers and administrators."""
        return self._answer(take_up_reason(self.of, int(pk), actor=request.user, now=now()))


class RejectionReasonViewSet(_Reasons):
    """The agreed list of reasons for which sales may reject a lead; retired ones carry `archived_at`."""

    serializer_class = RejectionReasonOut
    queryset = RejectionReason.objects.all()
    of, new_shape, change_shape = RejectionReason, RejectionReasonIn, RejectionReasonChangeIn

    @extend_schema(request=RejectionReasonIn, responses={201: RejectionReasonOut})
    @asks(can_agree_reasons)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Adds a reason at the end of the list. For managers and administrators."""
        return self._create(request)

    @extend_schema(request=RejectionReasonChangeIn, responses=RejectionReasonOut)
    @asks(can_agree_reasons)
    def partial_update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Words it otherwise, also where it was given. For managers and administrators."""
        return self._change(request, pk)


class LossReasonViewSet(_Reasons):
    """The agreed list of reasons for which deals are lost; retired ones carry `archived_at`."""

    serializer_class = LossReasonOut
    queryset = LossReason.objects.all()
    of, new_shape, change_shape = LossReason, LossReasonIn, LossReasonChangeIn

    @extend_schema(request=LossReasonIn, responses={201: LossReasonOut})
    @asks(can_agree_reasons)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Adds a reason at the end of the list. For managers and administrators."""
        return self._create(request)

    @extend_schema(request=LossReasonChangeIn, responses=LossReasonOut)
    @asks(can_agree_reasons)
    def partial_update(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Words it otherwise, also where it was given. For managers and administrators."""
        return self._change(request, pk)
