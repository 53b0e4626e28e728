"""Numbers as they stood at the end of each week, for programs."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from reporting.api.numbers import ValueField, as_sent
from reporting.domain.metrics import REGISTRY, Unit
from reporting.models import Basis, Snapshot
from reporting.selectors.snapshots import beside_now
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.viewsets import ReadViewSet


class SnapshotOut(serializers.ModelSerializer[Snapshot]):
    """One metric over one week, frozen when the week was over."""

    label = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField(help_text="count, share (0–1), money, days or rating (1–5).")
    first = serializers.DateField(help_text="First day, in the organisation's zone of then.")
    last = serializers.DateField(help_text="Last day, included.")
    value = serializers.SerializerMethodField(help_text="As it stood; null: no data.")
    zone = serializers.SerializerMethodField(help_text="The zone in which the days were counted.")

    class Meta:
        model = Snapshot
        fields = (
            "id",
            "metric",
            "metric_version",
            "label",
            "unit",
            "basis",
            "first",
            "last",
            "zone",
            "value",
            "taken_at",
        )
        read_only_fields = fields

    def get_label(self, snapshot: Snapshot) -> str:
        """The metric's name as people read it."""
        metric = REGISTRY.get(snapshot.metric)
        return metric.label if metric else snapshot.metric

    def get_unit(self, snapshot: Snapshot) -> str:
        """How the value is to be read."""
        return _unit(snapshot).value

    def get_zone(self, snapshot: Snapshot) -> str:
        """An IANA name."""
        return str(snapshot.facts.get("zone", ""))

    @extend_schema_field(ValueField(allow_null=True))
    def get_value(self, snapshot: Snapshot) -> int | float | str | None:
        """The frozen number."""
        return as_sent(snapshot.value, _unit(snapshot))


class SnapshotNowOut(SnapshotOut):
    """A frozen number beside what the same week says now."""

    value_now = ValueField(allow_null=True, help_text="null: no data, or another formula since.")
    records = serializers.CharField(allow_blank=True, help_text="The list behind the number of now.")

    class Meta(SnapshotOut.Meta):
        fields = (*SnapshotOut.Meta.fields, "value_now", "records")
        read_only_fields = fields


class SnapshotFilter(filters.FilterSet):
    """What narrows the list."""

    basis = filters.ChoiceFilter(choices=Basis.choices)
    since = filters.DateFilter("first", "gte", label="Weeks that begin on this day or later.")
    until = filters.DateFilter("last", "lte", label="Weeks that end on this day or before.")

    class Meta:
        model = Snapshot
        fields = ("metric", "metric_version", "basis")


class SnapshotViewSet(ReadViewSet):
    """Weekly numbers as they stood, the latest first."""

    queryset = Snapshot.objects.all()
    serializer_class: type[serializers.BaseSerializer[Any]] = SnapshotOut
    filterset_class = SnapshotFilter
    ordering = "-first"
    ordering_fields = ("first",)

    @extend_schema(responses=SnapshotNowOut)
    def retrieve(self, request: AuthenticatedApiRequest, *args: Any, **kwargs: Any) -> Response:
        """One frozen number, beside what the same week says now."""
        snapshot = self.get_object()
        found = beside_now(snapshot)
        beside = {"value_now": as_sent(found.now, _unit(snapshot)), "records": found.records}
        return Response({**SnapshotOut(snapshot).data, **beside})


def _unit(snapshot: Snapshot) -> Unit:
    metric = REGISTRY.get(snapshot.metric)
    return metric.unit if metric else Unit.SHARE
