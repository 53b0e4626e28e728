"""Agreements come into force only with both signatures under exactly their content."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from sla.models import Agreement, AgreementVersion, Breach, Clock, Commitment, WorkingCalendar
from sla.services.agreements import (
    CommitmentDraft,
    StepDraft,
    bring_into_force,
    create_agreement,
    draft_version,
    redraft_version,
    sign_version,
)
from sla.services.breaches import contest_breach, waive_breach
from sla.services.calendars import create_calendar
from sla.services.sweep import sweep
from smarketing.accounts.models import Signature, Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed
from smarketing.notifications.models import Notification
from tests.factories import NOW, make_handoff
from tests.sla.factories import LONG_AGO, OFFICE, start_clocks

pytestmark = pytest.mark.django_db

ACCEPT = CommitmentDraft(kind="accept", allowed=timedelta(hours=2), target_share=Decimal("0.9"))


@pytest.fixture
def draft(agreement: AgreementVersion, sales_manager: User) -> AgreementVersion:
    """Version 2, unsigned, while version 1 is in force."""
    return draft_version(
        agreement.agreement_id, parts={"summary": "Faster."}, commitments=[ACCEPT], actor=sales_manager, now=NOW
    )


def sign_both(version: AgreementVersion, marketing_manager: User, sales_manager: User) -> None:
    sign_version(version.pk, side="marketing", actor=marketing_manager, now=NOW)
    sign_version(version.pk, side="sales", actor=sales_manager, now=NOW)


def test_bring_into_force_ends_the_version_before(
    agreement: AgreementVersion, draft: AgreementVersion, marketing_manager: User, sales_manager: User
) -> None:
    sign_both(draft, marketing_manager, sales_manager)
    bring_into_force(draft.pk, actor=marketing_manager, now=NOW)
    agreement.refresh_from_db()
    assert agreement.in_force_until == NOW
    assert [v.pk for v in AgreementVersion.objects.in_force_at(NOW)] == [draft.pk]


def test_bring_into_force_needs_both_signatures(
    draft: AgreementVersion, marketing_manager: User, sales_manager: User
) -> None:
    sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)
    with pytest.raises(Conflict, match="Sales has not signed"):
        bring_into_force(draft.pk, actor=marketing_manager, now=NOW)


def test_a_change_after_signing_makes_signatures_void(
    draft: AgreementVersion, marketing_manager: User, sales_manager: User
) -> None:
    sign_both(draft, marketing_manager, sales_manager)
    slower = CommitmentDraft(kind="accept", allowed=timedelta(hours=3), target_share=Decimal("0.9"))
    redraft_version(draft.pk, parts={"summary": "Faster."}, commitments=[slower], actor=sales_manager, now=NOW)
    with pytest.raises(Conflict, match="Marketing and Sales have not signed"):
        bring_into_force(draft.pk, actor=sales_manager, now=NOW)
    with pytest.raises(Conflict, match="changed since you read it"):
        sign_version(draft.pk, side="sales", content_hash=draft.content_hash, actor=sales_manager, now=NOW)


def test_the_database_refuses_an_unsigned_version_and_a_changed_one(
    agreement: AgreementVersion, draft: AgreementVersion
) -> None:
    for pk, change in (
        (draft.pk, {"in_force_from": NOW, "in_force_until": None}),
        (agreement.pk, {"summary": "Something else."}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            AgreementVersion.objects.filter(pk=pk).update(**change)


def test_the_database_refuses_two_in_force(
    agreement: AgreementVersion, draft: AgreementVersion, marketing_manager: User, sales_manager: User
) -> None:
    sign_both(draft, marketing_manager, sales_manager)
    with pytest.raises(IntegrityError, match="agreement_one_in_force"), transaction.atomic():
        AgreementVersion.objects.filter(pk=draft.pk).update(in_force_from=NOW)


def test_sign_version_is_for_the_managers_of_the_side(
    draft: AgreementVersion, marketer: User, marketing_manager: User, sales_manager: User
) -> None:
    with pytest.raises(NotAllowed):
        sign_version(draft.pk, side="marketing", actor=marketer, now=NOW)
    with pytest.raises(NotAllowed):
        sign_version(draft.pk, side="marketing", actor=sales_manager, now=NOW)
    assert not Signature.objects.filter(subject_id=draft.pk, content_hash=draft.content_hash).exists()
    sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)
    with pytest.raises(Conflict, match="already"):
        sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)


def test_a_version_that_was_in_force_keeps_its_content(agreement: AgreementVersion, sales_manager: User) -> None:
    with pytest.raises(Conflict):
        redraft_version(agreement.pk, parts={}, commitments=[ACCEPT], actor=sales_manager, now=NOW)
    with pytest.raises(Conflict):
        bring_into_force(agreement.pk, actor=sales_manager, now=NOW)
    assert agreement.commitments.count() == 8


@pytest.mark.parametrize(
    "commitments",
    [
        [],
        [ACCEPT, ACCEPT],
        [CommitmentDraft(kind="accept", target_share=Decimal("0.9"))],
        [CommitmentDraft(kind="accept", allowed=timedelta(hours=1), target_share=Decimal("1.1"))],
        [CommitmentDraft(kind="qualified_leads", target_count=0)],
        [CommitmentDraft(kind="patience", target_count=1)],
    ],
)
def test_draft_version_refuses_promises_that_make_no_sense(
    agreement: AgreementVersion, sales_manager: User, commitments: list[CommitmentDraft]
) -> None:
    before = ActivityEntry.objects.count()
    with pytest.raises(Invalid):
        draft_version(agreement.agreement_id, parts={}, commitments=commitments, actor=sales_manager, now=NOW)
    assert (AgreementVersion.objects.count(), ActivityEntry.objects.count()) == (1, before)


def test_draft_version_refuses_a_ladder_out_of_order_and_an_unknown_part(
    agreement: AgreementVersion, sales_manager: User
) -> None:
    steps = [StepDraft(after=timedelta(hours=2), notify="owner"), StepDraft(after=timedelta(0), notify="manager")]
    for wrong in ({"ladder": steps, "parts": {}}, {"parts": {"poem": "Roses"}}, {"parts": {}, "calendar_id": 0}):
        with pytest.raises(Invalid):
            draft_version(agreement.agreement_id, commitments=[ACCEPT], actor=sales_manager, now=NOW, **wrong)


def test_one_agreement_a_scope(agreement: AgreementVersion, sales_team: Team, sales_manager: User) -> None:
    with pytest.raises(Conflict):
        create_agreement(name="A second one for all", actor=sales_manager, now=NOW)
    create_agreement(name="North’s own", team_id=sales_team.pk, actor=sales_manager, now=NOW)
    assert Agreement.objects.count() == 2


def test_a_teams_own_agreement_goes_before_the_general_one(
    agreement: AgreementVersion, sales_team: Team, marketing_manager: User, sales_manager: User
) -> None:
    own = create_agreement(name="North’s own", team_id=sales_team.pk, actor=sales_manager, now=LONG_AGO)
    version = draft_version(own.pk, parts={}, commitments=[ACCEPT], actor=sales_manager, now=LONG_AGO)
    sign_both(version, marketing_manager, sales_manager)
    bring_into_force(version.pk, actor=sales_manager, now=LONG_AGO)
    start_clocks(make_handoff(team=sales_team, created_at=NOW))
    assert [clock.commitment.version_id for clock in Clock.objects.all()] == [version.pk]


def test_pages_draft_sign_and_start(
    calendar: WorkingCalendar, marketing_manager: User, sales_manager: User, client: Client
) -> None:
    client.force_login(sales_manager)
    fields: dict[str, Any] = {
        "name": "Ours",
        "summary": "What we owe each other.",
        "warn_percent": "75",
        "accept_hours": "2",
        "accept_percent": "90",
        "qualified_leads_count": "50",
        "step1_hours": "0",
        "step1_notify": "manager",
    }
    assert client.post("/agreement/draft/", {**fields, "accept_percent": ""}).status_code == 422
    response = client.post("/agreement/draft/", fields)
    version = AgreementVersion.objects.get()
    assert response["Location"] == f"/agreement/versions/{version.pk}/"
    assert {str(item) for item in Commitment.objects.all()} == {
        "Accept or reject within 2 working hours",
        "50 qualified leads a month",
    }
    for who, side in ((sales_manager, "sales"), (marketing_manager, "marketing")):
        client.force_login(who)
        client.post(f"/agreement/versions/{version.pk}/sign/", {"side": side, "content_hash": version.content_hash})
    client.post(f"/agreement/versions/{version.pk}/start/")
    version.refresh_from_db()
    assert version.in_force_from is not None
    assert b"In force" in client.get("/agreement/").content


def test_a_breach_is_contested_by_who_owed_it_and_waived_by_the_other_side(
    agreement: AgreementVersion,
    sales_team: Team,
    rep: User,
    stranger: User,
    marketing_manager: User,
    sales_manager: User,
) -> None:
    handoff = start_clocks(make_handoff(team=sales_team, owner=rep, created_at=NOW))
    sweep(now=NOW + timedelta(days=2))
    breach = Breach.objects.get(clock__handoff=handoff, clock__kind="first_response", clock__scope="team")
    contest_breach(breach.pk, reason="The number was wrong.", actor=rep, now=NOW)
    with pytest.raises(Conflict):
        contest_breach(breach.pk, reason="Again.", actor=sales_manager, now=NOW)
    with pytest.raises(NotAllowed):
        waive_breach(breach.pk, reason="We forgive ourselves.", actor=sales_manager, now=NOW)
    with pytest.raises(Invalid):
        waive_breach(breach.pk, reason=" ", actor=marketing_manager, now=NOW)
    waive_breach(breach.pk, reason="Our data was wrong.", actor=marketing_manager, now=NOW)
    with pytest.raises(Conflict):
        waive_breach(breach.pk, reason="Twice.", actor=marketing_manager, now=NOW)
    breach.refresh_from_db()
    assert (breach.contested_by, breach.waiver.reason) == (rep, "Our data was wrong.")
    assert breach.clock.state == "breached"


def test_the_form_keeps_what_it_does_not_ask_for(
    agreement: AgreementVersion, calendar: WorkingCalendar, sales_manager: User, admin: User, client: Client
) -> None:
    late = create_calendar(name="Late", content=OFFICE, actor=admin, now=LONG_AGO)
    draft = draft_version(
        agreement.agreement_id,
        parts={"summary": "As a program wrote it."},
        commitments=[
            CommitmentDraft(
                kind="accept", allowed=timedelta(hours=8), target_share=Decimal("0.9"), warn_share=Decimal("0.5")
            ),
            CommitmentDraft(
                kind="first_response", allowed=timedelta(hours=4), target_share=Decimal("0.9"), calendar_id=late.pk
            ),
        ],
        ladder=[StepDraft(after=timedelta(hours=hours), notify="manager") for hours in (0, 1, 2, 3)],
        actor=sales_manager,
        now=NOW,
    )
    client.force_login(sales_manager)
    form = client.get(f"/agreement/versions/{draft.pk}/edit/").context["form"]
    shown = {field.html_name: "" if field.value() is None else field.value() for field in form}
    assert client.post(f"/agreement/versions/{draft.pk}/edit/", {**shown, "goals": "Fewer."}).status_code == 302
    draft.refresh_from_db()
    assert draft.goals == "Fewer."
    kept = {item.kind: (item.calendar_id, item.warn_share) for item in draft.commitments.all()}
    assert kept == {"accept": (None, Decimal("0.50")), "first_response": (late.pk, Decimal("0.75"))}
    assert [step.after for step in draft.ladder.all()] == [timedelta(hours=hours) for hours in (0, 1, 2, 3)]


def told(person: User) -> list[str]:
    return list(Notification.objects.filter(recipient=person, kind__startswith="sla.").values_list("title", flat=True))


def test_a_contest_is_told_to_who_may_excuse_it_and_the_excuse_to_who_contested(
    agreement: AgreementVersion, sales_team: Team, rep: User, marketing_manager: User, sales_manager: User
) -> None:
    handoff = start_clocks(make_handoff(team=sales_team, owner=rep, created_at=NOW))
    sweep(now=NOW + timedelta(days=2))
    breach = Breach.objects.get(clock__handoff=handoff, clock__kind="first_response", clock__scope="team")
    Notification.objects.all().delete()
    contest_breach(breach.pk, reason="The number was wrong.", actor=rep, now=NOW)
    assert (told(marketing_manager), told(sales_manager)) == ([f"{rep} contests a missed promise"], [])
    waive_breach(breach.pk, reason="Right, it was.", actor=marketing_manager, now=NOW)
    assert told(rep) == [f"{marketing_manager} excused a missed promise"]


def test_the_other_side_is_told_to_sign_and_both_when_it_is_signed_and_in_force(
    draft: AgreementVersion, sales_manager: User, marketing_manager: User
) -> None:
    Notification.objects.all().delete()
    name = f"{draft.agreement}, version {draft.number}"
    sign_version(draft.pk, side="sales", actor=sales_manager, now=NOW)
    assert (told(marketing_manager), told(sales_manager)) == ([f"{name} waits for your signature"], [])
    sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)
    assert told(sales_manager) == [f"{name} is signed by both sides"]
    bring_into_force(draft.pk, actor=sales_manager, now=NOW)
    assert f"{name} is in force" in told(sales_manager)
    assert f"{name} is in force" in told(marketing_manager)
