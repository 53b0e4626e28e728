"""What OpenAPI says beyond what the views say themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from smarketing.api.idempotency import HEADER, LONGEST_KEY, heeds_key

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        f"The request happens once, however often it is sent with the same key; 1 to {LONGEST_KEY} characters. Its"
        " answer is given again, with an empty text where the first told a secret (a token, the link of an invitation):"
        " that is kept nowhere."
    ),
)

ERROR = {
    "type": "object",
    "required": ["code", "message", "fields"],
    "properties": {
        "code": {"type": "string", "description": "Stable; for programs."},
        "message": {"type": "string", "description": "A sentence for people."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "What is wrong with which field.",
        },
    },
}
REFUSALS = {
    "400": "The request could not be read.",
    "401": "No token or session, or one that is not valid.",
    "403": "The role does not permit it.",
    "404": "There is nothing here that the person may see.",
    "409": "The state has moved on meanwhile, or the Idempotency-Key was used for another request.",
    "422": "The input breaks a rule.",
    "429": "Too many requests; Retry-After says how long to wait.",
}


class Description(AutoSchema):
    """Says where an Idempotency-Key is heeded."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """The header, on every POST that happens once however often it is sent."""
        given: list[OpenApiParameter] = super().get_override_parameters()
        return [*given, IDEMPOTENCY_KEY] if self.method == "POST" and heeds_key(self.view) else given


class BearerScheme(OpenApiAuthenticationExtension):
    """Describes bearer tokens."""

    target_class = "smarketing.api.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """As OpenAPI has it."""
        return {"type": "http", "scheme": "bearer"}


def add_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Adds the one form of refusals to every operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            for status, description in REFUSALS.items():
                operation["responses"].setdefault(status, {"description": description, "content": content})
    return result
