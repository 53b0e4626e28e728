"""Reads whole columns: how a column of a type is read, and each different text of it once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, NamedTuple

from leads.domain.importing import cells
from leads.domain.importing.cells import Read, is_nothing
from leads.domain.importing.doubts import SIGNS, DateOrder, DecimalMark
from leads.domain.importing.fields import Field, FieldType
from smarketing.lib.tabular import (
    AmountStyle,
    DateStyle,
    ValueRefused,
    guess_amount_style,
    guess_date_style,
    parse_amount,
    parse_date,
    parse_datetime,
)

_REMEMBERED: Final = 5_000
_LONGEST_REMEMBERED: Final = 100
_CENT: Final = Decimal("0.01")
_LARGEST_AMOUNT: Final = Decimal(10) ** 12


class Column(dict[str, Any]):
    """What the texts of a column mean, each read once: columns of dates, origins and countries hold few different ones.

    A blank cell, and one that says nothing, means ``default``. Reading a text that is refused raises `ValueRefused`.
    """

    def __init__(self, read: Read, default: Any) -> None:
        super().__init__({"": default})
        self._read = read
        self._default = default

    def __missing__(self, text: str) -> Any:
        value = self._read(text)
        if value is None or value == "":
            value = self._default
        if len(text) <= _LONGEST_REMEMBERED:
            self[text] = value
        return value

    def forget(self) -> None:
        """Keeps memory within bounds, also where no text of the column occurs twice."""
        if len(self) > _REMEMBERED:
            self.clear()
            self[""] = self._default


class Reading(NamedTuple):
    """How one column is read, and what a person should know about it."""

    read: Read
    note: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for all columns: the zone of times without one, the moment, and how dates and amounts are written.

    ``dates`` and ``decimal`` are what a person chose. ``usual_dates`` and ``usual_decimal`` hold where the values of a
    column do not prove anything.
    """

    zone: tzinfo
    now: datetime | None
    dates: DateOrder | None = None
    decimal: DecimalMark | None = None
    usual_dates: DateOrder = DateOrder.DAY_FIRST
    usual_decimal: DecimalMark | None = None


def reading_of(field: Field, column: str, sample: Iterable[str], options: Options) -> Reading:
    """How the column that feeds `field` is read, judging by a sample of its cells."""
    match field.type:
        case FieldType.TEXT:
            return Reading(cells.text_reader(field.max_length))
        case FieldType.IDENTIFIER:
            return Reading(cells.identifier_reader(field.max_length))
        case FieldType.EMAIL:
            return Reading(cells.read_email)
        case FieldType.DOMAIN:
            return Reading(cells.read_domain)
        case FieldType.URL:
            return Reading(cells.url_reader(field.max_length))
        case FieldType.DAY | FieldType.MOMENT:
            return _date_reading(field, column, sample, options)
        case FieldType.AMOUNT:
            return _amount_reading(column, sample, options)
        case FieldType.COUNT:
            return Reading(cells.read_count)
        case FieldType.YES_NO:
            return Reading(cells.read_yes_no)
        case FieldType.CURRENCY:
            return Reading(cells.read_currency)
        case FieldType.CHANNEL:
            return Reading(cells.read_channel)
        case FieldType.TOUCHPOINT_KIND:
            return Reading(cells.read_touchpoint_kind)
        case FieldType.DEAL_STAGE:
            return Reading(cells.read_deal_stage)


def _date_reading(field: Field, column: str, sample: Iterable[str], options: Options) -> Reading:
    values = [text for text in sample if not is_nothing(text)]
    usual = options.usual_dates is DateOrder.DAY_FIRST
    style = guess_date_style(values, default_day_first=usual)
    note = ""
    if style.ambiguous:
        style = DateStyle(usual, ambiguous=True)
        if options.dates is None:
            note = (
                f"The dates in “{column}” could be day/month/year or month/day/year; they are read as "
                f"{options.usual_dates.words}. Choose the other order if that is wrong."
            )
    elif options.dates is not None and style.day_first != usual:
        proven = DateOrder.DAY_FIRST if style.day_first else DateOrder.MONTH_FIRST
        note = f"The dates in “{column}” can only be {proven.words} and are read so."
    zone = options.zone
    latest = None if options.now is None or field.may_be_ahead else options.now + timedelta(days=1)

    def read_day(text: str) -> date | None:
        if is_nothing(text):
            return None
        day = parse_date(text, style)
        if latest is not None and day > latest.astimezone(zone).date():
            raise ValueRefused(f"“{text.strip()}” lies in the future.")
        return day

    def read_moment(text: str) -> datetime | None:
        if is_nothing(text):
            return None
        moment = parse_datetime(text, style, zone)
        if latest is not None and moment > latest:
            raise ValueRefused(f"“{text.strip()}” lies in the future.")
        return moment

    return Reading(read_day if field.type is FieldType.DAY else read_moment, note)


def _amount_reading(column: str, sample: Iterable[str], options: Options) -> Reading:
    style = guess_amount_style(sample)
    note = ""
    if style.decimal:
        if options.decimal and style.decimal != options.decimal.sign:
            note = f"The amounts in “{column}” can only have a decimal {SIGNS[style.decimal]} and are read so."
    elif options.decimal:
        style = AmountStyle(options.decimal.sign)
    elif style.mixed:
        note = (
            f"The amounts in “{column}” use both point and comma as decimal mark; those that could be read either way "
            "are rejected."
        )
    elif options.usual_decimal:
        if style.ambiguous:
            note = f"Amounts such as 1.234 or 1,234 in “{column}” are read with a decimal {options.usual_decimal}."
        style = AmountStyle(options.usual_decimal.sign)
    elif style.ambiguous:
        note = f"Amounts such as 1.234 or 1,234 in “{column}” are read as one thousand two hundred thirty-four."

    def read(text: str) -> Decimal | None:
        if is_nothing(text):
            return None
        amount = parse_amount(text, style)
        if amount < 0:
            raise ValueRefused(f"“{text.strip()}” is below zero.")
        if amount >= _LARGEST_AMOUNT:
            raise ValueRefused(f"“{text.strip()}” is larger than any amount that is kept.")
        # Ad platforms report fractions of a cent; books are kept in cents.
        return amount.quantize(_CENT, ROUND_HALF_EVEN)

    return Reading(read, note)
