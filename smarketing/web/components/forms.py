"""Forms: fields with label, help and errors, the summary of what is wrong, fieldsets."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField, Form
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from smarketing.web.components.html import html_attributes, render_component

register = template.Library()


@register.simple_tag
def field(
    field: BoundField,
    label: str = "",
    help: str = "",
    placeholder: str = "",
    mark: str = "optional",
    autofocus: bool = False,
    span: bool = False,
    **attributes: Any,
) -> SafeString:
    """A form field of any kind with label, help and errors, tied together for screen readers.

    `mark` names the fields that are marked: the `optional` ones, the `required` ones, or none.
    """
    widget = field.field.widget
    attrs = {raw.replace("_", "-"): value for raw, value in attributes.items()}
    if placeholder:
        attrs["placeholder"] = placeholder
    if autofocus:
        attrs["autofocus"] = True
    help = help or str(field.help_text or "")
    described = [f"{field.auto_id}_helptext"] * bool(help) + [f"{field.auto_id}_error"] * bool(field.errors)
    if described and field.auto_id:
        attrs["aria-describedby"] = " ".join(described)
    kept_as = "required" if field.field.required else "optional"
    kind = (
        "choice"
        if isinstance(widget, CheckboxInput)
        else "choices"
        if isinstance(widget, RadioSelect | CheckboxSelectMultiple)
        else "plain"
    )
    return render_component(
        "field",
        {
            "field": field,
            "kind": kind,
            "file": isinstance(widget, FileInput),
            "label": label or field.label,
            "help": help,
            "mark": mark if mark == kept_as and kind != "choice" and not field.field.disabled else "",
            "span": span,
            "widget": field.as_widget(attrs=attrs),
        },
    )


@register.simple_tag
def error_summary(form: Form, focus: bool = True) -> SafeString:
    """What is wrong with the form, each with the way to its field; also the place where refusals appear.

    The inputs that a form carries unseen come with it (`smarketing.web.asking`).
    """
    unseen = form.hidden_parts() if hasattr(form, "hidden_parts") else ""
    # What is said at a tick box is a question, which is put once: there.
    rows = [
        {"field": field, "errors": [""] if isinstance(field.field.widget, CheckboxInput) else field.errors}
        for field in form
        if field.errors and not field.is_hidden
    ]
    hidden = [error for field in form.hidden_fields() for error in field.errors]
    context = {"rows": rows, "errors": [*form.non_field_errors(), *hidden], "focus": focus}
    return format_html("{}{}", unseen, render_component("error_summary", context))


def rarer_mark(form: Form) -> str:
    """Which fields of a form are marked: the fewer kind, and none where all are alike."""
    required = [bound.field.required for bound in form.visible_fields() if not bound.field.disabled]
    if all(required) or not any(required):
        return ""
    return "optional" if sum(required) * 2 >= len(required) else "required"


@register.simple_tag
def form_fields(form: Form, cols: int = 1) -> SafeString:
    """The summary of problems and every field of a form."""
    return format_html(
        '{}{}<div class="fields"{}>{}</div>',
        error_summary(form),
        format_html_join("", "{}", ((hidden,) for hidden in form.hidden_fields())),
        html_attributes({"data_cols": cols if cols > 1 else None}),
        format_html_join("", "{}", ((field(visible, mark=rarer_mark(form)),) for visible in form.visible_fields())),
    )


@register.simple_block_tag
def form_actions(content: str) -> SafeString:
    """The buttons of a form."""
    return format_html('<div class="form-actions">{}</div>', content)


@register.simple_block_tag
def fieldset(content: str, legend: str, cols: int = 1) -> SafeString:
    """Fields that belong together."""
    return format_html(
        '<fieldset class="fieldset"><legend>{}</legend><div class="fields"{}>{}</div></fieldset>',
        legend,
        html_attributes({"data_cols": cols if cols > 1 else None}),
        content,
    )
