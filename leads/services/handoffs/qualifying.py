"""Sales confirming that a lead is worth a deal."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leads.domain.handoffs import HandoffStatus
from leads.domain.lifecycle import RANK, LifecycleStage
from leads.events import LeadQualified
from leads.models import Handoff, Lead
from leads.permissions import can_work_handoff
from leads.selectors.packets import definition_in_force
from leads.services.handoffs.holding import locked_handoff
from leads.services.stages import advance_stage
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict


@transaction.atomic
def qualify_lead(handoff_id: int, *, note: str = "", actor: User, now: datetime) -> Handoff:
    """Sales confirms that the lead is worth a deal: it becomes SQL. Once qualified, it changes nothing.

    The transition names the SQL definition in force. Publishes LeadQualified. Raises NotFound, NotAllowed, Conflict
    (`handoff_not_accepted`).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
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
