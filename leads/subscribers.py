"""What follows from the facts of leads: people are told in the same transaction, tasks are queued after its commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.timezone import now

from leads.events import (
    DealLost,
    DealOpened,
    DealWon,
    DefinitionVersionInForce,
    DefinitionVersionSigned,
    HandoffAccepted,
    HandoffAnswered,
    HandoffCreated,
    HandoffReassigned,
    HandoffRejected,
    HandoffReturned,
    HandoffWithdrawn,
    ImportFinished,
    ImportQueued,
    LeadCreated,
    LeadsChanged,
    LeadUpdated,
    ScoreModelInForce,
    TouchpointRecorded,
)
from leads.selectors.definitions import newcomer_may_qualify
from leads.services import agreeing, news
from leads.tasks.imports import run_import
from leads.tasks.scoring import qualify_changed, rescore_all, score_leads, score_pending
from smarketing.activity.bus import after_commit, in_transaction

if TYPE_CHECKING:
    OneLead = LeadUpdated | TouchpointRecorded | DealOpened | DealWon | DealLost


def enqueue_import(event: ImportQueued) -> None:
    """An import waits for a worker."""
    run_import.delay(event.import_id)


def score_lead(event: OneLead) -> None:
    """Facts of one lead changed that its score or its stage may depend on."""
    if event.lead_id is not None:
        score_leads.delay([event.lead_id])


def finish_newcomer(event: LeadCreated) -> None:
    """A lead comes scored; a worker is needed only where it may qualify at once."""
    if event.score is None or newcomer_may_qualify(event.score, now()):
        score_leads.delay([event.lead_id])


def score_batch(event: LeadsChanged) -> None:
    """Facts of many leads changed; the database knows which."""
    score_pending.delay()


def score_everybody(event: ScoreModelInForce) -> None:
    """Other rules give points."""
    rescore_all.delay()


def qualify_everybody(event: DefinitionVersionInForce) -> None:
    """The teams agreed on another meaning."""
    qualify_changed.delay()


def qualify_imported(event: ImportFinished) -> None:
    """New leads come scored; who of them qualifies is found at the end, all at once."""
    if event.kind in ("leads", "deals", "touchpoints"):
        qualify_changed.delay()


def tell_of_answer(event: HandoffAnswered) -> None:
    """Who sent the lead back."""
    news.tell_of_answer(event.handoff_id, answer=event.answer, now=event.answered_at)


def tell_of_reassignment(event: HandoffReassigned) -> None:
    """Whose it was and whose it is."""
    news.tell_of_reassignment(
        event.handoff_id, old_owner_id=event.old_owner_id, new_owner_id=event.new_owner_id, now=event.assigned_at
    )


def tell_who_signs_next(event: DefinitionVersionSigned) -> None:
    """One side has signed."""
    agreeing.tell_who_signs_next(event.definition_version_id, event.side)


def tell_of_definition(event: DefinitionVersionInForce) -> None:
    """Both have."""
    agreeing.tell_of_force(event.definition_version_id)


def register() -> None:
    """Called when the app is ready."""
    in_transaction(DefinitionVersionSigned, tell_who_signs_next)
    in_transaction(DefinitionVersionInForce, tell_of_definition)
    in_transaction(HandoffCreated, lambda event: news.tell_of_arrival(event.handoff_id, now=event.created_at))
    in_transaction(HandoffAccepted, lambda event: news.tell_of_acceptance(event.handoff_id, now=event.decided_at))
    in_transaction(HandoffRejected, lambda event: news.tell_of_rejection(event.handoff_id, now=event.decided_at))
    in_transaction(HandoffReturned, lambda event: news.tell_of_return(event.handoff_id, now=event.returned_at))
    in_transaction(HandoffReassigned, tell_of_reassignment)
    in_transaction(HandoffWithdrawn, lambda event: news.tell_of_withdrawal(event.handoff_id, now=event.decided_at))
    in_transaction(HandoffAnswered, tell_of_answer)
    in_transaction(DealWon, lambda event: news.tell_of_win(event.deal_id, now=event.won_at))
    after_commit(ImportQueued, enqueue_import)
    after_commit(LeadCreated, finish_newcomer)
    for event in (LeadUpdated, TouchpointRecorded, DealOpened, DealWon, DealLost):
        after_commit(event, score_lead)
    after_commit(LeadsChanged, score_batch)
    after_commit(ImportFinished, qualify_imported)
    after_commit(ScoreModelInForce, score_everybody)
    after_commit(DefinitionVersionInForce, qualify_everybody)
