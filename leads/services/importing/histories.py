"""Dates at which leads reached stages, as facts: the transitions that a history implies, each once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from leads.domain.lifecycle import LifecycleStage, imputed_stages, ordered_history, stage_of_history
from leads.models import StageTransition
from leads.services.importing.batches import update_rows
from leads.services.scoring import hold_scores

STAGE_FIELDS = {f"{stage.value}_at": stage for stage in LifecycleStage}


def given_histories(rows: Sequence[Mapping[str, Any]]) -> list[dict[LifecycleStage, datetime]]:
    """The stage dates of each row. Rows of one file have the same fields."""
    mapped = [(name, stage) for name, stage in STAGE_FIELDS.items() if rows and name in rows[0]]
    return [{stage: at for name, stage in mapped if (at := values[name])} for values in rows]


def chain(reached: Mapping[LifecycleStage, datetime]) -> list[tuple[str, str, datetime, bool]]:
    """(from, to, at, imputed) of every transition that a history implies, in order; skipped stages are imputed.

    Imputation starts at the first stage recorded: what came before somebody became known here is not made up.
    """
    plan = _plan(tuple(reached))
    if plan is None:
        return _chain(reached)
    return [(before, after, reached[dated], imputed) for before, after, dated, imputed in plan]


def last_stage(reached: Mapping[LifecycleStage, datetime]) -> LifecycleStage | None:
    """The stage at which a lead with this history stands; None where there is none."""
    plan = _plan(tuple(reached))
    return LifecycleStage(plan[-1][1]) if plan else stage_of_history(reached)


@lru_cache(1_000)
def _plan(stages: tuple[LifecycleStage, ...]) -> tuple[tuple[str, str, LifecycleStage, bool], ...] | None:
    """The transitions of every history of these stages: (from, to, the stage whose date counts, imputed).

    Stages of the funnel follow each other whatever their dates are, so that the same ones always give the same
    transitions. None where there is no such plan, because a stage beside the funnel has its place by its date.
    """
    if not stages or not all(stage.in_funnel for stage in stages):
        return None
    dates = {stage: datetime(2000, 1, 1 + place, tzinfo=UTC) for place, stage in enumerate(stages)}
    whose = {at: stage for stage, at in dates.items()}
    return tuple((before, after, whose[at], imputed) for before, after, at, imputed in _chain(dates))


def _chain(reached: Mapping[LifecycleStage, datetime]) -> list[tuple[str, str, datetime, bool]]:
    ordered = list(ordered_history(reached))
    forward = [step for step in ordered if step.stage.in_funnel]
    filled = {step.stage: step for step in imputed_stages(reached, first=forward[0].stage)} if forward else {}
    steps: list[tuple[LifecycleStage, datetime, bool]] = []
    for step in ordered:
        if step.stage in filled:
            done = {stage for stage, _, _ in steps}
            rank = step.stage.rank or 0
            steps += [
                (each.stage, each.at, True)
                for each in filled.values()
                if each.imputed and each.stage not in done and (each.stage.rank or 0) < rank
            ]
        steps.append((step.stage, step.at, False))
    rows, before = [], ""
    for stage, at, imputed in steps:
        rows.append((before, stage.value, at, imputed))
        before = stage.value
    return rows


def add_to_histories(
    additions: Mapping[int, Mapping[LifecycleStage, datetime]], *, actor_id: int | None, why: str
) -> set[int]:
    """Adds stage dates to leads that are here already, recomputes their stage, and returns the leads that changed.

    A stage that the lead has reached keeps its recorded date: facts are not moved by a later file; a date for a stage
    that was only imputed is added beside it.
    """
    reached: dict[int, dict[LifecycleStage, datetime]] = defaultdict(dict)
    recorded: dict[int, set[str]] = defaultdict(set)
    rows = StageTransition.objects.filter(lead__in=additions).order_by("occurred_at", "id")
    for lead_id, to_stage, at, imputed in rows.values_list("lead_id", "to_stage", "occurred_at", "imputed"):
        recorded[lead_id].add(to_stage)
        if not imputed:
            reached[lead_id].setdefault(LifecycleStage(to_stage), at)
    fresh: list[StageTransition] = []
    changed: dict[int, dict[LifecycleStage, datetime]] = {}
    for lead_id, given in additions.items():
        new = {stage: at for stage, at in given.items() if stage not in reached[lead_id]}
        if not new:
            continue
        history = {**reached[lead_id], **new}
        fresh += [
            StageTransition(
                lead_id=lead_id,
                from_stage=before,
                to_stage=stage,
                occurred_at=at,
                imputed=imputed,
                actor_id=actor_id,
                why=why,
            )
            for before, stage, at, imputed in chain(history)
            if LifecycleStage(stage) in new or (imputed and stage not in recorded[lead_id])
        ]
        changed[lead_id] = history
    StageTransition.objects.bulk_create(fresh, batch_size=2000, ignore_conflicts=True)
    set_stages(changed)
    return set(changed)


def set_stages(histories: Mapping[int, Mapping[LifecycleStage, datetime]]) -> None:
    """Sets the cached stage of leads from their histories."""
    leads = []
    for lead_id, history in histories.items():
        stage = stage_of_history(history)
        if stage is not None:
            leads.append((lead_id, stage.value, history[stage]))
    hold_scores([lead_id for lead_id, _, _ in leads])
    update_rows("leads_lead", {"stage": "text", "stage_changed_at": "timestamptz"}, leads)
