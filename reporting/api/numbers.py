"""Metrics and the funnel for programs: the same selectors as the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.domain.channels import Channel
from reporting.domain.metrics import REGISTRY, Metric, Unit
from reporting.models import Basis
from reporting.permissions import can_view_numbers
from reporting.selectors.funnel import DIMENSIONS, STAGES, funnel_rows
from reporting.selectors.metrics import currency_of, metric_named, metric_rows, registry
from reporting.selectors.periods import asked_period
from smarketing.accounts.permissions import require
from smarketing.api.viewsets import ApiView
from smarketing.lib.errors import Invalid

FROM = OpenApiParameter("from", OpenApiTypes.DATE, description="First day, in the organisation's zone; this month's.")
TO = OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, included; this month's.")


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "format": "decimal"}]})
class ValueField(serializers.Field[Any, Any, Any, Any]):
    """A whole number of a count, a number of a share, days or rating; money exact, as a string."""


class MetricOut(serializers.Serializer[Metric]):
    """A metric of the registry."""

    name = serializers.CharField()
    label = serializers.CharField()
    formula = serializers.CharField()
    unit = serializers.CharField(help_text="count, share (0–1), money, days or rating (1–5).")
    side = serializers.CharField(help_text="The side that owes it.")
    bases = serializers.ListField(child=serializers.CharField(), help_text="The last one is taken unless said.")
    dimensions = serializers.ListField(child=serializers.CharField())
    more_is_better = serializers.BooleanField()
    version = serializers.IntegerField()


class MetricListOut(serializers.Serializer[Any]):
    """The registry."""

    results = MetricOut(many=True)


class MetricRowOut(serializers.Serializer[Any]):
    """A value for one key of the dimension."""

    key = serializers.CharField(allow_blank=True)
    label = serializers.CharField()
    value = ValueField(allow_null=True, help_text="null: no data.")
    of = ValueField(allow_null=True, help_text="The denominator of a ratio, else null.")
    records = serializers.CharField(help_text="The list behind the number; a ratio's, that of its denominator.")


class MetricValuesOut(MetricOut):
    """A metric with its rows."""

    currency = serializers.CharField(help_text="Of money, else empty.", allow_blank=True)
    period_from = serializers.DateField()
    period_to = serializers.DateField()
    by = serializers.CharField()
    basis = serializers.CharField()
    rows = MetricRowOut(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so that the field has to be named here."""
        fields = super().get_fields()
        return {name.removeprefix("period_"): field for name, field in fields.items()}


class FunnelRowOut(serializers.Serializer[Any]):
    """How many reached each stage, for one key of the dimension."""

    key = serializers.CharField(allow_blank=True)
    label = serializers.CharField()
    values = serializers.DictField(child=serializers.IntegerField(), help_text="Leads that reached each stage.")
    records = serializers.CharField(help_text="The list of leads of this row.")
    stage_records = serializers.DictField(child=serializers.CharField(), help_text="The list behind each value.")


class FunnelOut(serializers.Serializer[Any]):
    """The funnel of a period."""

    period_from = serializers.DateField()
    period_to = serializers.DateField()
    by = serializers.CharField()
    basis = serializers.CharField()
    stages = serializers.ListField(child=serializers.CharField())
    rows = FunnelRowOut(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so that the field has to be named here."""
        fields = super().get_fields()
        return {name.removeprefix("period_"): field for name, field in fields.items()}


class MetricListView(ApiView):
    """The registry of metrics."""

    @extend_schema(operation_id="metrics_list", responses=MetricListOut)
    def get(self, request: Request) -> Response:
        """Every metric with its formula in words, unit, basis, dimensions and the side that owes it."""
        require(can_view_numbers, request.user)
        return Response({"results": [_described(metric) for metric in registry()]})


class MetricView(ApiView):
    """One metric."""

    @extend_schema(
        parameters=[
            FROM,
            TO,
            OpenApiParameter("by", str, description="A dimension of the metric; total unless said."),
            OpenApiParameter("basis", str, enum=Basis.values, description="A basis of the metric."),
        ],
        responses=MetricValuesOut,
    )
    def get(self, request: Request, name: str) -> Response:
        """Values of the metric over a period, largest first; by day, week or month in order."""
        require(can_view_numbers, request.user)
        metric = metric_named(name)
        period = asked_period(request.query_params, now=now())
        by = request.query_params.get("by") or "total"
        basis = request.query_params.get("basis") or metric.bases[-1]
        rows = metric_rows(name, period, by=by, basis=basis)
        return Response(
            {
                **_described(metric),
                "currency": currency_of(metric),
                "from": period.first,
                "to": period.last,
                "by": by,
                "basis": basis,
                "rows": [
                    {
                        "key": row.key,
                        "label": row.label,
                        "value": as_sent(row.value, metric.unit),
                        "of": as_sent(row.of, REGISTRY[metric.denominator].unit) if metric.denominator else None,
                        "records": row.records,
                    }
                    for row in rows
                ],
            }
        )


class FunnelView(ApiView):
    """The closed-loop funnel."""

    @extend_schema(
        parameters=[
            FROM,
            TO,
            OpenApiParameter("by", str, enum=list(DIMENSIONS), default="total"),
            OpenApiParameter("basis", str, enum=Basis.values, default=Basis.COHORT.value),
            OpenApiParameter("channel", str, enum=[each.value for each in Channel]),
            OpenApiParameter("source", str, description="Exactly as captured; may be blank."),
            OpenApiParameter("campaign", int, description="The id of the campaign that brought the lead in."),
        ],
        responses=FunnelOut,
    )
    def get(self, request: Request) -> Response:
        """Leads that reached each stage, by origin or time; cohort: by when the lead came, as_of: by when it moved."""
        require(can_view_numbers, request.user)
        given = request.query_params
        period = asked_period(given, now=now())
        by, basis = given.get("by") or "total", given.get("basis") or Basis.COHORT.value
        narrowed = {
            "channel": given.get("channel") or None,
            "source": given.get("source"),
            "campaign_id": _whole("campaign", given.get("campaign")),
        }
        rows = funnel_rows(period, by=by, basis=basis, narrowed=narrowed)
        return Response(
            {
                "from": period.first,
                "to": period.last,
                "by": by,
                "basis": basis,
                "stages": STAGES,
                "rows": [
                    {
                        "key": row.key,
                        "label": row.label,
                        "values": row.values,
                        "records": row.records,
                        "stage_records": row.stage_records,
                    }
                    for row in rows
                ],
            }
        )


def _described(metric: Metric) -> dict[str, Any]:
    return dict(MetricOut(metric).data)


def as_sent(value: Decimal | None, unit: Unit) -> int | float | str | None:
    """A value as programs get it: a whole number of a count, money exact as a string, everything else a number."""
    if value is None:
        return None
    if unit is Unit.COUNT:
        return int(value)
    return f"{value:.2f}" if unit is Unit.MONEY else round(float(value), 6)


def _whole(name: str, text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise Invalid(f"“{text[:40]}” is not the id of a {name}.", fields={name: ["Not an id."]})
    return int(text)
