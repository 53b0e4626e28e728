"""What leads does after its own facts are committed: puts tasks into the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.timezone import now

from leads.events import (
    DealLost,
    DealOpened,
    DealWon,
    DefinitionVersionInForce,
    ImportFinished,
    ImportQueued,
    LeadCreated,
    LeadsChanged,
    LeadUpdated,
    ScoreModelInForce,
    TouchpointRecorded,
)
from leads.selectors.definitions import newcomer_may_qualify
from leads.tasks.imports import run_import
from leads.tasks.scoring import qualify_changed, rescore_all, score_leads, score_pending
from smarketing.activity.bus import after_commit

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


def register() -> None:
    """Called when the app is ready."""
    after_commit(ImportQueued, enqueue_import)
    after_commit(LeadCreated, finish_newcomer)
    for event in (LeadUpdated, TouchpointRecorded, DealOpened, DealWon, DealLost):
        after_commit(event, score_lead)
    after_commit(LeadsChanged, score_batch)
    after_commit(ImportFinished, qualify_imported)
    after_commit(ScoreModelInForce, score_everybody)
    after_commit(DefinitionVersionInForce, qualify_everybody)
