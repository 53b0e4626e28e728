"""Moving a lead from one lifecycle stage to another: the only place that writes transitions one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from leads.domain.lifecycle import FUNNEL, RANK, LifecycleStage, TransitionRefused, check_transition
from leads.events import LeadStageChanged
from leads.models import DefinitionVersion, Lead, StageTransition
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid

if TYPE_CHECKING:
    from smarketing.accounts.models import User

WHY_CHARS = 300


@transaction.atomic
def advance_stage(
    lead: Lead,
    stage: LifecycleStage,
    *,
    actor: User | None,
    now: datetime,
    why: str = "",
    definition_version: DefinitionVersion | None = None,
    below_definition: bool = False,
) -> StageTransition | None:
    """Moves `lead` to `stage`, under a lock on its row, and returns the transition; None where it stands there already.

    `actor` is None for the system, `now` (aware) the time of the fact, `why` the reason in words, without which a
    move back or out of the funnel is refused, `definition_version` the version that caused the move (invariant 5),
    `below_definition` that a person moved a lead to MQL which did not meet the definition in force.
    Forward stages that the lead never reached are recorded as imputed at `now`. The instance given is brought up
    to date. Publishes LeadStageChanged. Raises Invalid (`stage_reason_missing`) or Conflict
    (`stage_move_refused`), with nothing written.

    The caller has asked for permission: which role may cause which move depends on the act, not on the stage.
    """
    current = Lead.objects.lock(lead.pk)
    old = LifecycleStage(current.stage)
    new = LifecycleStage(stage)
    if old is new:
        _refresh(lead, current)
        return None
    try:
        check_transition(old, new, why)
    except TransitionRefused as refused:
        if refused.code == "reason_missing":
            raise Invalid(str(refused), code="stage_reason_missing", fields={"why": [str(refused)]}) from refused
        raise Conflict(str(refused), code="stage_move_refused") from refused

    history = list(StageTransition.objects.filter(lead=current).values_list("to_stage", "occurred_at"))
    at = now
    # Two moves to one stage in the same instant are two facts; the table tells them apart by time.
    while (new.value, at) in history:
        at += timedelta(microseconds=1)
    steps = [*_never_reached(old, new, {to for to, _ in history}), new]
    words = why.strip()
    if len(words) > WHY_CHARS:
        words = words[: WHY_CHARS - 1] + "…"
    rows = [
        StageTransition(
            lead=current,
            from_stage=before,
            to_stage=step,
            occurred_at=at,
            actor=actor,
            why=words if step is new else f"Passed on the way to {new.label}.",
            definition_version=definition_version if step is new else None,
            imputed=step is not new,
            below_definition=below_definition and step is new,
        )
        for before, step in zip([old, *steps[:-1]], steps, strict=True)
    ]
    StageTransition.objects.bulk_create(rows)
    current.stage = new
    current.stage_changed_at = at
    current.save(update_fields=["stage", "stage_changed_at"])
    publish(
        LeadStageChanged(
            lead_id=current.pk,
            old=old.value,
            new=new.value,
            why=words,
            definition_version_id=definition_version.pk if definition_version else None,
            occurred_at=at,
            below_definition=below_definition,
        ),
        actor=actor,
        at=now,
    )
    _refresh(lead, current)
    return rows[-1]


def _never_reached(old: LifecycleStage, new: LifecycleStage, reached: set[str]) -> list[LifecycleStage]:
    """Forward stages between the furthest one the lead has reached and `new`, in funnel order.

    The furthest, not `old`: a recycled lead, or one that was sent back, has the earlier stages behind it.
    """
    if new not in RANK:
        return []
    ranks = [RANK[known] for known in LifecycleStage if known in RANK and (known in reached or known is old)]
    first = max(ranks) + 1 if ranks else 0
    return list(FUNNEL[first : RANK[new]])


def _refresh(lead: Lead, current: Lead) -> None:
    lead.stage = current.stage
    lead.stage_changed_at = current.stage_changed_at
