"""What criteria are made of: fields, operators and the nodes of a tree."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from leads.domain.channels import Channel
from leads.domain.lifecycle import LifecycleStage
from leads.domain.touchpoints import TouchpointKind

MAX_DEPTH: Final = 6
"""Deepest nesting of all, any and not: deeper cannot be read by people."""
MAX_NODES: Final = 100
"""Most predicates and groups in one tree."""
MAX_VALUES: Final = 200
"""Most values in a list."""
MAX_TEXT: Final = 200
"""Longest text value, in characters."""
MAX_DAYS: Final = 3650
MAX_AT_LEAST: Final = 1000
MAX_NUMBER: Final = Decimal(10) ** 12
MAX_ID: Final = 2**63 - 1


class Kind(enum.StrEnum):
    """Kind of a field's values."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    CHOICE = "choice"
    DATE = "date"
    BOOLEAN = "boolean"


class Op(enum.StrEnum):
    """Comparison of a field with a value."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    BETWEEN = "between"
    WITHIN_DAYS = "within_days"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"

    @property
    def takes(self) -> Shape:
        """What stands beside the operator."""
        if self in (Op.IS_SET, Op.IS_NOT_SET):
            return Shape.NOTHING
        if self in (Op.IN, Op.NOT_IN):
            return Shape.LIST
        if self is Op.BETWEEN:
            return Shape.PAIR
        return Shape.DAYS if self is Op.WITHIN_DAYS else Shape.ONE


class Shape(enum.StrEnum):
    """Shape of the value that an operator takes."""

    NOTHING = "nothing"
    ONE = "one"
    LIST = "list"
    PAIR = "pair"
    DAYS = "days"


_SET = (Op.IS_SET, Op.IS_NOT_SET)
_EQUAL = (Op.EQ, Op.NE)
_ORDER = (Op.GT, Op.GTE, Op.LT, Op.LTE, Op.BETWEEN)
_MEMBER = (Op.IN, Op.NOT_IN)

OPS: Final[dict[Kind, tuple[Op, ...]]] = {
    Kind.TEXT: (*_EQUAL, *_MEMBER, Op.CONTAINS, Op.STARTS_WITH, *_SET),
    Kind.NUMBER: (*_EQUAL, *_ORDER, *_SET),
    Kind.MONEY: (*_EQUAL, *_ORDER, *_SET),
    Kind.CHOICE: (*_EQUAL, *_MEMBER, *_SET),
    Kind.DATE: (*_EQUAL, *_ORDER, Op.WITHIN_DAYS, *_SET),
    Kind.BOOLEAN: (Op.EQ, *_SET),
}
"""Operators that each kind of field takes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the published registry.

    `label` is how a sentence names it. `choices` are the (value, label) pairs of a choice field. `truths` says
    a boolean field's yes and no in words.
    """

    name: str
    kind: Kind
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    truths: tuple[str, str] = ("is yes", "is no")

    @property
    def entity(self) -> str:
        """``lead``, ``company``, ``deal`` or ``score``."""
        return self.name.partition(".")[0]

    @property
    def ops(self) -> tuple[Op, ...]:
        """Operators the field takes."""
        return OPS[self.kind]


DEAL_STAGES: Final = (
    ("discovery", "Discovery"),
    ("proposal", "Proposal"),
    ("negotiation", "Negotiation"),
    ("won", "Won"),
    ("lost", "Lost"),
)

FIELDS: Final[dict[str, Field]] = {
    field.name: field
    for field in (
        Field("lead.email", Kind.TEXT, "e-mail"),
        Field("lead.first_name", Kind.TEXT, "first name"),
        Field("lead.last_name", Kind.TEXT, "last name"),
        Field("lead.job_title", Kind.TEXT, "job title"),
        Field("lead.seniority", Kind.TEXT, "seniority"),
        Field("lead.department", Kind.TEXT, "department"),
        Field("lead.country", Kind.TEXT, "country"),
        Field("lead.source", Kind.TEXT, "source"),
        Field("lead.channel", Kind.CHOICE, "channel", tuple((c.value, c.label) for c in Channel)),
        Field("lead.stage", Kind.CHOICE, "stage", tuple((s.value, s.label) for s in LifecycleStage)),
        Field("lead.created_at", Kind.DATE, "date of creation"),
        Field("lead.consent", Kind.BOOLEAN, "consent", truths=("has given consent", "has refused consent")),
        Field("company.name", Kind.TEXT, "company name"),
        Field("company.domain", Kind.TEXT, "company domain"),
        Field("company.industry", Kind.TEXT, "company industry"),
        Field("company.employees", Kind.NUMBER, "number of employees"),
        Field("company.country", Kind.TEXT, "company country"),
        Field("deal.stage", Kind.CHOICE, "stage of a deal", DEAL_STAGES),
        Field("deal.amount", Kind.MONEY, "amount of a deal"),
        Field("deal.is_open", Kind.BOOLEAN, "open deal", truths=("has an open deal", "has a closed deal")),
        Field("score.fit", Kind.NUMBER, "fit score"),
        Field("score.engagement", Kind.NUMBER, "engagement score"),
        Field("score.total", Kind.NUMBER, "total score"),
    )
}
"""The published registry of fields by name."""


class CriteriaError(ValueError):
    """Criteria that cannot be understood. `path` is a JSON pointer to the part; ``str()`` is a sentence."""

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(sentence)
        self.path = path
        self.sentence = sentence


Scalar = str | Decimal | bool | date
Value = Scalar | int | tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Predicate:
    """A field compared with a value.

    `value` by shape of the operator: None; one of str, Decimal, bool, date; a sorted tuple without repeats
    (``in``, ``not_in``); a (low, high) pair (``between``); an int of days (``within_days``).
    """

    field: str
    op: Op
    value: Value = None

    @property
    def spec(self) -> Field:
        """Entry of the registry."""
        return FIELDS[self.field]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """At least so many touchpoints of a kind, on some content or campaign (ids), within the last days."""

    kind: TouchpointKind | None = None
    content: int | None = None
    campaign: int | None = None
    within_days: int | None = None
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds. There is at least one part."""

    parts: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds. There is at least one part."""

    parts: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Criteria


@dataclass(frozen=True, slots=True)
class Always:
    """Holds for every lead."""


Criteria = Predicate | Behaviour | All | AnyOf | Not | Always


def walk(criteria: Criteria) -> Iterator[Criteria]:
    """The tree's nodes, each before its parts."""
    yield criteria
    if isinstance(criteria, All | AnyOf):
        for part in criteria.parts:
            yield from walk(part)
    elif isinstance(criteria, Not):
        yield from walk(criteria.part)
