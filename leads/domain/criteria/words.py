"""Criteria as a sentence that people read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from leads.domain.criteria.language import (
    All,
    Always,
    Behaviour,
    Criteria,
    Field,
    Kind,
    Not,
    Op,
    Predicate,
    Shape,
)

Names = Mapping[tuple[str, int], str]
"""Names of what criteria mention by id: ``{("content", 7): "Pricing guide", ("campaign", 3): …}``."""

OP_WORDS: Final[dict[Op, str]] = {
    Op.EQ: "is",
    Op.NE: "is not",
    Op.IN: "is one of",
    Op.NOT_IN: "is none of",
    Op.CONTAINS: "contains",
    Op.STARTS_WITH: "starts with",
    Op.GT: "is more than",
    Op.GTE: "is at least",
    Op.LT: "is less than",
    Op.LTE: "is at most",
    Op.BETWEEN: "is between",
    Op.WITHIN_DAYS: "is within the last",
    Op.IS_SET: "is known",
    Op.IS_NOT_SET: "is not known",
}
"""How an operator reads between a field and a value."""

_DATE_WORDS: Final[dict[Op, str]] = {
    Op.EQ: "is",
    Op.NE: "is not",
    Op.GT: "is after",
    Op.GTE: "is on or after",
    Op.LT: "is before",
    Op.LTE: "is on or before",
}


def op_words(op: Op, kind: Kind) -> str:
    """How `op` reads for a field of `kind`, e.g. ``is before`` for a date; for forms and sentences."""
    return _DATE_WORDS.get(op, OP_WORDS[op]) if kind is Kind.DATE else OP_WORDS[op]


def sentence(criteria: Criteria, names: Names | None = None) -> str:
    """The criteria as one plain English sentence. `names` gives names of content and campaigns."""
    text = _words(criteria, names or {}, top=True)
    return text[0].upper() + text[1:] + "."


def _words(criteria: Criteria, names: Names, *, top: bool = False) -> str:
    if isinstance(criteria, Always):
        return "every lead"
    if isinstance(criteria, Predicate):
        return predicate_words(criteria)
    if isinstance(criteria, Behaviour):
        return f"has {behaviour_words(criteria, names)}"
    if isinstance(criteria, Not):
        if isinstance(criteria.part, Always):
            return "no lead"
        if isinstance(criteria.part, Behaviour):
            return f"has not {behaviour_words(criteria.part, names)}"
        return f"it is not true that {_words(criteria.part, names)}"
    word = "and" if isinstance(criteria, All) else "or"
    text = f", {word} ".join(_words(part, names) for part in criteria.parts)
    return text if top or len(criteria.parts) == 1 else f"({text})"


def predicate_words(predicate: Predicate) -> str:
    """One predicate in words, without capital or full stop: ``country is one of AT or DE``."""
    field, op, value = predicate.spec, predicate.op, predicate.value
    if op is Op.EQ and isinstance(value, bool):
        return field.truths[0] if value else field.truths[1]
    head = f"{field.label} {op_words(op, field.kind)}"
    if op.takes is Shape.NOTHING:
        return head
    if op.takes is Shape.DAYS:
        return f"{head} {_plural(value, 'day')}"
    if isinstance(value, tuple):
        items = [_value_words(field, item) for item in value]
        if op is Op.BETWEEN:
            return f"{head} {items[0]} and {items[1]}"
        return f"{head} {_listed(items, 'or')}"
    return f"{head} {_value_words(field, value)}"


def _value_words(field: Field, value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, date):
        return f"{value.day} {value:%B} {value.year}"
    if field.kind is Kind.CHOICE:
        return dict(field.choices)[str(value)]
    return f"“{value}”"


def behaviour_words(behaviour: Behaviour, names: Names) -> str:
    """What follows "has", e.g. ``submitted a form at least 2 times within the last 30 days``."""
    words = behaviour.kind.did if behaviour.kind else "had any touchpoint"
    for what, id_ in (("content", behaviour.content), ("campaign", behaviour.campaign)):
        if id_ is not None:
            name = names.get((what, id_))
            words += f" ({what} “{name}”)" if name else f" ({what} {id_})"
    if behaviour.at_least > 1:
        words += f" at least {behaviour.at_least} times"
    if behaviour.within_days is not None:
        words += f" within the last {_plural(behaviour.within_days, 'day')}"
    return words


def _plural(count: object, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _listed(items: list[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
