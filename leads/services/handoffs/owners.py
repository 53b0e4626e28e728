"""Whose a handoff is: assignments, and giving it to another rep."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leads.domain.handoffs import HandoffStatus
from leads.events import HandoffReassigned
from leads.models import Assignment, Handoff, Lead
from leads.permissions import can_reassign_handoff
from leads.services.handoffs.holding import already_decided, locked_handoff
from smarketing.accounts.models import Membership, Team, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Invalid


@transaction.atomic
def reassign_handoff(handoff_id: int, *, owner_id: int, why: str = "", actor: User, now: datetime) -> Handoff:
    """Gives an open handoff to another rep of its team; the earlier rep's time as owner ends now.

    Giving it to whom it belongs already changes nothing. Publishes HandoffReassigned. Raises NotFound, NotAllowed,
    Invalid (not a rep of the team), Conflict (`handoff_already_decided`: it is no longer open).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
    require(can_reassign_handoff, actor, handoff)
    if not HandoffStatus(handoff.status).is_open:
        raise already_decided(handoff, actor=actor, now=now)
    if handoff.owner_id == owner_id:
        return handoff
    owner = rep_of(handoff.team, owner_id)
    before = handoff.owner_id
    end_assignment(handoff, now)
    assign(handoff, owner, by=actor, now=now, why=why.strip())
    handoff.owner = owner
    handoff.save(update_fields=["owner"])
    if handoff.status == HandoffStatus.ACCEPTED:
        set_lead_owner(lead, owner.pk)
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


def rep_of(team: Team, user_id: int) -> User:
    """The active member of this team with this id; Invalid (`not_a_rep_of_the_team`) where there is none."""
    if not Membership.objects.filter(team=team, user_id=user_id, user__is_active=True).exists():
        raise Invalid(
            f"Choose an active member of {team}.",
            code="not_a_rep_of_the_team",
            fields={"owner": [f"Choose an active member of {team}."]},
        )
    return User.objects.get(pk=user_id)


def assign(handoff: Handoff, owner: User, *, by: User, now: datetime, why: str) -> None:
    """Begins a rep's time as owner. `why` is shown in the history of the handoff, cut at 200 characters."""
    Assignment.objects.create(handoff=handoff, owner=owner, assigned_by=by, assigned_at=now, why=why[:200])


def end_assignment(handoff: Handoff, now: datetime) -> None:
    """Ends the time of whoever owns the handoff; nothing where nobody does."""
    Assignment.objects.filter(handoff=handoff, ended_at__isnull=True).update(ended_at=now)


def set_lead_owner(lead: Lead, owner_id: int | None) -> None:
    """Writes whose the lead is; the lead is locked."""
    if lead.owner_id != owner_id:
        lead.owner_id = owner_id
        lead.save(update_fields=["owner"])
