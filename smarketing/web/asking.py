"""What every form of the pages can do besides checking its fields.

- It shows what a service refused at the field that is meant, with everything that was typed (`refuse`).
- It carries a key, by which sending it twice happens once (`smarketing.web.once`).
- A form of something that is there already (`EditForm`) also carries how each field stood when the page was drawn: only
  what the person changed counts, and what somebody else changed meanwhile is neither lost nor overwritten unseen.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from smarketing.lib.errors import Conflict, DomainError

FORM_KEY = "form_key"
"""The name under which a form's key is posted."""

_REFUSAL = "_refusal"
_READ = "_read_by_form"


def refuse(data: Any, refusal: DomainError) -> None:
    """Makes the next form that reads this posted data show what a service refused."""
    setattr(data, _REFUSAL, refusal)


def was_read(data: Any) -> bool:
    """Whether a form that can show a refusal has read this posted data."""
    return bool(getattr(data, _READ, False))


class AskingMixin:
    """See the module. `refusal_fields` maps names that services use to the form's own, where they differ."""

    refusal_fields: Mapping[str, str] = {}

    def full_clean(self: Any) -> None:
        """Checks the fields; what a service has refused is said where it belongs."""
        super().full_clean()  # type: ignore[misc]
        if not self.is_bound:
            return
        setattr(self.data, _READ, True)
        refusal = getattr(self.data, _REFUSAL, None)
        if refusal is not None:
            self._show(refusal)

    def _show(self: Any, refusal: DomainError) -> None:
        unplaced = []
        for given, texts in refusal.fields.items():
            name = self._field_named(given)
            if name:
                self.add_error(name, texts)
            else:
                unplaced += texts
        # A conflict names what stands in the way, which its fields do not repeat.
        if unplaced or not refusal.fields or isinstance(refusal, Conflict):
            self.add_error(None, list(dict.fromkeys([refusal.message, *unplaced])))

    def _field_named(self: Any, given: str) -> str:
        names = (given, self.refusal_fields.get(given, ""), f"{given}_id", given.removesuffix("_id"))
        return next((name for name in names if name in self.fields), "")

    def hidden_parts(self) -> SafeString:
        """Inputs that stand in the form unseen."""
        return format_html('<input type="hidden" name="{}" value="{}">', FORM_KEY, secrets.token_urlsafe(12))


class Form(AskingMixin, forms.Form):
    """A form that is posted."""


class EditMixin(AskingMixin):
    """A form of something that others may be changing too. Its `initial` is how that stands now.

    After cleaning, `mine` names the fields that the person changed. Fields that only somebody else changed come out as
    they stand now; one that both changed is refused, with what the other wrote.
    """

    mine: frozenset[str] = frozenset()

    def _clean_fields(self: Any) -> None:
        super()._clean_fields()  # type: ignore[misc]
        seen_at_all = any(self.add_initial_prefix(name) in self.data for name in self.fields)
        mine, self._moved = set(), set()
        for name, field in self.fields.items():
            bound = self[name]
            if field.disabled:
                continue
            now, given = self.get_initial_for_field(field, name), _lines(bound.data)
            if not seen_at_all:
                if field.has_changed(now, given):
                    mine.add(name)
                continue
            seen = _lines(self._widget_data_value(field.hidden_widget(), bound.html_initial_name))
            changed, moved = _differ(field, seen, given), field.has_changed(now, seen)
            if changed:
                mine.add(name)
                if moved and field.has_changed(now, given):
                    self._moved.add(name)
                    words = _words(field, now)
                    self.add_error(
                        name,
                        f"Somebody else {f'changed this to “{words}”' if words else 'emptied this'} while you had the "
                        "page open. Send it again to have it your way.",
                    )
            elif moved and name in self.cleaned_data:
                self._take(name, field, now)
        self.mine = frozenset(mine)

    def changes(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of `values`, as a service takes them, those that the person changed; "owner_id" is of the field "owner"."""
        return {
            name: value for name, value in values.items() if name in self.mine or name.removesuffix("_id") in self.mine
        }

    def _take(self: Any, name: str, field: forms.Field, now: Any) -> None:
        try:
            self.cleaned_data[name] = field.clean(field.prepare_value(now))
        except ValidationError:
            # It can no longer be chosen, such as a campaign that was put away: what the page showed goes out.
            return

    def hidden_parts(self: Any) -> SafeString:
        """Also how each field stood when the person last saw it."""
        return format_html("{}{}", super().hidden_parts(), format_html_join("", "{}", self._seen()))

    def _seen(self: Any) -> list[tuple[SafeString]]:
        moved: set[str] = getattr(self, "_moved", set())
        parts = []
        for name, field in self.fields.items():
            if field.disabled:
                continue
            widget, posted = field.hidden_widget(), self.add_initial_prefix(name)
            if self.is_bound and name not in moved and posted in self.data:
                value = self._widget_data_value(widget, posted)
            else:
                value = field.prepare_value(self.get_initial_for_field(field, name))
            parts.append((SafeString(widget.render(posted, value)),))
        return parts


class EditForm(EditMixin, forms.Form):
    """A form of something that others may be changing too."""


def _lines(raw: Any) -> Any:
    """Browsers send line breaks as two characters, whatever stood there."""
    return raw.replace("\r\n", "\n") if isinstance(raw, str) else raw


def _differ(field: forms.Field, seen: Any, given: Any) -> bool:
    """Whether two posted values of a field mean different things."""
    if isinstance(field, forms.ModelChoiceField):
        return bool(field.has_changed(seen, given))
    try:
        return bool(field.has_changed(field.to_python(seen), given))
    except ValidationError:
        return True


def _words(field: forms.Field, value: Any) -> str:
    """A value as the form's reader knows it; empty for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, "", []):
        return ""
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        raw = field.prepare_value(value)
        keys = raw if isinstance(raw, list) else [raw]
        found = field.queryset.model.objects.filter(**{f"{field.to_field_name or 'pk'}__in": keys})
        return ", ".join(field.label_from_instance(row) for row in found)
    if isinstance(field, forms.ChoiceField):
        return next((str(label) for key, label in _flat(field.choices) if str(key) == str(value)), str(value))
    return str(field.widget.format_value(field.prepare_value(value)) or value)


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    return [pair for key, label in choices for pair in (label if isinstance(label, list | tuple) else [(key, label)])]
