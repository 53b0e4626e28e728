"""What a program asks a list for, read as strictly as what it sends."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import QuerySet
from django.forms import ChoiceField, Form, ModelChoiceField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from smarketing.api.serializing import choices_told

F = TypeVar("F", bound=Form)


def heeded(form: F) -> F:
    """The filter form, once all of it can be heeded; raises ValidationError that names each wrong parameter.

    A page narrows by what it understands, where a person sees what was narrowed. A program does not look: a list of
    everybody in place of the few that it meant would be acted upon. What may be given instead is told where it is a
    short list.
    """
    if not form.is_valid():
        raise ValidationError({name: _told(form, name) for name in form.errors})
    return form


def _told(form: Form, name: str) -> list[str]:
    """What is wrong with a parameter."""
    field = form.fields.get(name)
    wrong = form.errors.as_data()[name]
    if not isinstance(field, ChoiceField) or any(error.code != "invalid_choice" for error in wrong):
        return [str(said) for said in form.errors[name]]
    given = form.data.get(form.add_prefix(name))
    if isinstance(field, ModelChoiceField):
        if field.to_field_name is None:
            return [f"There is none with the id “{given}”."]
        codes = list(field.queryset.values_list(field.to_field_name, flat=True)) if field.queryset is not None else []
    else:
        choices: Any = field.choices
        codes = [value for value, _ in choices if value != ""]
    return [f"“{given}” is none of the choices. Give one of: {choices_told(codes)}."]


class Filters(DjangoFilterBackend):
    """`filterset_fields` and `filterset_class`, refused in the same words as the forms of lists."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """The rows that the parameters ask for."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        heeded(filterset.form)
        narrowed: QuerySet[Any] = filterset.qs
        return narrowed
