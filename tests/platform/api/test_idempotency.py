"""A POST with a key happens once."""

import threading

import pytest
from django.db import connections
from django.urls import include, path
from django.utils.timezone import now
from rest_framework.response import Response
from rest_framework.test import APIClient

from smarketing.accounts.models import Team
from smarketing.api.idempotency import KEPT_FOR, Secret, expire_idempotency_keys
from smarketing.api.models import ApiToken, IdempotencyRecord
from smarketing.api.viewsets import ApiView
from smarketing.lib.errors import Invalid
from tests.factories import make_user

URL = "/teams/"
gates: dict[str, threading.Event] = {}


class Teams(ApiView):
    """Makes a team; refuses one without a name after it has written it."""

    def post(self, request):
        if gates:
            gates["inside"].set()
            assert gates["go on"].wait(10)
        team = Team.objects.create(name=request.data["name"], side="sales")
        if not team.name:
            raise Invalid("A team needs a name.")
        return Response({"id": team.pk, "name": team.name}, status=201)


class Plain(Teams):
    """The same, without memory."""

    idempotent_posts = False


class Keys(ApiView):
    """Tells a secret in a list within its answer."""

    def post(self, request):
        return Response({"made": [{"name": "door", "key": Secret("open sesame")}]}, status=201)


urlpatterns = [
    path("teams/", Teams.as_view()),
    path("plain/", Plain.as_view()),
    path("keys/", Keys.as_view()),
    path("", include("smarketing.urls")),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def post(client, name="East", key="k1", url=URL):
    return client.post(url, {"name": name}, format="json", headers={"Idempotency-Key": key})


def test_same_key_and_body_gives_the_stored_answer(rep, api):
    first, second = post(api(rep)), post(api(rep))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Team.objects.filter(name="East").count() == 1


def test_same_key_and_another_body_is_refused(rep, api):
    post(api(rep))
    refused = post(api(rep), name="West")
    assert refused.status_code == 409
    assert refused.json()["code"] == "idempotency_key_reused"
    assert not Team.objects.filter(name="West").exists()


def test_same_key_for_another_address_is_refused(rep, api):
    post(api(rep))
    assert post(api(rep), url=f"{URL}?to=elsewhere").json()["code"] == "idempotency_key_reused"


def test_keys_belong_to_people(rep, teammate, api):
    post(api(rep))
    answer = post(api(teammate), name="West")
    assert answer.status_code == 201
    assert answer.json()["name"] == "West"


def test_without_a_key_every_post_happens(rep, api):
    for name in ("East", "West"):
        assert api(rep).post(URL, {"name": name}, format="json").status_code == 201
    assert not IdempotencyRecord.objects.exists()


def test_a_refused_post_leaves_nothing_and_may_be_tried_again(rep, api):
    refused = post(api(rep), name="")
    assert refused.status_code == 422
    assert not Team.objects.filter(name="").exists()
    assert not IdempotencyRecord.objects.exists()
    assert post(api(rep), name="North-East").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_of_no_use_is_refused(rep, api, key):
    refused = post(api(rep), key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_invalid")
    assert not Team.objects.filter(name="East").exists()


def test_a_stranger_to_the_installation_leaves_no_record():
    assert post(APIClient()).status_code == 401
    assert not IdempotencyRecord.objects.exists()


def test_a_view_may_do_without(rep, api):
    post(api(rep), url="/plain/")
    assert post(api(rep), name="West", url="/plain/").status_code == 201
    assert not IdempotencyRecord.objects.exists()


def test_a_secret_is_told_once_and_stored_nowhere(rep, api):
    first, second = post(api(rep), url="/keys/"), post(api(rep), url="/keys/")
    assert first.json() == {"made": [{"name": "door", "key": "open sesame"}]}
    assert "sesame" not in str(IdempotencyRecord.objects.values().get())
    assert (second.status_code, second.json()) == (201, {"made": [{"name": "door", "key": ""}]})
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_token_is_made_once_and_its_text_is_not_stored(rep, api):
    first, second = (
        api(rep).post("/api/v1/tokens/", {"name": "Export"}, format="json", headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    )
    assert first.json()["token"].startswith("smk_")
    assert second.json() == first.json() | {"token": ""}
    assert ApiToken.objects.count() == 1
    assert first.json()["token"] not in str(IdempotencyRecord.objects.values().get())


def test_the_link_of_an_invitation_is_not_stored(admin, api):
    given = {"name": "Max", "email": "max@example.com"}
    first, second = (
        api(admin).post("/api/v1/users/", given, format="json", headers={"Idempotency-Key": "k1"}) for _ in range(2)
    )
    assert first.json()["invitation_link"]
    assert second.json() == first.json() | {"invitation_link": ""}
    assert first.json()["invitation_link"] not in str(IdempotencyRecord.objects.values().get())


def test_old_keys_are_forgotten(rep, api):
    post(api(rep))
    assert expire_idempotency_keys(now=now()) == 0
    assert expire_idempotency_keys(now=now() + KEPT_FOR * 1.01) == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_time_happen_once():
    """The second arrives while the first is inside the view: it waits, and gets the first one's answer."""
    rep = make_user("Rita")
    gates.update({"inside": threading.Event(), "go on": threading.Event()})
    answers = []

    def send():
        client = APIClient()
        client.force_authenticate(rep)
        try:
            answers.append(post(client))
        finally:
            connections.close_all()

    try:
        threads = [threading.Thread(target=send) for _ in range(2)]
        threads[0].start()
        assert gates["inside"].wait(10)
        threads[1].start()
        threads[1].join(0.3)
        assert threads[1].is_alive()
        gates["go on"].set()
        for thread in threads:
            thread.join(10)
    finally:
        gates.clear()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Team.objects.filter(name="East").count() == 1
