"""The components that pages are made of. `{% load ui %}`; every state of each is shown on the page `/style/`.

Small ones are built here, because a list repeats them hundreds of times; larger ones are files in
`templates/components/`. Names given to a tag beyond those listed become attributes: `hx_post=url` → `hx-post="…"`,
`data_key="a"` → `data-key="a"`; `True` gives a bare attribute, `False` or `None` none, `cls` is `class`.
No tag writes a style attribute or a script.

Words
    {{ moment|when }}  {{ moment|exact }}  {{ date|day }}     “today 16:12” · “Mon 23 Nov 2026, 12:12 CET” · “tomorrow”
    {{ span|span }}                                           timedelta → “1 h 40”
    {{ n|number }}  {{ n|number:2 }}  {{ share|share }}       “12,345” · “87.5 %” (a share is 0–1; None is “no data”)
    {{ diff|delta }}  {{ amount|money:"EUR" }}  {{ amount|money_short:"EUR" }}   “−2.5” · “€ 1,234.50” · “€ 41k”
    {% when moment clock=False %}  {% day date %}             the same as <time>, exact on hover; clock: 29 May 10:52
    {{ value|has:"x" }}                                       True where x is in the value
    {% can "leads.can_decide_handoff" handoff as may %}       asks leads.permissions.can_decide_handoff(user, handoff)

Small things
    {% icon "inbox" size=16 label="" %}                       a Lucide icon; decoration unless it has a label
    {% mark size=26 %}                                        the two rings
    {% kbd "a" %}  {% dot "sales" %}
    {% badge "text" tone="" icon="" href="" title="" %}       tone: marketing sales kept risk broken solid outline
    {% stage_badge "mql" %}  {% band_badge "A1" %}  {% side_badge "sales" text="" %}  {% score_badge 91 band="A1" %}
    {% state_badge "kept" text="" %}                  kept risk broken running paused met breached cancelled waived
    {% avatar user_or_name side="" size="" href="" %}         size: small large; {% avatars users %}; {% person user %}
    {% countdown due state="running" warn_at=None late_for=None met_at=None title="" %}
    {% time_left end %}                                       “18 min left” of a meeting; quiet until its last minutes
    {% pace share expected=None side="" label="" %}           a bar (0–1) with a tick where it should be by now

Actions
    {% button "Accept" kind="" key="" icon="" href="" type="submit" size="" confirm="" modal=False **attributes %}
                                                              kind: primary danger plain; with `href` a link; `modal`
                                                              opens the link's page in the dialog (a link without JS)
    {% icon_button "Close" icon="x" href="" **attributes %}   {% back url "Leads" %}
    {% menu label="More" icon="ellipsis" text="" id="" %}
        {% menu_item "Edit" icon="" href="" key="" kind="" confirm="" modal=False
        **attributes %}{% endmenu %}

Surfaces
    {% card "Title" note="" badge="" tone="" side="" count=None count_tone="" ruled=False flush=False id="" href="" %}
        {% card_actions %}…{% endcard_actions %} … {% card_foot %}…{% endcard_foot %} {% endcard %}
    {% banner "Title" tone="" icon="" %}…{% endbanner %}
    {% stats %}{% stat "First attempt in time" value of="90 %" note="" tone="" href="" title="" %}{% endstats %}
    {% commitments %}{% commitment "150 qualified leads a month" note="" value="112" of="150" share=.75 expected=.67
        side="marketing" delta="" tone="" href="" %}{% endcommitments %}
    {% points rows total=None %}                              rows: (label, points) or (label, points, note)
    {% facts stacked=False %}{% fact "Owner" %}…{% endfact %}{% endfacts %}
    {% timeline %}{% moment "Demo request" at=None when="" note="" side="" tone="" href="" clock=False %}…
        {% endmoment %}{% endtimeline %}
    {% progress value max "Importing leads.csv" note="" tone="" %}     max=None: not known yet
    {% empty "No leads yet" "Import a file, or …" icon="" %}buttons{% endempty %}
    {% help "What this page is for" %}…{% endhelp %}          {% more "Why?" open=False %}…{% endmore %}
    {% chart url "Leads by day" note="" height="" id="" caption=True %}<table>…</table>{% endchart %} height: small tall
    {% dialog "Reject this lead" size="" note="" %}…{% enddialog %}   the inside of a modal; a card as a page of its own

Lists
    {% pills "Lists" kind="" %}{% pill "Waiting" href count=12 current=True %}{% endpills %}   kind: tabs
    {% table label="Leads" cards=True dense=False numbers=False %}rows{% endtable %}
    {% th "Name" sort="name" number=False %}                  sortable by ?sort=name / ?sort=-name
    {% pager next=None previous=None shown=None total=None noun="leads" param="cursor" %}    cursors, or None
    {% filters target="" %}{% filter_field form.stage %}{% endfilters %}    a GET form that sends itself
    {% bulk "selected" %}buttons{% endbulk %} with {% select_all %} and {% select_row pk "Ingrid Solheim" %}
    {% keys "j k" "move" "a" "accept" %}
    {% stamped row.pk by=row.stage %}… {{ stamp }} …{% endstamped %}
                                                              drawn once for each `by`, with each row's id put in for
                                                              `stamp`: for what the rows of a list have in common

Forms
    {% form_fields form cols=1 %}                             the summary of problems, hidden and visible fields
    {% field form.email label="" help="" placeholder="" mark="optional" autofocus=False span=False **attributes %}
    {% error_summary form focus=True %}  {% form_actions %}buttons{% endform_actions %}
    {% fieldset "Dates" cols=1 %}…{% endfieldset %}
"""

from __future__ import annotations

import functools
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Any
from uuid import uuid4

from django import template
from django.forms import BoundField, Form
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from smarketing.web import wording
from smarketing.web.addresses import address

register = template.Library()

EMPTY = SafeString("")

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


# Helpers --------------------------------------------------------------------------------------------------------------


def _attributes(given: dict[str, Any]) -> SafeString:
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


def _render(name: str, values: dict[str, Any], context: Context | None = None) -> SafeString:
    request = context.get("request") if context is not None else None
    return mark_safe(get_template(f"components/{name}.html").render(values, request))  # noqa: S308 (a template's output)


def _kept(context: Context) -> dict[str, str]:
    """What a block inside another leaves for it; parted by template, so that an include keeps its own."""
    place: Any = context.render_context
    return place.setdefault("ui", {})


def _stash(context: Context, name: str, content: str) -> str:
    _kept(context)[name] = content
    return EMPTY


def _unstash(context: Context, name: str) -> str:
    return _kept(context).pop(name, EMPTY)


# Words ----------------------------------------------------------------------------------------------------------------


@register.filter(name="when")
def when_filter(moment: datetime | None) -> str:
    """An instant in the reader's zone, as people say it."""
    return wording.moment_words(moment, timezone.now(), timezone.get_current_timezone()) if moment else "–"


@register.filter
def exact(moment: datetime | None) -> str:
    """An instant in the reader's zone, with date, time and zone."""
    return wording.exact_words(moment, timezone.get_current_timezone()) if moment else "–"


@register.filter(name="day")
def day_filter(day: date | None) -> str:
    """A date as people say it."""
    return wording.day_words(day, timezone.localdate()) if day else "–"


@register.filter
def span(value: timedelta | None) -> str:
    """A length of time as people say it."""
    return wording.span_words(value) if value is not None else "–"


@register.filter
def number(value: float | Decimal | None, places: int | None = None) -> str:
    """A number with thousands set apart."""
    return wording.number_words(value, places)


@register.filter
def share(value: float | Decimal | None, places: int = 1) -> str:
    """A share 0–1 as a percentage."""
    return wording.share_words(value, places)


@register.filter
def delta(value: float | Decimal | None, places: int = 1) -> str:
    """A difference with its sign."""
    return wording.delta_words(value, places)


@register.filter
def money(amount: float | Decimal | None, currency: str = "EUR") -> str:
    """An exact amount with its currency."""
    return wording.money_words(amount, currency)


@register.filter
def money_short(amount: float | Decimal | None, currency: str = "EUR") -> str:
    """An amount to compare at a glance."""
    return wording.money_short_words(amount, currency)


@register.filter
def has(container: Any, item: Any) -> bool:
    """True where `item` is in `container`."""
    return item in container if container else False


@register.simple_tag
def when(moment: datetime | None, none: str = "–", clock: bool = False) -> str:
    """An instant as <time>, exact on hover; with `clock` the time of day is said of old ones too."""
    if moment is None:
        return none
    zone = timezone.get_current_timezone()
    exact, words = wording.exact_words(moment, zone), wording.moment_words(moment, timezone.now(), zone, clock=clock)
    return SafeString(f'<time datetime="{moment.isoformat()}" title="{escape(exact)}">{escape(words)}</time>')


@register.simple_tag
def day(value: date | None, none: str = "–") -> str:
    """A date as <time>, exact on hover."""
    if value is None:
        return none
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        wording.exact_day_words(value),
        wording.day_words(value, timezone.localdate()),
    )


@functools.cache
def _predicate(dotted: str) -> Any:
    app, name = dotted.rsplit(".", 1)
    return import_string(f"{app}.permissions.{name}")


@register.simple_tag(takes_context=True)
def can(context: Context, predicate: str, *objects: Any) -> bool:
    """Asks the predicate that the service will ask, so that a button is shown only where it will work."""
    return bool(_predicate(predicate)(context["request"].user, *objects))


# Small things ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=512)
def _icon(name: str, size: int, label: str) -> SafeString:
    named: dict[str, Any] = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    cls = "icon" if size >= 16 else "icon icon-small"
    return mark_safe(lucide(name, size=size, stroke_width="1.75", **{"class": cls}, **named))  # noqa: S308 (a library's file)


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """An icon of the Lucide set as inline SVG."""
    return _icon(str(name), int(size), str(label)) if name else EMPTY


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
    rest = _attributes({"data_tone": tone, "title": title, "href": href} | attributes)
    inner = f"{_icon(icon, 12, '') if icon else ''}{conditional_escape(text)}"
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
    """Initials in a circle, in the team's hue; the name is its accessible text."""
    name = str(getattr(who, "name", who) or "")
    words = name.replace("@", " ").split()
    initials = (
        getattr(who, "initials", "") or "".join(word[0] for word in (words[:1] + words[-1:])[: len(words)]).upper()
    )
    side = side or getattr(who, "side", "")
    rest = _attributes({"data_side": side, "data_size": size, "title": name} | attributes)
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
        _attributes(
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
        _attributes({"data_side": side}),
        _percent(share),
        tick,
    )


# Actions --------------------------------------------------------------------------------------------------------------


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
    rest = _attributes(
        {"data_kind": kind, "data_size": size, "data_key": key, "data_confirm": confirm, "aria_keyshortcuts": key}
        | attributes
    )
    inner = format_html(
        "{}{}{}",
        _icon(icon, 16, "") if icon else "",
        text,
        format_html(' <kbd aria-hidden="true">{}</kbd>', key) if key else "",
    )
    if href:
        return SafeString(f'<a class="button" href="{conditional_escape(href)}"{rest}>{inner}</a>')
    return SafeString(f'<button class="button" type="{type}"{rest}>{inner}</button>')


@register.simple_tag
def icon_button(label: str, icon: str, href: str = "", type: str = "button", **attributes: Any) -> SafeString:
    """A button that shows only an icon; its label is spoken and shown on hover."""
    rest = _attributes({"title": label, "aria_label": label} | attributes)
    if href:
        return format_html('<a class="icon-button" href="{}"{}>{}</a>', href, rest, _icon(icon, 18, ""))
    return format_html('<button class="icon-button" type="{}"{}>{}</button>', type, rest, _icon(icon, 18, ""))


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
    rest = _attributes({"data_kind": kind, "data_key": key, "data_confirm": confirm} | attributes)
    inner = format_html("{}{}{}", _icon(icon, 16, "") if icon else "", text, kbd(key) if key else "")
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
            _icon("chevron-down", 14, ""),
        )
    else:
        head = icon_button(label, icon, popovertarget=name)
    return format_html(
        '<span class="menu">{}<div class="popover menu-list" id="{}" popover>{}</div></span>', head, name, content
    )


@register.simple_tag
def back(url: str, text: str) -> SafeString:
    """The way up, before the title of a page."""
    return format_html('<a class="back" href="{}">{}<span>{}</span></a>', url, _icon("chevron-left", 16, ""), text)


# Surfaces -------------------------------------------------------------------------------------------------------------


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
        "actions": _unstash(context, "card_actions"),
        "foot": _unstash(context, "card_foot"),
        "attributes": _attributes({"id": id, "data_flush": flush} | attributes),
    }
    return _render("card", values)


@register.simple_block_tag(takes_context=True)
def card_actions(context: Context, content: str) -> str:
    """What stands at the right of the card's title."""
    return _stash(context, "card_actions", content)


@register.simple_block_tag(takes_context=True)
def card_foot(context: Context, content: str) -> str:
    """The card's last line, under a rule."""
    return _stash(context, "card_foot", content)


@register.simple_block_tag
def banner(content: str, title: str, tone: str = "", icon: str = "", **attributes: Any) -> SafeString:
    """What must be known before anything else on the page, with its why."""
    return format_html(
        '<div class="banner"{}>{}<p class="banner-title">{}</p><div class="banner-text">{}</div></div>',
        _attributes({"data_tone": tone} | attributes),
        _icon(icon, 18, "") if icon else "",
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
    return _render(
        "stat",
        {
            "label": label,
            "value": value,
            "of": of,
            "note": note,
            "tone": tone,
            "href": href,
            "attributes": _attributes({"title": title} | attributes),
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
    return _render(
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
    return _render("points", {"parts": parts, "total": total})


@register.simple_block_tag
def facts(content: str, stacked: bool = False) -> SafeString:
    """What is known, as names and values."""
    return format_html('<dl class="facts"{}>{}</dl>', _attributes({"data_stacked": stacked}), content)


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
    return _render(
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
    return _render(
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
    return _render("empty", {"title": title, "text": text, "icon": icon, "content": content if content.strip() else ""})


@register.simple_block_tag
def help(content: str, title: str = "About this page") -> SafeString:
    """What the screen is for and where its numbers come from, one click away."""
    return format_html(
        '<details class="help"><summary>{}{}</summary><div class="help-body">{}</div></details>',
        _icon("circle-question-mark", 14, ""),
        title,
        content,
    )


@register.simple_block_tag
def more(content: str, label: str, open: bool = False) -> SafeString:
    """Detail one click away."""
    return format_html(
        '<details class="disclosure"{}><summary>{}{}</summary><div>{}</div></details>',
        _attributes({"open": open}),
        _icon("chevron-right", 14, ""),
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
    return _render(
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
    return _render("dialog", {"title": title, "note": note, "size": size, "modal": modal, "content": content})


# Lists ----------------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def pills(content: str, label: str, kind: str = "") -> SafeString:
    """Views of one list, side by side; `kind="tabs"` for the parts of a page."""
    return format_html(
        '<nav class="{}" aria-label="{}">{}</nav>', "tabs" if kind == "tabs" else "pills", label, content
    )


@register.simple_tag
def pill(text: str, href: str, count: int | None = None, current: bool = False, **attributes: Any) -> SafeString:
    """One of the views, with the number of its rows."""
    rest = _attributes({"aria_current": "page" if current else None} | attributes)
    counted = (
        format_html(' <span class="pill-count">{}</span>', wording.number_words(count, 0)) if count is not None else ""
    )
    return format_html('<a class="pill" href="{}"{}>{}{}</a>', href, rest, text, counted)


@register.simple_block_tag
def table(
    content: str,
    label: str,
    cards: bool = True,
    dense: bool = False,
    numbers: bool = False,
    list: bool = True,
    **attributes: Any,
) -> SafeString:
    """A table that becomes cards where there is no room (cells need `data-label`). `j` and `k` walk its rows."""
    rest = _attributes(
        {"data_cards": cards, "data_dense": dense, "data_numbers": numbers, "data_list": list} | attributes
    )
    return format_html(
        '<div class="table-wrap" role="region" aria-label="{}" tabindex="0"><table class="table"{}>{}</table></div>',
        label,
        rest,
        content,
    )


@register.simple_tag(takes_context=True)
def th(context: Context, text: str, sort: str = "", number: bool = False, **attributes: Any) -> SafeString:
    """A heading; with `sort`, a link that sorts by it, and the other way round the second time. Without text, a gap."""
    if not text:
        return format_html("<td{}></td>", _attributes(attributes))
    cls = "number" if number else None
    if not sort:
        return format_html('<th scope="col"{}>{}</th>', _attributes({"cls": cls} | attributes), text)
    query = context["request"].GET.copy()
    current = query.get("sort", context.get("sort", ""))
    direction = {sort: "ascending", f"-{sort}": "descending"}.get(current)
    # Numbers are asked for largest first; words from A.
    first, second = (f"-{sort}", sort) if number else (sort, f"-{sort}")
    query["sort"] = second if current == first else first
    query.pop("cursor", None)
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction or "", "chevrons-up-down")
    return format_html(
        '<th scope="col"{}><a class="sort" href="?{}">{}{}</a></th>',
        _attributes({"cls": cls, "aria_sort": direction} | attributes),
        query.urlencode(),
        text,
        _icon(arrow, 12, ""),
    )


@register.simple_tag(takes_context=True)
def pager(
    context: Context,
    next: str | None = None,
    previous: str | None = None,
    shown: int | None = None,
    total: int | None = None,
    noun: str = "rows",
    param: str = "cursor",
) -> SafeString:
    """The way through a long list by cursor; keeps every other parameter of the address."""

    def address(cursor: str | None) -> str:
        query = context["request"].GET.copy()
        query[param] = cursor or ""
        return f"?{query.urlencode()}"

    return _render(
        "pager",
        {
            "next": address(next) if next else "",
            "previous": address(previous) if previous else "",
            "shown": shown,
            "total": total,
            "noun": noun,
        },
    )


@register.simple_block_tag(takes_context=True)
def filters(context: Context, content: str, label: str = "Filters", keep: str = "sort", target: str = "") -> SafeString:
    """A GET form above a list that sends itself. `target`: the id of what is swapped, else the page loads."""
    request = context["request"]
    kept = [(name, value) for name in keep.split() for value in request.GET.getlist(name)]
    used = any(value for name, value in request.GET.items() if name not in {*keep.split(), "cursor"})
    return _render(
        "filters",
        {"label": label, "content": content, "kept": kept, "used": used, "path": request.path, "target": target},
    )


@register.simple_tag
def filter_field(field: BoundField, label: str = "", placeholder: str = "") -> SafeString:
    """A small field of a filter bar."""
    value = field.value()
    attrs: dict[str, str | bool] = {"data-set": ""} if value not in (None, "", []) else {}
    if placeholder:
        attrs["placeholder"] = placeholder
    return format_html(
        '<div class="field"><label class="field-label" for="{}">{}</label>{}</div>',
        field.id_for_label,
        label or field.label,
        field.as_widget(attrs=attrs),
    )


class StampedNode(template.Node):
    """Draws its inside once for each value of `by` and puts the id of each row where `stamp` stands."""

    # No id is as large, and an address takes it for one.
    STAMP = 8_999_999_999_999_999_077

    def __init__(self, nodelist: template.NodeList, pk: FilterExpression, by: FilterExpression | None) -> None:
        self.nodelist, self.pk, self.by = nodelist, pk, by

    def render(self, context: Context) -> SafeString:
        """The inside with this row's id."""
        render_context: Any = context.render_context
        place: dict[Any, str] = render_context.setdefault(self, {})
        by = self.by.resolve(context) if self.by else None
        drawn = place.get(by)
        if drawn is None:
            with context.push(stamp=self.STAMP):
                drawn = place[by] = self.nodelist.render(context)
        return SafeString(drawn.replace(str(self.STAMP), str(int(self.pk.resolve(context)))))


@register.tag
def stamped(parser: Parser, token: Token) -> StampedNode:
    """`{% stamped pk by=value %}…{% endstamped %}`; what is inside may differ by `by` and `stamp` alone."""
    _, pk, *rest = token.split_contents()
    by = parser.compile_filter(rest[0].removeprefix("by=")) if rest else None
    nodelist = parser.parse(("endstamped",))
    parser.delete_first_token()
    return StampedNode(nodelist, parser.compile_filter(pk), by)


@register.simple_tag(name="address")
def address_tag(name: str, pk: int) -> str:
    """The address of a record's page: `{% url %}` for lists, which name hundreds."""
    return address(name, pk)


@register.simple_block_tag
def bulk(content: str, noun: str = "selected") -> SafeString:
    """What can be done with the rows that are ticked; appears with the first tick."""
    return format_html(
        '<div class="bulk" role="group" aria-label="With the selected rows">'
        '<span class="strong" aria-live="polite"><span data-selected-count>0</span> {}</span>{}</div>',
        noun,
        content,
    )


@register.simple_tag
def select_all(label: str = "Select all rows on this page") -> SafeString:
    """The tick at the head of a table; needs JavaScript, and is not there without."""
    return format_html(
        '<th class="check" scope="col"><input type="checkbox" data-select-all aria-label="{}"></th>', label
    )


@register.simple_tag
def select_row(value: Any, label: str, name: str = "selected") -> SafeString:
    """The tick of a row."""
    return format_html(
        '<td class="check"><input type="checkbox" data-select name="{}" value="{}" aria-label="Select {}"></td>',
        name,
        value,
        label,
    )


TOASTS = {
    "error": ("broken", "circle-alert"),
    "warning": ("risk", "triangle-alert"),
    "success": ("kept", "circle-check"),
}


@register.simple_tag
def toast(message: Any) -> SafeString:
    """A message of django.contrib.messages in the corner; errors stay until dismissed."""
    tone, icon = TOASTS.get(getattr(message, "level_tag", ""), ("", "info"))
    return _render("toast", {"message": message, "tone": tone, "icon": icon})


# Forms ----------------------------------------------------------------------------------------------------------------


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
    return _render(
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
    rows = [{"field": field, "errors": field.errors} for field in form if field.errors and not field.is_hidden]
    hidden = [error for field in form.hidden_fields() for error in field.errors]
    context = {"rows": rows, "errors": [*form.non_field_errors(), *hidden], "focus": focus}
    return format_html("{}{}", unseen, _render("error_summary", context))


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
        _attributes({"data_cols": cols if cols > 1 else None}),
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
        _attributes({"data_cols": cols if cols > 1 else None}),
        content,
    )


@register.simple_block_tag(takes_context=True)
def keep(context: Context, content: str, name: str) -> str:
    """Keeps a rendered block under a name, so that a layout can say a page's title twice."""
    context[name] = mark_safe(content.strip())  # noqa: S308 (rendered, so already escaped)
    return EMPTY
