"""Makes calendars, agreements and clocks for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from leads.models import Handoff
from sla.models import AgreementVersion, WorkingCalendar
from sla.services.agreements import CommitmentDraft, StepDraft, bring_into_force, sign_version, start_agreement
from sla.services.calendars import Hours, create_calendar
from sla.services.clocks import settle_handoff
from smarketing.accounts.models import Side, User

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
OFFICE = Hours(timezone="UTC", hours={str(day): [["09:00", "17:00"]] for day in range(5)})
COMMITMENTS = (
    CommitmentDraft(kind="qualified_leads", target_count=150),
    CommitmentDraft(kind="accepted_share", target_share=Decimal("0.6")),
    CommitmentDraft(kind="marketing_answer", allowed=timedelta(hours=16), target_share=Decimal("0.9")),
    CommitmentDraft(kind="accept", allowed=timedelta(hours=8), target_share=Decimal("0.95")),
    CommitmentDraft(kind="first_response", allowed=timedelta(hours=4), target_share=Decimal("0.9")),
    CommitmentDraft(kind="feedback", allowed=timedelta(hours=40), target_share=Decimal("0.8")),
    CommitmentDraft(kind="win_rate", target_share=Decimal("0.2")),
    CommitmentDraft(kind="customers_won", target_count=12),
)
LADDER = (
    StepDraft(after=timedelta(0), notify="manager"),
    StepDraft(after=timedelta(hours=4), notify="both_managers"),
)


def make_calendar(admin: User) -> WorkingCalendar:
    """Monday to Friday, nine to five, UTC; the default."""
    return create_calendar(name="Office", content=OFFICE, actor=admin, now=LONG_AGO)


def make_agreement(marketing_manager: User, sales_manager: User) -> AgreementVersion:
    """Version 1 of the general agreement, signed by both and in force since long ago. Needs a calendar."""
    version = start_agreement(
        name="Marketing and sales",
        parts={"summary": "What we owe each other."},
        commitments=COMMITMENTS,
        ladder=LADDER,
        actor=sales_manager,
        now=LONG_AGO,
    )
    sign_version(version.pk, side=Side.SALES, actor=sales_manager, now=LONG_AGO)
    sign_version(version.pk, side=Side.MARKETING, actor=marketing_manager, now=LONG_AGO)
    return bring_into_force(version.pk, actor=sales_manager, now=LONG_AGO)


def start_clocks(handoff: Handoff) -> Handoff:
    """The clocks of a handoff that was made as a bare row."""
    settle_handoff(handoff.pk, now=handoff.created_at)
    return handoff
