"""The criteria language: one small declarative way to say which leads are meant.

Criteria are JSON: ``all``, ``any`` and ``not`` over predicates on fields and over behaviour::

    {"all": [
        {"field": "lead.country", "op": "in", "value": ["AT", "DE"]},
        {"not": {"field": "company.employees", "op": "lt", "value": 50}},
        {"behaviour": {"kind": "form_submitted", "content": null, "campaign": null,
                       "within_days": 30, "at_least": 2}}]}

and ``{"always": true}`` for every lead. `parse` turns them into a tree of frozen dataclasses, which is
rendered as a sentence here and compiled to one SQL condition elsewhere; there is no second evaluator of a
tree.

What the predicates mean, for everybody who compiles or explains them:

- Logic has two values. An unset field (null, or a text of blanks) satisfies only ``is_not_set``, ``ne`` and
  ``not_in``; ``ne`` and ``not_in`` are the exact complements of ``eq`` and ``in``, and ``not`` is of its
  part.
- Text is compared without regard to case; a choice exactly. - A date field is compared by its calendar date
in UTC. ``between`` includes both ends. ``within_days`` n holds
  from the moment itself until n times 24 hours have passed, and not for the future.
- A lead may have several deals: a deal predicate holds when at least one deal satisfies it; ``ne``,
``not_in``
  and ``is_not_set`` hold when none satisfies the opposite.
- Behaviour counts touchpoints of the lead that match kind, content and campaign (null: any) and whose age is
  less than ``within_days`` times 24 hours (null: ever), and holds when there are ``at_least`` so many.
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

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

_HEADS = ("all", "any", "not", "field", "behaviour", "always")


def parse(data: object) -> Criteria:
    """The tree of decoded JSON (dicts, lists, strings, numbers). Raises `CriteriaError` on the first flaw."""
    return _Parser().node(data, "", 1)


def parse_predicate(data: object, path: str = "") -> Predicate:
    """One predicate on a field, as used by the fit rules of a score model. Raises `CriteriaError`."""
    if not isinstance(data, dict):
        raise CriteriaError(path, 'A predicate is an object such as {"field": …, "op": …, "value": …}.')
    return _predicate(data, path)


class _Parser:
    def __init__(self) -> None:
        self.nodes = 0

    def node(self, data: object, path: str, depth: int) -> Criteria:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise CriteriaError(path, f"Criteria may be nested {MAX_DEPTH} levels deep, not more.")
        if self.nodes > MAX_NODES:
            raise CriteriaError(path, f"Criteria may have {MAX_NODES} parts, not more.")
        if not isinstance(data, dict):
            raise CriteriaError(path, f"Expected an object with one of {', '.join(_HEADS)}.")
        heads = [head for head in _HEADS if head in data]
        if len(heads) != 1:
            raise CriteriaError(path, f"Expected exactly one of {', '.join(_HEADS)} in this object.")
        head = heads[0]
        if head == "field":
            return _predicate(data, path)
        _only(data, (head,), path)
        inner, here = data[head], f"{path}/{head}"
        if head == "behaviour":
            return _behaviour(inner, here)
        if head == "not":
            return Not(self.node(inner, here, depth + 1))
        if head == "always":
            if inner is not True:
                raise CriteriaError(here, 'Write {"always": true}; for no lead at all, negate it.')
            return Always()
        if not isinstance(inner, list) or not inner:
            raise CriteriaError(here, f"“{head}” needs a list with at least one part.")
        if len(inner) > MAX_NODES:
            raise CriteriaError(here, f"Criteria may have {MAX_NODES} parts, not more.")
        parts = tuple(self.node(part, f"{here}/{i}", depth + 1) for i, part in enumerate(inner))
        return All(parts) if head == "all" else AnyOf(parts)


def _only(data: Mapping[str, object], known: tuple[str, ...], path: str) -> None:
    for key in data:
        if key not in known:
            raise CriteriaError(f"{path}/{_pointer(key)}", f"“{_shown(key)}” is not known here.")


def _pointer(key: object) -> str:
    return _shown(key).replace("~", "~0").replace("/", "~1")


def _shown(data: object) -> str:
    """What was given, short enough and clean enough for a sentence."""
    text = str(data).encode(errors="replace").decode()
    return text if len(text) <= 60 else text[:59] + "…"


def _predicate(data: Mapping[str, object], path: str) -> Predicate:
    _only(data, ("field", "op", "value"), path)
    name = data.get("field")
    field = FIELDS.get(name) if isinstance(name, str) else None
    if field is None:
        raise CriteriaError(f"{path}/field", f"There is no field “{_shown(name)}”.")
    if "op" not in data:
        raise CriteriaError(path, f"Say how {field.label} is compared: “op” is missing.")
    op = next((op for op in field.ops if op.value == data["op"]), None)
    if op is None:
        allowed = ", ".join(field.ops)
        raise CriteriaError(
            f"{path}/op", f"“{_shown(data['op'])}” cannot be used with {field.label}; use one of {allowed}."
        )
    if op.takes is Shape.NOTHING:
        if "value" in data:
            raise CriteriaError(f"{path}/value", f"“{op.value}” takes no value.")
        return Predicate(field.name, op)
    if "value" not in data:
        raise CriteriaError(path, f"Say what {field.label} is compared with: “value” is missing.")
    return Predicate(field.name, op, _value(field, op, data["value"], f"{path}/value"))


def _value(field: Field, op: Op, data: object, path: str) -> Value:
    if op.takes is Shape.DAYS:
        return _count(data, path, 1, MAX_DAYS, "days")
    if op.takes is Shape.ONE:
        return _scalar(field, op, data, path)
    if not isinstance(data, list):
        raise CriteriaError(path, f"“{op.value}” takes a list of values.")
    if op.takes is Shape.PAIR:
        if len(data) != 2:
            raise CriteriaError(path, "“between” takes two values, the lower and the higher.")
        low, high = (_scalar(field, op, item, f"{path}/{i}") for i, item in enumerate(data))
        if low > high:  # type: ignore[operator]  # both are of the field's kind
            raise CriteriaError(path, "The lower value comes first.")
        return (low, high)
    if not 1 <= len(data) <= MAX_VALUES:
        raise CriteriaError(path, f"The list takes 1 to {MAX_VALUES} values.")
    return tuple(sorted({str(_scalar(field, op, item, f"{path}/{i}")) for i, item in enumerate(data)}))


def _scalar(field: Field, op: Op, data: object, path: str) -> Scalar:
    if field.kind in (Kind.TEXT, Kind.CHOICE):
        return _text(field, data, path)
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        return _number(field, data, path)
    if field.kind is Kind.DATE:
        return _date(data, path)
    if not isinstance(data, bool):
        raise CriteriaError(path, "Expected true or false.")
    return data


def _text(field: Field, data: object, path: str) -> str:
    if not isinstance(data, str):
        raise CriteriaError(path, "Expected a text.")
    text = unicodedata.normalize("NFC", data).strip()
    if not text or len(text) > MAX_TEXT:
        raise CriteriaError(path, f"Expected a text of 1 to {MAX_TEXT} characters.")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise CriteriaError(path, "The text contains a control character.")
    if field.choices and text not in (value for value, _ in field.choices):
        raise CriteriaError(path, f"“{_shown(text)}” is not one of the choices of {field.label}.")
    return text


def _number(field: Field, data: object, path: str) -> Decimal:
    if isinstance(data, bool) or not isinstance(data, int | float | Decimal):
        raise CriteriaError(path, "Expected a number.")
    number = Decimal(repr(data)) if isinstance(data, float) else Decimal(data)
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        raise CriteriaError(path, "The number is out of range.")
    if number != round(number, 2):
        raise CriteriaError(path, "A number has at most two decimal places.")
    return number.quantize(Decimal("0.01")) + 0  # adding nothing turns -0.00 into 0.00


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date(data: object, path: str) -> date:
    if isinstance(data, str) and _ISO_DATE.fullmatch(data):
        try:
            return date.fromisoformat(data)
        except ValueError:
            pass
    raise CriteriaError(path, "Expected a date such as 2026-01-31.")


def _count(data: object, path: str, low: int, high: int, what: str) -> int:
    if isinstance(data, bool) or not isinstance(data, int) or not low <= data <= high:
        raise CriteriaError(path, f"Expected a whole number of {what} from {low} to {high}.")
    return data


def _behaviour(data: object, path: str) -> Behaviour:
    if not isinstance(data, dict):
        raise CriteriaError(path, "Expected an object that describes the behaviour.")
    _only(data, ("kind", "content", "campaign", "within_days", "at_least"), path)
    kind = data.get("kind")
    if kind is not None and kind not in list(TouchpointKind):
        raise CriteriaError(f"{path}/kind", f"There is no kind of touchpoint “{_shown(kind)}”.")
    return Behaviour(
        kind=None if kind is None else TouchpointKind(kind),
        content=_optional(data, "content", path, MAX_ID, "the content's id"),
        campaign=_optional(data, "campaign", path, MAX_ID, "the campaign's id"),
        within_days=_optional(data, "within_days", path, MAX_DAYS, "days"),
        at_least=_count(data.get("at_least", 1), f"{path}/at_least", 1, MAX_AT_LEAST, "touchpoints"),
    )


def _optional(data: Mapping[str, Any], key: str, path: str, high: int, what: str) -> int | None:
    value = data.get(key)
    if value is None:
        return None
    if key == "within_days":
        return _count(value, f"{path}/{key}", 1, high, what)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
        raise CriteriaError(f"{path}/{key}", f"Expected {what} or null.")
    return value


# -- writing -------------------------------------------------------------------------------------


def to_json(criteria: Criteria) -> dict[str, Any]:
    """Plain dicts and lists that `parse` reads back as the same tree."""
    if isinstance(criteria, Predicate):
        out: dict[str, Any] = {"field": criteria.field, "op": criteria.op.value}
        if criteria.op.takes is not Shape.NOTHING:
            out["value"] = _value_json(criteria.value)
        return out
    if isinstance(criteria, Behaviour):
        return {
            "behaviour": {
                "kind": criteria.kind.value if criteria.kind else None,
                "content": criteria.content,
                "campaign": criteria.campaign,
                "within_days": criteria.within_days,
                "at_least": criteria.at_least,
            }
        }
    if isinstance(criteria, Not):
        return {"not": to_json(criteria.part)}
    if isinstance(criteria, Always):
        return {"always": True}
    head = "all" if isinstance(criteria, All) else "any"
    return {head: [to_json(part) for part in criteria.parts]}


def _value_json(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_value_json(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def canonical(criteria: Criteria) -> str:
    """The one JSON text of a tree: sorted keys, no spaces, every key of a behaviour written."""
    return json.dumps(to_json(criteria), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(criteria: Criteria) -> str:
    """SHA-256 of the canonical text, in hex: what both sides sign."""
    return hashlib.sha256(canonical(criteria).encode()).hexdigest()


# -- walking -------------------------------------------------------------------------------------


def walk(criteria: Criteria) -> Iterator[Criteria]:
    """The tree's nodes, each before its parts."""
    yield criteria
    if isinstance(criteria, All | AnyOf):
        for part in criteria.parts:
            yield from walk(part)
    elif isinstance(criteria, Not):
        yield from walk(criteria.part)


# -- one value -----------------------------------------------------------------------------------

Attribute = str | int | float | Decimal | bool | date | datetime | None


def matches(predicate: Predicate, value: Attribute, now: datetime) -> bool:
    """Whether one attribute value satisfies one predicate, by the meanings at the top of this module.

    This scalar form serves fit rules and explanations, where a single value is at hand. Which leads criteria
    mean is decided by SQL alone. `now` is aware; a `datetime` value too.
    """
    op, wanted = predicate.op, predicate.value
    known = value is not None and not (isinstance(value, str) and not value.strip())
    if op is Op.IS_SET:
        return known
    if op is Op.IS_NOT_SET:
        return not known
    if op is Op.NE or op is Op.NOT_IN:
        opposite = Predicate(predicate.field, Op.EQ if op is Op.NE else Op.IN, wanted)
        return not matches(opposite, value, now)
    if value is None or not known:
        return False
    kind = predicate.spec.kind
    if kind in (Kind.TEXT, Kind.CHOICE):
        return _text_matches(op, str(value), wanted, fold=kind is Kind.TEXT)
    if op is Op.WITHIN_DAYS:
        assert isinstance(wanted, int)  # noqa: S101 - given by the parser
        at = _instant(value)
        return now - timedelta(days=wanted) < at <= now
    found: Any
    if kind is Kind.DATE:
        found = _instant(value).astimezone(UTC).date()
    elif kind is Kind.BOOLEAN:
        found = bool(value)
    else:
        found = Decimal(str(value))
    return _compare(op, found, wanted)


def _instant(value: Attribute) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise TypeError(f"{value!r} is not a date")


def _text_matches(op: Op, found: str, wanted: Value, *, fold: bool) -> bool:
    def form(text: object) -> str:
        plain = unicodedata.normalize("NFC", str(text)).strip()
        return plain.lower() if fold else plain

    found = form(found)
    if isinstance(wanted, tuple):
        return found in {form(item) for item in wanted}
    if op is Op.CONTAINS:
        return form(wanted) in found
    return found.startswith(form(wanted)) if op is Op.STARTS_WITH else found == form(wanted)


def _compare(op: Op, found: Any, wanted: Any) -> bool:
    if op is Op.BETWEEN:
        return bool(wanted[0] <= found <= wanted[1])
    if op is Op.GT:
        return bool(found > wanted)
    if op is Op.GTE:
        return bool(found >= wanted)
    if op is Op.LT:
        return bool(found < wanted)
    return bool(found <= wanted) if op is Op.LTE else bool(found == wanted)


# -- in words ------------------------------------------------------------------------------------

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


# -- published schema ----------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the language, made from the registry.

    Depth and number of parts, the order of a pair and blank texts are checked by `parse` alone.
    """
    one = {"$ref": "#/$defs/criteria"}
    parts = {"type": "array", "minItems": 1, "maxItems": MAX_NODES, "items": one}
    days = {"type": "integer", "minimum": 1, "maximum": MAX_DAYS}
    id_ = {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_ID}
    behaviour = _object(
        {
            "kind": {"enum": [*(kind.value for kind in TouchpointKind), None]},
            "content": id_,
            "campaign": id_,
            "within_days": {**days, "type": ["integer", "null"]},
            "at_least": {"type": "integer", "minimum": 1, "maximum": MAX_AT_LEAST, "default": 1},
        },
        required=(),
    )
    nodes = [
        _object({"all": parts}),
        _object({"any": parts}),
        _object({"not": one}),
        _object({"always": {"const": True}}),
        _object({"behaviour": behaviour}),
        {"$ref": "#/$defs/predicate"},
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Criteria",
        "description": "Which leads are meant: all, any, not over predicates on fields and behaviour.",
        "$ref": "#/$defs/criteria",
        "$defs": {
            "criteria": {"oneOf": nodes},
            "predicate": {"oneOf": [option for field in FIELDS.values() for option in _field_schema(field)]},
        },
    }


def _object(properties: dict[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> Iterator[dict[str, Any]]:
    one = _scalar_schema(field)
    values: dict[Shape, dict[str, Any] | None] = {
        Shape.NOTHING: None,
        Shape.ONE: one,
        Shape.LIST: {"type": "array", "minItems": 1, "maxItems": MAX_VALUES, "items": one},
        Shape.PAIR: {"type": "array", "minItems": 2, "maxItems": 2, "items": one},
        Shape.DAYS: {"type": "integer", "minimum": 1, "maximum": MAX_DAYS},
    }
    for shape, value in values.items():
        ops = [op.value for op in field.ops if op.takes is shape]
        if ops:
            properties: dict[str, Any] = {"field": {"const": field.name}, "op": {"enum": ops}}
            if value is not None:
                properties["value"] = value
            yield {"title": field.label, **_object(properties)}


def _scalar_schema(field: Field) -> dict[str, Any]:
    if field.kind is Kind.BOOLEAN:
        return {"type": "boolean"}
    if field.kind is Kind.DATE:
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        bound = int(MAX_NUMBER)
        return {"type": "number", "minimum": -bound, "maximum": bound}
    if field.choices:
        return {"enum": [value for value, _ in field.choices]}
    return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
