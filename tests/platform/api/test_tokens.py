"""Tokens: got by password, shown once, counted against the same limits as signing in, ended at once."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.utils import timezone
from rest_framework.test import APIClient, APIRequestFactory

from smarketing.accounts.models import Membership
from smarketing.activity.models import ActivityEntry
from smarketing.api.authentication import TokenAuthentication
from smarketing.api.models import ApiToken
from smarketing.api.services.tokens import create_token, revoke_token
from smarketing.lib.errors import Invalid, NotFound
from tests.factories import NOW, PASSWORD, ago

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

URL = "/api/v1/token/"
WRONG = "The e-mail, the password or the code is not right, or the account is not active."


def ask(email, password=PASSWORD, **more):
    return APIClient().post(URL, {"email": email, "password": password, **more}, format="json")


def bearer(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def test_password_gives_a_token_that_works(rep):
    answer = ask(rep.email.upper())
    assert answer.status_code == 201
    text = answer.json()["token"]
    token = ApiToken.objects.get()
    assert text not in (token.digest, token.prefix)
    assert token.expires_at - timezone.now() > timedelta(days=29)
    assert bearer(text).get("/api/v1/me/").json()["email"] == rep.email


def test_every_refusal_is_the_same(rep, teammate):
    teammate.is_active = False
    teammate.save()
    answers = [ask(rep.email, "wrong"), ask("nobody@example.com"), ask(teammate.email)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (400, {"code": "invalid", "message": "Some values were not accepted.", "fields": {"": [WRONG]}})
    ] * 3
    assert not ApiToken.objects.exists()
    assert not ActivityEntry.objects.exists()


@pytest.mark.parametrize("body", [{}, {"email": "x"}, {"email": "a@example.com"}, [], {"email": {}, "password": []}])
def test_an_incomplete_request_is_refused(body):
    answer = APIClient().post(URL, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


def test_guessing_is_stopped(rep):
    for _ in range(5):
        assert ask(rep.email, "wrong").status_code == 400
    assert ask(rep.email).status_code == 429
    assert not ApiToken.objects.exists()


def test_a_second_factor_is_asked_for(rep):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(rep, secret)
    assert Authenticator.objects.filter(user=rep).exists()
    assert ask(rep.email).json()["fields"] == {"": [WRONG]}
    assert ask(rep.email, code="000000").json()["fields"] == {"": [WRONG]}
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    assert ask(rep.email, code=code).status_code == 201


def test_create_token_is_logged_without_the_token(rep):
    token, text = create_token(name=" Nightly export ", actor=rep, now=NOW)
    assert (token.name, token.expires_at) == ("Nightly export", None)
    entry = ActivityEntry.objects.get()
    assert (entry.verb, entry.actor, entry.subject_id) == ("api.token_created", rep, token.pk)
    assert text not in str(entry.data)


@pytest.mark.parametrize(
    "given", [{"name": " "}, {"name": "x" * 101}, {"name": "Old", "expires_at": NOW}, {"name": "", "expires_at": None}]
)
def test_create_token_refuses(rep, given):
    with pytest.raises(Invalid):
        create_token(**given, actor=rep, now=NOW)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"revoked_at": ago(hours=1)}, 401),
        ({"expires_at": ago(hours=1)}, 401),
    ],
)
def test_tokens_end(rep, change, status):
    token, text = create_token(name="Export", actor=rep, now=NOW)
    ApiToken.objects.filter(pk=token.pk).update(**change)
    answer = bearer(text).get("/api/v1/me/")
    assert answer.status_code == status


def test_a_token_brings_its_person_with_all_places_in_one_query(rep, marketing_team, nobody, django_assert_num_queries):
    Membership.objects.create(user=rep, team=marketing_team, is_manager=True)
    for user, roles in ((rep, ["marketer", "marketing_manager", "rep"]), (nobody, [])):
        _, text = create_token(name="Export", actor=user, now=NOW)
        ApiToken.objects.update(last_used_at=timezone.now())
        with django_assert_num_queries(1):
            found, _ = TokenAuthentication().authenticate(
                APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {text}")
            )
            assert sorted(found.roles) == roles


def test_a_deactivated_person_has_no_working_token(rep):
    _, text = create_token(name="Export", actor=rep, now=NOW)
    rep.is_active = False
    rep.save()
    assert bearer(text).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer wrong", "Token wrong"])
def test_a_header_that_is_not_right_is_refused(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get("/api/v1/me/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert set(answer.json()) == {"code", "message", "fields"}


def test_revoke_token_once(rep):
    token, _ = create_token(name="Export", actor=rep, now=NOW)
    revoke_token(token.pk, actor=rep, now=NOW)
    revoke_token(token.pk, actor=rep, now=ago(days=-1))
    token.refresh_from_db()
    assert token.revoked_at == NOW
    assert ActivityEntry.objects.filter(verb="api.token_revoked").count() == 1


def test_revoke_token_of_somebody_else(rep, teammate, admin):
    token, _ = create_token(name="Export", actor=rep, now=NOW)
    with pytest.raises(NotFound):
        revoke_token(token.pk, actor=teammate, now=NOW)
    revoke_token(token.pk, actor=admin, now=NOW)
    token.refresh_from_db()
    assert token.revoked_at == NOW
