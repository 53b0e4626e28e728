"""Every refusal of the API has one form: `{"code", "message", "fields"}`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler
from rest_framework.views import set_rollback

from smarketing.lib.errors import DomainError


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The response to an error raised in an API view; None (a 500) where it is not a refusal."""
    if isinstance(error, DomainError):
        set_rollback()
        return _response(error.code, error.message, error.fields, error.http_status)
    response = drf_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        code, message, fields = "invalid", "Some values were not accepted.", _fields(error.detail)
    elif isinstance(error, Http404 | exceptions.NotFound):
        code, message, fields = "not_found", "There is nothing here that you may see.", {}
    elif isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        code, message, fields = "not_allowed", "Your role does not permit this.", {}
    else:
        detail = getattr(error, "detail", "")
        code, message, fields = getattr(detail, "code", "error"), str(detail), {}
    headers = {name: value for name, value in response.items() if name in ("WWW-Authenticate", "Retry-After")}
    return _response(code, message, fields, response.status_code, headers)


def _response(
    code: str, message: str, fields: dict[str, list[str]], status: int, headers: dict[str, str] | None = None
) -> Response:
    return Response({"code": code, "message": message, "fields": fields}, status=status, headers=headers)


def _fields(detail: Any) -> dict[str, list[str]]:
    """Validation details flattened to one list of sentences per field, nested names joined by dots."""
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in detail.items():
            for key, texts in _fields(inner).items():
                flat[f"{name}.{key}" if key else str(name)] = texts
        return flat
    if isinstance(detail, list):
        if all(not isinstance(item, dict | list) for item in detail):
            return {"": [str(item) for item in detail]}
        flat = {}
        for index, inner in enumerate(detail):
            for key, texts in _fields(inner).items():
                flat[f"{index}.{key}" if key else str(index)] = texts
        return flat
    return {"": [str(detail)]}
