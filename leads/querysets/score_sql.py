"""A scoring model as set-based SQL: the score of every lead, or of a batch, in one statement.

The result is that of `leads.domain.scoring.score` over the same facts. Newest-first maxima need no sorting: where a
rule's points only fall with age, the newest m of n occurrences that pass a limit of age number least(m, n that pass).
Only an exponential rule whose lead has more occurrences than count is looked up again, newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Case, IntegerField, Value, When
from django.db.models.functions import Greatest, Least

from leads.domain.scoring import (
    EngagementRule,
    Expiry,
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


def scores_sql(model: ScoreModel, now: datetime, lead_ids: Sequence[int] | None = None) -> str:
    """A SELECT of lead_id, fit, engagement, score and band at `now` for the leads given, or for all (None)."""
    bands = model.bands
    fit, engagement = _clamp("f.points"), _clamp("coalesce(e.points, 0)")
    return f"""
        SELECT f.lead_id, {fit} AS fit, {engagement} AS engagement,
            {_clamp("f.points + coalesce(e.points, 0)")} AS score,
            CASE WHEN {fit} >= {bands.fit_a} THEN 'A' WHEN {fit} >= {bands.fit_b} THEN 'B' ELSE 'C' END
            || CASE WHEN {engagement} >= {bands.engagement_1} THEN '1'
                WHEN {engagement} >= {bands.engagement_2} THEN '2' ELSE '3' END AS band
        FROM ({_fit_sql(model, now, lead_ids)}) f (lead_id, points)
        LEFT JOIN ({_engagement_sql(model, now, lead_ids)}) e ON e.lead_id = f.lead_id
    """  # noqa: S608 - numbers and literals made here


def _clamp(points: str) -> str:
    return f"least(100, greatest(0, {points}))"


def _fit_sql(model: ScoreModel, now: datetime, lead_ids: Sequence[int] | None) -> str:
    leads = apps.get_model("leads", "Lead").objects.order_by()
    if lead_ids is not None:
        leads = leads.filter(pk__in=list(lead_ids))
    groups = [_fit_points(group, now) for group in model.groups if group.kind is GroupKind.FIT]
    total = reduce(add, groups) if groups else Value(0)
    sql, values = leads.annotate(points=total).values_list("pk", "points").query.sql_with_params()
    return _literal(sql, values)


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


def _engagement_sql(model: ScoreModel, now: datetime, lead_ids: Sequence[int] | None) -> str:
    groups = [group for group in model.groups if group.kind is GroupKind.ENGAGEMENT]
    if not groups:
        return "SELECT NULL::bigint AS lead_id, 0 AS points WHERE false"
    at = f"timestamptz '{now.isoformat()}'"
    columns: list[str] = []
    totals = []
    for group in groups:
        parts = []
        for rule in group.rules:
            assert isinstance(rule, EngagementRule)  # noqa: S101 - the parser keeps kinds apart
            made, points = _rule_sql(rule, f"r{len(columns)}", at)
            columns += made
            parts.append(points)
        totals.append(f"least({group.max}, greatest({group.min}, {' + '.join(parts)}))")
    some = "" if lead_ids is None else f" AND t.lead_id = ANY ('{{{','.join(map(str, lead_ids))}}}'::bigint[])"
    return f"""
        SELECT s.lead_id, {" + ".join(totals)} AS points
        FROM (SELECT t.lead_id, {", ".join(columns)} FROM leads_touchpoint t
            WHERE t.occurred_at <= {at}{some} GROUP BY t.lead_id) s
    """  # noqa: S608 - numbers and literals made here


def _rule_sql(rule: EngagementRule, name: str, at: str) -> tuple[list[str], str]:
    """Columns to aggregate per lead and the expression of the whole points they give."""
    where = _matching(rule)
    if rule.within_days is not None:
        where.append(f"t.occurred_at > {at} - interval '{rule.within_days * 24} hours'")
    most, decay = rule.max_counted, rule.decay

    def younger(days: int | None) -> str:
        limits = where if days is None else [*where, f"t.occurred_at > {at} - interval '{days * 24} hours'"]
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
    columns = [f"sum({power}){_filter(where)} AS {name}"]
    if most is None:
        return columns, _whole(rule.points, f"coalesce(s.{name}, 0)")
    columns.append(f"count(*){_filter(where)} AS {name}_n")
    newest = f"""(SELECT sum({power}) FROM (SELECT t.occurred_at FROM leads_touchpoint t
        WHERE t.lead_id = s.lead_id AND t.occurred_at <= {at} AND {" AND ".join(where) or "true"}
        ORDER BY t.occurred_at DESC LIMIT {most}) t)"""  # noqa: S608 - numbers and literals made here
    value = f"CASE WHEN s.{name}_n <= {most} THEN coalesce(s.{name}, 0) ELSE {newest} END"
    return columns, _whole(rule.points, value)


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
