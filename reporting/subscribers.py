"""What reporting does when facts change: marks the days whose sums they touch."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from leads.events import LeadCreated, LeadsChanged, LeadStageChanged, LeadUpdated
from reporting.services.rollups import mark_all, mark_leads, mark_span
from smarketing.activity.bus import in_transaction
from smarketing.people.events import OrganisationUpdated

if TYPE_CHECKING:
    LeadEvent = LeadCreated | LeadUpdated | LeadStageChanged


def mark_lead(event: LeadEvent) -> None:
    """One lead came, moved or has another origin."""
    mark_leads([event.lead_id])


def mark_batch(event: LeadsChanged) -> None:
    """Many leads changed at once."""
    if event.first_day and event.last_day:
        mark_span(date.fromisoformat(event.first_day), date.fromisoformat(event.last_day))


def mark_every_day(event: OrganisationUpdated) -> None:
    """In another zone every fact may fall on another day."""
    if event.old["timezone"] != event.new["timezone"]:
        mark_all()


def register() -> None:
    """Called when the app is ready."""
    for event in (LeadCreated, LeadUpdated, LeadStageChanged):
        in_transaction(event, mark_lead)
    in_transaction(LeadsChanged, mark_batch)
    in_transaction(OrganisationUpdated, mark_every_day)
