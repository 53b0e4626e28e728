"""An agreement in force can be ended: nothing new is owed, and what was promised before still is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leads.services.handoffs import accept_handoff
from sla.models import AgreementVersion, Clock
from sla.selectors.agreements import version_page
from sla.services.agreements import bring_into_force, open_agreement_draft, sign_version, terminate_version
from sla.services.clocks import reconcile_clocks, settle_handoff
from sla.services.sweep import sweep
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed
from smarketing.notifications.models import Notification
from tests.factories import NOW, ago, make_handoff, make_lead
from tests.sla.factories import start_clocks

pytestmark = pytest.mark.django_db

WHY = "The goal was missed three months in a row."


def test_it_ends_now_and_says_why(agreement, sales_manager, marketing_manager):
    before = ActivityEntry.objects.count()
    ended = terminate_version(agreement.pk, why=f" {WHY} ", actor=sales_manager, now=NOW)
    assert (ended.in_force_until, ended.terminated_by, ended.terminated_why) == (NOW, sales_manager, WHY)
    assert not AgreementVersion.objects.in_force_at(NOW).exists()
    assert AgreementVersion.objects.in_force_at(ago(seconds=1)).get() == agreement
    assert version_page(sales_manager, agreement.pk, now=NOW).state == "Terminated"
    (entry,) = ActivityEntry.objects.order_by("id")[before:]
    assert (entry.verb, entry.sentence) == (
        "sla.agreement_terminated",
        f"terminated version 1 of {agreement.agreement} from 10 Mar 2026 10:00 on: {WHY}",
    )
    told = Notification.objects.filter(kind="sla.terminated")
    assert {each.recipient for each in told} >= {marketing_manager}
    assert all(WHY in each.body for each in told)


def test_what_was_promised_before_is_still_owed_and_nothing_new_is(agreement, rep, sales_team, sales_manager):
    before = make_handoff(make_lead(stage="mql"), team=sales_team, created_at=ago(minutes=30))
    start_clocks(before)
    open_clocks = list(Clock.objects.open().values_list("pk", "due_at"))
    assert open_clocks
    terminate_version(agreement.pk, why=WHY, actor=sales_manager, now=NOW)
    after = make_handoff(make_lead(stage="mql"), team=sales_team, created_at=NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    assert settle_handoff(after.pk, now=later) == 0
    assert reconcile_clocks(now=later) == 0
    assert not Clock.objects.filter(handoff=after).exists()
    assert list(Clock.objects.open().values_list("pk", "due_at")) == open_clocks
    accept_handoff(before.pk, actor=rep, now=later)
    accepted = Clock.objects.filter(handoff=before, kind="accept")
    assert {clock.state for clock in accepted} == {"met"}
    sweep(now=NOW + timedelta(days=30))
    assert Clock.objects.filter(handoff=before, state="breached").exists()


def test_it_may_end_with_notice(agreement, sales_manager, marketing_manager, sales_team, login):
    end = NOW + timedelta(days=30)
    terminate_version(agreement.pk, why=WHY, ends_at=end + timedelta(days=1), actor=sales_manager, now=ago(hours=1))
    terminate_version(agreement.pk, why=WHY, ends_at=end, actor=sales_manager, now=NOW)
    assert AgreementVersion.objects.in_force_at(end - timedelta(seconds=1)).get() == agreement
    assert not AgreementVersion.objects.in_force_at(end).exists()
    assert version_page(sales_manager, agreement.pk, now=NOW).state == "In force"
    assert version_page(sales_manager, agreement.pk, now=end).state == "Terminated"
    made = make_handoff(make_lead(stage="mql"), team=sales_team, created_at=NOW)
    assert settle_handoff(made.pk, now=NOW) > 0
    for wrong in (ago(minutes=1), NOW + timedelta(days=800)):
        with pytest.raises(Invalid) as refused:
            terminate_version(agreement.pk, why=WHY, ends_at=wrong, actor=sales_manager, now=NOW)
        assert list(refused.value.fields) == ["ends_at"]


def test_a_version_that_comes_before_the_end_supersedes_it(agreement, sales_manager, marketing_manager):
    terminate_version(agreement.pk, why=WHY, ends_at=NOW + timedelta(days=30), actor=sales_manager, now=NOW)
    later = NOW + timedelta(days=1)
    draft = open_agreement_draft(agreement.agreement_id, actor=sales_manager, now=NOW)
    sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)
    sign_version(draft.pk, side="sales", actor=sales_manager, now=NOW)
    bring_into_force(draft.pk, actor=sales_manager, now=later)
    agreement.refresh_from_db()
    assert (agreement.in_force_until, agreement.terminated_why) == (later, "")
    assert version_page(sales_manager, agreement.pk, now=later).state == "Superseded"


def test_another_version_may_follow(agreement, sales_manager, marketing_manager):
    terminate_version(agreement.pk, why=WHY, actor=marketing_manager, now=NOW)
    draft = open_agreement_draft(agreement.agreement_id, actor=sales_manager, now=NOW)
    sign_version(draft.pk, side="marketing", actor=marketing_manager, now=NOW)
    sign_version(draft.pk, side="sales", actor=sales_manager, now=NOW)
    later = NOW + timedelta(days=1)
    bring_into_force(draft.pk, actor=sales_manager, now=later)
    agreement.refresh_from_db()
    assert agreement.in_force_until == NOW
    assert AgreementVersion.objects.in_force_at(later).get() == draft
    assert not draft.terminated_why


def test_only_what_is_in_force_ends_and_only_with_a_reason(agreement, sales_manager, admin, rep):
    for why in ("", "  ", "x" * 1001):
        with pytest.raises(Invalid) as refused:
            terminate_version(agreement.pk, why=why, actor=sales_manager, now=NOW)
        assert list(refused.value.fields) == ["why"]
    draft = open_agreement_draft(agreement.agreement_id, actor=sales_manager, now=NOW)
    with pytest.raises(Conflict, match="not in force"):
        terminate_version(draft.pk, why=WHY, actor=sales_manager, now=NOW)
    for actor in (admin, rep):
        with pytest.raises(NotAllowed):
            terminate_version(agreement.pk, why=WHY, actor=actor, now=NOW)
    terminate_version(agreement.pk, why=WHY, actor=sales_manager, now=NOW)
    with pytest.raises(Conflict, match="not in force"):
        terminate_version(agreement.pk, why=WHY, actor=sales_manager, now=NOW + timedelta(hours=1))


def test_an_end_that_is_moved_and_moved_back_is_the_last_thing_that_is_told(
    agreement, sales_manager, marketing_manager
):
    for hour, days in enumerate((30, 20, 30)):
        at = NOW + timedelta(hours=hour)
        terminate_version(agreement.pk, why=WHY, ends_at=NOW + timedelta(days=days), actor=sales_manager, now=at)
    told = Notification.objects.filter(kind="sla.terminated", recipient=marketing_manager).order_by("pk")
    ends = [each.body.splitlines()[0] for each in told]
    assert (len(ends), ends[0]) == (3, ends[2])


def test_the_database_asks_for_the_reason_too(agreement, sales_manager):
    with pytest.raises(IntegrityError, match="agreement_terminated_says_why"), transaction.atomic():
        AgreementVersion.objects.filter(pk=agreement.pk).update(in_force_until=NOW, terminated_by=sales_manager)
    with pytest.raises(IntegrityError, match="agreement_terminated_says_why"), transaction.atomic():
        AgreementVersion.objects.filter(pk=agreement.pk).update(terminated_by=sales_manager, terminated_why=WHY)


def test_the_page_asks_and_then_tells(agreement, sales_manager, rep, login, sales_team):
    browser = login(sales_manager)
    address = f"/agreement/versions/{agreement.pk}/"
    assert f"{address}terminate/" in browser.get(address).content.decode()
    assert f"{address}terminate/" not in login(rep).get(address).content.decode()
    asked = login(sales_manager).get(f"{address}terminate/").content.decode()
    assert "cannot be taken back" in asked
    browser = login(sales_manager)
    assert browser.post(f"{address}terminate/", {"why": ""}).status_code == 422
    long_ago = browser.post(f"{address}terminate/", {"why": WHY, "ends_on": "2020-01-01"})
    assert long_ago.status_code == 422
    assert "within the next two years" in long_ago.content.decode()
    assert browser.post(f"{address}terminate/", {"why": WHY}).status_code == 302
    page = browser.get(address).content.decode()
    assert WHY in page
    assert f"{address}terminate/" not in page
    assert browser.get("/agreement/").status_code == 200
    assert browser.get("/sla/").status_code == 200


def test_a_program_terminates(agreement, sales_manager, api):
    url = f"/api/v1/agreement-versions/{agreement.pk}/"
    assert api(sales_manager).post(f"{url}terminate/", {}, format="json").status_code == 400
    ended = api(sales_manager).post(f"{url}terminate/", {"why": WHY}, format="json").json()
    assert (ended["terminated_by"], ended["terminated_why"]) == (sales_manager.pk, WHY)
    assert ended["in_force_until"]
    assert api(sales_manager).post(f"{url}terminate/", {"why": WHY}, format="json").status_code == 409
