"""Marketing's answer to what sales sent back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leads.domain.handoffs import HandoffStatus, MarketingAnswer
from leads.models import Handoff
from leads.permissions import can_answer_handoff
from leads.services.handoffs.creating import Brief, hand_off, record_answer
from leads.services.handoffs.deciding import required_note
from leads.services.handoffs.holding import locked_handoff, time_ago
from leads.services.stages import advance_stage
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.lib.errors import Conflict, Invalid


@transaction.atomic
def answer_handoff(
    handoff_id: int, *, answer: str, note: str = "", again: Brief | None = None, actor: User, now: datetime
) -> Handoff:
    """Marketing answers a rejected or returned handoff: `requalify`, `recycle` or `disqualify` the lead.

    With `requalify`, `again` hands it off anew at once; without it the lead waits as an MQL. The other two need `note`.
    Returns the new handoff where one was made, else the one answered. Publishes HandoffAnswered. Raises NotFound,
    NotAllowed, Invalid, Conflict (`handoff_not_sent_back`, `handoff_already_answered`, and those of `create_handoff`).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
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
        note = required_note(note, "Say why: the lead leaves the funnel.")
    elif again is not None:
        return hand_off(lead, again, actor=actor, now=now)
    record_answer(handoff, chosen, actor=actor, now=now)
    why = note.strip() or "Marketing looked at it again and stands by it."
    advance_stage(lead, chosen.stage, actor=actor, now=now, why=why)
    return handoff
