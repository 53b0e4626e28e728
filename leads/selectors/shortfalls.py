"""What leads lack of the definition that the teams agreed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import BooleanField, ExpressionWrapper

from leads.domain.criteria import All, Criteria, Predicate, parse, sentence
from leads.domain.lifecycle import FUNNEL, RANK, LifecycleStage
from leads.models import DefinitionVersion, Lead, StageTransition
from leads.querysets.criteria import compile_criteria
from leads.selectors.scoring import names_of_criteria

SCORES: Final = {"score.fit": "fit", "score.engagement": "engagement", "score.total": "score"}


def shortfalls(version: DefinitionVersion, lead_ids: Sequence[int], now: datetime) -> dict[int, list[str]]:
    """By lead, the parts of this version of a definition that it does not meet at `now`: sentences without full stops.

    Leads that meet all of it are left out, and so are those that the version itself has moved to its stage and not
    taken back: they are in until they fall below the lower threshold. One query, however many leads.
    """
    criteria = parse(version.criteria)
    parts = criteria.parts if isinstance(criteria, All) else (criteria,)
    conditions = {
        f"part_{number}": ExpressionWrapper(compile_criteria(part, now), output_field=BooleanField())
        for number, part in enumerate(parts)
    }
    names = names_of_criteria(criteria)
    inside = _moved_by(version, lead_ids)
    found = {}
    for lead in Lead.objects.with_score().filter(pk__in=lead_ids).exclude(pk__in=inside).annotate(**conditions):
        missing = [
            sentence(part, names).removesuffix(".") + _it_has(part, lead)
            for number, part in enumerate(parts)
            if not getattr(lead, f"part_{number}")
        ]
        if version.enter_score is not None and lead.score < version.enter_score:
            missing.append(f"Total score reaches {version.enter_score} (it has {lead.score})")
        if missing:
            found[lead.pk] = missing
    return found


def _moved_by(version: DefinitionVersion, lead_ids: Sequence[int]) -> list[int]:
    stage = LifecycleStage(version.definition.stage)
    moved = StageTransition.objects.filter(
        lead__in=lead_ids, lead__stage__in=FUNNEL[RANK[stage] :], to_stage=stage, definition_version=version
    )
    return list(moved.values_list("lead", flat=True))


def _it_has(part: Criteria, lead: Lead) -> str:
    if isinstance(part, Predicate) and part.field in SCORES:
        return f" (it has {getattr(lead, SCORES[part.field])})"
    return ""
