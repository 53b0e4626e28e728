"""Contesting and waiving breaches: the fact stays, what people say about it is added."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from sla.events import BreachContested, BreachWaived
from sla.models import Breach, Waiver
from sla.permissions import can_contest, can_waive
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid


@transaction.atomic
def contest_breach(breach_id: int, *, reason: str, actor: User, now: datetime) -> Breach:
    """Whoever owed it says why the breach is not fair. Raises NotAllowed, NotFound, Conflict, Invalid."""
    breach = _locked(breach_id, actor)
    require(can_contest, actor, breach)
    reason = _given(reason, "Say why the breach is not fair.")
    if breach.contested_at is not None:
        raise Conflict(f"{breach.contested_by} has contested this breach already.", code="breach_contested")
    breach.contested_at, breach.contested_by, breach.contest_reason = now, actor, reason
    breach.save(update_fields=["contested_at", "contested_by", "contest_reason"])
    publish(
        BreachContested(
            clock_id=breach.clock_id,
            breach_id=breach.pk,
            lead_id=breach.clock.handoff.lead_id,
            promise=breach.clock.commitment.sentence(),
            reason=reason,
        ),
        actor=actor,
        at=now,
    )
    return breach


@transaction.atomic
def waive_breach(breach_id: int, *, reason: str, actor: User, now: datetime) -> Waiver:
    """A manager of the other side excuses the breach; it is still counted, and shown apart.

    Raises NotAllowed, NotFound, Conflict, Invalid.
    """
    breach = _locked(breach_id, actor)
    require(can_waive, actor, breach)
    reason = _given(reason, "Say why the breach is excused.")
    try:
        with transaction.atomic():
            waiver = Waiver.objects.create(breach=breach, waived_by=actor, waived_at=now, reason=reason)
    except IntegrityError as error:
        raise Conflict("This breach is waived already.", code="breach_waived") from error
    publish(
        BreachWaived(
            clock_id=breach.clock_id,
            breach_id=breach.pk,
            lead_id=breach.clock.handoff.lead_id,
            promise=breach.clock.commitment.sentence(),
            reason=reason,
        ),
        actor=actor,
        at=now,
    )
    return waiver


def _locked(breach_id: int, actor: User) -> Breach:
    breach: Breach = (
        Breach.objects.visible_to(actor)
        .select_related("clock__commitment", "clock__handoff", "contested_by")
        .lock(breach_id)
    )
    return breach


def _given(reason: str, otherwise: str) -> str:
    if not reason.strip():
        raise Invalid(otherwise, code="reason_missing", fields={"reason": [otherwise]})
    return reason.strip()
