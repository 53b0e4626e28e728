"""Holding one handoff for a decision, and telling who came second who was first."""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.domain.handoffs import HandoffRefused, HandoffStatus, check_move
from leads.events import HandoffReturned
from leads.models import Handoff, Lead
from leads.permissions import can_work_inbox
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, NotFound


def locked_handoff(handoff_id: int, actor: User) -> tuple[Lead, Handoff]:
    """The lead and its handoff, locked in this order; NotFound where this person may not see the handoff."""
    lead_id = Handoff.objects.visible_to(actor).filter(pk=handoff_id).values_list("lead_id", flat=True).first()
    if lead_id is None:
        raise NotFound("There is no such handoff, or you may not see it.")
    lead: Lead = Lead.objects.lock(lead_id)
    handoff: Handoff = Handoff.objects.select_related("team", "owner", "decided_by").lock(handoff_id)
    handoff.lead = lead
    return lead, handoff


def require_decider(handoff: Handoff, actor: User) -> None:
    """Refuses who could never decide this handoff, before anything is said about who was first."""
    require(_of_its_team, actor, handoff)


def _of_its_team(user: User, handoff: Handoff) -> bool:
    return can_work_inbox(user) and handoff.team_id in user.team_ids


def check_may_become(handoff: Handoff, new: HandoffStatus, *, actor: User, now: datetime) -> None:
    """Refuses a step that the states do not allow: Conflict, saying who was first where somebody was."""
    try:
        check_move(HandoffStatus(handoff.status), new)
    except HandoffRefused as refused:
        if refused.code == "handoff_already_decided":
            raise already_decided(handoff, actor=actor, now=now) from refused
        raise Conflict(str(refused), code=refused.code) from refused


def already_decided(handoff: Handoff, *, actor: User, now: datetime) -> Conflict:
    """The refusal of who comes second, saying who was first and when."""
    return Conflict(who_did(handoff, actor=actor, now=now), code="handoff_already_decided")


_DID = {
    HandoffStatus.ACCEPTED: "accepted it",
    HandoffStatus.REJECTED: "rejected it",
    HandoffStatus.RETURNED: "returned it to marketing",
    HandoffStatus.WITHDRAWN: "withdrew it",
}


def who_did(handoff: Handoff, *, actor: User, now: datetime) -> str:
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


def time_ago(then: datetime, now: datetime) -> str:
    """How long ago, in the one largest unit: “2 minutes ago”."""
    gone = max(now - then, timedelta(0))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(gone.total_seconds() // size)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "a moment ago"
