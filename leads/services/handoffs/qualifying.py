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
from leads.selectors.shortfalls import shortfalls
from leads.services.handoffs.holding import locked_handoff
from leads.services.stages import WHY_CHARS, advance_stage
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict

LACKED_CHARS = 200
"""Of the words of a move so many at most tell what the lead lacked; the event keeps all of it."""


@transaction.atomic
def qualify_lead(handoff_id: int, *, note: str = "", actor: User, now: datetime) -> Handoff:
    """Sales confirms that the lead is worth a deal: it becomes SQL. Once qualified, it changes nothing.

    The transition names the SQL definition in force, and says what the lead lacks of it: to qualify it all the same is
    a person's decision. Publishes LeadQualified. Raises NotFound, NotAllowed, Conflict
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
    unmet: list[str] = []
    if RANK.get(LifecycleStage(lead.stage), -1) < RANK[LifecycleStage.SQL]:
        version = definition_in_force(LifecycleStage.SQL, now)
        unmet = shortfalls(version, [lead.pk], now).get(lead.pk, []) if version else []
        advance_stage(
            lead,
            LifecycleStage.SQL,
            actor=actor,
            now=now,
            why=_words(note.strip() or "Sales confirmed a need.", unmet),
            definition_version=version,
        )
    publish(
        LeadQualified(handoff_id=handoff.pk, lead_id=lead.pk, qualified_at=now, unmet=tuple(unmet)),
        actor=actor,
        at=now,
    )


def _words(note: str, unmet: list[str]) -> str:
    """The note and what the lead lacked, for which a long note gives way."""
    if not unmet:
        return note
    lacked = f" Below the definition: {'; '.join(unmet)}"
    lacked = f"{lacked[:LACKED_CHARS]}…" if len(lacked) > LACKED_CHARS else f"{lacked}."
    room = WHY_CHARS - len(lacked)
    return (f"{note[: room - 1]}…" if len(note) > room else note) + lacked
