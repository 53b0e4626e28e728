"""A name that a request does not have is refused; what was read may be sent back with a change."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from rest_framework.serializers import Serializer

import leads.api
import meetings.api
import sla.api
import smarketing.api
import smarketing.people.api
from leads.models import Campaign, Deal, Lead
from smarketing.api.serializing import Asked
from tests.factories import make_campaign, make_deal, make_handoff, make_lead

pytestmark = pytest.mark.django_db

NO = ["There is no such field."]


def serializers() -> list[type]:
    packages = (leads.api, meetings.api, sla.api, smarketing.api, smarketing.people.api)
    names = [
        module.name
        for package in packages
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        if not module.ispkg
    ]
    return [
        value
        for name in names
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and issubclass(value, Serializer) and value.__module__ == name
    ]


def test_every_serializer_of_a_request_is_strict():
    asked = [each for each in serializers() if each.__name__.endswith("In")]
    assert len(asked) > 30
    assert [each for each in asked if not issubclass(each, Asked)] == []


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("/api/v1/campaigns/", {"name": "Fair", "channel": "event"}),
        ("/api/v1/leads/", {"email": "new@lead.example"}),
        ("/api/v1/content/", {"title": "Guide", "kind": "guide"}),
    ],
)
def test_a_new_thing_is_refused_with_a_name_that_does_not_exist(address, given, marketer, organisation, api):
    before = Campaign.objects.count(), Lead.objects.count()
    for name in ("budgett", "id", "jobTitle"):
        answer = api(marketer).post(address, {**given, name: 1}, format="json")
        assert (answer.status_code, answer.json()["fields"]) == (400, {name: NO})
    assert (Campaign.objects.count(), Lead.objects.count()) == before
    assert api(marketer).post(address, given, format="json").status_code == 201


def test_what_was_read_is_sent_back_with_a_change(marketer, rep, organisation, api):
    for address, name, value, who in (
        (f"/api/v1/leads/{make_lead().pk}/", "job_title", "Buyer", marketer),
        (f"/api/v1/campaigns/{make_campaign().pk}/", "audience", "Buyers", marketer),
        (f"/api/v1/deals/{make_deal(owner=rep).pk}/", "product", "Valves", rep),
    ):
        program = api(who)
        whole = program.get(address).json() | {name: value}
        answer = program.patch(address, whole, format="json")
        assert (answer.status_code, answer.json().get(name)) == (200, value), answer.json()
        assert program.patch(address, {name: value, "nmae": ""}, format="json").json()["fields"] == {"nmae": NO}


def test_acts_and_parts_of_a_request_are_as_strict(marketer, rep, admin, sales_team, api):
    handoff = make_handoff(team=sales_team)
    answer = api(rep).post(f"/api/v1/handoffs/{handoff.pk}/reject/", {"reason": "x", "why": "y"}, format="json")
    assert answer.json()["fields"] == {"why": NO}
    place = {"team": sales_team.pk, "manager": True}
    person = {"email": "nina@example.com", "name": "Nina", "memberships": [place]}
    answer = api(admin).post("/api/v1/users/", person, format="json")
    assert (answer.status_code, answer.json()["fields"]) == (400, {"memberships.0.manager": NO})


def test_a_token_is_asked_for_with_nothing_else(client):
    given = {"email": "x@example.com", "password": "x", "remember": True}
    answer = client.post("/api/v1/token/", given, content_type="application/json")
    assert answer.json()["fields"] == {"remember": NO}


def test_deals_cannot_be_made_with_what_is_only_shown(rep, organisation, api):
    answer = api(rep).post("/api/v1/deals/", {"name": "Valves", "stage": "won"}, format="json")
    assert (answer.status_code, answer.json()["fields"]) == (400, {"stage": NO})
    assert not Deal.objects.exists()


def test_a_change_that_names_only_what_is_read_is_refused(rep, organisation, api):
    deal = make_deal(owner=rep)
    answer = api(rep).patch(f"/api/v1/deals/{deal.pk}/", {"stage": "won", "won_at": None}, format="json")
    assert (answer.status_code, answer.json()["fields"]) == (
        400,
        {"stage": ["This is only read here."], "won_at": ["This is only read here."]},
    )
    assert Deal.objects.get().stage == deal.stage
    assert api(rep).patch(f"/api/v1/deals/{deal.pk}/", {}, format="json").status_code == 200


def test_a_put_needs_what_it_replaces(admin, organisation, api):
    answer = api(admin).put("/api/v1/organisation/", {"name": "Acme"}, format="json")
    assert sorted(answer.json()["fields"]) == ["currency", "timezone"]
    assert api(admin).patch(f"/api/v1/leads/{make_lead().pk}/", {"score": 99}, format="json").status_code == 400
