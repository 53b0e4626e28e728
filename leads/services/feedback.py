"""What sales thinks of a lead that marketing handed over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leads.domain.handoffs import HandoffStatus
from leads.events import FeedbackGiven
from leads.models import Feedback
from leads.permissions import can_work_handoff
from leads.services.handoffs import locked_handoff
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid


@transaction.atomic
def give_feedback(handoff_id: int, *, rating: int, words: str = "", actor: User, now: datetime) -> Feedback:
    """Rates a handed-off lead from 1 (waste of time) to 5 (just right); a later rating counts, earlier ones stay.

    Publishes FeedbackGiven. Raises NotFound, NotAllowed, Invalid (rating), Conflict (`handoff_undecided`,
    `handoff_withdrawn`).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
    require(can_work_handoff, actor, handoff)
    if handoff.status == HandoffStatus.PENDING:
        raise Conflict("Accept or reject the lead first, then rate it.", code="handoff_undecided")
    if handoff.status == HandoffStatus.WITHDRAWN:
        raise Conflict("Marketing withdrew this handoff: there is nothing to rate.", code="handoff_withdrawn")
    if not 1 <= rating <= 5:
        raise Invalid("Rate from 1 to 5.", fields={"rating": ["A whole number from 1 to 5."]})
    feedback = Feedback.objects.create(
        handoff=handoff, lead=lead, rating=rating, words=words.strip(), given_at=now, by=actor
    )
    publish(
        FeedbackGiven(feedback_id=feedback.pk, handoff_id=handoff.pk, lead_id=lead.pk, rating=rating, given_at=now),
        actor=actor,
        at=now,
    )
    return feedback
