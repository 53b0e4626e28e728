"""What agreements, calendars and clocks refuse leaves no row, no change and no entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import models

from leads.models import Handoff
from leads.services.handoffs import create_handoff
from sla.models import (
    Agreement,
    AgreementVersion,
    CalendarRevision,
    Clock,
    ClockNotice,
    TeamCalendar,
    WorkingCalendar,
)
from sla.selectors.handoffs import handoff_parties
from sla.services.agreements import (
    CommitmentDraft,
    StepDraft,
    bring_into_force,
    create_agreement,
    draft_version,
    sign_version,
)
from sla.services.calendars import create_calendar, recompute_open_clocks, revise_calendar, set_team_calendar
from sla.services.clocks import pause_clock, resume_clock, settle_handoff
from sla.services.due import due_and_warning
from sla.services.notices import plan_notices
from smarketing.accounts.models import Signature, Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, DomainError, Invalid, NotFound
from tests.factories import NOW, make_lead
from tests.sla.factories import COMMITMENTS, LONG_AGO, OFFICE

pytestmark = pytest.mark.django_db

ACCEPT = CommitmentDraft(kind="accept", allowed=timedelta(hours=2), target_share=Decimal("0.9"))
WATCHED: tuple[type[models.Model], ...] = (
    Agreement,
    AgreementVersion,
    WorkingCalendar,
    CalendarRevision,
    TeamCalendar,
    Clock,
    Signature,
    ActivityEntry,
)


@contextmanager
def refused(kind: type[DomainError], code: str | None = None, field: str = "") -> Iterator[None]:
    """Expects the refusal, and that nothing was written."""

    def everything() -> list[list[dict[str, Any]]]:
        return [list(model._default_manager.order_by("pk").values()) for model in WATCHED]

    before = everything()
    with pytest.raises(kind) as caught:
        yield
    assert code in (None, caught.value.code)
    assert not field or list(caught.value.fields) == [field]
    assert everything() == before


@pytest.fixture
def signed(agreement: AgreementVersion, marketing_manager: User, sales_manager: User) -> AgreementVersion:
    """Version 2, signed by both, while version 1 is in force."""
    version = draft_version(
        agreement.agreement_id, parts={}, commitments=COMMITMENTS, actor=sales_manager, now=LONG_AGO
    )
    sign_version(version.pk, side="sales", actor=sales_manager, now=LONG_AGO)
    sign_version(version.pk, side="marketing", actor=marketing_manager, now=LONG_AGO)
    return version


@pytest.fixture
def hand_off(agreement: AgreementVersion, sales_team: Team, marketer: User) -> Callable[[], Handoff]:
    """Hands a fresh lead to North."""

    def make() -> Handoff:
        lead = make_lead(stage="mql")
        return create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)

    return make


def test_create_agreement_refuses_no_name_and_a_team_of_marketing(marketing_team: Team, sales_manager: User) -> None:
    with refused(Invalid, field="name"):
        create_agreement(name=" ", actor=sales_manager, now=NOW)
    with refused(Invalid, field="team"):
        create_agreement(name="Ours", team_id=marketing_team.pk, actor=sales_manager, now=NOW)


def test_draft_version_refuses(agreement: AgreementVersion, sales_manager: User) -> None:
    def draft(agreement_id: int, **given: Any) -> None:
        draft_version(agreement_id, **{"parts": {}, "commitments": [ACCEPT], **given}, actor=sales_manager, now=NOW)

    with refused(NotFound):
        draft(0)
    with refused(Invalid, "step_bad"):
        draft(agreement.agreement_id, ladder=[StepDraft(after=timedelta(hours=-1), notify="owner")])
    with refused(Invalid, "step_bad"):
        draft(agreement.agreement_id, ladder=[StepDraft(after=timedelta(0), notify="the press")])
    with refused(Invalid, "commitment_warn_bad"):
        draft(agreement.agreement_id, commitments=[replace(ACCEPT, warn_share=Decimal(0))])


def test_sign_version_refuses_a_side_that_is_none_and_a_version_that_is_none(
    agreement: AgreementVersion, sales_manager: User
) -> None:
    with refused(Invalid, field="side"):
        sign_version(agreement.pk, side="finance", actor=sales_manager, now=NOW)
    with refused(NotFound):
        sign_version(0, side="sales", actor=sales_manager, now=NOW)


def test_bring_into_force_refuses(signed: AgreementVersion, sales_manager: User) -> None:
    def start(now: Any = NOW) -> None:
        bring_into_force(signed.pk, actor=sales_manager, now=now)

    with refused(Conflict, "agreement_in_force"):
        start(LONG_AGO)  # at the very instant at which version 1 came into force
    with refused(Conflict, "agreement_in_force"):
        start(LONG_AGO - timedelta(days=1))  # before it, without an end
    AgreementVersion.objects.filter(pk=signed.pk).update(summary="Slipped in after the signatures.")
    with refused(Conflict, "agreement_unsigned"):
        start()
    AgreementVersion.objects.filter(pk=signed.pk).update(summary=signed.summary)
    WorkingCalendar.objects.update(is_default=False)
    with refused(Conflict, "calendar_missing"):
        start()


def test_calendars_refuse_no_name_and_a_team_that_is_none(calendar: WorkingCalendar, admin: User) -> None:
    with refused(Invalid, field="name"):
        create_calendar(name=" ", content=OFFICE, actor=admin, now=NOW)
    with refused(NotFound):
        set_team_calendar(0, calendar_id=calendar.pk, actor=admin, now=NOW)


def test_clocks_that_are_not_there(agreement: AgreementVersion, sales_manager: User) -> None:
    with refused(NotFound):
        pause_clock(0, why="Away.", actor=sales_manager, now=NOW)
    assert settle_handoff(0, now=NOW) == 0


def test_a_clock_may_be_paused_again(hand_off: Callable[[], Handoff], sales_manager: User) -> None:
    clock = Clock.objects.get(handoff=hand_off(), kind="accept")
    for minutes in (0, 30):
        start = NOW + timedelta(minutes=minutes)
        pause_clock(clock.pk, why="Away.", actor=sales_manager, now=start)
        resume_clock(clock.pk, actor=sales_manager, now=start + timedelta(minutes=10))
    moved = Clock.objects.get(pk=clock.pk)
    assert moved.due_at == clock.due_at + timedelta(minutes=20)
    assert moved.pauses.count() == 2


def test_a_paused_clock_has_no_due_time(hand_off: Callable[[], Handoff], sales_manager: User) -> None:
    clock = Clock.objects.select_related("commitment", "calendar_revision").get(handoff=hand_off(), kind="accept")
    pause_clock(clock.pk, why="Away.", actor=sales_manager, now=NOW)
    with pytest.raises(ValueError, match="no due time"):
        due_and_warning(clock, clock.calendar_revision.to_domain())


def test_a_correction_tells_only_of_due_times_that_moved(
    hand_off: Callable[[], Handoff], calendar: WorkingCalendar, admin: User, sales_manager: User
) -> None:
    running, paused = hand_off(), hand_off()
    pause_clock(paused.clocks.get(kind="accept").pk, why="Away.", actor=sales_manager, now=NOW)
    far = replace(OFFICE, holidays={"2027-12-24": "Closed"})
    revision = revise_calendar(calendar.pk, content=far, why="The holidays of 2027.", actor=admin, now=NOW)
    assert recompute_open_clocks(now=NOW) == 4
    assert set(Clock.objects.values_list("calendar_revision", flat=True)) == {revision.pk}
    assert running.clocks.get(kind="accept").due_at is not None
    assert not ActivityEntry.objects.filter(verb="sla.clock_due_changed").exists()


def test_a_notice_of_which_no_calendar_can_tell_the_hour_goes_out_at_once(
    hand_off: Callable[[], Handoff], rep: User
) -> None:
    clock, late = hand_off().clocks.select_related("commitment").get(kind="accept"), datetime(2200, 1, 2, tzinfo=UTC)
    plan_notices([(clock, ClockNotice.Occasion.BREACH, None)], handoff_parties([clock.handoff_id]), now=late)
    notice = ClockNotice.objects.get()
    assert (notice.recipient, notice.send_at) == (rep, late)
