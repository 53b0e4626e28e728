"""Amounts and whole numbers, in the ways in which people and programs write them.

Where one cell alone can be read in two ways (``1.234``) the rest of its column decides (`guess_amount_style`), and
where that is undecided too, the style says so and which reading was chosen: nothing is guessed in silence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from smarketing.lib.tabular.errors import ValueRefused
from smarketing.lib.tabular.text import quoted

__all__ = ["AmountStyle", "guess_amount_style", "parse_amount", "parse_integer"]


@dataclass(frozen=True, slots=True)
class AmountStyle:
    """How the amounts of one column are written.

    ``decimal`` is the decimal mark, ``.`` or ``,``, or blank where no cell of the column decides it: then
    ``1.234`` and ``1,234`` are both read as one thousand two hundred thirty-four, and ``ambiguous`` says
    whether such cells occur. ``mixed`` says that the column proves both marks; cells that could be either
    are refused.
    """

    decimal: str = ""
    ambiguous: bool = False
    mixed: bool = False


_CURRENCY = re.compile(
    r"(?:[A-Z]{1,3}\$|[$€£¥₹₽₩₺₪₴₫₱฿]|(?<![A-Za-z])(?:USD|EUR|GBP|JPY|CNY|CHF|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|"
    r"BRL|MXN|ARS|CLP|COP|PEN|ZAR|INR|IDR|SGD|HKD|KRW|THB|MYR|PHP|VND|ILS|AED|SAR|EGP|NGN|KES|RUB|UAH|Fr|kr|zł|Kč|"
    r"Ft|lei|Rs|R)(?![A-Za-z]))\.?",
    re.ASCII,
)
_SIMPLE_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?\Z")
_SPACED = re.compile(r"(?<=\d)[ '’\xa0\u2009\u202f](?=\d{3}(?:\D|\Z))")
_DIGITS: Final = 15
_DECIMALS: Final = 12
_LONGEST_NUMBER: Final = 60  # with currency, blanks and marks; also keeps the patterns below cheap


def _bare_number(text: str) -> tuple[str, bool]:
    """The digits and marks of an amount without sign, currency and blanks between thousands; and its sign."""
    text = text.strip()
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    text = _CURRENCY.sub("", text.replace("\u2212", "-"), count=2).strip()
    if text.startswith("(") and text.endswith(")") and not negative:
        negative, text = True, text[1:-1].strip()
    if text[:1] in {"-", "+"} and not negative:
        negative, text = text[0] == "-", text[1:].strip()
    elif text.endswith("-") and not negative:
        negative, text = True, text[:-1].strip()
    return _SPACED.sub("", text), negative


def _proven_mark(number: str) -> str:
    """The decimal mark that ``number`` proves by itself; blank where it proves none."""
    dots, commas = number.count("."), number.count(",")
    if dots and commas:
        return "." if number.rfind(".") > number.rfind(",") else ","
    if dots + commas == 0:
        return ""
    mark, other = (".", ",") if dots else (",", ".")
    if dots + commas > 1:
        return other
    whole, _, fraction = number.partition(mark)
    if len(fraction) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0":
        return ""
    return mark


def guess_amount_style(values: Iterable[str]) -> AmountStyle:
    """How the amounts of a column are written, from a sample of its cells.

    A cell proves its decimal mark by holding both marks (the later one is it), by holding one mark twice
    (the other is it), or by not having exactly three digits behind its only mark.
    """
    proofs = {".": 0, ",": 0}
    undecided = 0
    for value in values:
        number, _ = _bare_number(value[:_LONGEST_NUMBER])
        if not re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", number):
            continue
        mark = _proven_mark(number)
        if mark:
            proofs[mark] += 1
        elif "." in number or "," in number:
            undecided += 1
    if proofs["."] and proofs[","]:
        return AmountStyle("", ambiguous=undecided > 0, mixed=True)
    decimal = "." if proofs["."] else "," if proofs[","] else ""
    return AmountStyle(decimal, ambiguous=undecided > 0 and not decimal)


def parse_amount(text: str, style: AmountStyle = AmountStyle()) -> Decimal:
    """The exact amount that ``text`` names, in whatever currency its column or row says.

    Understood: ``1,234.56``, ``1.234,56``, ``1 234,56``, ``1'234.56``, ``€ 1.234``, ``(12.00)`` and ``12-``
    for negative amounts. A cell that proves its decimal mark is read by it; for ``1.234`` and ``1,234`` the
    style of the column decides. Shares (``12 %``) and rounded forms (``1.2E+06``, ``3k``) are refused.
    """
    if _SIMPLE_AMOUNT.match(text):
        return Decimal(text)
    shown = text.strip()
    if len(shown) > _LONGEST_NUMBER:
        raise ValueRefused(f"{quoted(shown)} is not an amount.")
    if "%" in shown:
        raise ValueRefused(f"{quoted(shown)} is a percentage, not an amount.")
    number, negative = _bare_number(shown)
    if re.fullmatch(r"[0-9.,]+[eE][+-]?[0-9]+", number):
        raise ValueRefused(
            f"{quoted(shown)} was shortened by a spreadsheet. Format the column as a number and export it again."
        )
    if not re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", number):
        raise ValueRefused(f"{quoted(shown)} is not an amount.")
    mark = _proven_mark(number)
    if not mark and ("." in number or "," in number):
        if style.mixed:
            raise ValueRefused(
                f"{quoted(shown)} can be read in two ways, because the column uses both point and comma "
                "as decimal mark."
            )
        mark = style.decimal
        if not mark:
            mark = "," if "." in number else "."
    thousands = "," if mark == "." else "."
    whole, _, fraction = number.partition(mark) if mark else (number, "", "")
    groups = whole.split(thousands)
    grouped_well = len(groups) == 1 or (
        1 <= len(groups[0]) <= 3 and all(2 <= len(group) <= 3 for group in groups[1:]) and len(groups[-1]) == 3
    )
    if not grouped_well or (fraction and not fraction.isdigit()):
        raise ValueRefused(f"{quoted(shown)} is not an amount: its points and commas do not fit together.")
    digits = "".join(groups)
    if len(digits) > _DIGITS or len(fraction) > _DECIMALS:
        raise ValueRefused(f"{quoted(shown)} has more digits than an amount can have.")
    amount = Decimal(f"{digits or '0'}.{fraction or '0'}") if fraction else Decimal(digits or "0")
    return -amount if negative else amount


_PLAIN_INTEGER = re.compile(r"-?[0-9]{1,15}\Z")
_GROUPED_INTEGER = re.compile(r"[+-]?\d{1,3}(?:([., '’\xa0\u2009\u202f])\d{3}(?:\1\d{3})*)?\Z", re.ASCII)
_WHOLE_WITH_ZEROS = re.compile(r"([+-]?[0-9]{1,15})[.,]0+\Z")
_RANGE = re.compile(r"\d[\d.,]* *(?:-|–|to|bis) *\d[\d.,]*\Z|\d[\d.,]*\+\Z")


def parse_integer(text: str, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """The whole number that ``text`` names.

    Marks between thousands and a ``.0`` behind the number are passed over. Raises `ValueRefused` for
    fractions, ranges ("51-200") and numbers outside ``minimum`` and ``maximum``.
    """
    if not _PLAIN_INTEGER.match(text):
        shown = text.strip().replace("\u2212", "-")
        if len(shown) > _LONGEST_NUMBER:
            raise ValueRefused(f"{quoted(shown)} is not a whole number.")
        if _PLAIN_INTEGER.match(shown):
            text = shown
        elif _GROUPED_INTEGER.match(shown):
            text = re.sub(r"[^0-9-]", "", shown)
        elif match := _WHOLE_WITH_ZEROS.match(shown):
            text = match[1]
        elif _RANGE.match(shown):
            raise ValueRefused(f"{quoted(shown)} is a range, not one number.")
        else:
            raise ValueRefused(f"{quoted(shown)} is not a whole number.")
    number = int(text)
    if minimum is not None and number < minimum:
        raise ValueRefused(f"{quoted(text)} is too small: at least {minimum:,} is expected.")
    if maximum is not None and number > maximum:
        raise ValueRefused(f"{quoted(text)} is too large: at most {maximum:,} is expected.")
    return number
