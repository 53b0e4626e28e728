"""How values of metrics are written: `{% load numbers %}`.

{% number_cells cells %}                        the cells of a row: (label, number, address of its list)
{% value row.value metric.unit currency %}      “1,234” · “€ 41k” · “87.5 %” · “12 days” · “4.2 of 5”; “no data”
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from html import escape

from django import template
from django.utils.safestring import SafeString

from reporting.domain.metrics import Unit
from smarketing.web import wording

register = template.Library()


@register.simple_tag
def number_cells(cells: Iterable[tuple[str, int, str]]) -> SafeString:
    """Cells with a number that opens its list; a zero opens none. A funnel by campaign has hundreds."""
    return SafeString("".join(_cell(*cell) for cell in cells))


def _cell(label: str, number: int, address: str) -> str:
    shown = f'<a href="{escape(address)}">{wording.number_words(number, 0)}</a>' if number else _ZERO
    return f'<td class="number" data-label="{escape(label)}">{shown}</td>'


_ZERO = SafeString('<span class="third">0</span>')


@register.simple_tag
def value(amount: Decimal | float | None, unit: str, currency: str = "", exact: bool = False) -> str:
    """A metric's value in its unit; money short unless `exact`."""
    if amount is None:
        return "no data"
    if unit == Unit.SHARE:
        return wording.share_words(amount)
    if unit == Unit.MONEY:
        return wording.money_words(amount, currency) if exact else wording.money_short_words(amount, currency)
    if unit == Unit.DAYS:
        return f"{wording.number_words(amount, 1)} days"
    if unit == Unit.RATING:
        return f"{wording.number_words(amount, 1)} of 5"
    return wording.number_words(amount, 0)
