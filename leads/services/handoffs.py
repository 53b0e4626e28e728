"""Handing leads to sales, and what each side decides about a handoff.

Locks are taken in one order everywhere: the lead, then its handoff (then, in other services, the deal). So whoever
asks second waits, finds the handoff decided and is told by whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from leads.domain.handoffs import (
    HandoffRefused,
    HandoffStatus,
    MarketingAnswer,
    RejectionGround,
    RejectionRefused,
    check_handoff_allowed,
    check_move,
    check_rejection,
    stage_after,
)
from leads.domain.handoffs import RejectionReason as AgreedReason
from leads.domain.lifecycle import RANK, LifecycleStage
from leads.events import (
    HandoffAccepted,
    HandoffAnswered,
    HandoffCreated,
    HandoffReassigned,
    HandoffRejected,
    HandoffReturned,
    HandoffWithdrawn,
    LeadQualified,
)
from leads.models import Assignment, Deal, Handoff, Lead, RejectionReason
from leads.permissions import (
    can_answer_handoff,
    can_decide_handoff,
    can_hand_off,
    can_reassign_handoff,
    can_withdraw_handoff,
    can_work_handoff,
    can_work_inbox,
)
from leads.selectors.packets import definition_in_force, why_now
from leads.services.leads import locked_lead
from leads.services.scoring import hold_scores
from leads.services.stages import advance_stage
from leads.services.turns import next_in_turn
from smarketing.accounts.models import Membership, Side, Team, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, DomainError, Invalid, NotFound

WORKED_STAGES = (LifecycleStage.SAL, LifecycleStage.SQL, LifecycleStage.OPPORTUNITY)
"""Stages at which an accepted handoff is still sales' to work; a recycled lead may be handed off again."""

RETURNABLE_STAGES = (LifecycleStage.MQL, LifecycleStage.SAL, LifecycleStage.SQL)

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
    return _hand_off(lead, Brief(team_id, owner_id, in_turn, next_steps, messaging, pain_points), actor=actor, now=now)


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
                handoff = _hand_off(locked_lead(lead_id, actor), brief, actor=actor, now=now)
            results.append(HandoffResult(lead_id, handoff=handoff))
        except DomainError as error:
            results.append(HandoffResult(lead_id, error=error))
    return results


@transaction.atomic
def accept_handoff(handoff_id: int, *, actor: User, now: datetime) -> Handoff:
    """Sales takes the lead: it becomes SAL, and the rep its owner.

    A handoff without an owner goes to `actor`; one that has an owner stays theirs when a manager accepts it. Publishes
    HandoffAccepted. Raises NotFound, NotAllowed, Conflict (`handoff_already_decided`, saying who was first).
    """
    lead, handoff = _locked(handoff_id, actor)
    _require_decider(handoff, actor)
    _check_move(handoff, HandoffStatus.ACCEPTED, actor=actor, now=now)
    require(can_decide_handoff, actor, handoff)
    if handoff.owner_id is None:
        handoff.owner = actor
        _assign(handoff, actor, by=actor, now=now, why="took it")
    owner_id = handoff.owner_id or actor.pk
    _decide(handoff, HandoffStatus.ACCEPTED, actor=actor, now=now)
    handoff.save(update_fields=["owner", "status", "decided_at", "decided_by"])
    _set_lead_owner(lead, owner_id)
    advance_stage(
        lead,
        stage_after(HandoffStatus.ACCEPTED, LifecycleStage(lead.stage)),
        actor=actor,
        now=now,
        why="Sales accepted.",
    )
    publish(
        HandoffAccepted(handoff_id=handoff.pk, lead_id=lead.pk, owner_id=owner_id, decided_at=now),
        actor=actor,
        at=now,
    )
    return handoff


@transaction.atomic
def reject_handoff(handoff_id: int, *, reason_code: str, note: str = "", actor: User, now: datetime) -> Handoff:
    """Sales sends the lead back without taking it, for a reason of the agreed list.

    The lead keeps its stage until marketing answers. Publishes HandoffRejected. Raises NotFound, NotAllowed, Invalid
    (`reason_missing`, `reason_retired`, `note_missing`), Conflict (`handoff_already_decided`).
    """
    lead, handoff = _locked(handoff_id, actor)
    _require_decider(handoff, actor)
    _check_move(handoff, HandoffStatus.REJECTED, actor=actor, now=now)
    require(can_decide_handoff, actor, handoff)
    reason = _reason(reason_code, note)
    _decide(handoff, HandoffStatus.REJECTED, actor=actor, now=now)
    handoff.rejection_reason = reason
    handoff.note = note.strip()
    handoff.save(update_fields=["status", "decided_at", "decided_by", "rejection_reason", "note"])
    _end_assignment(handoff, now)
    publish(
        HandoffRejected(
            handoff_id=handoff.pk,
            lead_id=lead.pk,
            reason=reason.label,
            reason_id=reason.pk,
            ground=reason.ground,
            note=handoff.note,
            decided_at=now,
        ),
        actor=actor,
        at=now,
    )
    return handoff


@transaction.atomic
def return_handoff(handoff_id: int, *, note: str, reason_code: str = "", actor: User, now: datetime) -> Handoff:
    """Sales gives back a lead that it had taken: it is an MQL again and marketing has to answer.

    `note` says why, in words; a reason of the agreed list may be added. Publishes HandoffReturned. Raises NotFound,
    NotAllowed, Invalid (`note_missing`), Conflict (`handoff_not_accepted`, `handoff_already_decided`, `deal_open`,
    `lead_moved_on`).
    """
    lead, handoff = _locked(handoff_id, actor)
    _require_decider(handoff, actor)
    _check_move(handoff, HandoffStatus.RETURNED, actor=actor, now=now)
    require(can_work_handoff, actor, handoff)
    words = _required_note(note, "Say why it goes back: marketing learns from it what to do next.")
    if Deal.objects.open().filter(lead=lead).exists():
        raise Conflict("This lead has an open deal: win or lose the deal first.", code="deal_open")
    stage = LifecycleStage(lead.stage)
    if stage not in RETURNABLE_STAGES:
        raise Conflict(f"This lead is past that: its stage is {stage.label}.", code="lead_moved_on")
    handoff.rejection_reason = _reason(reason_code, words) if reason_code else None
    handoff.status = HandoffStatus.RETURNED
    handoff.returned_at = now
    handoff.note = words
    handoff.save(update_fields=["status", "returned_at", "note", "rejection_reason"])
    _end_assignment(handoff, now)
    if lead.owner_id == handoff.owner_id:
        _set_lead_owner(lead, None)
    advance_stage(lead, stage_after(HandoffStatus.RETURNED, stage), actor=actor, now=now, why=words)
    publish(HandoffReturned(handoff_id=handoff.pk, lead_id=lead.pk, note=words, returned_at=now), actor=actor, at=now)
    return handoff


@transaction.atomic
def withdraw_handoff(handoff_id: int, *, note: str = "", actor: User, now: datetime) -> Handoff:
    """Marketing takes back what sales has not decided yet. The lead keeps its stage.

    Publishes HandoffWithdrawn. Raises NotFound, NotAllowed, Conflict (`handoff_already_decided`).
    """
    lead, handoff = _locked(handoff_id, actor)
    require(can_withdraw_handoff, actor, handoff)
    _check_move(handoff, HandoffStatus.WITHDRAWN, actor=actor, now=now)
    _decide(handoff, HandoffStatus.WITHDRAWN, actor=actor, now=now)
    handoff.note = note.strip()
    handoff.save(update_fields=["status", "decided_at", "decided_by", "note"])
    _end_assignment(handoff, now)
    publish(
        HandoffWithdrawn(handoff_id=handoff.pk, lead_id=lead.pk, note=handoff.note, decided_at=now),
        actor=actor,
        at=now,
    )
    return handoff


@transaction.atomic
def reassign_handoff(handoff_id: int, *, owner_id: int, why: str = "", actor: User, now: datetime) -> Handoff:
    """Gives an open handoff to another rep of its team; the earlier rep's time as owner ends now.

    Giving it to whom it belongs already changes nothing. Publishes HandoffReassigned. Raises NotFound, NotAllowed,
    Invalid (not a rep of the team), Conflict (`handoff_already_decided`: it is no longer open).
    """
    lead, handoff = _locked(handoff_id, actor)
    require(can_reassign_handoff, actor, handoff)
    if not HandoffStatus(handoff.status).is_open:
        raise _already_decided(handoff, actor=actor, now=now)
    if handoff.owner_id == owner_id:
        return handoff
    owner = _rep_of(handoff.team, owner_id)
    before = handoff.owner_id
    _end_assignment(handoff, now)
    _assign(handoff, owner, by=actor, now=now, why=why.strip())
    handoff.owner = owner
    handoff.save(update_fields=["owner"])
    if handoff.status == HandoffStatus.ACCEPTED:
        _set_lead_owner(lead, owner.pk)
    publish(
        HandoffReassigned(
            handoff_id=handoff.pk,
            lead_id=lead.pk,
            old_owner_id=before,
            new_owner_id=owner.pk,
            new_owner=owner.name,
            assigned_at=now,
        ),
        actor=actor,
        at=now,
    )
    return handoff


@transaction.atomic
def answer_handoff(
    handoff_id: int,
    *,
    answer: str,
    note: str = "",
    again: Brief | None = None,
    actor: User,
    now: datetime,
) -> Handoff:
    """Marketing answers a rejected or returned handoff: `requalify`, `recycle` or `disqualify` the lead.

    With `requalify`, `again` hands it off anew at once; without it the lead waits as an MQL. The other two need `note`.
    Returns the new handoff where one was made, else the one answered. Publishes HandoffAnswered. Raises NotFound,
    NotAllowed, Invalid, Conflict (`handoff_not_sent_back`, `handoff_already_answered`, and those of `create_handoff`).
    """
    lead, handoff = _locked(handoff_id, actor)
    require(can_answer_handoff, actor, handoff)
    if answer not in tuple(MarketingAnswer):
        raise Invalid("Choose what happens to the lead.", fields={"answer": ["Choose one of the answers."]})
    chosen = MarketingAnswer(answer)
    if handoff.status not in (HandoffStatus.REJECTED, HandoffStatus.RETURNED):
        raise Conflict("Sales has not sent this lead back: there is nothing to answer.", code="handoff_not_sent_back")
    if handoff.answered_at is not None:
        raise Conflict(
            f"Marketing answered this {time_ago(handoff.answered_at, now)}.", code="handoff_already_answered"
        )
    if chosen is not MarketingAnswer.REQUALIFY:
        note = _required_note(note, "Say why: the lead leaves the funnel.")
    elif again is not None:
        return _hand_off(lead, again, actor=actor, now=now)
    _record_answer(handoff, chosen, actor=actor, now=now)
    why = note.strip() or "Marketing looked at it again and stands by it."
    advance_stage(lead, chosen.stage, actor=actor, now=now, why=why)
    return handoff


@transaction.atomic
def qualify_lead(handoff_id: int, *, note: str = "", actor: User, now: datetime) -> Handoff:
    """Sales confirms that the lead is worth a deal: it becomes SQL. Once qualified, it changes nothing.

    The transition names the SQL definition in force. Publishes LeadQualified. Raises NotFound, NotAllowed, Conflict
    (`handoff_not_accepted`).
    """
    lead, handoff = _locked(handoff_id, actor)
    require(can_work_handoff, actor, handoff)
    if handoff.status != HandoffStatus.ACCEPTED:
        raise Conflict("Only a lead that sales has accepted can be qualified.", code="handoff_not_accepted")
    mark_qualified(lead, handoff, note=note, actor=actor, now=now)
    return handoff


def mark_qualified(lead: Lead, handoff: Handoff, *, note: str = "", actor: User, now: datetime) -> None:
    """The write behind `qualify_lead`, for callers that hold both locks and have asked for permission."""
    if handoff.qualified_at is not None:
        return
    handoff.qualified_at = now
    handoff.save(update_fields=["qualified_at"])
    if RANK.get(LifecycleStage(lead.stage), -1) < RANK[LifecycleStage.SQL]:
        advance_stage(
            lead,
            LifecycleStage.SQL,
            actor=actor,
            now=now,
            why=note.strip() or "Sales confirmed a need.",
            definition_version=definition_in_force(LifecycleStage.SQL, now),
        )
    publish(LeadQualified(handoff_id=handoff.pk, lead_id=lead.pk, qualified_at=now), actor=actor, at=now)


def locked_handoff(handoff_id: int, actor: User) -> tuple[Lead, Handoff]:
    """The lead and its handoff, locked in this order; NotFound where this person may not see the handoff."""
    return _locked(handoff_id, actor)


def time_ago(then: datetime, now: datetime) -> str:
    """How long ago, in the one largest unit: “2 minutes ago”."""
    gone = max(now - then, timedelta(0))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(gone.total_seconds() // size)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "a moment ago"


# --- Inside -----------------------------------------------------------------------------------------------


def _hand_off(lead: Lead, brief: Brief, *, actor: User, now: datetime) -> Handoff:
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
        owner, chosen = _rep_of(team, brief.owner_id), "chosen by marketing"
    elif brief.in_turn:
        owner, chosen = next_in_turn(team, lead_id=lead.pk), "next in turn"
    if previous and previous.status in (HandoffStatus.REJECTED, HandoffStatus.RETURNED) and not previous.answered_at:
        _record_answer(previous, MarketingAnswer.REQUALIFY, actor=actor, now=now)
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
        _assign(handoff, owner, by=actor, now=now, why=chosen)
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
            sentence = f"This lead is with sales already: {_who_did(previous, actor=actor, now=now)}"
        elif is_open and previous is not None:
            waiting = time_ago(previous.created_at, now)
            sentence = f"This lead is with sales already: handed to {previous.team} {waiting}, not decided yet."
        raise Conflict(sentence, code=refused.code) from refused


def _locked(handoff_id: int, actor: User) -> tuple[Lead, Handoff]:
    lead_id = Handoff.objects.visible_to(actor).filter(pk=handoff_id).values_list("lead_id", flat=True).first()
    if lead_id is None:
        raise NotFound("There is no such handoff, or you may not see it.")
    lead: Lead = Lead.objects.lock(lead_id)
    handoff: Handoff = Handoff.objects.select_related("team", "owner", "decided_by").lock(handoff_id)
    handoff.lead = lead
    return lead, handoff


def _require_decider(handoff: Handoff, actor: User) -> None:
    """Refuses who could never decide this handoff, before anything is said about who was first."""
    require(_of_its_team, actor, handoff)


def _of_its_team(user: User, handoff: Handoff) -> bool:
    return can_work_inbox(user) and handoff.team_id in user.team_ids


def _check_move(handoff: Handoff, new: HandoffStatus, *, actor: User, now: datetime) -> None:
    try:
        check_move(HandoffStatus(handoff.status), new)
    except HandoffRefused as refused:
        if refused.code == "handoff_already_decided":
            raise _already_decided(handoff, actor=actor, now=now) from refused
        raise Conflict(str(refused), code=refused.code) from refused


def _already_decided(handoff: Handoff, *, actor: User, now: datetime) -> Conflict:
    return Conflict(_who_did(handoff, actor=actor, now=now), code="handoff_already_decided")


_DID = {
    HandoffStatus.ACCEPTED: "accepted it",
    HandoffStatus.REJECTED: "rejected it",
    HandoffStatus.RETURNED: "returned it to marketing",
    HandoffStatus.WITHDRAWN: "withdrew it",
}


def _who_did(handoff: Handoff, *, actor: User, now: datetime) -> str:
    """Who decided last and when: “Sam accepted it 2 minutes ago.”"""
    by, at, name = handoff.decided_by_id, handoff.decided_at, str(handoff.decided_by or "Somebody")
    if handoff.status == HandoffStatus.RETURNED:
        entry = ActivityEntry.objects.filter(
            subject_kind="handoff", subject_id=handoff.pk, verb=HandoffReturned.verb
        ).first()
        at = handoff.returned_at
        by, name = (entry.actor_id, entry.actor_label) if entry else (None, "Sales")
    who = "You" if by == actor.pk else name
    return f"{who} {_DID[HandoffStatus(handoff.status)]} {time_ago(at or now, now)}."


def _decide(handoff: Handoff, status: HandoffStatus, *, actor: User, now: datetime) -> None:
    handoff.status = status
    handoff.decided_at = now
    handoff.decided_by = actor


def _reason(code: str, note: str) -> RejectionReason:
    """The reason of this code, checked against what a rejection must say."""
    reason: RejectionReason | None = RejectionReason.objects.filter(code=code).first() if code else None
    agreed = None
    if reason is not None:
        agreed = AgreedReason(
            reason.code,
            reason.label,
            RejectionGround(reason.ground),
            needs_note=reason.needs_note,
            is_active=reason.archived_at is None,
        )
    try:
        check_rejection(agreed, note)
    except RejectionRefused as refused:
        field = "note" if refused.code == "note_missing" else "reason"
        raise Invalid(str(refused), code=refused.code, fields={field: [str(refused)]}) from refused
    assert reason is not None  # noqa: S101 - check_rejection refuses a missing one
    return reason


def _required_note(note: str, sentence: str) -> str:
    if not note.strip():
        raise Invalid(sentence, code="note_missing", fields={"note": [sentence]})
    return note.strip()


def _record_answer(handoff: Handoff, answer: MarketingAnswer, *, actor: User, now: datetime) -> None:
    handoff.answered_at = now
    handoff.save(update_fields=["answered_at"])
    publish(
        HandoffAnswered(handoff_id=handoff.pk, lead_id=handoff.lead_id, answer=answer.value, answered_at=now),
        actor=actor,
        at=now,
    )


def _sales_team(team_id: int) -> Team:
    team = Team.objects.filter(pk=team_id, side=Side.SALES).first()
    if team is None:
        raise Invalid("Choose a sales team.", code="not_a_sales_team", fields={"team": ["Choose a sales team."]})
    return team


def _rep_of(team: Team, user_id: int) -> User:
    if not Membership.objects.filter(team=team, user_id=user_id, user__is_active=True).exists():
        raise Invalid(
            f"Choose an active member of {team}.",
            code="not_a_rep_of_the_team",
            fields={"owner": [f"Choose an active member of {team}."]},
        )
    return User.objects.get(pk=user_id)


def _assign(handoff: Handoff, owner: User, *, by: User, now: datetime, why: str) -> None:
    Assignment.objects.create(handoff=handoff, owner=owner, assigned_by=by, assigned_at=now, why=why[:200])


def _end_assignment(handoff: Handoff, now: datetime) -> None:
    Assignment.objects.filter(handoff=handoff, ended_at__isnull=True).update(ended_at=now)


def _set_lead_owner(lead: Lead, owner_id: int | None) -> None:
    if lead.owner_id != owner_id:
        lead.owner_id = owner_id
        lead.save(update_fields=["owner"])
