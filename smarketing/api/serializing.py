"""What programs send, and serializers that are built once a process: to build one takes longer than to use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, ClassVar

from rest_framework.exceptions import ValidationError
from rest_framework.fields import CharField, ChoiceField, Field, ListField
from rest_framework.serializers import Serializer

NOT_OURS = frozenset({"csrfmiddlewaretoken"})
"""Names that a form in a browser adds to what it sends."""


def choices_told(codes: Iterable[object]) -> str:
    """What may be given, for the end of a refusal."""
    return ", ".join(str(code) for code in codes)


class AgreedCode(CharField):
    """The code of an entry of an agreed list, as text. `codes` gives all codes, each with whether it may be given."""

    default_error_messages: ClassVar[dict[str, str]] = {
        "unknown": "“{given}” is no code of the list. Give one of: {codes}."
    }

    def __init__(self, codes: Callable[[], Mapping[str, bool]], **options: Any) -> None:
        super().__init__(**options)
        self.codes = codes

    def to_internal_value(self, data: Any) -> str:
        """The code; whether a retired one may still be given, the service says."""
        given: str = super().to_internal_value(data)
        codes = self.codes()
        if given not in codes:
            self.fail("unknown", given=given, codes=choices_told(code for code, in_use in codes.items() if in_use))
        return given


class Asked(Serializer[Any]):
    """What a program asks for. A name that the request does not have is refused: it would be lost without a word.

    `shown`: the serializer by which the program reads the same thing. Where it changes the thing (`partial`, or
    `replaces` for a PUT), these names are let through and not heeded: what was read can be sent back whole. Where it
    makes a new one, they are refused too, and where nothing else is sent: a change that changes nothing would look
    like one. A value that is none of a field's choices is refused by telling them.
    """

    shown: ClassVar[type[Serializer[Any]] | None] = None
    replaces: ClassVar[bool] = False

    def to_internal_value(self, data: Any) -> Any:
        """The validated values; raises ValidationError that names every unknown field."""
        if isinstance(data, Mapping):
            unknown = set(data) - _names(type(self), self.partial or self.replaces)
            if unknown:
                raise ValidationError({str(name): ["There is no such field."] for name in sorted(unknown, key=str)})
            given = set(data) - NOT_OURS
            if self.partial and given and given.isdisjoint(self.fields):
                raise ValidationError({name: ["This is only read here."] for name in sorted(given)})
        return super().to_internal_value(data)

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        """The fields; those with choices tell them."""
        found: dict[str, Field[Any, Any, Any, Any]] = super().get_fields()
        for field in found.values():
            _tell_choices(field.child if isinstance(field, ListField) else field)
        return found


def _tell_choices(field: Field[Any, Any, Any, Any] | None) -> None:
    if isinstance(field, ChoiceField):
        told = choices_told(field.choices).replace("{", "{{").replace("}", "}}")
        field.error_messages["invalid_choice"] = f"“{{input}}” is none of the choices. Give one of: {told}."


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
