"""Inputs that browsers help with: pickers for dates, the right keyboard on a phone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from html import escape as plain
from typing import Any

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.models import ModelChoiceIterator
from django.forms.renderers import BaseRenderer, DjangoTemplates
from django.forms.utils import flatatt
from django.utils.html import conditional_escape as escape
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

DASHES = BLANK_CHOICE_DASH[0][1]


class DateInput(forms.DateInput):
    """The browser's date picker; its value is always ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's time picker."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    """The browser's picker of date and time, in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class MoneyInput(forms.TextInput):
    """An amount; a text field, so that “1.234,56” reaches the server and can be talked about."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off"} | (attrs or {}))


class FittingSelect(forms.Select):
    """A choice that offers only what fits another choice of its form, by `fits`: value → values of the other.

    Without JavaScript all is offered, and what does not fit is refused.
    """

    def __init__(self, other: str, fits: Mapping[str, Collection[str]]) -> None:
        super().__init__(attrs={"data-fits": other})
        self.fits = fits

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option with the values that it fits."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-fit"] = " ".join(sorted(self.fits.get(str(value), ())))
        return option


class SearchInput(forms.TextInput):
    """A search field: `/` goes there, Escape empties it."""

    input_type = "search"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", "enterkeyhint": "search"} | (attrs or {}))


class LongSelect(forms.Select):
    """A choice of one among hundreds: its options are written in one go, where each else is a template of its own.

    For options that stand in no groups and have no attributes.
    """

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """The element."""
        widget = self.get_context(name, value, attrs)["widget"]
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (option["value"], mark_safe(" selected") if option["selected"] else "", option["label"])
                for _, group, _ in widget["optgroups"]
                for option in group
            ),
        )
        return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), options)


class NameSelect(forms.Select):
    """A choice of one among hundreds by their names: options in no groups, without attributes, written in one go."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """The element."""
        widget = forms.Widget.get_context(self, name, value, attrs)["widget"]
        chosen = set(self.format_value(value))
        options = (
            f'\n  <option value="{plain(str(key))}"{" selected" if str(key) in chosen else ""}>{plain(str(label))}'
            "</option>\n"
            for key, label in self.choices
        )
        head = f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>'
        return mark_safe(f"{head}{''.join(options)}\n</select>")  # noqa: S308 (each value is escaped where it is put in)


class _Names(ModelChoiceIterator):
    """The names alone: a list that can be narrowed by hundreds of records need not read them whole."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield "", str(self.field.empty_label)
        yield from self.queryset.values_list("pk", "name")


class NameField(forms.ModelChoiceField):
    """A choice among records that are called by their `name`, for the filter of a list."""

    widget = NameSelect
    iterator = _Names


class Renderer(DjangoTemplates):
    """Writes inputs and selects as Django's templates do, without a template for each option.

    A list that can be narrowed by campaign draws hundreds of options; as templates they cost more than its rows.
    """

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """The widget's HTML."""
        draw = _DRAWN.get(template_name)
        if draw is None:
            return mark_safe(super().render(template_name, context, request))  # noqa: S308 (a template's output)
        return mark_safe(draw(context["widget"]))  # noqa: S308 (each value is escaped where it is put in)


def _attributes(given: Mapping[str, Any]) -> str:
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{escape(value)}"'
        for name, value in given.items()
        if value is not False
    )


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{escape(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{escape(widget["name"])}"{value}{_attributes(widget["attrs"])}>'


def _words(option: Mapping[str, Any], required: bool) -> str:
    """An option's label; Django's row of dashes is said in words."""
    label = str(option["label"])
    if option["value"] == "" and label == DASHES:
        return "Choose…" if required else "None"
    return str(escape(label))


def _select(widget: Mapping[str, Any]) -> str:
    parts = [f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _ in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{escape(group)}">')
        parts += [
            f'\n  <option value="{escape(option["value"])}"{_attributes(option["attrs"])}>'
            f"{_words(option, widget['required'])}</option>\n"
            for option in options
        ]
        if group:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>")
    return "".join(parts)


_INPUTS = ("text", "number", "email", "url", "hidden", "date", "datetime", "time")
_DRAWN = {f"django/forms/widgets/{kind}.html": _input for kind in _INPUTS} | {
    "django/forms/widgets/select.html": _select
}
