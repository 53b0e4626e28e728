"""What the demo's teams agreed: the working calendar, the definitions, the SLA."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from leads.domain.qualification import DEFAULT_MQL, DEFAULT_MQL_THRESHOLD, DEFAULT_SQL
from leads.services.definitions import draft_definition_version, sign_definition_version
from sla.domain.worktime import WorkCalendar
from sla.models import CommitmentKind
from sla.services.agreements import CommitmentDraft, StepDraft, bring_into_force, sign_version, start_agreement
from sla.services.calendars import Hours, create_calendar
from smarketing.accounts.models import Side, User
from smarketing.management.demo import company

SIDES = ((Side.MARKETING, "marketing-manager"), (Side.SALES, "sales-manager"))


def publish_calendar(people: dict[str, User], now: datetime) -> WorkCalendar:
    """The company's working hours, as the pure calendar too."""
    hours = Hours(**company.calendar())
    made = create_calendar(name="Oslo office", content=hours, is_default=True, actor=people["admin"], now=now)
    return made.current.to_domain()


def agree_definitions(people: dict[str, User], now: datetime) -> None:
    """One MQL and one SQL definition, signed by both sides."""
    for stage, criteria, threshold, summary in (
        ("mql", DEFAULT_MQL, DEFAULT_MQL_THRESHOLD, "Fits whom we want, and did something that shows intent."),
        ("sql", DEFAULT_SQL, None, "A rep spoke to them: there is a need, somebody who decides, and a time."),
    ):
        version = draft_definition_version(
            stage,
            criteria,
            threshold.enter if threshold else None,
            threshold.leave if threshold else None,
            summary,
            actor=people["marketing-manager"],
            now=now,
        )
        for side, who in SIDES:
            sign_definition_version(version.pk, side, actor=people[who], now=now)


def agree_sla(people: dict[str, User], now: datetime) -> None:
    """The service level agreement, signed by both sides and in force."""
    share = Decimal("0.90")
    version = start_agreement(
        name="Smarketing SLA",
        parts=company.AGREEMENT,
        commitments=[
            CommitmentDraft(kind=CommitmentKind.ACCEPT, allowed=timedelta(hours=8), target_share=share),
            CommitmentDraft(kind=CommitmentKind.FIRST_RESPONSE, allowed=timedelta(hours=4), target_share=share),
            CommitmentDraft(
                kind=CommitmentKind.MARKETING_ANSWER, allowed=timedelta(hours=16), target_share=Decimal("0.85")
            ),
            CommitmentDraft(kind=CommitmentKind.QUALIFIED_LEADS, target_count=24),
            CommitmentDraft(kind=CommitmentKind.ACCEPTED_SHARE, target_share=Decimal("0.70")),
            CommitmentDraft(kind=CommitmentKind.WIN_RATE, target_share=Decimal("0.35")),
        ],
        ladder=[
            StepDraft(after=timedelta(0), notify="owner"),
            StepDraft(after=timedelta(hours=2), notify="manager"),
            StepDraft(after=timedelta(hours=8), notify="both_managers"),
        ],
        actor=people["marketing-manager"],
        now=now,
    )
    for side, who in SIDES:
        sign_version(version.pk, side=side, actor=people[who], now=now)
    version.refresh_from_db()
    if version.in_force_from is None:
        bring_into_force(version.pk, actor=people["sales-manager"], now=now)
