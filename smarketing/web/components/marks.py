"""Small things: icons, badges, faces, countdowns, bars."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from smarketing.web import wording
from smarketing.web.components.html import EMPTY, html_attributes, icon_svg

register = template.Library()


SIDES = {"marketing": "Marketing", "sales": "Sales"}
STAGES = {
    "inquiry": ("Inquiry", "outline"),
    "lead": ("Lead", ""),
    "mql": ("MQL", "marketing"),
    "sal": ("SAL", "sales"),
    "sql": ("SQL", "sales"),
    "opportunity": ("Opportunity", "sales"),
    "customer": ("Customer", "kept"),
    "recycled": ("Recycled", "outline"),
    "disqualified": ("Disqualified", "outline"),
}
STATES = {
    "kept": ("Kept", "kept"),
    "risk": ("At risk", "risk"),
    "broken": ("Broken", "broken"),
    "running": ("Running", ""),
    "paused": ("Paused", "outline"),
    "met": ("Met", "kept"),
    "breached": ("Late", "broken"),
    "cancelled": ("Cancelled", "outline"),
    "waived": ("Waived", "outline"),
}


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """An icon of the Lucide set as inline SVG."""
    return icon_svg(str(name), int(size), str(label)) if name else EMPTY


@register.simple_tag
def mark(size: int = 26) -> SafeString:
    """The product's mark: two rings that overlap."""
    return format_html(
        '<svg class="mark" width="{}" height="{}" viewBox="0 0 26 18" fill="none" stroke-width="2.25"'
        ' aria-hidden="true"><circle class="mark-marketing" cx="9" cy="9" r="7.5"/>'
        '<circle class="mark-sales" cx="17" cy="9" r="7.5"/></svg>',
        size,
        round(size * 18 / 26),
    )


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """A key as it is printed on a keyboard; several, parted by spaces."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in keys.split()))


@register.simple_tag
def keys(*pairs: str) -> SafeString:
    """A line of keys and what they do."""
    steps = zip(pairs[::2], pairs[1::2], strict=True)
    return format_html(
        '<p class="keys">{}</p>', format_html_join("", "<span>{} {}</span>", ((kbd(key), text) for key, text in steps))
    )


@register.simple_tag
def dot(side: str = "") -> SafeString:
    """A dot in the team's hue."""
    return format_html('<span class="dot" data-side="{}"></span>', side)


@register.simple_tag
def badge(text: Any, tone: str = "", icon: str = "", href: str = "", title: str = "", **attributes: Any) -> SafeString:
    """A short word on a tint."""
    rest = html_attributes({"data_tone": tone, "title": title, "href": href} | attributes)
    inner = f"{icon_svg(icon, 12, '') if icon else ''}{conditional_escape(text)}"
    if href:
        return SafeString(f'<a class="badge"{rest}>{inner}</a>')
    return SafeString(f'<span class="badge"{rest}>{inner}</span>')


# What a list repeats in each row and what depends on a few values alone is built once.
_kept_words = functools.lru_cache(maxsize=4096)


@register.simple_tag
@_kept_words
def stage_badge(stage: str) -> SafeString:
    """The lifecycle stage, in the hue of the team that works it."""
    text, tone = STAGES.get(str(stage), (str(stage).capitalize(), ""))
    return badge(text, tone)


@register.simple_tag
@_kept_words
def band_badge(band: str) -> SafeString:
    """The score's band: A stands out, C steps back; no hue, because hues mean teams and promises."""
    return badge(band, data_band=str(band)[:1], title=f"Fit {band[:1]}, engagement {band[1:]}") if band else EMPTY


@register.simple_tag
def side_badge(side: str, text: str = "") -> SafeString:
    """The team's name on its tint."""
    return badge(text or SIDES.get(str(side), "Both"), str(side))


@register.simple_tag
def state_badge(state: str, text: str = "") -> SafeString:
    """Kept, at risk or broken; or what a clock is doing."""
    words, tone = STATES.get(str(state), (str(state).replace("_", " ").capitalize(), ""))
    return badge(text or words, tone)


@register.simple_tag
@_kept_words
def score_badge(value: float | None, band: str = "") -> SafeString:
    """The score and its band."""
    return format_html('<span class="score">{} {}</span>', wording.number_words(value, 0), band_badge(band))


@register.simple_tag
def avatar(who: Any, side: str = "", size: str = "", href: str = "", **attributes: Any) -> SafeString:
    """Initials in a circle, in the team's hue; the name is its accessible text.

    A page where several people share theirs gives each `letters` of its own (see `smarketing.lib.initials`).
    """
    name = str(getattr(who, "name", who) or "")
    words = name.replace("@", " ").split()
    initials = (
        getattr(who, "letters", "")
        or getattr(who, "initials", "")
        or "".join(word[0] for word in (words[:1] + words[-1:])[: len(words)]).upper()
    )
    side = side or getattr(who, "side", "")
    rest = html_attributes(
        {"data_side": side, "data_size": size, "data_long": len(initials) > 2, "title": name} | attributes
    )
    said, letters = escape(name or "Nobody"), escape(initials or "?")
    if href:
        return SafeString(
            f'<a class="avatar" href="{conditional_escape(href)}" aria-label="{escape(name)}"{rest}>{letters}</a>'
        )
    return SafeString(f'<span class="avatar" role="img" aria-label="{said}"{rest}>{letters}</span>')


@register.simple_tag
def avatars(people: Any, size: str = "") -> SafeString:
    """Several people, side by side."""
    return format_html(
        '<span class="avatars">{}</span>', format_html_join("", "{}", ((avatar(who, size=size),) for who in people))
    )


@register.simple_tag
def person(who: Any, size: str = "small", none: str = "Nobody", side: str = "") -> SafeString:
    """Avatar and name. In a list give the `side` where it is known: to look it up costs a query for each person."""
    if who is None:
        return format_html('<span class="third">{}</span>', none)
    picture = avatar(who, side=side, size=size, aria_hidden="true")
    name = conditional_escape(getattr(who, "name", who))
    return SafeString(f'<span class="person">{picture} <span class="clip">{name}</span></span>')


@register.simple_tag
def countdown(
    due: datetime | None,
    state: str = "running",
    warn_at: datetime | None = None,
    late_for: timedelta | None = None,
    met_at: datetime | None = None,
    title: str = "",
) -> SafeString:
    """A clock as people say it; ticks in the browser while it runs. `late_for` is working time: the server knows it."""
    state = str(state)
    if due is None and state == "running":
        state = "paused"
    if state != "running" or due is None:
        if state == "breached" and late_for is not None:
            return badge(f"{wording.span_words(late_for)} late", "broken", title=title, data_clock=True)
        if state == "met" and met_at is not None:
            words = wording.moment_words(met_at, timezone.now(), timezone.get_current_timezone())
            return badge(f"met {words}", "kept", title=title, data_clock=True)
        words, tone = STATES.get(state, (state.capitalize(), ""))
        return badge(words.lower(), tone, title=title, data_clock=True)
    now, zone = timezone.now(), timezone.get_current_timezone()
    return format_html(
        '<time class="badge" datetime="{}"{}>{}</time>',
        due.isoformat(),
        html_attributes(
            {
                "data_countdown": True,
                "data_tone": wording.countdown_tone(due, now, warn_at),
                "data_warn": warn_at.isoformat() if warn_at else None,
                "title": title or f"Due {wording.exact_words(due, zone)}",
            }
        ),
        wording.countdown_words(due, now, zone),
    )


@register.simple_tag
def time_left(end: datetime) -> SafeString:
    """What is left of a meeting that runs; quiet until its last minutes. Ticks in the browser."""
    now, zone = timezone.now(), timezone.get_current_timezone()
    return format_html(
        '<time class="badge" datetime="{}" data-countdown data-left data-tone="{}" title="{}">{}</time>',
        end.isoformat(),
        wording.left_tone(end, now),
        f"Until {wording.exact_words(end, zone)}",
        wording.left_words(end, now),
    )


def _percent(value: float | Decimal | None) -> str:
    return f"{max(0.0, min(1.0, float(value or 0))) * 100:.2f}".rstrip("0").rstrip(".")


@register.simple_tag
def pace(
    share: float | Decimal | None, expected: float | Decimal | None = None, side: str = "", label: str = ""
) -> SafeString:
    """A bar filled to `share`, with a tick at `expected`: where it should be by now."""
    said = label or wording.share_words(share) + (
        f", pace asks for {wording.share_words(expected)}" if expected is not None else ""
    )
    tick = (
        format_html(
            '<rect class="pace-tick" x="{}%" y="0" width="2" height="15" transform="translate(-1)"/>',
            _percent(expected),
        )
        if expected is not None
        else EMPTY
    )
    return format_html(
        '<svg class="pace" role="img" aria-label="{}"{} width="100%" height="15">'
        '<rect class="pace-track" y="4" width="100%" height="7" rx="3.5"/>'
        '<rect class="pace-fill" y="4" width="{}%" height="7" rx="3.5"/>{}</svg>',
        said,
        html_attributes({"data_side": side}),
        _percent(share),
        tick,
    )
