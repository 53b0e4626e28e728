"""The errors that the product raises on purpose, each with a stable code and a sentence for people.

`smarketing.web` turns them into pages and fragments, `smarketing.api` into `{"code", "message", "fields"}`.
"""

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """Something a person asked for cannot be done. Carries a code, a sentence and, per field, what is wrong."""

    http_status = 422
    default_code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields = {name: list(texts) for name, texts in (fields or {}).items()}


class Invalid(DomainError):
    """The input breaks a rule."""


class Conflict(DomainError):
    """The state of the world has moved on: somebody else was first, or the thing is already done."""

    http_status = 409
    default_code = "conflict"


class NotAllowed(DomainError):
    """The person's role does not permit this."""

    http_status = 403
    default_code = "not_allowed"


class NotFound(DomainError):
    """There is no such thing, or this person may not know of it."""

    http_status = 404
    default_code = "not_found"
