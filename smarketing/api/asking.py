"""What a program asks a list for, read as strictly as what it sends."""

from __future__ import annotations

from typing import TypeVar

from django.forms import Form
from rest_framework.exceptions import ValidationError

F = TypeVar("F", bound=Form)


def heeded(form: F) -> F:
    """The filter form, once all of it can be heeded; raises ValidationError that names each wrong parameter.

    A page narrows by what it understands, where a person sees what was narrowed. A program does not look: a list of
    everybody in place of the few that it meant would be acted upon.
    """
    if not form.is_valid():
        raise ValidationError({name: [str(said) for said in errors] for name, errors in form.errors.items()})
    return form
