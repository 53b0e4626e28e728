"""What every component is built with: attributes, files of components, blocks kept for one another, icons."""

from __future__ import annotations

import functools
from html import escape
from typing import Any

from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

EMPTY = SafeString("")


def html_attributes(given: dict[str, Any]) -> SafeString:
    """Attributes as HTML; a value that is already safe is not escaped again."""
    found = []
    for raw, value in given.items():
        if value is None or value is False or value == "":
            continue
        name = "class" if raw == "cls" else raw.replace("_", "-")
        if value is True:
            found.append(f" {name}")
        else:
            found.append(f' {name}="{value if hasattr(value, "__html__") else escape(str(value))}"')
    return SafeString("".join(found))


def render_component(name: str, values: dict[str, Any], context: Context | None = None) -> SafeString:
    """The file of a component, drawn with these values."""
    request = context.get("request") if context is not None else None
    return mark_safe(get_template(f"components/{name}.html").render(values, request))  # noqa: S308 (a template's output)


def _kept(context: Context) -> dict[str, str]:
    """What a block inside another leaves for it; parted by template, so that an include keeps its own."""
    place: Any = context.render_context
    return place.setdefault("ui", {})


def stash(context: Context, name: str, content: str) -> str:
    """Keeps what a block drew for the block around it, and draws nothing in its place."""
    _kept(context)[name] = content
    return EMPTY


def unstash(context: Context, name: str) -> str:
    """What a block inside has kept under this name; nothing where there was none."""
    return _kept(context).pop(name, EMPTY)


@functools.lru_cache(maxsize=512)
def icon_svg(name: str, size: int, label: str) -> SafeString:
    """An icon of the Lucide set as inline SVG; decoration unless it has a label."""
    named: dict[str, Any] = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    cls = "icon" if size >= 16 else "icon icon-small"
    return mark_safe(lucide(name, size=size, stroke_width="1.75", **{"class": cls}, **named))  # noqa: S308 (a library's file)
