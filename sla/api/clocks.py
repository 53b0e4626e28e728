"""Clocks and breaches for programs."""

from __future__ import annotations

import builtins
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from sla.forms.clocks import ClockFilterForm
from sla.models import Breach, Clock
from sla.permissions import can_contest, can_pause_clock, can_view_sla, can_waive
from sla.selectors.clocks import OUTCOMES, breach_detail, breach_list, clock_detail, clock_list, with_row
from sla.selectors.periods import period_of
from sla.services.breaches import contest_breach, waive_breach
from sla.services.clocks import pause_clock, resume_clock
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.asking import heeded
from smarketing.api.permitting import asks, row
from smarketing.api.serializing import Asked
from smarketing.api.viewsets import ApiViewSet

DATES = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="First local date on which it is due."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last local date on which it is due."),
]


class ClockOut(serializers.ModelSerializer[Clock]):
    """One time commitment running on one handoff; spans are working seconds."""

    promise = serializers.CharField(source="commitment.sentence", read_only=True)
    owed_by = serializers.CharField(source="commitment.owed_by", read_only=True)
    lead = serializers.IntegerField(source="handoff.lead_id", read_only=True)
    allowed_seconds = serializers.SerializerMethodField()

    class Meta:
        model = Clock
        fields = (
            "id",
            "kind",
            "promise",
            "owed_by",
            "scope",
            "owner",
            "handoff",
            "lead",
            "commitment",
            "state",
            "started_at",
            "allowed_seconds",
            "due_at",
            "warn_at",
            "warned_at",
            "stopped_at",
            "cancelled_at",
            "cancelled_why",
            "breached_at",
            "response_seconds",
            "late_seconds",
        )
        read_only_fields = fields

    def get_allowed_seconds(self, clock: Clock) -> int:
        """The working time that was promised."""
        return int(clock.allowed.total_seconds())


class ClockWhyOut(ClockOut):
    """A clock with the steps that lead to its due time."""

    why = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta(ClockOut.Meta):
        fields = (*ClockOut.Meta.fields, "why")
        read_only_fields = fields


class ReasonIn(Asked):
    """Why."""

    reason = serializers.CharField(max_length=1000)


class BreachOut(serializers.ModelSerializer[Breach]):
    """A promise missed, at its due time."""

    clock = ClockOut(read_only=True)
    contested_by = serializers.PrimaryKeyRelatedField[User](read_only=True)
    waived_at = serializers.DateTimeField(source="waiver.waived_at", read_only=True, default=None)
    waived_by = serializers.IntegerField(source="waiver.waived_by_id", read_only=True, default=None)
    waive_reason = serializers.CharField(source="waiver.reason", read_only=True, default="")

    class Meta:
        model = Breach
        fields = (
            "id",
            "clock",
            "breached_at",
            "contested_at",
            "contested_by",
            "contest_reason",
            "waived_at",
            "waived_by",
            "waive_reason",
        )
        read_only_fields = fields


class ClockViewSet(mixins.ListModelMixin, ApiViewSet):
    """Clocks."""

    serializer_class = ClockOut
    queryset = Clock.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Clock]:
        """The clocks that the token's person may see, narrowed as the list of clocks is."""
        if getattr(self, "swagger_fake_view", False):
            return Clock.objects.none()
        narrowed, _ = heeded(ClockFilterForm(self.request.query_params)).filter(now=now())
        return clock_list(self.request.user, narrowed, now=now())

    @extend_schema(
        parameters=[
            *DATES,
            OpenApiParameter("outcome", enum=list(OUTCOMES)),
            OpenApiParameter("kind", str),
            OpenApiParameter("scope", enum=["team", "owner"]),
            OpenApiParameter("owner", int),
            OpenApiParameter("agreement", int),
            OpenApiParameter("commitments", str, description="Numbers of commitments, joined by hyphens."),
        ]
    )
    def list(self, request: AuthenticatedApiRequest, *args: Any, **kwargs: Any) -> Response:
        """The clocks behind a number."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses=ClockWhyOut)
    def retrieve(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """One clock with the steps that lead to its due time."""
        require(can_view_sla, request.user)
        page = clock_detail(request.user, int(pk), now=now())
        why = [step.exact for step in page.why] if page.why else []
        return Response({**ClockOut(page.clock).data, "why": why})

    @extend_schema(request=ReasonIn, responses=ClockOut(many=True))
    @action(detail=True, methods=["post"])
    @asks(can_pause_clock, of=row)
    def pause(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Stops the time of a promise: this clock and its twin."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        paused = pause_clock(int(pk), why=given.validated_data["reason"], actor=request.user, now=now())
        return self._answer(paused)

    @extend_schema(request=None, responses=ClockOut(many=True))
    @action(detail=True, methods=["post"])
    def resume(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Lets the time of a promise run again."""
        return self._answer(resume_clock(int(pk), actor=request.user, now=now()))

    def _answer(self, clocks: builtins.list[Clock]) -> Response:
        found = with_row(Clock.objects.filter(pk__in=[clock.pk for clock in clocks])).order_by("pk")
        return Response(ClockOut(found, many=True).data)


class BreachViewSet(mixins.ListModelMixin, ApiViewSet):
    """Breaches of the teams' promises in a period; the current month unless said."""

    serializer_class = BreachOut
    queryset = Breach.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Breach]:
        """The breaches that the token's person may see."""
        if getattr(self, "swagger_fake_view", False):
            return Breach.objects.none()
        given = self.request.query_params
        period = period_of(given.get("from", ""), given.get("to", ""), now=now())
        return breach_list(self.request.user, due_from=period.start, due_before=period.end)

    @extend_schema(parameters=DATES)
    def list(self, request: AuthenticatedApiRequest, *args: Any, **kwargs: Any) -> Response:
        """Who missed what, when."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=ReasonIn, responses=BreachOut)
    @action(detail=True, methods=["post"])
    @asks(can_contest, of=row)
    def contest(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Says why a breach is not fair."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        contest_breach(int(pk), **given.validated_data, actor=request.user, now=now())
        return Response(BreachOut(breach_detail(request.user, int(pk))).data)

    @extend_schema(request=ReasonIn, responses=BreachOut)
    @action(detail=True, methods=["post"])
    @asks(can_waive, of=row)
    def waive(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Excuses a breach of the other side."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        waive_breach(int(pk), **given.validated_data, actor=request.user, now=now())
        return Response(BreachOut(breach_detail(request.user, int(pk))).data)
