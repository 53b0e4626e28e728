"""Amounts of money as people write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms

from smarketing.lib.tabular import ValueRefused, parse_amount
from smarketing.web.forms import MoneyInput

LARGEST: Final = Decimal("999999999999.99")


class AmountField(forms.Field):
    """An amount of money, exact to the cent; None where it is empty."""

    widget = MoneyInput

    def to_python(self, value: Any) -> Decimal | None:
        """“1.234,56”, “1,234.56” and “€ 1234,56” are the same; “1.234” is more than a thousand."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            amount = parse_amount(text)
        except ValueRefused as error:
            raise forms.ValidationError(str(error)) from error
        if abs(amount) > LARGEST:
            raise forms.ValidationError("This is more than can be kept.")
        return amount
