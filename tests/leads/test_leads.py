"""Leads entered one by one: identity, corrections, interactions, who sees whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now
from rest_framework.test import APIClient

from leads import subscribers
from leads.models import Company, Lead, ScoreChange, StageTransition, Touchpoint
from leads.selectors.leads import LeadFilter, lead_list, timeline
from leads.services.leads import create_lead, record_touchpoint, update_lead
from leads.services.scoring import score_leads
from smarketing.accounts.models import Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import make_definition_version, make_handoff, make_lead

pytestmark = pytest.mark.django_db


def ingrid(actor: User, **values: object) -> Lead:
    return create_lead({"email": "Ingrid@Fjordkraft.example"} | values, actor=actor, now=now())


def test_create_lead_keeps_source_finds_channel_and_writes_the_first_transition(marketer: User) -> None:
    lead = ingrid(marketer, source="google / organic", company_name="Fjordkraft AS", first_name="Ingrid")
    assert (lead.email, lead.source, lead.channel) == (
        "ingrid@fjordkraft.example",
        "google / organic",
        "organic_search",
    )
    assert lead.company is not None
    assert StageTransition.objects.get(lead=lead).to_stage == "lead"
    assert ActivityEntry.objects.get(lead_id=lead.pk).verb == "leads.lead_created"


def test_the_same_person_twice_is_a_conflict_that_names_them(marketer: User) -> None:
    ingrid(marketer, first_name="Ingrid")
    with pytest.raises(Conflict) as refusal:
        ingrid(marketer, email="INGRID@fjordkraft.example")
    assert (refusal.value.code, "Ingrid" in refusal.value.message) == ("lead_known", True)
    assert Lead.objects.count() == 1


def test_a_known_external_id_is_named_as_the_cause(marketer: User) -> None:
    ingrid(marketer, external_id="crm-7")
    with pytest.raises(Conflict) as refusal:
        create_lead({"email": "other@fjordkraft.example", "external_id": "crm-7"}, actor=marketer, now=now())
    assert list(refusal.value.fields) == ["external_id"]


def test_a_refused_lead_leaves_no_company_behind(marketer: User) -> None:
    ingrid(marketer)
    with pytest.raises(Conflict):
        ingrid(marketer, company_name="Nordlys AS", company_domain="nordlys.example")
    assert not Company.objects.exists()


def test_a_campaign_that_does_not_exist_is_refused(marketer: User) -> None:
    program = APIClient()
    program.force_authenticate(marketer)
    answer = program.post("/api/v1/leads/", {"email": "a@b.example", "campaign": 999_999}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["campaign"])
    lead = ingrid(marketer)
    answer = program.patch(f"/api/v1/leads/{lead.pk}/", {"campaign": 999_999}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["campaign"])


@pytest.mark.parametrize("field", ["campaign", "content"])
def test_a_touchpoint_of_what_does_not_exist_is_refused(field: str, marketer: User) -> None:
    program = APIClient()
    program.force_authenticate(marketer)
    answer = program.post(f"/api/v1/leads/{ingrid(marketer).pk}/touchpoints/", {"kind": "chat", field: 999_999})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])


def test_a_lead_comes_back_scored(marketer: User) -> None:
    program = APIClient()
    program.force_authenticate(marketer)
    given = {"email": "ingrid@fjordkraft.example", "job_title": "Head of Grid", "company_domain": "fjordkraft.example"}
    answer = program.post("/api/v1/leads/", given, format="json").json()
    lead = Lead.objects.get()
    change = ScoreChange.objects.get(lead=lead)
    assert lead.scored_at
    assert (answer["fit"], answer["score"], answer["band"]) == (change.fit, change.score, change.band)
    assert answer["score"] > 0
    assert score_leads([lead.pk], now()) == 0


@pytest.mark.parametrize(("enter", "works"), [(None, True), (1, True), (100, False)])
def test_a_worker_is_called_for_a_lead_that_may_qualify(
    enter: int | None, works: bool, marketer: User, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    called: list[list[int]] = []
    monkeypatch.setattr(subscribers.score_leads, "delay", called.append)
    make_definition_version("mql", enter_score=enter, in_force_from=now() - timedelta(days=1))
    with request.getfixturevalue("django_capture_on_commit_callbacks")(execute=True):
        lead = ingrid(marketer, job_title="Head of Grid")
    assert called == ([[lead.pk]] if works else [])


def test_a_lead_may_have_an_external_id_and_no_email(marketer: User) -> None:
    lead = create_lead({"external_id": "8f2c1a77b0d84"}, actor=marketer, now=now())
    assert (lead.email, lead.label) == (None, "Record 8f2c…0d84")


def test_a_lead_without_any_identity_is_refused(marketer: User) -> None:
    with pytest.raises(Invalid):
        create_lead({"first_name": "Nobody"}, actor=marketer, now=now())
    assert not Lead.objects.exists()


def test_two_leads_of_one_company_share_it(marketer: User) -> None:
    for name in ("a", "b"):
        create_lead(
            {"email": f"{name}@nordlys.example", "company_domain": "Nordlys.example"}, actor=marketer, now=now()
        )
    assert Company.objects.count() == 1


def test_update_lead_logs_old_and_new_and_only_what_changed(marketer: User) -> None:
    lead = ingrid(marketer, job_title="Engineer")
    update_lead(lead.pk, {"job_title": "Head of Grid", "email": lead.email}, actor=marketer, now=now())
    entry = ActivityEntry.objects.get(verb="leads.lead_updated")
    assert (entry.data["old"], entry.data["new"]) == ({"job_title": "Engineer"}, {"job_title": "Head of Grid"})


def test_update_lead_to_somebody_elses_email_is_a_conflict(marketer: User) -> None:
    lead = ingrid(marketer)
    other = create_lead({"email": "marc@lumiere.example"}, actor=marketer, now=now())
    with pytest.raises(Conflict):
        update_lead(other.pk, {"email": lead.email}, actor=marketer, now=now())


def test_the_same_touchpoint_twice_is_recorded_once(marketer: User) -> None:
    lead, at = ingrid(marketer), now() - timedelta(hours=2)
    values = {"kind": "demo_requested", "occurred_at": at, "external_id": "evt-1"}
    first = record_touchpoint(lead.pk, values, actor=marketer, now=now())
    assert record_touchpoint(lead.pk, values, actor=marketer, now=now()) == first
    lead.refresh_from_db()
    assert (Touchpoint.objects.count(), lead.last_touch_at) == (1, at)


def test_a_touchpoint_in_the_future_is_refused(marketer: User) -> None:
    lead = ingrid(marketer)
    with pytest.raises(Invalid):
        record_touchpoint(
            lead.pk, {"kind": "chat", "occurred_at": now() + timedelta(days=1)}, actor=marketer, now=now()
        )
    assert not Touchpoint.objects.exists()


def test_executive_changes_nothing(executive: User, marketer: User) -> None:
    lead = ingrid(marketer)
    with pytest.raises(NotAllowed):
        update_lead(lead.pk, {"job_title": "X"}, actor=executive, now=now())


def test_rep_sees_leads_of_the_team_and_own_leads_only(
    rep: User, teammate: User, stranger: User, marketer: User, sales_team: Team
) -> None:
    handed, owned, other = make_lead(), make_lead(owner=rep), make_lead()
    make_handoff(handed, team=sales_team)
    seen = {
        user.name: set(lead_list(user, LeadFilter()).values_list("pk", flat=True))
        for user in (rep, teammate, stranger, marketer)
    }
    assert seen == {
        rep.name: {handed.pk, owned.pk},
        teammate.name: {handed.pk},
        stranger.name: set(),
        marketer.name: {handed.pk, owned.pk, other.pk},
    }


def test_a_lead_one_may_not_see_is_not_found_on_the_page_and_by_api(stranger: User, client: Client) -> None:
    lead = make_lead()
    client.force_login(stranger)
    assert client.get(f"/leads/{lead.pk}/").status_code == 404
    program = APIClient()
    program.force_authenticate(stranger)
    assert program.get(f"/api/v1/leads/{lead.pk}/").status_code == 404
    with pytest.raises(NotFound):
        update_lead(lead.pk, {"country": "NO"}, actor=stranger, now=now())


def test_timeline_tells_touchpoints_stages_and_actions_newest_first(marketer: User) -> None:
    lead = ingrid(marketer, created_at=now() - timedelta(days=9))
    record_touchpoint(
        lead.pk,
        {"kind": "webinar_attended", "occurred_at": now() - timedelta(days=2), "note": "two questions"},
        actor=marketer,
        now=now(),
    )
    items = timeline(lead)
    assert [item.kind for item in items] == ["activity", "touchpoint", "stage"]
    assert items[1].detail == "two questions"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "solheim"}, ["Ingrid"]),
        ({"q": "ING sol"}, ["Ingrid"]),
        ({"stage": "mql"}, ["Marc"]),
        ({"channel": "referral"}, ["Marc"]),
        ({"source": ""}, ["Ingrid"]),
        ({"source": "friend"}, ["Marc"]),
        ({"reached": "mql"}, ["Marc"]),
        ({"band": "A1"}, []),
    ],
)
def test_api_list_is_narrowed_like_the_page(
    query: dict[str, str], expected: list[str], marketer: User, client: Client
) -> None:
    make_lead(first_name="Ingrid", last_name="Solheim", source="", channel="unknown")
    make_lead(first_name="Marc", last_name="Aubert", stage="mql", source="friend", channel="referral")
    program = APIClient()
    program.force_authenticate(marketer)
    rows = program.get("/api/v1/leads/", query).json()["results"]
    assert [row["first_name"] for row in rows] == expected
    client.force_login(marketer)
    page = client.get("/leads/", query)
    assert [lead.first_name for lead in page.context["page"].rows] == expected


@pytest.mark.parametrize("count", [1, 3])
def test_lead_list_asks_a_fixed_number_of_queries(
    count: int, marketer: User, rep: User, client: Client, django_assert_max_num_queries: object
) -> None:
    for _ in range(count):
        make_lead(owner=rep)
    client.force_login(marketer)
    client.get("/leads/")
    with django_assert_max_num_queries(9):
        answer = client.get("/leads/")
    assert len(answer.context["page"].rows) == count


def test_a_lead_does_not_come_in_the_future(marketer: User) -> None:
    with pytest.raises(Invalid) as refusal:
        ingrid(marketer, created_at=now() + timedelta(days=1))
    assert (list(refusal.value.fields), Lead.objects.count()) == (["created_at"], 0)


def test_update_lead_moves_it_to_another_company_or_none(marketer: User) -> None:
    lead = ingrid(marketer, company_name="Fjordkraft AS")
    update_lead(lead.pk, {"company_domain": "nordlys.example"}, actor=marketer, now=now())
    assert Lead.objects.get().company == Company.objects.get(domain="nordlys.example")
    update_lead(lead.pk, {"company_name": ""}, actor=marketer, now=now())
    assert Lead.objects.get().company is None


def test_update_lead_keeps_it_known_by_something(marketer: User) -> None:
    lead, entries = ingrid(marketer), ActivityEntry.objects.count()
    with pytest.raises(Invalid) as refusal:
        update_lead(lead.pk, {"email": None}, actor=marketer, now=now())
    assert list(refusal.value.fields) == ["email"]
    assert (Lead.objects.get().email, ActivityEntry.objects.count()) == (lead.email, entries)
