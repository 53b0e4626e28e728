"""How values of metrics are written: `{% load numbers %}`.

{% number_cells cells %}                        the cells of a row: (label, number, address of its list)
{% value row.value metric.unit currency %}      “1,234” · “€ 41k” · “87.5 %” · “12 days” · “4.2 of 5”; “no data”
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reporting.domain.metrics import Unit
from smarketing.web import wording

register = template.Library()


@register.simple_tag
def number_cells(cells: Iterable[tuple[str, int, str]]) -> SafeString:
    """Cells with a number that opens its list; a zero opens none. A funnel by campaign has hundreds."""
    return format_html_join(
        "",
        '<td class="number" data-label="{}">{}</td>',
        (
            (
                label,
                format_html('<a href="{}">{}</a>', address, wording.number_words(number, 0)) if number else _ZERO,
            )
            for label, number, address in cells
        ),
    )


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
