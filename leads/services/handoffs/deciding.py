"""What sales decides about a handoff, and marketing taking back what is not decided."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leads.domain.handoffs import HandoffStatus, RejectionGround, RejectionRefused, check_rejection, stage_after
from leads.domain.handoffs import RejectionReason as AgreedReason
from leads.domain.lifecycle import LifecycleStage
from leads.events import HandoffAccepted, HandoffRejected, HandoffReturned, HandoffWithdrawn
from leads.models import Deal, Handoff, RejectionReason
from leads.permissions import can_decide_handoff, can_withdraw_handoff, can_work_handoff
from leads.services.handoffs.holding import check_may_become, locked_handoff, require_decider
from leads.services.handoffs.owners import assign, end_assignment, set_lead_owner
from leads.services.stages import advance_stage
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid

RETURNABLE_STAGES = (LifecycleStage.MQL, LifecycleStage.SAL, LifecycleStage.SQL)


@transaction.atomic
def accept_handoff(handoff_id: int, *, actor: User, now: datetime) -> Handoff:
    """Sales takes the lead: it becomes SAL, and the rep its owner.

    A handoff without an owner goes to `actor`; one that has an owner stays theirs when a manager accepts it. Publishes
    HandoffAccepted. Raises NotFound, NotAllowed, Conflict (`handoff_already_decided`, saying who was first).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
    require_decider(handoff, actor)
    check_may_become(handoff, HandoffStatus.ACCEPTED, actor=actor, now=now)
    require(can_decide_handoff, actor, handoff)
    if handoff.owner_id is None:
        handoff.owner = actor
        assign(handoff, actor, by=actor, now=now, why="took it")
    owner_id = handoff.owner_id or actor.pk
    _decide(handoff, HandoffStatus.ACCEPTED, actor=actor, now=now)
    handoff.save(update_fields=["owner", "status", "decided_at", "decided_by"])
    set_lead_owner(lead, owner_id)
    advance_stage(
        lead,
        stage_after(HandoffStatus.ACCEPTED, LifecycleStage(lead.stage)),
        actor=actor,
        now=now,
        why="Sales accepted.",
    )
    publish(
        HandoffAccepted(handoff_id=handoff.pk, lead_id=lead.pk, owner_id=owner_id, decided_at=now), actor=actor, at=now
    )
    return handoff


@transaction.atomic
def reject_handoff(handoff_id: int, *, reason_code: str, note: str = "", actor: User, now: datetime) -> Handoff:
    """Sales sends the lead back without taking it, for a reason of the agreed list.

    The lead keeps its stage until marketing answers. Publishes HandoffRejected. Raises NotFound, NotAllowed, Invalid
    (`reason_missing`, `reason_retired`, `note_missing`), Conflict (`handoff_already_decided`).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
    require_decider(handoff, actor)
    check_may_become(handoff, HandoffStatus.REJECTED, actor=actor, now=now)
    require(can_decide_handoff, actor, handoff)
    reason = _reason(reason_code, note)
    _decide(handoff, HandoffStatus.REJECTED, actor=actor, now=now)
    handoff.rejection_reason = reason
    handoff.note = note.strip()
    handoff.save(update_fields=["status", "decided_at", "decided_by", "rejection_reason", "note"])
    end_assignment(handoff, now)
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
    lead, handoff = locked_handoff(handoff_id, actor)
    require_decider(handoff, actor)
    check_may_become(handoff, HandoffStatus.RETURNED, actor=actor, now=now)
    require(can_work_handoff, actor, handoff)
    words = required_note(note, "Say why it goes back: marketing learns from it what to do next.")
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
    end_assignment(handoff, now)
    if lead.owner_id == handoff.owner_id:
        set_lead_owner(lead, None)
    advance_stage(lead, stage_after(HandoffStatus.RETURNED, stage), actor=actor, now=now, why=words)
    publish(HandoffReturned(handoff_id=handoff.pk, lead_id=lead.pk, note=words, returned_at=now), actor=actor, at=now)
    return handoff


@transaction.atomic
def withdraw_handoff(handoff_id: int, *, note: str = "", actor: User, now: datetime) -> Handoff:
    """Marketing takes back what sales has not decided yet. The lead keeps its stage.

    Publishes HandoffWithdrawn. Raises NotFound, NotAllowed, Conflict (`handoff_already_decided`).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
    require(can_withdraw_handoff, actor, handoff)
    check_may_become(handoff, HandoffStatus.WITHDRAWN, actor=actor, now=now)
    _decide(handoff, HandoffStatus.WITHDRAWN, actor=actor, now=now)
    handoff.note = note.strip()
    handoff.save(update_fields=["status", "decided_at", "decided_by", "note"])
    end_assignment(handoff, now)
    publish(
        HandoffWithdrawn(handoff_id=handoff.pk, lead_id=lead.pk, note=handoff.note, decided_at=now), actor=actor, at=now
    )
    return handoff


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


def required_note(note: str, sentence: str) -> str:
    """The note without blanks around it; Invalid (`note_missing`) with this sentence where there is none."""
    if not note.strip():
        raise Invalid(sentence, code="note_missing", fields={"note": [sentence]})
    return note.strip()
