"""What is pressed: buttons, links that look like one, menus."""

from __future__ import annotations

import functools
from typing import Any
from uuid import uuid4

from django import template
from django.template.context import Context
from django.utils.html import conditional_escape, format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from smarketing.web.components.html import html_attributes, icon_svg
from smarketing.web.components.marks import kbd

register = template.Library()


def _modal(href: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"hx_get": href, "hx_target": "#dialog-body", "hx_swap": "innerHTML", "aria_haspopup": "dialog"} | attributes


@register.simple_tag
def button(
    text: Any,
    kind: str = "",
    key: str = "",
    icon: str = "",
    href: str = "",
    type: str = "submit",
    size: str = "",
    confirm: str = "",
    modal: bool = False,
    **attributes: Any,
) -> SafeString:
    """A button, or a link that looks like one. `key` is its shortcut; `confirm` a question asked first."""
    if modal:
        attributes = _modal(href, attributes)
    rest = html_attributes(
        {"data_kind": kind, "data_size": size, "data_key": key, "data_confirm": confirm, "aria_keyshortcuts": key}
        | attributes
    )
    inner = format_html(
        "{}{}{}",
        icon_svg(icon, 16, "") if icon else "",
        text,
        format_html(' <kbd aria-hidden="true">{}</kbd>', key) if key else "",
    )
    if href:
        return SafeString(f'<a class="button" href="{conditional_escape(href)}"{rest}>{inner}</a>')
    return SafeString(f'<button class="button" type="{type}"{rest}>{inner}</button>')


@register.simple_tag
def icon_button(label: str, icon: str, href: str = "", type: str = "button", **attributes: Any) -> SafeString:
    """A button that shows only an icon; its label is spoken and shown on hover."""
    rest = html_attributes({"title": label, "aria_label": label} | attributes)
    if href:
        return format_html('<a class="icon-button" href="{}"{}>{}</a>', href, rest, icon_svg(icon, 18, ""))
    return format_html('<button class="icon-button" type="{}"{}>{}</button>', type, rest, icon_svg(icon, 18, ""))


@register.simple_tag
def menu_item(
    text: str,
    icon: str = "",
    href: str = "",
    key: str = "",
    kind: str = "",
    confirm: str = "",
    modal: bool = False,
    **attributes: Any,
) -> SafeString:
    """One line of a menu."""
    if modal:
        attributes = _modal(href, attributes)
    rest = html_attributes({"data_kind": kind, "data_key": key, "data_confirm": confirm} | attributes)
    inner = format_html("{}{}{}", icon_svg(icon, 16, "") if icon else "", text, kbd(key) if key else "")
    if href:
        return format_html('<a class="menu-item" href="{}"{}>{}</a>', href, rest, inner)
    return format_html('<button class="menu-item"{}>{}</button>', rest, inner)


@register.simple_block_tag
def menu(content: str, label: str = "More", icon: str = "ellipsis", text: str = "", id: Any = "") -> SafeString:
    """A menu in the top layer, so that no table cuts it off; it opens and closes without JavaScript."""
    name = f"menu-{id or uuid4().hex[:8]}"
    if text:
        head = format_html(
            '<button class="button" type="button" popovertarget="{}">{}{}</button>',
            name,
            text,
            icon_svg("chevron-down", 14, ""),
        )
    else:
        head = icon_button(label, icon, popovertarget=name)
    return format_html(
        '<span class="menu">{}<div class="popover menu-list" id="{}" popover>{}</div></span>', head, name, content
    )


@register.simple_tag
def back(url: str, text: str) -> SafeString:
    """The way up, before the title of a page."""
    return format_html('<a class="back" href="{}">{}<span>{}</span></a>', url, icon_svg("chevron-left", 16, ""), text)


@functools.cache
def _predicate(dotted: str) -> Any:
    app, name = dotted.rsplit(".", 1)
    return import_string(f"{app}.permissions.{name}")


@register.simple_tag(takes_context=True)
def can(context: Context, predicate: str, *objects: Any) -> bool:
    """Asks the predicate that the service will ask, so that a button is shown only where it will work."""
    return bool(_predicate(predicate)(context["request"].user, *objects))
