"""Signing in by e-mail, out, resetting a password, a second factor, and what stops guessing."""

import re

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core import mail

from smarketing.notifications.models import OutboxMessage
from smarketing.notifications.services import deliver_outbox
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

LOGIN = "/account/login/"
INLINE = r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+="


def sign_in(client, user, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": user.email, "password": password, **more})


def is_signed_in(client):
    return client.get("/notifications/bell/").status_code == 200


def code_for(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def test_sign_in_by_email_and_out(rep, client):
    response = client.post(LOGIN, {"login": rep.email.upper(), "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)
    client.post("/account/logout/")
    assert not is_signed_in(client)


def test_sign_in_returns_to_the_page_that_was_asked_for(rep, client):
    asked = client.get("/profile/")
    assert asked["Location"] == "/account/login/?next=/profile/"
    assert sign_in(client, rep, next="/profile/")["Location"] == "/profile/"


def test_sign_in_goes_nowhere_else(rep, client):
    assert sign_in(client, rep, next="https://evil.example/")["Location"] == "/"


def test_every_refusal_reads_the_same(rep, client):
    """Neither the words nor the status tell whether somebody has an account."""

    def said(response):
        return response.status_code, re.findall(
            r'field-error.*?<span>(.*?)</span>|role="alert".*?</', str(response.content)
        )

    invited = make_user("Ina Invited")
    wrong = said(sign_in(client, rep, "wrong-password-1"))
    assert said(sign_in(client, invited, "wrong-password-1")) == wrong
    unknown = client.post(LOGIN, {"login": "nobody@example.com", "password": "wrong-password-1"})
    assert said(unknown) == wrong
    assert not is_signed_in(client)


def test_a_deactivated_person_does_not_get_in(rep, client):
    rep.is_active = False
    rep.save()
    assert sign_in(client, rep)["Location"] == "/account/inactive/"
    assert not is_signed_in(client)


def test_guessing_one_account_is_stopped(rep, client):
    for _ in range(5):
        assert sign_in(client, rep, "wrong-password-1").status_code in (200, 422)
    refused = sign_in(client, rep)
    assert "Too many failed attempts" in refused.content.decode()
    assert not is_signed_in(client)


def test_guessing_many_accounts_from_one_place_is_stopped(rep, client):
    for number in range(20):
        client.post(LOGIN, {"login": f"person{number}@example.com", "password": "wrong-password-1"})
    refused = sign_in(client, rep)
    assert "Too many failed attempts" in refused.content.decode()
    assert not is_signed_in(client)


def test_signing_in_often_does_not_count_as_guessing(rep, client):
    for _ in range(8):
        assert sign_in(client, rep).status_code == 302
        client.post("/account/logout/")


def test_nobody_signs_up(client):
    response = client.post(
        "/account/signup/", {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert response.status_code == 200
    assert type(make_user()).objects.filter(email="new@example.com").count() == 0


def test_reset_a_password(rep, client, settings):
    settings.BASE_URL = "https://smarketing.example"
    done = client.post("/account/password/reset/", {"email": rep.email}, HTTP_HOST="localhost")
    assert done["Location"] == "/account/password/reset/done/"
    assert mail.outbox == []  # the page does not wait for the mail server
    message = OutboxMessage.objects.get()
    assert message.recipient == rep.email
    link = re.search(r"https://smarketing\.example(/account/password/reset/key/\S+)", message.body)[1]
    form = client.get(link, follow=True)
    here = form.redirect_chain[-1][0]
    new = "purple-harbour-77"
    assert client.post(here, {"password1": new, "password2": new}).status_code == 302
    assert sign_in(client, rep).status_code != 302
    assert sign_in(client, rep, new).status_code == 302
    assert deliver_outbox(now=message.not_before) == 1
    assert mail.outbox[0].to == [rep.email]


def test_reset_for_an_unknown_address_says_the_same_and_mails_nobody(client):
    done = client.post("/account/password/reset/", {"email": "stranger@example.com"})
    assert done["Location"] == "/account/password/reset/done/"
    assert not OutboxMessage.objects.exists()


def test_reset_mails_are_limited(rep, client):
    for _ in range(7):
        client.post("/account/password/reset/", {"email": rep.email})
    assert OutboxMessage.objects.count() == 5


def test_a_second_factor_is_set_up_and_asked_for(rep, client):
    sign_in(client, rep)
    activate = "/account/2fa/totp/activate/"
    assert client.get(activate)["Location"].startswith("/account/reauthenticate/")
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    page = client.get(activate)
    assert page.status_code == 200
    assert not re.search(INLINE, page.content.decode())
    secret = client.session["mfa.totp.secret"]
    assert client.post(activate, {"code": code_for(secret)}).status_code == 302
    assert client.get("/account/2fa/").status_code == 200
    assert client.get("/account/2fa/recovery-codes/").status_code == 200
    client.post("/account/logout/")
    assert sign_in(client, rep)["Location"].startswith("/account/2fa/authenticate/")
    assert not is_signed_in(client)
    page = client.get("/account/2fa/authenticate/")
    assert page.status_code == 200
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert not is_signed_in(client)


def test_cookies_and_headers_are_strict(rep, client):
    response = sign_in(client, rep)
    session = response.cookies[settings.SESSION_COOKIE_NAME]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    page = client.get("/profile/")
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "page",
    [
        "/account/login/",
        "/account/password/reset/",
        "/account/password/reset/done/",
        "/account/password/reset/key/1-x/",
        "/account/signup/",
        "/account/inactive/",
    ],
)
def test_pages_before_signing_in_have_nothing_inline(client, page):
    content = client.get(page, follow=True).content.decode()
    assert not re.search(INLINE, content)


@pytest.mark.parametrize(
    "page",
    ["/account/password/change/", "/account/2fa/", "/account/logout/", "/account/email/", "/account/reauthenticate/"],
)
def test_account_pages_have_nothing_inline(rep, login, page):
    content = login(rep).get(page, follow=True).content.decode()
    assert not re.search(INLINE, content)
