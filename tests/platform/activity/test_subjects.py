"""The audit trail names the things that it tells of."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead
from smarketing.accounts.models import User
from smarketing.activity.events import REGISTRY
from smarketing.web.subjects import kinds_named, subjects_of
from tests.factories import make_campaign, make_deal, make_handoff, make_lead

pytestmark = pytest.mark.django_db


def test_every_kind_of_subject_can_be_named() -> None:
    kinds = {event.subject_kind for event in REGISTRY.values() if event.subject_field}
    assert kinds - kinds_named() == set()


def test_subjects_are_named_with_their_pages_in_one_query_a_kind(admin: User) -> None:
    lead = make_lead(first_name="Greta", last_name="Vogel")
    handoff, deal, campaign = make_handoff(lead), make_deal(name="Big one"), make_campaign(name="Expo")
    wanted = [("lead", lead.pk), ("handoff", handoff.pk), ("deal", deal.pk), ("campaign", campaign.pk)]
    wanted += [("user", admin.pk), ("lead", 10**6), ("unheard of", 1), ("organisation", None)]
    with CaptureQueriesContext(connection) as queries:
        found = subjects_of(admin, wanted)
    assert {key: subject.label for key, subject in found.items()} == {
        ("lead", lead.pk): "Greta Vogel",
        ("handoff", handoff.pk): "Greta Vogel",
        ("deal", deal.pk): "Big one",
        ("campaign", campaign.pk): "Expo",
        ("user", admin.pk): admin.name,
    }
    assert found["handoff", handoff.pk].url == handoff.get_absolute_url()
    assert len([query for query in queries if "memberships" not in query["sql"]]) <= 8


def test_nobody_names_what_they_may_not_see(stranger: User, rep: User) -> None:
    hidden = make_handoff(owner=rep)
    assert Lead.objects.visible_to(stranger).filter(pk=hidden.lead_id).exists() == bool(
        subjects_of(stranger, [("lead", hidden.lead_id)])
    )
    assert subjects_of(stranger, [("handoff", hidden.pk)]) == {}


def test_the_page_names_subjects_and_keeps_codes_for_the_hover(login, admin: User) -> None:  # type: ignore[no-untyped-def]
    client = login(admin)
    client.post("/teams/new/", {"name": "Team North", "side": "sales"})
    page = client.get("/audit/").content.decode()
    assert 'title="people.team_saved"' in page
    assert "Team North" in page
    assert ">people.team_saved<" not in page
