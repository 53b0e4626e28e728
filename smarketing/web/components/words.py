"""Instants, spans, numbers and money as people say them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from smarketing.web import wording

register = template.Library()


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
def weekday(day: date) -> str:
    """A date of a month that is in view: “Mon 23 Nov”. For tables of days; `date` looks up the language for each."""
    return wording.weekday_words(day)


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
    # Both say it in the reader's zone: it is taken there once.
    local = moment.astimezone(zone)
    exact, words = wording.exact_words(local, zone), wording.moment_words(local, timezone.now(), zone, clock=clock)
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
