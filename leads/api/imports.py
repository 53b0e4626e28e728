"""Imports for programs: send a file with its mapping, follow it, read what was refused."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from leads.models import ImportReject, ImportRun
from leads.permissions import can_import
from leads.selectors.imports import import_list
from leads.services.importing import Choices, cancel_run, create_run, start_run
from leads.services.importing.runs import run_for
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedApiRequest
from smarketing.api.permitting import asks
from smarketing.api.serializing import Asked
from smarketing.api.viewsets import ReadViewSet


class ImportOut(serializers.ModelSerializer[ImportRun]):
    """An import and how far it is."""

    class Meta:
        model = ImportRun
        fields = (
            "id",
            "kind",
            "state",
            "filename",
            "size_bytes",
            "bytes_read",
            "mapping",
            "defaults",
            "dates",
            "decimal",
            "known",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
            "rows_read",
            "rows_created",
            "rows_updated",
            "rows_unchanged",
            "rows_kept",
            "rows_rejected",
            "message",
        )
        read_only_fields = fields


class JsonText(serializers.CharField):
    """A JSON object in a field of a multipart form."""

    def to_internal_value(self, data: Any) -> Any:
        """The object."""
        try:
            value = json.loads(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError("Not JSON.") from error
        if not isinstance(value, dict):
            raise serializers.ValidationError("Not a JSON object.")
        return value


class ImportIn(Asked):
    """A file to import. Without a mapping the headings are guessed."""

    kind = serializers.ChoiceField(choices=ImportRun.Kind.choices)
    file = serializers.FileField(allow_empty_file=True)
    mapping = JsonText(required=False, help_text='JSON object, column → field or list of fields: {"Mail": "email"}.')
    defaults = JsonText(required=False, help_text="JSON object, field → value for rows that leave it empty.")
    dates = serializers.ChoiceField(
        required=False,
        choices=ImportRun.Dates.choices,
        allow_blank=True,
        help_text="Which number of 03/04/2026 is the day, where the values of a column do not prove it.",
    )
    decimal = serializers.ChoiceField(
        required=False,
        choices=ImportRun.Decimal.choices,
        allow_blank=True,
        help_text="What 1.234 means, where the values of a column do not prove it.",
    )
    known = serializers.ChoiceField(
        required=False,
        choices=ImportRun.Known.choices,
        help_text="What happens to values of leads and companies that are known already.",
    )


class RejectOut(serializers.ModelSerializer[ImportReject]):
    """A refused row."""

    class Meta:
        model = ImportReject
        fields = ("row_number", "cells", "reasons")
        read_only_fields = fields


class ImportViewSet(ReadViewSet):
    """Imports."""

    serializer_class = ImportOut
    queryset = ImportRun.objects.none()
    filterset_fields = ("kind", "state")
    parser_classes = (MultiPartParser, JSONParser)

    def get_queryset(self) -> QuerySet[ImportRun]:
        """Imports that the token's person may see."""
        user = self.request.user
        return import_list(user) if isinstance(user, User) else ImportRun.objects.none()

    @extend_schema(request={"multipart/form-data": ImportIn}, responses={201: ImportOut})
    @asks(can_import)
    def create(self, request: AuthenticatedApiRequest) -> Response:
        """Takes a file and puts it into the queue."""
        require(can_import, request.user)
        given = ImportIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        file = values["file"]
        run = create_run(values["kind"], filename=file.name, chunks=file.chunks(), actor=request.user, now=now())
        run = start_run(
            run.pk,
            values.get("mapping", run.mapping),
            {**run.defaults, **values.get("defaults", {})},
            Choices(values.get("dates", run.dates), values.get("decimal", run.decimal), values.get("known", run.known)),
            actor=request.user,
            now=now(),
        )
        return Response(ImportOut(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ImportOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """Stops an import; what has gone in stays."""
        return Response(ImportOut(cancel_run(int(pk), actor=request.user, now=now())).data)

    @extend_schema(responses=RejectOut(many=True))
    @action(detail=True, pagination_class=None)
    def rejects(self, request: AuthenticatedApiRequest, pk: str) -> Response:
        """The first 1,000 refused rows, each with its reasons."""
        run = run_for(request.user, int(pk))
        return Response(RejectOut(run.rejects.all()[:1000], many=True).data)
