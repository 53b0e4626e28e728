"""Qualification: applies the MQL definition in force to leads whose facts changed.

A definition moves only whom it moved: an MQL that came by import or by a person's decision is not taken back by the
next run. On which side of the definition each lead was is remembered (`DefinitionStanding`), from one version to the
next, so running again on unchanged facts changes nothing, and each crossing of the threshold is recorded once per
direction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from leads.domain.criteria import Not, parse
from leads.domain.lifecycle import FUNNEL, RANK, LifecycleStage
from leads.domain.qualification import Action, Threshold, comes_to_meet, decide, presumed_inside
from leads.domain.scoring import Crossing
from leads.events import LeadCameToQualify, LeadScoreCrossed
from leads.models import (
    DefinitionStanding,
    DefinitionVersion,
    Handoff,
    LateQualification,
    Lead,
    StageTransition,
)
from leads.querysets.criteria import compile_criteria
from leads.selectors.delivered import not_delivered
from leads.selectors.moves import may_rise
from leads.selectors.packets import definition_in_force
from leads.services.scoring import hold_scores
from leads.services.stages import advance_stage
from smarketing.accounts.querysets import AmongIds
from smarketing.activity.bus import publish_many

TARGET: Final = LifecycleStage.MQL
"""The stage that a definition gives by itself; what follows is decided by people."""
CHUNK: Final = 500


@transaction.atomic
def qualify_leads(lead_ids: Sequence[int], now: datetime) -> int:
    """Applies the MQL definition in force at `now` to these leads; returns how many moved.

    A move names the version. Publishes LeadStageChanged for each move and LeadScoreCrossed for each crossing of the
    threshold, and LeadCameToQualify for each lead handed off below the definition that meets it now. Without a
    definition in force nothing happens.
    """
    version = definition_in_force(TARGET, now)
    if version is None:
        return 0
    leads = list(Lead.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(lead_ids)).order_by("pk"))
    # Scoring does not wait for leads: what the criteria see of a score and what is held against the threshold must be
    # of one moment.
    hold_scores([lead.pk for lead in leads])
    prefetch_related_objects(leads, "current_score")
    facts = _facts(version, [lead.pk for lead in leads], now)
    moved = 0
    crossings: list[LeadScoreCrossed] = []
    for lead in leads:
        moved += _qualify(lead, version, facts, crossings, now)
    publish_many(crossings, actor=None, at=now)
    _count_as_delivered([lead for lead in leads if lead.pk in facts.below], version, facts, now)
    return moved


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the decision needs of a set of leads, by id."""

    meeting: Collection[int]
    standings: dict[int, DefinitionStanding]
    handed: Collection[int]
    reached_before: Collection[int]
    by_definition: Collection[int]
    below: Collection[int]


def _facts(version: DefinitionVersion, ids: list[int], now: datetime) -> _Facts:
    meeting = Lead.objects.filter(compile_criteria(parse(version.criteria), now), pk__in=ids)
    beyond = [stage.value for stage in FUNNEL[RANK[TARGET] :]]
    moves = StageTransition.objects.filter(lead__in=ids)
    latest = moves.filter(to_stage=TARGET).order_by("lead_id", "-occurred_at", "-id").distinct("lead_id")
    standings = DefinitionStanding.objects.filter(definition=version.definition_id, lead__in=ids)
    return _Facts(
        meeting=set(meeting.values_list("pk", flat=True)),
        standings={standing.lead_id: standing for standing in standings},
        handed=set(Handoff.objects.open().filter(lead__in=ids).values_list("lead_id", flat=True)),
        reached_before=set(
            moves.filter(to_stage__in=beyond, definition_version__definition=version.definition_id).values_list(
                "lead_id", flat=True
            )
        ),
        by_definition={
            lead_id for lead_id, cause in latest.values_list("lead_id", "definition_version_id") if cause is not None
        },
        below=set(not_delivered().filter(lead__in=ids).values_list("lead_id", flat=True)),
    )


def _qualify(
    lead: Lead, version: DefinitionVersion, facts: _Facts, crossings: list[LeadScoreCrossed], now: datetime
) -> bool:
    threshold = Threshold(version.enter_score, version.leave_score)
    stage = LifecycleStage(lead.stage)
    standing = facts.standings.get(lead.pk)
    if standing:
        inside_before = standing.inside
    else:
        inside_before = presumed_inside(
            stage,
            TARGET,
            reached_before=lead.pk in facts.reached_before,
            dipped_since=False,
            below=lead.pk in facts.below,
        )
    above_before = bool(standing and standing.score_above)
    above = version.enter_score is not None and threshold.passed(lead.score, above_before)
    decision = decide(
        stage=stage,
        target=TARGET,
        criteria_hold=lead.pk in facts.meeting,
        score=lead.score,
        threshold=threshold,
        inside_before=inside_before,
        has_open_handoff=lead.pk in facts.handed,
        acted_since=lead.last_touch_at is not None and lead.last_touch_at > lead.stage_changed_at,
    )
    if above != above_before and version.enter_score is not None:
        crossings.append(_crossing(lead, version, above))
    _remember(lead, version, standing, decision.inside, above, inside_before, now)
    revoked = decision.action is Action.REVOKE
    if decision.stage is None or (revoked and lead.pk not in facts.by_definition):
        return False
    advance_stage(lead, decision.stage, actor=None, now=now, why=decision.why, definition_version=version)
    return True


def _count_as_delivered(leads: Sequence[Lead], version: DefinitionVersion, facts: _Facts, now: datetime) -> None:
    """Records who of these, handed off below the definition and at MQL or beyond, meets it now."""
    threshold = Threshold(version.enter_score, version.leave_score)
    found = [
        lead
        for lead in leads
        if RANK.get(LifecycleStage(lead.stage), -1) >= RANK[TARGET]
        and comes_to_meet(criteria_hold=lead.pk in facts.meeting, score=lead.score, threshold=threshold)
    ]
    LateQualification.objects.bulk_create(
        [LateQualification(lead=lead, definition_version=version, met_at=now) for lead in found]
    )
    publish_many(
        [
            LeadCameToQualify(lead_id=lead.pk, definition=str(version), definition_version_id=version.pk, met_at=now)
            for lead in found
        ],
        actor=None,
        at=now,
    )


def _crossing(lead: Lead, version: DefinitionVersion, above: bool) -> LeadScoreCrossed:
    enter = version.enter_score or 0
    leave = enter if version.leave_score is None else version.leave_score
    direction = Crossing.UP if above else Crossing.DOWN
    return LeadScoreCrossed(
        lead_id=lead.pk, direction=direction.value, threshold=enter if above else leave, score=lead.score
    )


def _remember(
    lead: Lead,
    version: DefinitionVersion,
    standing: DefinitionStanding | None,
    inside: bool,
    above: bool,
    inside_before: bool,
    now: datetime,
) -> None:
    """Keeps the side where it says more than the lead's stage does."""
    if standing is None and not above and inside is inside_before and not inside:
        return
    if standing and (standing.version_id, standing.inside, standing.score_above) == (version.pk, inside, above):
        return
    DefinitionStanding.objects.update_or_create(
        lead=lead,
        definition_id=version.definition_id,
        defaults={"version": version, "inside": inside, "score_above": above, "since": now},
    )


def qualify_changed(now: datetime, *, limit: int = 50_000) -> Iterator[int]:
    """Finds, among all leads, those that are no longer on the side where they were last seen, and qualifies them.

    For facts that came in bulk, for the passing of time and for a new version. Yields moves per chunk.
    """
    version = definition_in_force(TARGET, now)
    if version is None:
        return
    found = dict.fromkeys(
        [*_risen(version, now)[:limit], *_fallen(version, now)[:limit], *_awaited(version, now)[:limit]]
    )
    ids = list(found)
    for start in range(0, len(ids), CHUNK):
        yield qualify_leads(ids[start : start + CHUNK], now)


def _risen(version: DefinitionVersion, now: datetime) -> QuerySet[Lead, int]:
    standings = DefinitionStanding.objects.filter(lead=OuterRef("pk"), version=version)
    meets = compile_criteria(parse(version.criteria), now)
    unseen = Q(meets, ~Exists(standings.filter(inside=True))) & may_rise(TARGET)
    leads = Lead.objects.order_by("pk")
    if version.enter_score is None:
        return leads.filter(unseen).values_list("pk", flat=True)
    leads = leads.filter(
        unseen | ~Exists(standings.filter(score_above=True)), current_score__score__gte=version.enter_score
    )
    return leads.values_list("pk", flat=True)


def _awaited(version: DefinitionVersion, now: datetime) -> QuerySet[Lead, int]:
    """Leads handed off below the definition that meet it now."""
    leads = Lead.objects.filter(
        compile_criteria(parse(version.criteria), now), AmongIds("pk", not_delivered().values("lead"))
    )
    if version.enter_score is not None:
        leads = leads.filter(current_score__score__gte=version.enter_score)
    stages = [stage.value for stage in FUNNEL[RANK[TARGET] :]]
    return leads.filter(stage__in=stages).order_by("pk").values_list("pk", flat=True)


def _fallen(version: DefinitionVersion, now: datetime) -> QuerySet[Lead, int]:
    """Leads inside or above that are it no longer, and those last seen under another version."""
    standings = DefinitionStanding.objects.filter(lead=OuterRef("pk"), definition=version.definition_id)
    leave = version.enter_score if version.leave_score is None else version.leave_score
    left = compile_criteria(Not(parse(version.criteria)), now)
    out = Q(Exists(standings.filter(inside=True))) & left | Q(Exists(standings.exclude(version=version)))
    if leave is not None:
        out |= Q(Exists(standings.filter(Q(inside=True) | Q(score_above=True))), current_score__score__lt=leave)
    some = Lead.objects.filter(standings__definition=version.definition_id).order_by("pk")
    return some.filter(out).values_list("pk", flat=True)
