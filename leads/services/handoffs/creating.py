"""Handing leads to sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from leads.domain.handoffs import HandoffRefused, HandoffStatus, MarketingAnswer, check_handoff_allowed
from leads.domain.lifecycle import RANK, LifecycleStage
from leads.events import HandoffAnswered, HandoffCreated
from leads.models import Handoff, Lead
from leads.permissions import can_hand_off
from leads.selectors.packets import why_now
from leads.services.handoffs.holding import time_ago, who_did
from leads.services.handoffs.owners import assign, rep_of
from leads.services.leads import locked_lead
from leads.services.scoring import hold_scores
from leads.services.stages import advance_stage
from leads.services.turns import next_in_turn
from smarketing.accounts.models import Side, Team, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, DomainError, Invalid

WORKED_STAGES = (LifecycleStage.SAL, LifecycleStage.SQL, LifecycleStage.OPPORTUNITY)
"""Stages at which an accepted handoff is still sales' to work; a recycled lead may be handed off again."""

BULK_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Brief:
    """What marketing tells sales, and whom. `in_turn`: the product chooses the rep; no rep: anybody of the team."""

    team_id: int
    owner_id: int | None = None
    in_turn: bool = False
    next_steps: str = ""
    messaging: str = ""
    pain_points: str = ""


@dataclass(frozen=True, slots=True)
class HandoffResult:
    """What became of one lead of many: the handoff, or the reason why there is none."""

    lead_id: int
    handoff: Handoff | None = None
    error: DomainError | None = None


@transaction.atomic
def create_handoff(
    lead_id: int,
    *,
    team_id: int,
    owner_id: int | None = None,
    in_turn: bool = False,
    next_steps: str,
    messaging: str = "",
    pain_points: str = "",
    actor: User,
    now: datetime,
) -> Handoff:
    """Passes one lead to a sales team and freezes why, with its score and the definition in force.

    The rep is `owner_id`, else with `in_turn` the team's next in turn, else nobody: anybody of the team may take it.
    A lead below MQL becomes one; where it lacks something of the definition in force, it does not count as delivered.
    A rejected or returned handoff before it that marketing had not answered is answered by this. Publishes
    HandoffCreated. Raises NotAllowed, NotFound, Invalid (team, owner, next steps), Conflict (`handoff_exists`,
    `lead_disqualified`, `lead_is_customer`).
    """
    require(can_hand_off, actor)
    lead = locked_lead(lead_id, actor)
    return hand_off(lead, Brief(team_id, owner_id, in_turn, next_steps, messaging, pain_points), actor=actor, now=now)


def create_handoffs(lead_ids: Sequence[int], brief: Brief, *, actor: User, now: datetime) -> list[HandoffResult]:
    """Hands many leads off with the same brief, each in its own transaction; results in the order given.

    A lead that cannot be handed off says why and stops none of the others. Raises NotAllowed, or Invalid where more
    than 500 leads (or none) are given.
    """
    require(can_hand_off, actor)
    wanted = list(dict.fromkeys(lead_ids))
    if not 0 < len(wanted) <= BULK_LIMIT:
        raise Invalid(
            f"Hand off between 1 and {BULK_LIMIT} leads at a time.",
            code="too_many_leads" if wanted else "no_leads",
            fields={"leads": [f"Between 1 and {BULK_LIMIT}."]},
        )
    results = []
    for lead_id in wanted:
        try:
            with transaction.atomic():
                handoff = hand_off(locked_lead(lead_id, actor), brief, actor=actor, now=now)
            results.append(HandoffResult(lead_id, handoff=handoff))
        except DomainError as error:
            results.append(HandoffResult(lead_id, error=error))
    return results


def hand_off(lead: Lead, brief: Brief, *, actor: User, now: datetime) -> Handoff:
    """The write behind every new handoff; the lead is locked."""
    team = _sales_team(brief.team_id)
    if not brief.next_steps.strip():
        raise Invalid(
            "Say what sales should do next: a lead without it waits.",
            code="next_steps_missing",
            fields={"next_steps": ["Say what sales should do next."]},
        )
    previous = Handoff.objects.filter(lead=lead).order_by("-created_at", "-id").first()
    _refuse_while_open(lead, previous, actor=actor, now=now)
    owner, chosen = None, ""
    if brief.owner_id is not None:
        owner, chosen = rep_of(team, brief.owner_id), "chosen by marketing"
    elif brief.in_turn:
        owner, chosen = next_in_turn(team, lead_id=lead.pk), "next in turn"
    if previous and previous.status in (HandoffStatus.REJECTED, HandoffStatus.RETURNED) and not previous.answered_at:
        record_answer(previous, MarketingAnswer.REQUALIFY, actor=actor, now=now)
    # All that is said of the score is of one moment: scoring does not ask for the lead.
    hold_scores([lead.pk])
    reasons = why_now(lead, now=now)
    if RANK.get(LifecycleStage(lead.stage), -1) < RANK[LifecycleStage.MQL]:
        below = f" It did not meet {reasons['definition']}." if reasons["unmet"] else ""
        advance_stage(
            lead,
            LifecycleStage.MQL,
            actor=actor,
            now=now,
            why=f"Handed to {team} by {actor}.{below}",
            below_definition=bool(reasons["unmet"]),
        )
    try:
        with transaction.atomic():
            handoff = Handoff.objects.create(
                lead=lead,
                team=team,
                owner=owner,
                created_by=actor,
                created_at=now,
                next_steps=brief.next_steps.strip(),
                messaging=brief.messaging.strip(),
                pain_points=brief.pain_points.strip(),
                why_now=reasons,
                score=lead.score,
                band=lead.band,
                previous=previous,
                round=previous.round + 1 if previous else 1,
            )
    except IntegrityError as error:
        # Written past the lock, by a program that does not come through here: the table still refuses.
        raise Conflict("This lead is with sales already: it has an open handoff.", code="handoff_exists") from error
    if owner is not None:
        assign(handoff, owner, by=actor, now=now, why=chosen)
    publish(
        HandoffCreated(
            handoff_id=handoff.pk,
            lead_id=lead.pk,
            team_id=team.pk,
            team=team.name,
            owner_id=owner.pk if owner else None,
            previous_id=previous.pk if previous else None,
            created_at=now,
        ),
        actor=actor,
        at=now,
    )
    return handoff


def record_answer(handoff: Handoff, answer: MarketingAnswer, *, actor: User, now: datetime) -> None:
    """Writes when marketing answered what sales had sent back, and publishes HandoffAnswered."""
    handoff.answered_at = now
    handoff.save(update_fields=["answered_at"])
    publish(
        HandoffAnswered(handoff_id=handoff.pk, lead_id=handoff.lead_id, answer=answer.value, answered_at=now),
        actor=actor,
        at=now,
    )


def _refuse_while_open(lead: Lead, previous: Handoff | None, *, actor: User, now: datetime) -> None:
    stage = LifecycleStage(lead.stage)
    is_open = previous is not None and (
        previous.status == HandoffStatus.PENDING
        or (previous.status == HandoffStatus.ACCEPTED and stage in WORKED_STAGES)
    )
    try:
        check_handoff_allowed(stage, has_open_handoff=is_open)
    except HandoffRefused as refused:
        sentence = str(refused)
        if is_open and previous is not None and previous.status == HandoffStatus.ACCEPTED:
            sentence = f"This lead is with sales already: {who_did(previous, actor=actor, now=now)}"
        elif is_open and previous is not None:
            waiting = time_ago(previous.created_at, now)
            sentence = f"This lead is with sales already: handed to {previous.team} {waiting}, not decided yet."
        raise Conflict(sentence, code=refused.code) from refused


def _sales_team(team_id: int) -> Team:
    team = Team.objects.filter(pk=team_id, side=Side.SALES).first()
    if team is None:
        raise Invalid("Choose a sales team.", code="not_a_sales_team", fields={"team": ["Choose a sales team."]})
    return team
