"""A value that is none of the choices is refused by the name of its field and by what may be given."""

import pytest

from leads.models import Attempt, Deal, Handoff, LossReason, RejectionReason
from tests.factories import ago, make_deal, make_handoff, make_lead, make_reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def pending(sales_team):
    return make_handoff(team=sales_team)


@pytest.fixture
def accepted(rep, sales_team):
    return make_handoff(
        make_lead(stage="sal", owner=rep), team=sales_team, owner=rep, status="accepted", decided_by=rep
    )


def said(answer, field, status=400):
    assert answer.status_code == status, answer.json()
    assert list(answer.json()["fields"]) == [field]
    (sentence,) = answer.json()["fields"][field]
    return sentence


@pytest.mark.parametrize("act", ["reject", "return"])
def test_a_reason_is_named_by_its_code(act, pending, accepted, rep, api):
    RejectionReason.objects.update(archived_at=ago(days=1))
    reason, other = make_reason(), make_reason()
    handoff = pending if act == "reject" else accepted
    given = {"reason": reason.pk, "note": "Their number is wrong."}
    sentence = said(api(rep).post(f"/api/v1/handoffs/{handoff.pk}/{act}/", given, format="json"), "reason")
    assert sentence == f"“{reason.pk}” is no code of the list. Give one of: {reason.code}, {other.code}."
    given["reason"] = reason.code
    assert api(rep).post(f"/api/v1/handoffs/{handoff.pk}/{act}/", given, format="json").status_code == 200
    assert Handoff.objects.get(pk=handoff.pk).rejection_reason == reason


def test_a_loss_is_named_by_its_code(rep, organisation, api):
    deal = make_deal(owner=rep)
    price = LossReason.objects.get(code="price")
    sentence = said(api(rep).post(f"/api/v1/deals/{deal.pk}/lose/", {"reason": str(price.pk)}, format="json"), "reason")
    assert "competitor, price, no-budget" in sentence
    assert not Deal.objects.filter(stage="lost").exists()
    assert api(rep).post(f"/api/v1/deals/{deal.pk}/lose/", {"reason": "price"}, format="json").status_code == 200


def test_a_retired_reason_is_no_longer_given(pending, rep, api):
    reason = make_reason(archived_at=ago(days=1))
    answer = api(rep).post(f"/api/v1/handoffs/{pending.pk}/reject/", {"reason": reason.code}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "reason_retired")


def test_an_attempt_tells_what_can_come_of_it(accepted, rep, api):
    url = f"/api/v1/handoffs/{accepted.pk}/attempts/"
    sentence = said(api(rep).post(url, {"kind": "fax", "outcome": "sent"}, format="json"), "kind")
    assert sentence == "“fax” is none of the choices. Give one of: call, email, meeting, message."
    sentence = said(api(rep).post(url, {"kind": "call", "outcome": "talked"}, format="json"), "outcome")
    assert sentence.endswith("Give one of: reached, no_answer, left_message, sent, wrong_contact, held.")
    sentence = said(api(rep).post(url, {"kind": "call", "outcome": "held"}, format="json"), "outcome", status=422)
    assert sentence.endswith("What can: Reached, No answer, Left a message, Wrong contact.")
    assert not Attempt.objects.exists()


def test_a_channel_and_a_stage_tell_theirs(marketer, rep, organisation, api):
    answer = api(marketer).post("/api/v1/campaigns/", {"name": "Fair", "channel": "fairs"}, format="json")
    assert said(answer, "channel").startswith("“fairs” is none of the choices. Give one of: ")
    assert "event" in said(answer, "channel")
    answer = api(rep).post(f"/api/v1/deals/{make_deal(owner=rep).pk}/move/", {"stage": "1"}, format="json")
    assert said(answer, "stage").endswith("Give one of: discovery, proposal, negotiation.")
    topics = api(rep).patch("/api/v1/me/", {"mail_topics": ["weather"]}, format="json").json()["fields"]
    assert "Give one of" in topics["mail_topics.0"][0]


@pytest.mark.parametrize(
    ("address", "field", "one"),
    [
        ("/api/v1/leads/?stage=quite", "stage", "mql"),
        ("/api/v1/deals/?stage=maybe", "stage", "negotiation"),
        ("/api/v1/handoffs/?outcome=1", "outcome", "to_answer"),
        ("/api/v1/handoffs/?reason=1", "reason", "wrong-data"),
        ("/api/v1/campaigns/?channel=fairs", "channel", "event"),
        ("/api/v1/touchpoints/?kind=dream", "kind", "chat"),
    ],
)
def test_a_filter_tells_its_choices(address, field, one, admin, api):
    assert one in said(api(admin).get(address), field)


def test_a_filter_by_an_id_that_is_none_says_so(admin, api):
    assert said(api(admin).get("/api/v1/handoffs/?team=99999"), "team") == "There is none with the id “99999”."


def test_handoffs_are_narrowed_by_the_code_of_their_reason(rep, sales_team, admin, api):
    reason = make_reason()
    make_handoff(team=sales_team)
    rejected = make_handoff(team=sales_team, status="rejected", rejection_reason=reason, decided_by=rep)
    found = api(admin).get(f"/api/v1/handoffs/?reason={reason.code}").json()["results"]
    assert [(each["id"], each["rejection_reason"]) for each in found] == [(rejected.pk, reason.code)]
