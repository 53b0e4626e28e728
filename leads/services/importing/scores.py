"""Scores of leads that a file brings: known before the rows are written, so that no row is written twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from leads.domain.criteria import matches
from leads.domain.scoring import FitRule
from leads.models import Lead
from leads.services.importing.batches import copy_columns
from leads.services.scoring import Newcomer, model_in_force, score_newcomer

_SCORED = ("fit", "engagement", "score", "band", "scored_at")


def scores_of_newcomers(leads: Mapping[str, Sequence[Any]], now: datetime) -> list[Newcomer]:
    """For each lead about to be written the score, and the history that goes with it, if any.

    `leads`: the columns to be written. Leads for whom the same fit rules hold have the same score, so that of each kind
    one is scored, as a lead that is added by hand would be. Call it in the transaction that writes the leads.
    """

    def example(place: int) -> Newcomer:
        return score_newcomer(Lead(**{name: values[place] for name, values in leads.items()}), now)

    # Scoring the first one keeps every other model out of force until the transaction ends.
    first = example(0)
    if first[0].scored_at is None:
        return [first] * len(leads["id"])
    _, model = model_in_force(now)
    rules = [rule for group in model.groups for rule in group.rules if isinstance(rule, FitRule)]
    columns: dict[str, Sequence[Any]] = {f"lead.{name}": values for name, values in leads.items()}
    columns |= _of_companies({rule.when.field for rule in rules} - columns.keys(), leads["company_id"])
    holding = [_outcomes(columns[rule.when.field], rule, now) for rule in rules]
    examples: dict[tuple[bool, ...], Newcomer] = {}
    found = []
    for place, outcome in enumerate(zip(*holding, strict=True) if rules else [()] * len(leads["id"])):
        scored = examples.get(outcome)
        if scored is None:
            scored = examples[outcome] = example(place)
        found.append(scored)
    return found


def _of_companies(fields: Collection[str], ids: Sequence[int | None]) -> dict[str, Sequence[Any]]:
    """Columns of the fields of each lead's company, None where it has none."""
    names = [field.removeprefix("company.") for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(['id', *names])} FROM leads_company WHERE id = ANY(%s)",  # noqa: S608 - known fields
            [list({pk for pk in ids if pk})],
        )
        known = {row[0]: row[1:] for row in cursor.fetchall()}
    nothing = (None,) * len(names)
    rows = [known.get(pk, nothing) for pk in ids]
    return {field: [row[place] for row in rows] for place, field in enumerate(fields)}


def _outcomes(values: Sequence[Any], rule: FitRule, now: datetime) -> list[bool]:
    """Whether the rule holds for each value, decided once for each different one."""
    decided = {value: matches(rule.when, value, now) for value in set(values)}
    return [decided[value] for value in values]


def copy_scores(lead_ids: Sequence[int], stages: Sequence[str], scores: Sequence[Newcomer]) -> None:
    """Writes the scores, and the first row of history of the leads that have one.

    Call it before the leads are written: the database adds a score only to a lead that has none.
    """
    found: dict[str, Sequence[Any]] = {"lead_id": lead_ids, "stage": stages}
    found |= {name: [getattr(score, name) for score, _ in scores] for name in _SCORED}
    copy_columns("leads_score", found)
    rows = [(lead_id, change) for lead_id, (_, change) in zip(lead_ids, scores, strict=True) if change]
    if rows:
        changes = [change for _, change in rows]
        names = ("model_id", "occurred_at", "fit", "engagement", "score", "band")
        columns: dict[str, Sequence[Any]] = {name: [getattr(change, name) for change in changes] for name in names}
        copy_columns("leads_scorechange", {"lead_id": [lead_id for lead_id, _ in rows], **columns})
