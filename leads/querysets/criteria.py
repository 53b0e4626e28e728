"""Criteria as one SQL condition on leads, for one lead and for a million alike.

The meanings are those fixed at the top of `leads.domain.criteria`. SQL's third truth value never decides: negation is
pushed down to the predicates, where the complement of a comparison is written ``(…) IS NOT TRUE``.

What the language leaves open is decided here: a touchpoint or a moment that lies in the future has not happened yet
and does not count; a lead's deals are those that came of it and those it takes part in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.apps import apps
from django.db.models import BooleanField, DateTimeField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable, Expression

from leads.domain.criteria import (
    All,
    Always,
    AnyOf,
    Behaviour,
    Criteria,
    Kind,
    Not,
    Op,
    Predicate,
)

SPACES: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What counts as blank at the ends of a text: every space that Unicode knows, as in Python."""

COLUMNS: Final[dict[str, str]] = {
    "lead.email": "email",
    "lead.first_name": "first_name",
    "lead.last_name": "last_name",
    "lead.job_title": "job_title",
    "lead.seniority": "seniority",
    "lead.department": "department",
    "lead.country": "country",
    "lead.source": "source",
    "lead.channel": "channel",
    "lead.stage": "stage",
    "lead.created_at": "created_at",
    "lead.consent": "consent",
    "company.name": "company__name",
    "company.domain": "company__domain",
    "company.industry": "company__industry",
    "company.employees": "company__employees",
    "company.country": "company__country",
    "score.fit": "current_score__fit",
    "score.engagement": "current_score__engagement",
    "score.total": "current_score__score",
}
"""Where a field of the registry stands, as seen from a lead; those of deals are looked up among its deals."""

_COMPARE: Final[dict[Op, str]] = {Op.EQ: "=", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}
_OPPOSITE: Final[dict[Op, Op]] = {Op.NE: Op.EQ, Op.NOT_IN: Op.IN, Op.IS_NOT_SET: Op.IS_SET}


def compile_criteria(criteria: Criteria, now: datetime) -> Q:
    """The condition that leads meeting `criteria` at `now` (aware) satisfy, for `Lead.objects.filter`."""
    return _node(criteria, now, holds=True)


def _node(criteria: Criteria, now: datetime, *, holds: bool) -> Q:
    if isinstance(criteria, Not):
        return _node(criteria.part, now, holds=not holds)
    if isinstance(criteria, All | AnyOf):
        found = Q()
        # De Morgan: not all is any not.
        connector = Q.AND if isinstance(criteria, All) == holds else Q.OR
        for part in criteria.parts:
            found = found._combine(_node(part, now, holds=holds), connector)  # type: ignore[attr-defined]
        return found
    if isinstance(criteria, Always):
        return Q(Value(holds, output_field=BooleanField()))
    if isinstance(criteria, Behaviour):
        did = _behaviour(criteria, now)
        return Q(did) if holds else Q(~did)
    if criteria.op in _OPPOSITE:
        return _node(Predicate(criteria.field, _OPPOSITE[criteria.op], _plain(criteria)), now, holds=not holds)
    if criteria.spec.entity == "deal":
        some = _some_deal(criteria, now)
        return some if holds else ~some
    condition = _comparison(criteria, COLUMNS[criteria.field], now)
    return Q(condition) if holds else Q(_not_true(condition))


def _plain(predicate: Predicate) -> Any:
    return None if predicate.op is Op.IS_NOT_SET else predicate.value


def _sql(template: str, *expressions: Any) -> Func:
    """A boolean expression; ``%(a0)s`` … in `template` stand for `expressions`."""
    return _Condition(*expressions, template=template, output_field=BooleanField())


class _Condition(Func):
    """A condition written as SQL with numbered places."""

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        compiled = [compiler.compile(each) for each in self.source_expressions]
        places = {f"a{i}": sql for i, (sql, _) in enumerate(compiled)}
        return self.extra["template"] % places, tuple(value for _, values in compiled for value in values)

    def __init__(self, *expressions: Any, template: str, output_field: Any) -> None:
        super().__init__(*expressions, output_field=output_field, template=template)


def _not_true(condition: Expression) -> Func:
    return _sql("((%(a0)s) IS NOT TRUE)", condition)


def _comparison(predicate: Predicate, column: str, now: datetime) -> Func:
    op, wanted, kind = predicate.op, predicate.value, predicate.spec.kind
    found = F(column)
    if op is Op.IS_SET:
        return _is_set(found, kind)
    if kind in (Kind.TEXT, Kind.CHOICE):
        return _text(op, found, wanted, fold=kind is Kind.TEXT)
    if kind is Kind.BOOLEAN:
        return _sql("(%(a0)s IS TRUE)" if wanted else "(%(a0)s IS FALSE)", found)
    if kind is Kind.DATE:
        return _date(op, found, wanted, now)
    numbers: tuple[Any, ...] = wanted if isinstance(wanted, tuple) else (wanted,)
    # A whole number is compared as one: columns of whole numbers are not made into decimals row by row.
    whole = all(each == int(each) for each in numbers)
    bounds = [Value(str(int(each) if whole else each)) for each in numbers]
    number = "bigint" if whole else "numeric"
    if op is Op.BETWEEN:
        return _sql(f"(%(a0)s BETWEEN %(a1)s::{number} AND %(a2)s::{number})", found, *bounds)
    return _sql(f"(%(a0)s {_COMPARE[op]} %(a1)s::{number})", found, *bounds)


def _is_set(found: Combinable, kind: Kind) -> Func:
    if kind in (Kind.TEXT, Kind.CHOICE):
        # A text of blanks is as good as none. Most texts show by their first letter that they are none of those.
        letter = "ascii(%(a0)s) BETWEEN 33 AND 127"
        return _sql(f"(CASE WHEN {letter} THEN true ELSE btrim(%(a0)s, %(a1)s) <> '' END)", found, Value(SPACES))
    return _sql("(%(a0)s IS NOT NULL)", found)


def _text(op: Op, found: Combinable, wanted: Any, *, fold: bool) -> Func:
    # What is plain already, ASCII without blanks at its ends, is not made so again: that is dear, and most texts are.
    plain = (
        "CASE WHEN octet_length(%(a0)s) = length(%(a0)s) AND ascii(%(a0)s) > 32 AND ascii(right(%(a0)s, 1)) > 32"
        " THEN %(a0)s ELSE btrim(normalize(%(a0)s), %(a1)s) END"
    )
    given = "%(a2)s"
    if fold:
        # Both sides by the same rule of the database: Python folds a few letters otherwise.
        plain, given = f"lower({plain})", f"lower({given})"
    if isinstance(wanted, tuple):
        places = ", ".join(f"lower(%(a{i + 2})s)" if fold else f"%(a{i + 2})s" for i in range(len(wanted)))
        return _sql(
            f"(%(a0)s <> '' AND {plain} IN ({places}))", found, Value(SPACES), *(Value(each) for each in wanted)
        )
    template = {
        Op.EQ: f"(%(a0)s <> '' AND {plain} = {given})",
        Op.CONTAINS: f"(%(a0)s <> '' AND strpos({plain}, {given}) > 0)",
        Op.STARTS_WITH: f"(%(a0)s <> '' AND starts_with({plain}, {given}))",
    }[op]
    return _sql(template, found, Value(SPACES), Value(str(wanted)))


def _date(op: Op, found: Combinable, wanted: Any, now: datetime) -> Func:
    def moment(day: date) -> Value:
        return Value(datetime.combine(day, time(), tzinfo=UTC), output_field=DateTimeField())

    def compare(template: str, *moments: Value) -> Func:
        return _sql(template, found, *moments)

    if op is Op.WITHIN_DAYS:
        start = Value(now - timedelta(days=wanted), output_field=DateTimeField())
        return compare("(%(a0)s > %(a1)s AND %(a0)s <= %(a2)s)", start, Value(now, output_field=DateTimeField()))
    day = timedelta(days=1)
    # A day is the span from its midnight to the next, in UTC, so that an index on the instant serves.
    if op in (Op.EQ, Op.BETWEEN):
        first, last = wanted if op is Op.BETWEEN else (wanted, wanted)
        if last == date.max:
            return compare("(%(a0)s >= %(a1)s)", moment(first))
        return compare("(%(a0)s >= %(a1)s AND %(a0)s < %(a2)s)", moment(first), moment(last + day))
    if op in (Op.GTE, Op.LT):
        return compare(f"(%(a0)s {_COMPARE[op]} %(a1)s)", moment(wanted))
    if wanted == date.max:
        return compare("(%(a0)s IS NULL AND %(a0)s IS NOT NULL)" if op is Op.GT else "(%(a0)s IS NOT NULL)")
    return compare("(%(a0)s >= %(a1)s)" if op is Op.GT else "(%(a0)s < %(a1)s)", moment(wanted + day))


def _some_deal(predicate: Predicate, now: datetime) -> Q:
    deals = apps.get_model("leads", "Deal").objects.order_by()
    column = predicate.field.partition(".")[2]
    if column == "is_open":
        is_open = Q(won_at__isnull=True, lost_at__isnull=True)
        narrowed = deals if predicate.op is Op.IS_SET else deals.filter(is_open if predicate.value else ~is_open)
    else:
        narrowed = deals.filter(_comparison(predicate, column, now))
    return Q(Exists(narrowed.filter(lead=OuterRef("pk")))) | Q(Exists(narrowed.filter(other_leads=OuterRef("pk"))))


def _behaviour(behaviour: Behaviour, now: datetime) -> Exists:
    touchpoints: QuerySet[Any] = apps.get_model("leads", "Touchpoint").objects.order_by()
    touchpoints = touchpoints.filter(lead=OuterRef("pk"), occurred_at__lte=now)
    if behaviour.within_days is not None:
        touchpoints = touchpoints.filter(occurred_at__gt=now - timedelta(days=behaviour.within_days))
    exact = {"kind": behaviour.kind, "content_id": behaviour.content, "campaign_id": behaviour.campaign}
    touchpoints = touchpoints.filter(**{name: value for name, value in exact.items() if value is not None})
    # So many are there when the last of them is: nothing is counted beyond.
    return Exists(touchpoints[behaviour.at_least - 1 : behaviour.at_least] if behaviour.at_least > 1 else touchpoints)
