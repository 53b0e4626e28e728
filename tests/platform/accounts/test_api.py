"""What a program can do with people, by the same doors as the pages."""

import pytest

from smarketing.accounts.models import Organisation, Team, User
from smarketing.activity.models import ActivityEntry
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "empty_cache")]


def test_me(rep, sales_team, api):
    assert api(rep).get("/api/v1/me/").json() == {
        "id": rep.pk,
        "name": "Sam Rep",
        "email": rep.email,
        "is_active": True,
        "roles": ["rep"],
        "memberships": [{"team": {"id": sales_team.pk, "name": "Sales North", "side": "sales"}, "is_manager": False}],
        "timezone": "",
        "theme": "",
        "mail_topics": ["handoffs", "sla", "meetings"],
        "organisation": {"name": "Northwind", "timezone": "UTC", "currency": "EUR"},
    }


def test_patch_me(rep, api):
    answer = api(rep).patch("/api/v1/me/", {"timezone": "Europe/Oslo"}, format="json")
    assert (answer.json()["timezone"], answer.json()["name"]) == ("Europe/Oslo", "Sam Rep")
    refused = api(rep).patch("/api/v1/me/", {"timezone": "Mars"}, format="json")
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["timezone"])


def test_patch_me_does_not_raise_rights(rep, api):
    api(rep).patch("/api/v1/me/", {"is_admin": True, "email": "x@example.com", "roles": ["admin"]}, format="json")
    user = User.objects.get(pk=rep.pk)
    assert (user.is_admin, user.email, user.roles) == (False, rep.email, {"rep"})


def test_invite_and_administer(admin, sales_team, marketing_team, api):
    client = api(admin)
    sent = {"email": "nina@example.com", "name": "Nina", "memberships": [{"team": sales_team.pk, "is_manager": True}]}
    made = client.post("/api/v1/users/", sent, format="json", headers={"Idempotency-Key": "nina"})
    assert made.status_code == 201
    assert made.json()["roles"] == ["rep", "sales_manager"]
    again = client.post("/api/v1/users/", sent, format="json", headers={"Idempotency-Key": "nina"})
    assert again.json() == made.json() | {"invitation_link": ""}
    here = f"/api/v1/users/{made.json()['id']}/"
    moved = client.post(f"{here}memberships/", {"team": marketing_team.pk}, format="json")
    assert moved.json()["roles"] == ["marketer", "rep", "sales_manager"]
    assert client.delete(f"{here}memberships/{sales_team.pk}/").status_code == 204
    assert client.get(here).json()["roles"] == ["marketer"]
    rights = client.post(f"{here}rights/", {"is_admin": False, "is_executive": True}, format="json")
    assert rights.json()["roles"] == ["executive", "marketer"]
    assert client.post(f"{here}invite-again/").status_code == 200
    assert client.post(f"{here}deactivate/").json()["is_active"] is False
    assert client.post(f"{here}reactivate/").json()["is_active"] is True


def test_refusals_have_one_form(admin, rep, api):
    taken = api(admin).post("/api/v1/users/", {"email": rep.email, "name": "Copy"}, format="json")
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    assert taken.json()["fields"] == {"email": ["Somebody has this e-mail."]}
    shape = api(admin).post("/api/v1/users/", {"email": "x"}, format="json")
    assert (shape.status_code, sorted(shape.json()["fields"])) == (400, ["email", "name"])
    refused = api(rep).post("/api/v1/users/", {"email": "n@example.com", "name": "N"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert not ActivityEntry.objects.exists()
    assert User.objects.count() == 2


def test_people_are_seen_by_role(admin, rep, nobody, api):
    make_user("Old Hand", is_active=False, password=PASSWORD)

    def names(person):
        return {row["name"] for row in api(person).get("/api/v1/users/").json()["results"]}

    assert names(admin) == {"Ada Admin", "Sam Rep", "Noah Nobody", "Old Hand"}
    assert names(rep) == {"Ada Admin", "Sam Rep", "Noah Nobody"}
    assert names(nobody) == {"Noah Nobody"}


def test_teams(admin, api):
    made = api(admin).post("/api/v1/teams/", {"name": "East", "side": "sales"}, format="json")
    assert made.status_code == 201
    here = f"/api/v1/teams/{made.json()['id']}/"
    assert api(admin).put(here, {"name": "Far East", "side": "sales"}, format="json").json()["name"] == "Far East"
    assert api(admin).put(here, {"name": "Far East", "side": "marketing"}, format="json").status_code == 422
    assert Team.objects.get().side == "sales"


def test_organisation(admin, rep, api):
    sent = {"name": "Acme", "timezone": "Europe/Oslo", "currency": "NOK"}
    assert api(rep).put("/api/v1/organisation/", sent, format="json").status_code == 403
    assert api(admin).put("/api/v1/organisation/", sent, format="json").json() == sent
    assert api(rep).get("/api/v1/organisation/").json() == sent
    assert Organisation.current().name == "Acme"


def test_activity_is_filtered(admin, rep, api):
    api(rep).patch("/api/v1/me/", {"name": "Samira"}, format="json")
    api(admin).post("/api/v1/teams/", {"name": "East", "side": "sales"}, format="json")

    def verbs(query):
        return [row["verb"] for row in api(admin).get(f"/api/v1/activity/{query}").json()["results"]]

    assert verbs("") == ["people.team_saved", "people.profile_updated"]
    assert verbs("?verb=people.team_saved") == ["people.team_saved"]
    assert verbs(f"?actor={rep.pk}") == ["people.profile_updated"]
    assert verbs("?until=2020-01-01T00:00:00Z") == []
    assert verbs("?since=2020-01-01T00:00:00Z") == ["people.team_saved", "people.profile_updated"]
    assert api(rep).get("/api/v1/activity/").json()["results"] == []
