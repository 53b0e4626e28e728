"""A scoring model as set-based SQL: the score of every lead, or of a batch, in one statement.

The result is that of `leads.domain.scoring.score` over the same facts. Newest-first maxima need no sorting: where a
rule's points only fall with age, the newest m of n occurrences that pass a limit of age number least(m, n that pass).
Only an exponential rule whose lead has more occurrences than count is looked up again, newest first; a statement that
does so is not shared among the workers of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.models import Case, IntegerField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Greatest, Least

from leads.domain.scoring import (
    EngagementRule,
    Expiry,
    Exponential,
    FitRule,
    Group,
    GroupKind,
    Linear,
    NoDecay,
    ScoreModel,
)
from leads.querysets.criteria import compile_criteria

_FALLS_TO = -1000
"""2^−1000 is nothing, and as far as the database counts without an underflow."""
_PACK = 1024
"""Added to each addend of a sum, so that one aggregate tells the sum and, in multiples of this, how many it is of.

No addend exceeds 1, so that up to MAX_COUNTED of them stay below it; of more only the number is of use. What is lost
is 2^−37 of a point, far below the millionth that decides.
"""


@dataclass(frozen=True, slots=True)
class Which:
    """The leads to score: those of a span of ids (both ends included), or those given."""

    first: int = 0
    last: int = 0
    ids: Sequence[int] | None = None

    def condition(self, column: str) -> str:
        """That `column`, an id of a lead, is one of them."""
        if self.ids is None:
            return f"{column} BETWEEN {self.first} AND {self.last}"
        return f"{column} = ANY ('{{{','.join(map(str, self.ids))}}}'::bigint[])"


def scores_sql(
    model: ScoreModel, now: datetime, which: Which, *, fit_stands: bool = False, look_up: bool = True
) -> str:
    """A SELECT of lead_id, fit, engagement, score and band at `now`, and of what it is held against.

    That is: scored_at and place (of the row) as they were when the score was computed, and whether it differs from
    the score stored then. `fit_stands`: the scores stored were computed by these same rules of fit, so that the fit of
    a lead whose attributes have not changed since is known. Without `look_up` nothing is looked up again: leads that
    need it are told as crowded, and what is said of them does not count. Everything is numbers and literals: no
    parameters.
    """
    bands = model.bands
    fit, engagement = _clamp("p.fit_points"), _clamp("p.engagement_points")
    # OFFSET 0 keeps the planner from working points out again in each of the places where they are used. Said as a
    # bigint, so that the planner sees at once that nothing is left out: else workers may not share the statement.
    return f"""
        SELECT n.lead_id, n.fit, n.engagement, n.score, n.band, n.scored_at, n.place,
            (n.fit, n.engagement, n.score, n.band)
                IS DISTINCT FROM (n.old_fit, n.old_engagement, n.old_score, n.old_band) AS differs, n.crowded
        FROM (
            SELECT p.*, {fit} AS fit, {engagement} AS engagement,
                {_clamp("p.fit_points + p.engagement_points")} AS score,
                CASE WHEN {fit} >= {bands.fit_a} THEN 'A' WHEN {fit} >= {bands.fit_b} THEN 'B' ELSE 'C' END
                || CASE WHEN {engagement} >= {bands.engagement_1} THEN '1'
                    WHEN {engagement} >= {bands.engagement_2} THEN '2' ELSE '3' END AS band
            FROM (
                SELECT f.*, coalesce(e.points, 0) AS engagement_points, coalesce(e.crowded, false) AS crowded
                FROM ({_fit_sql(model, now, which, fit_stands)}) f ({", ".join(_OF_LEADS)}, place, fit_points)
                LEFT JOIN ({_engagement_sql(model, now, which, look_up)}) e ON e.lead_id = f.lead_id OFFSET bigint '0'
            ) p
        ) n
    """  # noqa: S608 - numbers and literals made here


_OF_LEADS: Final = {
    "lead_id": "pk",
    "scored_at": "current_score__scored_at",
    "old_fit": "current_score__fit",
    "old_engagement": "current_score__engagement",
    "old_score": "current_score__score",
    "old_band": "current_score__band",
}


def _clamp(points: str) -> str:
    return f"least(100, greatest(0, {points}))"


_KNOWN: Final = "leads_score.scored_at IS NOT NULL AND leads_score.fit BETWEEN 1 AND 99"
"""Scores of which the fit tells its points. At the limits there may be more points, or fewer, than are stored."""


def _fit_sql(model: ScoreModel, now: datetime, which: Which, fit_stands: bool) -> str:
    leads = apps.get_model("leads", "Lead").objects.order_by().with_score()
    groups = [_fit_points(group, now) for group in model.groups if group.kind is GroupKind.FIT]
    total = reduce(add, groups) if groups else Value(0)
    place = RawSQL("leads_score.ctid", ())
    found = leads.annotate(place=place, points=total).values_list(*_OF_LEADS.values(), "place", "points")
    sql, values = found.query.sql_with_params()
    # Said of both: a span of one column is not taken to be that of the other.
    spans = [which.condition(column) for column in ("leads_lead.id", "leads_score.lead_id")]
    worked_out = " AND ".join([_literal(sql, values), *spans])
    if not fit_stands:
        return worked_out
    return f"""
        SELECT lead_id, scored_at, fit, engagement, score, band, ctid, fit FROM leads_score
        WHERE {_KNOWN} AND {spans[1]}
        UNION ALL {worked_out} AND NOT ({_KNOWN})
    """  # noqa: S608 - numbers and literals made here


def _fit_points(group: Group, now: datetime) -> Any:
    rules = [
        Case(
            When(compile_criteria(rule.when, now), then=Value(rule.points)),
            default=Value(0),
            output_field=IntegerField(),
        )
        for rule in group.rules
        if isinstance(rule, FitRule)
    ]
    return Least(Value(group.max), Greatest(Value(group.min), reduce(add, rules)))


def _literal(sql: str, values: Sequence[Any]) -> str:
    with connection.cursor() as cursor:
        text = cursor.cursor.mogrify(sql, values)
    return text.decode() if isinstance(text, bytes) else str(text)


def _engagement_sql(model: ScoreModel, now: datetime, which: Which, look_up: bool) -> str:
    groups = [group for group in model.groups if group.kind is GroupKind.ENGAGEMENT]
    if not groups:
        return "SELECT NULL::bigint AS lead_id, 0 AS points, false AS crowded WHERE false"
    columns: list[str] = []
    crowded = ["false"]
    totals = []
    for group in groups:
        parts = []
        for rule in group.rules:
            assert isinstance(rule, EngagementRule)  # noqa: S101 - the parser keeps kinds apart
            name = f"r{len(columns)}"
            made, points = _rule_sql(rule, name, now, look_up)
            columns += made
            if not look_up and _packs(rule):
                crowded.append(_too_many(rule, name))
            parts.append(points)
        totals.append(f"least({group.max}, greatest({group.min}, {' + '.join(parts)}))")
    return f"""
        SELECT s.lead_id, {" + ".join(totals)} AS points, {" OR ".join(crowded)} AS crowded
        FROM (SELECT t.lead_id, {", ".join(columns)} FROM leads_touchpoint t
            WHERE t.occurred_at <= {_instant(now)} AND {which.condition("t.lead_id")} GROUP BY t.lead_id) s
    """  # noqa: S608 - numbers and literals made here


def _instant(at: datetime) -> str:
    """A literal: an instant worked out by the database is worked out again for every row."""
    return f"timestamptz '{at.isoformat()}'"


def _packs(rule: EngagementRule) -> bool:
    """Whether one aggregate tells the sum of the rule's occurrences and how many they are."""
    return isinstance(rule.decay, Exponential) and rule.max_counted not in (None, 1)


def _too_many(rule: EngagementRule, name: str) -> str:
    """That more occurrences are there than count, so that their sum is not what counts; false where there are none."""
    return f"coalesce(s.{name} >= {_PACK * ((rule.max_counted or 0) + 1)}, false)"


def _rule_sql(rule: EngagementRule, name: str, now: datetime, look_up: bool) -> tuple[list[str], str]:
    """Columns to aggregate per lead and the expression of the whole points they give."""

    def younger_than(days: int) -> str:
        return f"t.occurred_at > {_instant(now - timedelta(days=days))}"

    at, where = _instant(now), _matching(rule)
    if rule.within_days is not None:
        where.append(younger_than(rule.within_days))
    most, decay = rule.max_counted, rule.decay

    def younger(days: int | None) -> str:
        limits = where if days is None else [*where, younger_than(days)]
        return f"count(*){_filter(limits)}"

    if isinstance(decay, NoDecay | Expiry):
        column = younger(decay.days if isinstance(decay, Expiry) else None)
        return [f"{column} AS {name}"], f"({rule.points} * least({most}, s.{name}))::int"
    if isinstance(decay, Linear):
        return _linear_sql(rule, decay, name, younger)
    half_life = decay.half_life_days * 86400
    power = f"power(2, greatest({_FALLS_TO}, -date_part('epoch', {at} - t.occurred_at) / {half_life}))"
    if most == 1:
        newest = f"max(t.occurred_at){_filter(where)}"
        value = f"coalesce({power.replace('t.occurred_at', f's.{name}')}, 0)"
        return [f"{newest} AS {name}"], _whole(rule.points, value)
    if most is None:
        return [f"sum({power}){_filter(where)} AS {name}"], _whole(rule.points, f"coalesce(s.{name}, 0)")
    newest = f"""(SELECT sum({power}) FROM (SELECT t.occurred_at FROM leads_touchpoint t
        WHERE t.lead_id = s.lead_id AND t.occurred_at <= {at} AND {" AND ".join(where) or "true"}
        ORDER BY t.occurred_at DESC LIMIT {most}) t)"""  # noqa: S608 - numbers and literals made here
    value = f"""CASE WHEN s.{name} IS NULL THEN 0 WHEN {_too_many(rule, name)} THEN {newest if look_up else 0}
        ELSE s.{name} - {_PACK} * floor(s.{name} / {_PACK}) END"""
    return [f"sum({_PACK} + {power}){_filter(where)} AS {name}"], _whole(rule.points, value)


def _linear_sql(rule: EngagementRule, decay: Linear, name: str, younger: Any) -> tuple[list[str], str]:
    columns, parts = [], []
    left, step = 100, 0
    while left > 0:
        after = max(0, left - decay.percent)
        step += 1
        columns.append(f"{younger(step * decay.period_days)} AS {name}_{step}")
        parts.append(f"{left - after} * least({rule.max_counted}, s.{name}_{step})")
        left = after
    return columns, _whole(rule.points, f"(({' + '.join(parts)})::double precision / 100)")


def _matching(rule: EngagementRule) -> list[str]:
    found = [] if rule.kind is None else [f"t.kind = '{rule.kind.value}'"]
    found += [] if rule.content is None else [f"t.content_id = {rule.content}"]
    found += [] if rule.campaign is None else [f"t.campaign_id = {rule.campaign}"]
    return found


def _filter(where: list[str]) -> str:
    return f" FILTER (WHERE {' AND '.join(where)})" if where else ""


def _whole(points: int, value: str) -> str:
    """Whole points, halves away from zero, the millionth first: as the domain rounds."""
    size = f"floor(round({abs(points)} * {value} * 1e6::double precision) / 1e6::double precision + 0.5)::int"
    return size if points > 0 else f"-({size})"
