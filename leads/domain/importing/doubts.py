"""How dates and amounts of a file are written where the values of a column leave it open.

``03/04/2026`` and ``1.234`` can each be read in two ways, and a column may hold nothing else. Then the other columns
speak for it, for a file comes from one tool; and whoever brings the file can say it.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from smarketing.lib.tabular import (
    AmountStyle,
    DateStyle,
    ValueRefused,
    guess_amount_style,
    guess_date_style,
    parse_amount,
    parse_date,
)


class DateOrder(enum.StrEnum):
    """Which number of ``03/04/2026`` is the day."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"

    @property
    def words(self) -> str:
        """The order as it is said in sentences."""
        return "day/month/year" if self is DateOrder.DAY_FIRST else "month/day/year"


class DecimalMark(enum.StrEnum):
    """Which mark stands before the decimals."""

    POINT = "point"
    COMMA = "comma"

    @property
    def sign(self) -> str:
        """The mark itself."""
        return "." if self is DecimalMark.POINT else ","


SIGNS: Final = {mark.sign: mark for mark in DecimalMark}


@dataclass(frozen=True, slots=True)
class Doubt:
    """What columns leave open: which, a value of theirs, and what that means under each answer.

    ``answer`` is the one under which the columns are read, blank for none: then marks of amounts stand between
    thousands, and where a column proves both marks, its doubtful amounts are refused.
    """

    columns: tuple[str, ...]
    example: str
    meanings: Mapping[str, str]
    answer: str


def date_doubt(columns: Mapping[str, Sequence[str]], chosen: DateOrder | None) -> tuple[DateOrder, Doubt | None]:
    """The order that holds where values do not prove theirs, and what there is to ask. ``columns``: name → values.

    Chosen by a person; else proven by other columns; else such that the dates of a column follow each other day by
    day; else the day is first.
    """
    proven: set[bool] = set()
    likely: set[bool] = set()
    undecided: list[str] = []
    for column, values in columns.items():
        styles = [guess_date_style(values, default_day_first=first) for first in (True, False)]
        agreed = styles[0].day_first == styles[1].day_first
        if styles[0].ambiguous:
            undecided.append(column)
        if agreed:
            (likely if styles[0].ambiguous else proven).add(styles[0].day_first)
    order = chosen or next(
        (_order(*found) for found in (proven, likely) if len(found) == 1),
        DateOrder.DAY_FIRST,
    )
    if not undecided:
        return order, None
    example, meanings = "", dict.fromkeys(map(str, DateOrder), "")
    for value in (value for column in undecided for value in columns[column]):
        found = {str(each): _day(value, each) for each in DateOrder}
        if all(found.values()) and len(set(found.values())) > 1:
            example, meanings = value.strip(), found
            break
    return order, Doubt(tuple(undecided), example, meanings, order)


def _order(day_first: bool) -> DateOrder:
    return DateOrder.DAY_FIRST if day_first else DateOrder.MONTH_FIRST


def _day(value: str, order: DateOrder) -> str:
    try:
        day = parse_date(value, DateStyle(order is DateOrder.DAY_FIRST))
    except ValueRefused:
        return ""
    return f"{day.day} {day:%B %Y}"


def decimal_doubt(
    columns: Mapping[str, Sequence[str]], chosen: DecimalMark | None
) -> tuple[DecimalMark | None, Doubt | None]:
    """The mark that holds where values do not prove theirs, and what there is to ask. ``columns``: name → values.

    Chosen by a person; else proven by other columns; else none.
    """
    proven: set[DecimalMark] = set()
    undecided: list[str] = []
    mixed = False
    for column, values in columns.items():
        style = guess_amount_style(values)
        if style.decimal:
            proven.add(SIGNS[style.decimal])
        elif style.ambiguous:
            undecided.append(column)
            mixed = mixed or style.mixed
    usual = next(iter(proven)) if len(proven) == 1 and not mixed else None
    mark = chosen or usual
    if not undecided:
        return mark, None
    answers: list[str] = [*([] if usual else [""]), *DecimalMark]
    example, meanings = "", dict.fromkeys(answers, "")
    for value in (value for column in undecided for value in columns[column]):
        found = {answer: _amount(value, answer) for answer in answers}
        if len(set(found.values())) > 1:
            example, meanings = value.strip(), found
            break
    if mixed:
        meanings[""] = ""
    return mark, Doubt(tuple(undecided), example, meanings, mark or "")


def _amount(value: str, answer: str) -> str:
    try:
        amount = parse_amount(value, AmountStyle(DecimalMark(answer).sign if answer else ""))
    except ValueRefused:
        return ""
    return f"{amount:.2f}"
