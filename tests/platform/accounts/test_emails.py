"""Another e-mail address: proven by the person, or set by an administrator; and the mails that tell of changes."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings

from smarketing.accounts.models import Invitation, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from smarketing.notifications.models import OutboxMessage
from smarketing.people.services import ask_for_email, asked_email, confirm_email, invite_user, set_email
from tests.factories import NOW, PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "empty_cache")]

NEW = "sam.new@example.com"


def link_in(message):
    return re.search(rf"{settings.BASE_URL}(/email/(\S+)/)", message.body)


def token_for(user, email=NEW):
    ask_for_email(email, actor=user, now=NOW)
    return link_in(OutboxMessage.objects.get(recipient=email))[2]


def email_of(user):
    return User.objects.get(pk=user.pk).email


def sign_in(client, email, password=PASSWORD):
    return client.post("/account/login/", {"login": email, "password": password})


def sign_in_and_confirm(client, email):
    """Signed in, and the password given once more, as for everything that opens an account."""
    sign_in(client, email)
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def test_a_person_changes_the_address_and_proves_it(rep, client):
    old = rep.email
    sign_in_and_confirm(client, old)
    assert client.get("/profile/email/").status_code == 200
    sent = client.post("/profile/email/", {"email": f" {NEW.upper()} "})
    assert (sent.status_code, sent["Location"]) == (302, "/profile/")
    assert email_of(rep) == old
    (message,) = OutboxMessage.objects.all()
    assert message.recipient == NEW
    client.post("/account/logout/")
    link = link_in(message)[1]
    page = client.get(link)
    assert NEW in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert email_of(rep) == old
    assert client.post(link).status_code == 302
    assert email_of(rep) == NEW
    assert client.get(link).status_code == 404
    assert sign_in(client, old).status_code != 302
    assert sign_in(client, NEW).status_code == 302
    told = OutboxMessage.objects.exclude(recipient=NEW).get()
    assert (told.recipient, told.subject) == (old, "Your e-mail address was changed")
    entry = ActivityEntry.objects.get(verb="people.user_email_changed")
    assert (entry.actor, entry.data["old"], entry.data["new"]) == (rep, old, NEW)
    assert entry.data["by_administrator"] is False


def test_it_is_asked_for_with_the_password(rep, login):
    for answer in (login(rep).get("/profile/email/"), login(rep).post("/profile/email/", {"email": NEW})):
        assert answer["Location"].startswith("/account/reauthenticate/")
    assert not OutboxMessage.objects.exists()


def test_ask_for_email_refuses_what_is_taken_the_same_or_none(rep, teammate):
    with pytest.raises(Conflict) as taken:
        ask_for_email(teammate.email.upper(), actor=rep, now=NOW)
    with pytest.raises(Conflict) as same:
        ask_for_email(rep.email, actor=rep, now=NOW)
    assert (taken.value.code, same.value.code) == ("email_taken", "email_same")
    with pytest.raises(Invalid):
        ask_for_email("nobody", actor=rep, now=NOW)
    assert not OutboxMessage.objects.exists()


def test_the_page_tells_what_is_wrong(rep, teammate, client):
    sign_in_and_confirm(client, rep.email)
    assert client.post("/profile/email/", {"email": teammate.email}).status_code == 409
    assert client.post("/profile/email/", {"email": "nobody"}).status_code == 422


def test_a_link_ends_with_another_change_of_the_address(rep):
    first = token_for(rep)
    second = token_for(rep, "other@example.com")
    confirm_email(second, now=NOW)
    with pytest.raises(NotFound):
        confirm_email(first, now=NOW)
    assert email_of(rep) == "other@example.com"


def test_a_link_ends_with_a_change_of_the_password(rep):
    token = token_for(rep)
    rep.set_password("purple-harbour-77")
    rep.save()
    with pytest.raises(NotFound):
        asked_email(token)


def test_a_link_ends_with_the_account_and_with_time(rep, monkeypatch):
    token = token_for(rep)
    monkeypatch.setattr("smarketing.people.services.emails.LINK_LIVES_FOR", timedelta(seconds=-1))
    with pytest.raises(NotFound):
        asked_email(token)
    monkeypatch.undo()
    assert asked_email(token) == (rep, NEW)
    with pytest.raises(NotFound):
        asked_email(token[:-1] + ("a" if token[-1] != "a" else "b"))
    rep.is_active = False
    rep.save()
    with pytest.raises(NotFound):
        confirm_email(token, now=NOW)


def test_an_address_taken_meanwhile_is_refused(rep):
    token = token_for(rep)
    make_user("Quick", email=NEW)
    with pytest.raises(Conflict):
        confirm_email(token, now=NOW)
    assert email_of(rep) != NEW
    assert not ActivityEntry.objects.exists()


def test_an_administrator_sets_an_address(admin, rep, login):
    EmailAddress.objects.create(user=rep, email=rep.email, verified=True, primary=True)
    old = rep.email
    answer = login(admin).post(f"/people/{rep.pk}/email/", {"email": NEW}, follow=True)
    assert f"signs in as {NEW}" in answer.content.decode()
    assert email_of(rep) == NEW
    assert not EmailAddress.objects.exists()
    told = OutboxMessage.objects.get()
    assert told.recipient == old
    assert "Ada Admin changed it" in told.body
    entry = ActivityEntry.objects.get()
    assert (entry.actor, entry.sentence) == (admin, f"changed the e-mail of Sam Rep from {old} to {NEW}")
    assert "changed the e-mail" in login(admin).get(f"/people/{rep.pk}/").content.decode()


def test_set_email_again_changes_nothing(admin, rep):
    set_email(rep.pk, f" {rep.email.upper()}", actor=admin, now=NOW)
    assert not ActivityEntry.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_set_email_is_for_administrators(rep, teammate, sales_manager, login):
    for person in (rep, sales_manager):
        with pytest.raises(NotAllowed):
            set_email(teammate.pk, NEW, actor=person, now=NOW)
    assert login(sales_manager).post(f"/people/{rep.pk}/email/", {"email": NEW}).status_code == 403
    assert email_of(rep) == rep.email


def test_set_email_refuses_a_stranger_and_what_is_taken(admin, rep, teammate, login):
    with pytest.raises(NotFound):
        set_email(0, NEW, actor=admin, now=NOW)
    with pytest.raises(Conflict):
        set_email(rep.pk, teammate.email, actor=admin, now=NOW)
    wrong = login(admin).post(f"/people/{rep.pk}/email/", {"email": "x"}, follow=True)
    assert "This is no e-mail address." in wrong.content.decode()
    assert not ActivityEntry.objects.exists()


def test_whoever_has_not_joined_is_invited_at_the_new_address(admin):
    invited = invite_user(email="tpyo@example.com", name="Nina", actor=admin, now=NOW).user
    set_email(invited.pk, "nina@example.com", actor=admin, now=NOW)
    assert Invitation.objects.filter(user=invited, revoked_at__isnull=True).count() == 1
    assert list(OutboxMessage.objects.order_by("id").values_list("recipient", flat=True)) == [
        "tpyo@example.com",
        "nina@example.com",
    ]


def test_the_api_sets_an_address(admin, rep, api):
    answer = api(admin).post(f"/api/v1/users/{rep.pk}/email/", {"email": NEW}, format="json")
    assert (answer.status_code, answer.data["email"]) == (200, NEW)
    assert api(rep).post(f"/api/v1/users/{rep.pk}/email/", {"email": "a@example.com"}, format="json").status_code == 403


def test_a_changed_password_is_told(rep, client):
    sign_in(client, rep.email)
    new = "purple-harbour-77"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/account/password/change/", sent).status_code == 302
    message = OutboxMessage.objects.get()
    assert (message.recipient, message.subject) == (rep.email, "Your password was changed")
    assert "If it was not you" in message.body
    assert f"{settings.BASE_URL}/account/password/reset/" in message.body


def test_a_reset_password_is_told(rep, client):
    client.post("/account/password/reset/", {"email": rep.email})
    asked = OutboxMessage.objects.get()
    assert asked.subject == "Choose a new password"
    link = re.search(r"(/account/password/reset/key/\S+)", asked.body)[1]
    here = client.get(link, follow=True).redirect_chain[-1][0]
    new = "purple-harbour-77"
    client.post(here, {"password1": new, "password2": new})
    assert OutboxMessage.objects.exclude(pk=asked.pk).get().subject == "Your password was changed"
