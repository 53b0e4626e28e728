"""What programs send, and serializers that are built once a process: to build one takes longer than to use it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

NOT_OURS = frozenset({"csrfmiddlewaretoken"})
"""Names that a form in a browser adds to what it sends."""


class Asked(Serializer[Any]):
    """What a program asks for. A name that the request does not have is refused: it would be lost without a word.

    `shown`: the serializer by which the program reads the same thing. Where it changes the thing (`partial`, or
    `replaces` for a PUT), these names are let through and not heeded: what was read can be sent back whole. Where it
    makes a new one, they are refused too.
    """

    shown: ClassVar[type[Serializer[Any]] | None] = None
    replaces: ClassVar[bool] = False

    def to_internal_value(self, data: Any) -> Any:
        """The validated values; raises ValidationError that names every unknown field."""
        if isinstance(data, Mapping):
            unknown = set(data) - _names(type(self), self.partial or self.replaces)
            if unknown:
                raise ValidationError({str(name): ["There is no such field."] for name in sorted(unknown, key=str)})
        return super().to_internal_value(data)


@cache
def _names(serializer: type[Asked], changes: bool) -> frozenset[str]:
    """The names that a request may have."""
    shown = serializer.shown if changes else None
    return frozenset(serializer().fields) | frozenset(shown().fields if shown else ()) | NOT_OURS


@cache
def _built(serializer: type[Serializer[Any]]) -> Serializer[Any]:
    return serializer()


def read(serializer: type[Serializer[Any]], given: Any) -> dict[str, Any]:
    """What a program sent, validated. Raises ValidationError as `is_valid(raise_exception=True)` does."""
    values: dict[str, Any] = _built(serializer).run_validation(given)
    return values


def written(serializer: type[Serializer[Any]], row: object) -> dict[str, Any]:
    """`row` as the API gives it. For serializers that ask nothing of the request."""
    data: dict[str, Any] = _built(serializer).to_representation(row)
    return data
