"""The records behind one line of the board, as a list that is read away from it tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from leads.models import Delivery, Lead
from sla.models import CommitmentKind
from sla.selectors.board.records import promise_records
from sla.selectors.board.shapes import Board, Line
from sla.selectors.clocks import ClockFilter, clock_list
from smarketing.accounts.models import User


@dataclass(frozen=True, slots=True)
class Behind:
    """One record: what it is called, what came of it, when it counted, and its lead, if it has one."""

    label: str
    outcome: str
    at: datetime | None
    lead: Lead | None


def count_behind(line: Line) -> int:
    """How many records are behind a line: what was delivered or won, or of how many its share is."""
    return (line.hits if line.is_volume else line.of) or 0


def records_behind(user: User, found: Board, line: Line, *, now: datetime, at_most: int) -> list[Behind]:
    """The first of those records, by when they counted; there are `count_behind` of them."""
    kind, days = line.kind, line.term.days
    if line.commitment.is_time:
        return [
            Behind(clock.handoff.lead.label, _kept(clock, now), clock.due_at, clock.handoff.lead)
            for clock in _clocks(user, found, line, now=now).order_by("due_at", "pk")[:at_most]
        ]
    if kind == CommitmentKind.QUALIFIED_LEADS:
        delivered = Delivery.objects.visible_to(user).filter(delivered_at__gte=days.start, delivered_at__lt=days.end)
        return [
            Behind(each.lead.label, "delivered", each.delivered_at, each.lead)
            for each in delivered.select_related("lead").order_by("delivered_at", "lead")[:at_most]
        ]
    rows = promise_records(user, kind, days, only_hits=False)
    column = rows.order.removeprefix("-")
    return [_deal(each) if rows.of_deals else _decision(each) for each in rows.rows.order_by(column, "pk")[:at_most]]


def _clocks(user: User, found: Board, line: Line, *, now: datetime) -> QuerySet[Any]:
    narrowed = ClockFilter(
        agreement_id=found.version.agreement_id if found.version else None,
        kind=line.kind,
        scope="team",
        outcome="due",
        due_from=found.period.start,
        due_before=found.period.end,
        commitment_ids=() if line.term.is_only else line.term.commitment_ids,
    )
    return clock_list(user, narrowed, now=now)


def _kept(clock: Any, now: datetime) -> str:
    owner = clock.handoff.owner
    kept = "in time" if clock.state == "met" else "late" if clock.stopped_at or clock.cancelled_at else "not done, late"
    return f"{owner.name if owner else clock.handoff.team}, {kept}"


def _decision(handoff: Any) -> Behind:
    reason = f": {handoff.rejection_reason}" if handoff.rejection_reason else ""
    said = f"rejected{reason}" if handoff.status == "rejected" else "accepted"
    return Behind(handoff.lead.label, said, handoff.decided_at, handoff.lead)


def _deal(deal: Any) -> Behind:
    said = "won" if deal.won_at else f"lost: {deal.lost_reason}" if deal.lost_reason else "lost"
    return Behind(deal.name, said, deal.closed_at, deal.lead)
