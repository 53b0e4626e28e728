"""Recording that sales followed up. The record is what answers the first-response promise, not a status."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from leads.domain.handoffs import HandoffStatus, outcome_fits
from leads.events import AttemptLogged
from leads.models import Attempt
from leads.permissions import can_work_handoff
from leads.services.handoffs import locked_handoff
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid

CLOCK_SKEW = timedelta(minutes=1)


@transaction.atomic
def log_attempt(
    handoff_id: int,
    *,
    kind: str,
    outcome: str,
    outbound: bool = True,
    occurred_at: datetime | None = None,
    note: str = "",
    actor: User,
    now: datetime,
) -> Attempt:
    """Records one follow-up on an open handoff, at `occurred_at` (default now; not before the handoff).

    The handoff's `first_attempt_at` is kept as the earliest outbound one. Publishes AttemptLogged. Raises NotFound,
    NotAllowed, Invalid (kind, outcome, time), Conflict (`handoff_closed`).
    """
    lead, handoff = locked_handoff(handoff_id, actor)
    require(can_work_handoff, actor, handoff)
    if not HandoffStatus(handoff.status).is_open:
        raise Conflict("This handoff is closed: there is nothing to follow up.", code="handoff_closed")
    fields = {}
    if kind not in Attempt.Kind.values:
        fields["kind"] = ["Choose how you tried."]
    if outcome not in Attempt.Outcome.values:
        fields["outcome"] = ["Choose what came of it."]
    if not fields and not outcome_fits(kind, outcome):
        tried, came = Attempt.Kind(kind).label.lower(), Attempt.Outcome(outcome).label.lower()
        may = ", ".join(each.label for each in Attempt.Outcome if outcome_fits(kind, each.value))
        fields["outcome"] = [f"“{came.capitalize()}” is not what comes of this: {tried}. What can: {may}."]
    at = occurred_at or now
    if at > now + CLOCK_SKEW:
        fields["occurred_at"] = ["This is still to come."]
    elif at < handoff.created_at:
        fields["occurred_at"] = ["This was before the lead was handed to you."]
    if fields:
        raise Invalid("Some values were not accepted.", fields=fields)
    attempt = Attempt.objects.create(
        handoff=handoff,
        lead=lead,
        kind=kind,
        outcome=outcome,
        outbound=outbound,
        occurred_at=at,
        by=actor,
        note=note.strip(),
    )
    if outbound and (handoff.first_attempt_at is None or at < handoff.first_attempt_at):
        handoff.first_attempt_at = at
        handoff.save(update_fields=["first_attempt_at"])
    publish(
        AttemptLogged(
            attempt_id=attempt.pk,
            handoff_id=handoff.pk,
            lead_id=lead.pk,
            kind=kind,
            outcome=outcome,
            outbound=outbound,
            by_id=actor.pk,
            occurred_at=at,
        ),
        actor=actor,
        at=now,
    )
    return attempt
