"""Scores of leads that a file brings: known before the rows are written, so that no row is written twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leads.domain.criteria import matches
from leads.domain.scoring import FitRule
from leads.models import Company, Lead, Score
from leads.services.importing.batches import copy_columns
from leads.services.scoring import (
    Newcomer,
    company_fields,
    held_companies,
    hold_scoring,
    model_in_force,
    newcomer_by,
)

_SCORED = ("fit", "engagement", "score", "band", "scored_at")
_CHANGED = ("model_id", "occurred_at", "fit", "engagement", "score", "band")


def scores_of_newcomers(leads: Mapping[str, Sequence[Any]], now: datetime) -> list[Newcomer]:
    """For each lead about to be written the score, and the history that goes with it, if any.

    `leads`: the columns to be written. Leads for whom the same fit rules hold have the same score, so that of each kind
    one is scored, as a lead that is added by hand would be. Call it in the transaction that writes the leads.
    """
    left: Newcomer = (Score(), None)
    ids: Sequence[int | None] = leads["company_id"]
    if not hold_scoring(wait=False):
        return [left] * len(ids)
    version, model = model_in_force(now)
    rules = [rule for group in model.groups for rule in group.rules if isinstance(rule, FitRule)]
    names = company_fields(model)
    held = held_companies({pk for pk in ids if pk}, names) if names else {}
    nothing = (None,) * len(names)
    companies = [held.get(pk, nothing) if pk else nothing for pk in ids]
    columns: dict[str, Sequence[Any]] = {f"lead.{name}": values for name, values in leads.items()}
    columns |= {f"company.{name}": [row[place] for row in companies] for place, name in enumerate(names)}
    holding = [_outcomes(columns[rule.when.field], rule, now) for rule in rules]

    def example(place: int) -> Newcomer:
        lead = Lead(**{name: values[place] for name, values in leads.items()})
        if lead.company_id:
            lead.company = Company(pk=lead.company_id, **dict(zip(names, companies[place], strict=True)))
        return newcomer_by(version, model, lead, now)

    examples: dict[tuple[bool, ...], Newcomer] = {}
    found = []
    for place, outcome in enumerate(zip(*holding, strict=True) if rules else [()] * len(ids)):
        scored = examples.get(outcome)
        if scored is None:
            scored = examples[outcome] = example(place)
        found.append(scored)
    if names and (changing := {pk for pk in ids if pk} - held.keys()):
        # Left to the worker, until the company stands.
        return [left if pk in changing else scored for pk, scored in zip(ids, found, strict=True)]
    return found


def _outcomes(values: Sequence[Any], rule: FitRule, now: datetime) -> list[bool]:
    """Whether the rule holds for each value, decided once for each different one."""
    decided = {value: matches(rule.when, value, now) for value in set(values)}
    return [decided[value] for value in values]


def copy_scores(lead_ids: Sequence[int], stages: Sequence[str], scores: Sequence[Newcomer]) -> None:
    """Writes the scores, and the first row of history of the leads that have one.

    Call it before the leads are written: the database adds a score only to a lead that has none.
    """
    # Few different ones, each many times.
    kinds = {id(scored): scored for scored in scores}
    found = {key: [getattr(score, name) for name in _SCORED] for key, (score, _) in kinds.items()}
    values = zip(*(found[id(scored)] for scored in scores), strict=True)
    copy_columns("leads_score", {"lead_id": lead_ids, "stage": stages, **dict(zip(_SCORED, values, strict=True))})
    changes = {key: [getattr(change, name) for name in _CHANGED] for key, (_, change) in kinds.items() if change}
    rows = [
        (lead_id, change)
        for lead_id, scored in zip(lead_ids, scores, strict=True)
        if (change := changes.get(id(scored)))
    ]
    if rows:
        values = zip(*(change for _, change in rows), strict=True)
        columns: dict[str, Sequence[Any]] = {"lead_id": [lead_id for lead_id, _ in rows]}
        copy_columns("leads_scorechange", columns | dict(zip(_CHANGED, values, strict=True)))
