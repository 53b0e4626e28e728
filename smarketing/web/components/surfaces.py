"""What pages are laid out with: cards, figures, facts, timelines, charts, dialogs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from smarketing.web.components.html import EMPTY, html_attributes, icon_svg, render_component, stash, unstash
from smarketing.web.components.marks import pace

register = template.Library()


@register.simple_block_tag(takes_context=True)
def card(
    context: Context,
    content: str,
    title: str = "",
    note: str = "",
    badge: str = "",
    tone: str = "",
    side: str = "",
    count: int | None = None,
    count_tone: str = "",
    ruled: bool = False,
    flush: bool = False,
    id: str = "",
    href: str = "",
    **attributes: Any,
) -> SafeString:
    """A surface with a title, a quiet note, a badge, actions at its right and a foot."""
    values = {
        "title": title,
        "note": note,
        "badge": badge,
        "tone": tone,
        "side": side,
        "count": count,
        "count_tone": count_tone,
        "ruled": ruled,
        "href": href,
        "content": content,
        "actions": unstash(context, "card_actions"),
        "foot": unstash(context, "card_foot"),
        "attributes": html_attributes({"id": id, "data_flush": flush} | attributes),
    }
    return render_component("card", values)


@register.simple_block_tag(takes_context=True)
def card_actions(context: Context, content: str) -> str:
    """What stands at the right of the card's title."""
    return stash(context, "card_actions", content)


@register.simple_block_tag(takes_context=True)
def card_foot(context: Context, content: str) -> str:
    """The card's last line, under a rule."""
    return stash(context, "card_foot", content)


@register.simple_block_tag
def banner(content: str, title: str, tone: str = "", icon: str = "", **attributes: Any) -> SafeString:
    """What must be known before anything else on the page, with its why."""
    return format_html(
        '<div class="banner"{}>{}<p class="banner-title">{}</p><div class="banner-text">{}</div></div>',
        html_attributes({"data_tone": tone} | attributes),
        icon_svg(icon, 18, "") if icon else "",
        title,
        content,
    )


@register.simple_block_tag
def stats(content: str) -> SafeString:
    """A strip of big numbers."""
    return format_html('<div class="stats">{}</div>', content)


@register.simple_tag
def stat(
    label: str,
    value: Any,
    of: Any = "",
    note: str = "",
    tone: str = "",
    href: str = "",
    title: str = "",
    **attributes: Any,
) -> SafeString:
    """One big number with its target or period; with `href`, the way to the records behind it."""
    return render_component(
        "stat",
        {
            "label": label,
            "value": value,
            "of": of,
            "note": note,
            "tone": tone,
            "href": href,
            "attributes": html_attributes({"title": title} | attributes),
        },
    )


@register.simple_block_tag
def commitments(content: str) -> SafeString:
    """The rows of what a side owes."""
    return format_html('<div class="commitments">{}</div>', content)


@register.simple_tag
def commitment(
    title: str,
    note: str = "",
    value: Any = "",
    of: Any = "",
    share: float | Decimal | None = None,
    expected: float | Decimal | None = None,
    side: str = "",
    delta: str = "",
    tone: str = "",
    href: str = "",
) -> SafeString:
    """A promise as a sentence, where it stands, and where it should stand by now."""
    return render_component(
        "commitment",
        {
            "title": title,
            "note": note,
            "value": value,
            "of": of,
            "delta": delta,
            "tone": tone,
            "href": href,
            "bar": pace(share, expected, side) if share is not None else EMPTY,
        },
    )


@register.simple_tag
def points(rows: Any, total: float | None = None) -> SafeString:
    """The parts of a score; they sum to the total."""
    parts = [
        {"label": row[0], "points": row[1], "note": row[2] if len(row) > 2 else "", "negative": row[1] < 0}
        for row in rows
    ]
    return render_component("points", {"parts": parts, "total": total})


@register.simple_block_tag
def facts(content: str, stacked: bool = False) -> SafeString:
    """What is known, as names and values."""
    return format_html('<dl class="facts"{}>{}</dl>', html_attributes({"data_stacked": stacked}), content)


@register.simple_block_tag
def fact(content: str, label: str) -> SafeString:
    """One name and its value; a dash where there is none."""
    return format_html(
        "<dt>{}</dt><dd>{}</dd>", label, content if content.strip() else mark_safe('<span class="third">–</span>')
    )


@register.simple_block_tag
def timeline(content: str, label: str = "Timeline") -> SafeString:
    """What happened, newest first."""
    return format_html('<ol class="timeline" aria-label="{}">{}</ol>', label, content)


@register.simple_block_tag
def moment(
    content: str,
    title: str,
    at: datetime | None = None,
    when: str = "",
    note: str = "",
    side: str = "",
    tone: str = "",
    href: str = "",
    clock: bool = False,
) -> SafeString:
    """One thing that happened: what, when, and a line of detail."""
    return render_component(
        "moment",
        {
            "title": title,
            "at": at,
            "clock": clock,
            "when": when,
            "note": note,
            "side": side,
            "tone": tone,
            "href": href,
            "content": content if content.strip() else "",
        },
    )


@register.simple_tag
def progress(value: float | None, max: float | None, label: str, note: str = "", tone: str = "") -> SafeString:
    """How far a long job has come; without `max` it is not known yet."""
    known = max is not None and max > 0
    return render_component(
        "progress",
        {
            "value": value or 0,
            "max": max,
            "known": known,
            "share": (value or 0) / max if known and max else None,
            "label": label,
            "note": note,
            "tone": tone,
        },
    )


@register.simple_block_tag
def empty(content: str, title: str, text: str = "", icon: str = "") -> SafeString:
    """Nothing here, and what to do next."""
    return render_component(
        "empty", {"title": title, "text": text, "icon": icon, "content": content if content.strip() else ""}
    )


@register.simple_block_tag
def help(content: str, title: str = "About this page") -> SafeString:
    """What the screen is for and where its numbers come from, one click away."""
    return format_html(
        '<details class="help"><summary>{}{}</summary><div class="help-body">{}</div></details>',
        icon_svg("circle-question-mark", 14, ""),
        title,
        content,
    )


@register.simple_block_tag
def more(content: str, label: str, open: bool = False) -> SafeString:
    """Detail one click away."""
    return format_html(
        '<details class="disclosure"{}><summary>{}{}</summary><div>{}</div></details>',
        html_attributes({"open": open}),
        icon_svg("chevron-right", 14, ""),
        label,
        content,
    )


@register.simple_block_tag(takes_context=True)
def chart(
    context: Context,
    content: str,
    url: str,
    title: str,
    note: str = "",
    height: str = "",
    id: str = "",
    caption: bool = True,
    table_label: str = "Show the numbers",
) -> SafeString:
    """A chart drawn from the figure JSON at `url`, with its table, which is all there is without JavaScript."""
    return render_component(
        "chart",
        {
            "url": url,
            "title": title,
            "note": note,
            "height": height,
            "id": id,
            "caption": caption,
            "table_label": table_label,
            "content": content,
        },
    )


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, title: str, note: str = "", size: str = "") -> SafeString:
    """The inside of a modal when HTMX asks for it, a card of its own when a browser does."""
    request = context.get("request")
    modal = bool(getattr(request, "htmx", False))
    return render_component("dialog", {"title": title, "note": note, "size": size, "modal": modal, "content": content})


TOASTS = {
    "error": ("broken", "circle-alert"),
    "warning": ("risk", "triangle-alert"),
    "success": ("kept", "circle-check"),
}


@register.simple_tag
def toast(message: Any) -> SafeString:
    """A message of django.contrib.messages in the corner; errors stay until dismissed."""
    tone, icon = TOASTS.get(getattr(message, "level_tag", ""), ("", "info"))
    return render_component("toast", {"message": message, "tone": tone, "icon": icon})


@register.simple_block_tag(takes_context=True)
def keep(context: Context, content: str, name: str) -> str:
    """Keeps a rendered block under a name, so that a layout can say a page's title twice."""
    context[name] = mark_safe(content.strip())  # noqa: S308 (rendered, so already escaped)
    return EMPTY
