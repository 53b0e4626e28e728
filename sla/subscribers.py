"""What the clocks hear: every change to a handoff, in its transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leads import events
from sla.events import (
    AgreementCameIntoForce,
    AgreementSigned,
    AgreementTerminated,
    BreachContested,
    BreachWaived,
    CalendarRevised,
)
from sla.services import news
from sla.services.clocks import settle_handoff
from sla.services.sums import mark_all
from sla.tasks import recompute_open_clocks
from smarketing.activity.bus import after_commit, in_transaction
from smarketing.people.events import OrganisationUpdated


def register() -> None:
    """Subscribes; called once, when the apps are ready."""
    for event in WHEN:
        in_transaction(event, settle)
    in_transaction(BreachContested, lambda event: news.tell_of_contest(event.breach_id))
    in_transaction(BreachWaived, lambda event: news.tell_of_waiver(event.breach_id))
    in_transaction(AgreementSigned, lambda event: news.tell_who_signs_next(event.version_id, event.side))
    in_transaction(AgreementCameIntoForce, lambda event: news.tell_of_force(event.version_id))
    in_transaction(AgreementTerminated, lambda event: news.tell_of_termination(event.version_id, event.terminated_at))
    in_transaction(OrganisationUpdated, mark_every_day)
    after_commit(CalendarRevised, enqueue_recomputation)


# The field that says when it happened.
WHEN: dict[type[Any], str] = {
    events.HandoffCreated: "created_at",
    events.HandoffAccepted: "decided_at",
    events.HandoffRejected: "decided_at",
    events.HandoffReturned: "returned_at",
    events.HandoffWithdrawn: "decided_at",
    events.HandoffReassigned: "assigned_at",
    events.HandoffAnswered: "answered_at",
    events.AttemptLogged: "occurred_at",
    events.FeedbackGiven: "given_at",
    events.LeadQualified: "qualified_at",
}


def settle(event: Any) -> None:
    """A handoff never commits without its clocks, nor a follow-up without the clock that it stops."""
    at: datetime = getattr(event, WHEN[type(event)])
    settle_handoff(event.handoff_id, now=at)


def mark_every_day(event: OrganisationUpdated) -> None:
    """In another zone every fact may fall on another day."""
    if event.old["timezone"] != event.new["timezone"]:
        mark_all()


def enqueue_recomputation(event: CalendarRevised) -> None:
    """Open clocks follow a corrected calendar; a lost message is made up for by the next sweep."""
    recompute_open_clocks.delay()
