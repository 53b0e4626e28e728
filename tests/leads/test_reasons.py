"""The agreed lists of reasons: kept by managers and admins, never shorter than what records name."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from leads.models import LossReason, RejectionReason
from leads.services.deals import lose_deal
from leads.services.handoffs import reject_handoff
from leads.services.reasons import add_reason, change_reason, place_reason, retire_reason, take_up_reason
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories import NOW, ago, make_deal, make_handoff, make_loss_reason, make_reason

pytestmark = pytest.mark.django_db

LISTS = [RejectionReason, LossReason]


def codes(of):
    return list(of.objects.filter(archived_at__isnull=True).values_list("code", flat=True))


def last_entry():
    entry = ActivityEntry.objects.order_by("id").last()
    return entry.verb, entry.sentence, entry.data


def make(of, **values):
    return make_reason(**values) if of is RejectionReason else make_loss_reason(**values)


def test_a_reason_is_added_at_the_end_and_can_be_given(sales_manager, rep, sales_team):
    made = add_reason(
        RejectionReason,
        {"label": " Too  small ", "ground": "fit", "clause": "At least 50 people.", "needs_note": True},
        actor=sales_manager,
        now=NOW,
    )
    assert (made.code, made.label, made.ground, made.clause, made.needs_note) == (
        "too-small",
        "Too small",
        "fit",
        "At least 50 people.",
        True,
    )
    assert codes(RejectionReason)[-1] == "too-small"
    assert last_entry()[:2] == ("leads.rejection_reason_added", "added the reason for rejecting a lead “Too small”")
    handoff = make_handoff(team=sales_team)
    reject_handoff(handoff.pk, reason_code="too-small", note="Only three people.", actor=rep, now=NOW)
    handoff.refresh_from_db()
    assert handoff.rejection_reason == made


def test_a_deal_is_lost_for_a_new_reason(marketing_manager, rep, organisation):
    add_reason(LossReason, {"label": "Merged", "code": "merger"}, actor=marketing_manager, now=NOW)
    deal = make_deal(owner=rep)
    assert lose_deal(deal.pk, reason="merger", actor=rep, now=NOW).loss_reason.label == "Merged"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "label"),
        ({"label": " "}, "label"),
        ({"label": "PRICE"}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"label": "New", "code": "price"}, "code"),
        ({"label": "New", "code": "No Code"}, "code"),
    ],
)
def test_a_reason_that_cannot_be_is_refused(values, field, admin):
    before = codes(LossReason)
    with pytest.raises(Invalid) as refused:
        add_reason(LossReason, values, actor=admin, now=NOW)
    assert list(refused.value.fields) == [field]
    assert codes(LossReason) == before
    assert not ActivityEntry.objects.exists()


@pytest.mark.parametrize("ground", [{}, {"ground": "weather"}])
def test_a_rejection_says_what_it_is_about(ground, admin):
    with pytest.raises(Invalid) as refused:
        add_reason(RejectionReason, {"label": "New", **ground}, actor=admin, now=NOW)
    assert list(refused.value.fields) == ["ground"]


@pytest.mark.parametrize("of", LISTS)
def test_a_reason_is_worded_otherwise_and_keeps_its_code(of, admin):
    reason = make(of, label="Dear", code="dear")
    changed = change_reason(of, reason.pk, {"label": "Too dear", "needs_note": True}, actor=admin, now=NOW)
    assert (changed.code, changed.label, changed.needs_note) == ("dear", "Too dear", True)
    verb, sentence, data = last_entry()
    assert verb.endswith("reason_changed")
    assert sentence.endswith("“Too dear”")
    assert (data["old"], data["new"]) == (
        {"label": "Dear", "needs_note": False},
        {"label": "Too dear", "needs_note": True},
    )
    change_reason(of, reason.pk, {"label": "Too dear"}, actor=admin, now=NOW)
    assert ActivityEntry.objects.count() == 1
    other = make(of, label="Other words")
    with pytest.raises(Invalid, match="on the list already"):
        change_reason(of, other.pk, {"label": "too dear"}, actor=admin, now=NOW)


@pytest.mark.parametrize("of", LISTS)
def test_a_reason_is_retired_and_taken_up_again(of, admin):
    reason = make(of, label="Weather")
    retire_reason(of, reason.pk, actor=admin, now=ago(hours=1))
    assert reason.code not in codes(of)
    assert retire_reason(of, reason.pk, actor=admin, now=NOW).archived_at == ago(hours=1)
    assert ActivityEntry.objects.count() == 1
    make(of, label="weather")
    with pytest.raises(Invalid, match="on the list already"):
        take_up_reason(of, reason.pk, actor=admin, now=NOW)
    of.objects.filter(label="weather").delete()
    take_up_reason(of, reason.pk, actor=admin, now=NOW)
    assert codes(of)[-1] == reason.code
    assert take_up_reason(of, reason.pk, actor=admin, now=NOW).archived_at is None
    assert ActivityEntry.objects.count() == 2


def test_what_was_given_stays(admin, rep, organisation):
    reason = make_loss_reason(label="Weather")
    deal = lose_deal(make_deal(owner=rep).pk, reason=reason.code, actor=rep, now=NOW)
    retire_reason(LossReason, reason.pk, actor=admin, now=NOW)
    deal.refresh_from_db()
    assert (deal.loss_reason, deal.lost_reason) == (reason, "Weather")
    with pytest.raises(Invalid, match="no longer on the agreed list"):
        lose_deal(make_deal(owner=rep).pk, reason=reason.code, actor=rep, now=NOW)


def test_the_last_one_and_the_one_that_others_count_on_stay(admin):
    RejectionReason.objects.all().delete()
    with pytest.raises(Invalid, match="the last reason") as refused:
        retire_reason(RejectionReason, make_reason().pk, actor=admin, now=NOW)
    assert refused.value.code == "reason_last"
    other = LossReason.objects.get(code="other")
    with pytest.raises(Invalid, match="stays"):
        retire_reason(LossReason, other.pk, actor=admin, now=NOW)
    with pytest.raises(IntegrityError, match="loss_reason_other_stays"), transaction.atomic():
        LossReason.objects.filter(code="other").update(archived_at=NOW)


@pytest.mark.parametrize("of", LISTS)
def test_the_database_refuses_two_that_read_the_same(of):
    make(of, label="Weather", archived_at=NOW)
    make(of, label="Weather")
    with pytest.raises(IntegrityError, match="reason_label_unique"), transaction.atomic():
        make(of, label="WEATHER")
    with pytest.raises(IntegrityError, match="reason_label_given"), transaction.atomic():
        make(of, label="")


@pytest.mark.parametrize("of", LISTS)
def test_a_reason_is_moved(of, admin):
    of.objects.all().delete()
    a, b, c = make(of, position=5), make(of, position=5), make(of, position=7)
    retired = make(of, archived_at=NOW)
    place_reason(of, c.pk, 1, actor=admin, now=NOW)
    assert codes(of) == [c.code, a.code, b.code]
    assert last_entry()[2]["new"] == {"place": 1}
    place_reason(of, c.pk, 99, actor=admin, now=NOW)
    assert codes(of) == [a.code, b.code, c.code]
    place_reason(of, c.pk, 3, actor=admin, now=NOW)
    assert ActivityEntry.objects.count() == 2
    with pytest.raises(NotFound):
        place_reason(of, retired.pk, 1, actor=admin, now=NOW)


@pytest.mark.parametrize("of", LISTS)
def test_only_managers_and_admins_keep_the_lists(of, rep, marketer, executive):
    reason = make(of)
    for actor in (rep, marketer, executive):
        for act in (
            lambda actor=actor: add_reason(of, {"label": "New", "ground": "fit"}, actor=actor, now=NOW),
            lambda actor=actor: change_reason(of, reason.pk, {"label": "New"}, actor=actor, now=NOW),
            lambda actor=actor: place_reason(of, reason.pk, 1, actor=actor, now=NOW),
            lambda actor=actor: retire_reason(of, reason.pk, actor=actor, now=NOW),
            lambda actor=actor: take_up_reason(of, reason.pk, actor=actor, now=NOW),
        ):
            with pytest.raises(NotAllowed):
                act()
    reason.refresh_from_db()
    assert reason.archived_at is None
    assert not ActivityEntry.objects.exists()


# --- The page ---------------------------------------------------------------------------------------------------


def test_the_page_shows_both_lists_and_the_records_behind_each_number(rep, sales_team, sales_manager, login):
    reason, never = make_reason(label="Too small"), make_reason(label="Never said")
    for _ in range(2):
        make_handoff(team=sales_team, status="rejected", rejection_reason=reason, decided_by=rep)
    lost = make_loss_reason(label="Weather")
    make_deal(owner=rep, stage="lost", lost_at=NOW, loss_reason=lost)
    browser = login(sales_manager)
    page = browser.get("/reasons/")
    shown = {row.reason.label: row.uses for kind in ("rejection", "loss") for row in page.context[kind].rows}
    assert (shown["Too small"], shown[never.label], shown["Weather"]) == (2, 0, 1)
    for address, count in ((f"/handoffs/?reason={reason.code}", 2), (f"/deals/list/?reason={lost.code}", 1)):
        assert address in page.content.decode()
        assert len(browser.get(address).context["page"].rows) == count
    assert "/reasons/rejection/new/" in page.content.decode()
    assert "/reasons/rejection/new/" not in login(rep).get("/reasons/").content.decode()


def test_a_manager_keeps_a_list_by_the_page(sales_manager, login):
    browser = login(sales_manager)
    assert b"A new reason" in browser.get("/reasons/loss/new/").content
    refused = browser.post("/reasons/loss/new/", {"label": "price"})
    assert refused.status_code == 422
    assert "“price” is on the list already." in refused.content.decode()
    browser.post("/reasons/loss/new/", {"label": "Bad weather", "needs_note": "on"})
    made = LossReason.objects.get(code="bad-weather")
    assert made.needs_note
    edit = f"/reasons/loss/{made.pk}/edit/"
    assert "Bad weather" in browser.get(edit).content.decode()
    assert browser.post(edit, {"label": "Weather"}).status_code == 302
    made.refresh_from_db()
    assert (made.label, made.needs_note) == ("Weather", False)
    browser.post(f"/reasons/loss/{made.pk}/place/", {"place": 1})
    assert codes(LossReason)[0] == made.code
    assert browser.post(f"/reasons/loss/{made.pk}/place/", {"place": "top"}).status_code == 422
    browser.post(f"/reasons/loss/{made.pk}/retire/")
    page = browser.get("/reasons/")
    assert [row.reason.code for row in page.context["loss"].retired] == [made.code]
    assert "Take up again" in page.content.decode()
    browser.post(f"/reasons/loss/{made.pk}/take-up/")
    assert codes(LossReason)[-1] == made.code


def test_there_are_two_lists(sales_manager, login):
    reason = make_reason()
    for address in ("/reasons/mood/new/", f"/reasons/mood/{reason.pk}/edit/", "/reasons/loss/999999/edit/"):
        assert login(sales_manager).get(address).status_code == 404


# --- The API ----------------------------------------------------------------------------------------------------


def test_a_program_keeps_a_list(sales_manager, api):
    program = api(sales_manager)
    given = {"label": "Too small", "ground": "fit", "code": "small"}
    made = program.post("/api/v1/rejection-reasons/", given, format="json")
    assert (made.status_code, made.json()["code"], made.json()["needs_note"]) == (201, "small", False)
    url = f"/api/v1/rejection-reasons/{made.json()['id']}/"
    assert program.patch(url, {"clause": "At least 50 people."}, format="json").json()["clause"] == (
        "At least 50 people."
    )
    assert program.post(f"{url}place/", {"place": 1}, format="json").json()["position"] == 0
    assert codes(RejectionReason)[0] == "small"
    assert program.post(f"{url}retire/").json()["archived_at"]
    assert program.post(f"{url}take-up/").json()["archived_at"] is None
    answer = program.post("/api/v1/rejection-reasons/", {"label": "Cold", "ground": "weather"}, format="json")
    assert "data, fit, timing, other" in answer.json()["fields"]["ground"][0]


def test_the_trail_names_the_reason(admin, login, sales_manager):
    made = add_reason(LossReason, {"label": "Merged"}, actor=sales_manager, now=NOW)
    page = login(admin).get("/audit/")
    assert "added the reason for losing a deal “Merged”" in page.content.decode().replace("Added", "added")
    assert made.get_absolute_url() in page.content.decode()
