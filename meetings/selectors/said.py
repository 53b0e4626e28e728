"""Numbers in words, the same in pages, mail and the API."""

from __future__ import annotations

from decimal import Decimal

from reporting.domain.metrics import Unit
from smarketing.accounts.models import Organisation
from smarketing.web import wording


def said(value: Decimal | None, unit: str, *, of: Decimal | None = None, currency: str = "") -> str:
    """“11 of 33”, “€ 41k”, “33 %”, “12.5 days”, “4.2 of 5”; “no data” where there is none."""
    words = said_alone(value, unit, currency=currency)
    if of is None or unit != Unit.COUNT:
        return words
    return f"{words} of {wording.number_words(of, 0)}"


def said_alone(value: Decimal | None, unit: str, *, currency: str = "") -> str:
    """The value without what it is of."""
    if value is None:
        return "no data"
    if unit == Unit.MONEY:
        return wording.money_short_words(value, currency or Organisation.current().currency)
    if unit == Unit.SHARE:
        return wording.share_words(value)
    if unit == Unit.DAYS:
        return f"{wording.number_words(value, 1)} days"
    if unit == Unit.RATING:
        return f"{wording.number_words(value, 1)} of 5"
    return wording.number_words(value, 0)
