"""The pages of people: what they show, do and refuse."""

import re

import pytest
from django.conf import settings
from django.core import signing

from smarketing.accounts.models import Organisation, Team, User
from smarketing.accounts.services.first_admin import SALT
from smarketing.api.models import ApiToken
from smarketing.notifications.models import OutboxMessage
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "empty_cache")]

GOOD = "green-lighthouse-7"


def text(response):
    return response.content.decode()


def test_from_invitation_to_signed_in(admin, sales_team, login, client):
    sent = {"name": "Nina New", "email": "nina@example.com", "team": sales_team.pk}
    response = login(admin).post("/people/invite/", sent, follow=True)
    assert "Pass this link on" in text(response)
    link = re.search(rf"{settings.BASE_URL}(/invitation/[\w-]+/)", OutboxMessage.objects.get().body)[1]
    page = client.get(link)
    assert "nina@example.com" in text(page)
    assert "no-store" in page.headers["Cache-Control"]
    weak = client.post(link, {"name": "Nina New", "password": "short"})
    assert weak.status_code == 422
    assert "too short" in text(weak)
    joined = client.post(link, {"name": "Nina Now", "password": GOOD})
    assert (joined.status_code, joined["Location"]) == (302, "/")
    assert "Nina Now" in text(client.get("/profile/"))
    assert client.get(link).status_code == 404


def test_first_admin_page_signs_in(client):
    link = f"/first-admin/{signing.dumps('first', salt=SALT)}/"
    assert client.get(link).status_code == 200
    sent = {"name": "Olga", "email": "olga@example.com", "password": GOOD}
    assert client.post(link, {**sent, "password": "short"}).status_code == 422
    assert client.post(link, sent)["Location"] == "/organisation/"
    assert client.get("/people/").status_code == 200
    assert client.get(link).status_code == 404


def test_invite_page_tells_what_is_wrong(admin, rep, login):
    response = login(admin).post("/people/invite/", {"name": "Copy", "email": rep.email.upper()})
    assert response.status_code == 409
    assert "has this e-mail already" in text(response)
    assert login(admin).post("/people/invite/", {"name": "", "email": "x"}).status_code == 422
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada Admin", "Nina New", "Sam Rep"]),
        ("?q=NINA", ["Nina New"]),
        ("?state=invited", ["Nina New"]),
        ("?state=deactivated", ["Old Hand"]),
        ("?state=all&q=example.com", ["Ada Admin", "Nina New", "Old Hand", "Sam Rep"]),
        ("?q=nothing", []),
    ],
)
def test_people_are_found(admin, rep, login, query, names):
    make_user("Nina New")
    make_user("Old Hand", is_active=False, password=GOOD)
    page = login(admin).get(f"/people/{query}")
    assert [person.name for person in page.context["page"].rows] == names


def test_people_by_team(admin, rep, stranger, sales_team, login):
    page = login(admin).get(f"/people/?team={sales_team.pk}")
    assert [person.name for person in page.context["page"].rows] == ["Sam Rep"]


@pytest.mark.parametrize("count", [1, 15])
def test_people_list_costs_the_same_for_many(admin, sales_team, login, django_assert_max_num_queries, count):
    browser = login(admin)
    browser.get("/people/")
    for _ in range(count):
        make_user(team=sales_team, password=GOOD)
    with django_assert_max_num_queries(8):
        browser.get("/people/")


@pytest.mark.parametrize("count", [1, 15])
def test_api_of_people_costs_the_same_for_many(rep, sales_team, api, django_assert_num_queries, count):
    client = api(rep)
    for _ in range(count):
        make_user(team=sales_team)
    with django_assert_num_queries(4):  # the asker's roles; people, their places, the teams
        assert len(client.get("/api/v1/users/").json()["results"]) == count + 1


def test_person_page_changes_teams_and_rights(admin, rep, marketing_team, login):
    browser = login(admin)
    here = f"/people/{rep.pk}/"
    browser.post(f"{here}memberships/", {"team": marketing_team.pk, "is_manager": "1"})
    assert User.objects.get(pk=rep.pk).roles == {"rep", "marketer", "marketing_manager"}
    browser.post(f"{here}memberships/{marketing_team.pk}/remove/")
    browser.post(f"{here}rights/", {"is_executive": "on"})
    assert User.objects.get(pk=rep.pk).roles == {"rep", "executive"}
    browser.post(f"{here}deactivate/")
    page = text(browser.get(here))
    assert "cannot sign in" in page
    assert "made Sam Rep manager of Growth" in page
    browser.post(f"{here}reactivate/")
    assert User.objects.get(pk=rep.pk).is_active


def test_the_last_admin_is_told_why(admin, login):
    response = login(admin).post(f"/people/{admin.pk}/rights/", {})
    assert response.status_code == 409
    assert "last administrator" in text(response)


def test_teams_and_organisation_pages(admin, login):
    browser = login(admin)
    assert "No teams yet" in text(browser.get("/teams/"))
    browser.post("/teams/new/", {"name": "Sales East", "side": "sales"})
    team = Team.objects.get()
    browser.post(f"/teams/{team.pk}/", {"name": "Sales West"})
    assert "Sales West" in text(browser.get("/teams/"))
    sent = {"name": "Acme", "timezone": "Europe/Oslo", "currency": "NOK"}
    browser.post("/organisation/", sent)
    assert Organisation.current().timezone == "Europe/Oslo"
    assert browser.post("/organisation/", {**sent, "timezone": "Mars"}).status_code == 422


def test_profile_page(rep, login):
    browser = login(rep)
    response = browser.post("/profile/", {"name": "Samira", "timezone": "Europe/Oslo", "theme": "dark"})
    assert response.cookies["theme"].value == "dark"
    page = text(browser.get("/profile/"))
    assert 'data-theme="dark"' in page
    assert 'data-zone="Europe/Oslo"' in page


def test_a_token_is_shown_once(rep, login, client):
    browser = login(rep)
    page = text(browser.post("/tokens/", {"name": "Export", "days": "30"}))
    shown = re.search(r"smk_[\w-]{40,}", page)[0]
    assert shown not in text(browser.get("/tokens/"))
    assert client.get("/api/v1/me/", headers={"Authorization": f"Bearer {shown}"}).json()["name"] == "Sam Rep"
    browser.post(f"/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert client.get("/api/v1/me/", headers={"Authorization": f"Bearer {shown}"}).status_code == 401


def test_audit_trail_is_narrowed(admin, rep, login):
    browser = login(admin)
    browser.post("/teams/new/", {"name": "Sales East", "side": "sales"})
    login(rep).post("/profile/", {"name": "Samira"})

    def verbs(query):
        return [entry.verb for entry in browser.get(f"/audit/{query}").context["page"].rows]

    assert verbs("") == ["people.profile_updated", "people.team_saved"]
    assert verbs("?verb=people.team_saved") == ["people.team_saved"]
    assert verbs("?verb=people") == ["people.profile_updated", "people.team_saved"]
    assert verbs(f"?actor={rep.pk}") == ["people.profile_updated"]
    assert verbs("?to_on=2020-01-01") == []
    assert verbs("?from_on=2020-01-01&to_on=2999-01-01") == ["people.profile_updated", "people.team_saved"]


def test_audit_trail_shows_facts_as_text(admin, login):
    browser = login(admin)
    browser.post("/teams/new/", {"name": "<script>alert(1)</script>", "side": "sales"})
    assert "<script>alert" not in text(browser.get("/audit/"))


def test_reloading_the_page_of_a_new_token_makes_no_second_one(rep, login):
    browser, given = login(rep), {"name": "Export", "days": "30", "form_key": "a"}
    assert browser.post("/tokens/", given).status_code == 200
    again = browser.post("/tokens/", given)
    assert (again.status_code, again["Location"]) == (302, "/tokens/")
    assert ApiToken.objects.count() == 1
