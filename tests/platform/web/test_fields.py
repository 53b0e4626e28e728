"""Inputs and selects are written exactly as Django's templates write them."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe

from smarketing.web.forms import DateInput, MoneyInput, Renderer, SearchInput

HOSTILE = "<\"&'>"
CHOICES = [
    ("", "Any"),
    ("a", HOSTILE),
    (2, lazystr("Two")),
    (HOSTILE, "Named"),
    ("Group & co", [("x", "X"), ("y", mark_safe("<b>"))]),
]


@pytest.mark.parametrize("value", [None, "", "a", 2, HOSTILE, "x", 0, True])
@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput(attrs={"class": "a", "autofocus": True, "hidden": False, "data-x": HOSTILE, "maxlength": 1000}),
        forms.NumberInput(attrs={"min": 1000}),
        forms.EmailInput(),
        forms.URLInput(),
        forms.HiddenInput(),
        DateInput(),
        MoneyInput(),
        SearchInput(),
        forms.Select(choices=CHOICES, attrs={"required": True, "title": HOSTILE}),
        forms.NullBooleanSelect(),
        forms.SelectMultiple(choices=CHOICES),
        forms.Textarea(),
        forms.CheckboxInput(),
        forms.RadioSelect(choices=CHOICES),
    ],
)
def test_widgets_are_drawn_as_by_django(widget: forms.Widget, value: Any) -> None:
    given = [value] if isinstance(widget, forms.SelectMultiple) else value
    drawn, expected = (
        widget.render(HOSTILE, given, attrs={"id": "id_1"}, renderer=renderer)
        for renderer in (Renderer(), DjangoTemplates())
    )
    assert drawn == expected
    assert hasattr(drawn, "__html__")
