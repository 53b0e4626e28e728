"""Forms of the pages: sent twice they happen once, refused they are shown again, and nobody's change is lost."""

import re
from typing import Any

import pytest
from django import forms
from django.db import DatabaseError, connection
from django.http import Http404, QueryDict
from django.test import Client

from leads.domain.handoffs import HandoffStatus
from leads.forms.campaigns import CampaignForm
from leads.forms.leads import LeadForm
from leads.models import Attempt, Campaign, Lead
from leads.services.leads import update_lead
from smarketing.accounts.models import Organisation, Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, DomainError, Invalid
from smarketing.people.services import update_organisation
from smarketing.web.asking import Form, refuse
from smarketing.web.models import SentForm
from smarketing.web.once import KEPT_FOR, forget_sent_forms
from tests.factories import ago, make_campaign, make_handoff, make_lead

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fields_of(client: Client, url: str) -> dict[str, Any]:
    """The form of a page as a browser would post it: what stands in every input."""
    page = client.get(url)
    found: dict[str, Any] = {}
    form = page.context["form"]
    for name in form.fields:
        value = form[name].value()
        found[name] = "" if value is None else value
    text = page.content.decode()
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = value[1] if value else ""
    return found


def test_form_that_is_sent_twice_happens_once_and_leads_to_the_same_place(marketer: User) -> None:
    client = browser_of(marketer)
    given = fields_of(client, "/campaigns/new/") | {"name": "Autumn", "channel": "webinar"}
    first, second = (client.post("/campaigns/new/", given) for _ in range(2))
    assert Campaign.objects.filter(name="Autumn").count() == 1
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert first["Location"] == Campaign.objects.get(name="Autumn").get_absolute_url()


def test_form_of_a_page_gone_back_to_and_sent_with_other_words_is_another_form(marketer: User) -> None:
    client = browser_of(marketer)
    given = fields_of(client, "/campaigns/new/") | {"channel": "webinar"}
    for name in ("Autumn", "Winter"):
        assert client.post("/campaigns/new/", given | {"name": name}).status_code == 302
    assert Campaign.objects.count() == 2


def test_refused_form_may_be_sent_again_unchanged(marketer: User) -> None:
    client, taken = browser_of(marketer), make_campaign(name="Autumn")
    given = fields_of(client, "/campaigns/new/") | {"name": "autumn", "channel": "webinar"}
    assert client.post("/campaigns/new/", given).status_code == 422
    assert not SentForm.objects.exists()
    taken.delete()
    assert client.post("/campaigns/new/", given).status_code == 302


def test_keys_are_forgotten_after_a_day(marketer: User) -> None:
    SentForm.objects.create(user=marketer, digest="a")
    SentForm.objects.update(created_at=ago(days=2))
    SentForm.objects.create(user=marketer, digest="b")
    assert forget_sent_forms(now=ago()) == 1
    assert KEPT_FOR.days == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"budget": "-5"}, "budget", "A budget is not below zero."),
        ({"start_on": "2026-10-02", "end_on": "2026-10-01"}, "end_on", "Not before the start."),
        ({"name": "Taken"}, "name", "There is a campaign of this name already."),
    ],
)
def test_what_a_service_refuses_is_said_at_its_field_and_what_was_typed_stays(
    marketer: User, typed: dict[str, str], field: str, words: str
) -> None:
    make_campaign(name="Taken")
    client = browser_of(marketer)
    given = fields_of(client, "/campaigns/new/") | {"name": "Autumn", "channel": "webinar", "audience": "Grid"} | typed
    answer = client.post("/campaigns/new/", given)
    form = answer.context["form"]
    assert answer.status_code == 422
    assert form.errors == {field: [words]}
    assert form["audience"].value() == "Grid"
    assert answer.templates[0].name == "leads/campaign_form.html"
    assert not Campaign.objects.filter(audience="Grid").exists()


@pytest.mark.parametrize(
    "broken", [FileNotFoundError("The file is gone."), DatabaseError("The row is gone."), Http404("Nothing here.")]
)
def test_refusal_is_said_in_words_where_its_page_can_no_longer_be_drawn(
    marketer: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: Exception
) -> None:
    make_campaign(name="Taken")
    client = browser_of(marketer)
    given = fields_of(client, "/campaigns/new/") | {"name": "Taken", "channel": "webinar"}

    def draw(*args: object, **kwargs: object) -> None:
        if isinstance(broken, DatabaseError):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        raise broken

    monkeypatch.setattr("leads.views.campaigns.render_page", draw)
    answer = client.post("/campaigns/new/", given)
    assert answer.status_code == 422
    assert "There is a campaign of this name already." in answer.content.decode()
    assert "/campaigns/new/: the page of a refused form could not be drawn" in caplog.text


def test_refusal_without_a_field_stands_above_the_form() -> None:
    class OwnerForm(Form):
        owner_id = forms.IntegerField()

    def errors(error: DomainError) -> dict[str, list[str]]:
        data = QueryDict("owner_id=1")
        refuse(data, error)
        return OwnerForm(data).errors

    assert errors(Conflict("It is over.")) == {"__all__": ["It is over."]}
    assert errors(Invalid("No.", fields={"owner": ["Not this one."]})) == {"owner_id": ["Not this one."]}
    assert errors(Conflict("No.", fields={"owner": ["Not."]})) == {"owner_id": ["Not."], "__all__": ["No."]}
    assert errors(Conflict("No.", fields={"other": ["Not so."]})) == {"__all__": ["No.", "Not so."]}


def test_invited_twice_is_said_at_the_address(admin: User, rep: User) -> None:
    client = browser_of(admin)
    given = fields_of(client, "/people/invite/") | {"name": "Again", "email": rep.email}
    for name in ("is_manager", "is_admin", "is_executive"):
        given.pop(name)
    answer = client.post("/people/invite/", given)
    assert answer.status_code == 409
    assert answer.context["form"].errors["email"] == ["Somebody has this e-mail."]


def test_two_who_change_different_fields_both_keep_their_change(marketer: User, rep: User) -> None:
    lead = make_lead(first_name="Ada", phone="", job_title="")
    url = f"/leads/{lead.pk}/edit/"
    client = browser_of(marketer)
    opened = fields_of(client, url)
    update_lead(lead.pk, {"phone": "+49 30 1"}, actor=marketer, now=ago())
    assert client.post(url, opened | {"job_title": "Head of grid"}).status_code == 302
    lead.refresh_from_db()
    assert (lead.phone, lead.job_title) == ("+49 30 1", "Head of grid")
    assert ActivityEntry.objects.filter(verb="leads.lead_updated").order_by("-pk")[0].data["new"] == {
        "job_title": "Head of grid"
    }


def test_field_that_both_changed_is_refused_with_the_others_words_and_can_be_insisted_on(marketer: User) -> None:
    lead = make_lead(first_name="Ada", phone="1")
    url = f"/leads/{lead.pk}/edit/"
    client = browser_of(marketer)
    opened = fields_of(client, url)
    update_lead(lead.pk, {"phone": "2"}, actor=marketer, now=ago())
    answer = client.post(url, opened | {"phone": "3"})
    assert answer.status_code == 422
    assert "Somebody else changed this to “2”" in answer.context["form"].errors["phone"][0]
    assert Lead.objects.get(pk=lead.pk).phone == "2"
    again = opened | {"phone": "3", "initial-phone": "2"}
    assert 'name="initial-phone" value="2"' in answer.content.decode()
    assert client.post(url, again).status_code == 302
    assert Lead.objects.get(pk=lead.pk).phone == "3"


def test_form_posted_by_a_program_without_what_it_saw_changes_what_differs(marketer: User) -> None:
    lead = make_lead(first_name="Ada", phone="1")
    form = LeadForm(QueryDict(f"email={lead.email}&first_name=Eva&phone=1"), lead=lead)
    assert form.is_valid()
    assert "phone" not in form.mine
    assert "first_name" in form.mine


def test_what_the_other_wrote_is_named_as_a_reader_knows_it(marketer: User, admin: User) -> None:
    campaign = make_campaign(name="Autumn", channel="webinar", owner=marketer, start_on=ago().date())
    opened = QueryDict(
        "name=A&initial-name=B&channel=event&initial-channel=referral&owner=&initial-owner=999"
        "&start_on=2020-01-02&initial-start_on=2020-01-01&currency=EUR&initial-currency=EUR&budget=&initial-budget=9"
    )
    errors = CampaignForm(opened, instance=campaign).errors
    assert "“Webinar”" in errors["channel"][0]
    assert f"“{marketer}”" in errors["owner"][0]
    assert ago().date().isoformat() in errors["start_on"][0]


def test_settings_keep_what_another_administrator_changed(admin: User, organisation: Organisation) -> None:
    client = browser_of(admin)
    opened = fields_of(client, "/organisation/")
    update_organisation(name="Southwind", timezone="UTC", currency="EUR", actor=admin, now=ago())
    assert client.post("/organisation/", opened | {"currency": "NOK"}).status_code == 302
    settings = Organisation.current()
    assert (settings.name, settings.currency) == ("Southwind", "NOK")


def test_double_click_in_a_dialog_writes_once_and_answers_the_same(rep: User, sales_team: Team) -> None:
    handoff = make_handoff(team=sales_team, status=HandoffStatus.ACCEPTED, owner=rep)
    client, url = browser_of(rep), f"/handoffs/{handoff.pk}/attempt/"
    given = fields_of(client, url) | {"kind": "call", "outcome": "no_answer", "outbound": "1"}
    first, second = (client.post(url, given, **HTMX) for _ in range(2))
    assert Attempt.objects.count() == 1
    assert first.status_code == second.status_code == 200
    assert first["HX-Trigger"] == second["HX-Trigger"] == "dialog-close"
    # The toast is told once; the packet that the dialog came from is drawn both times.
    assert 'id="packet"' in second.content.decode()
