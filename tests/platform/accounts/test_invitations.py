"""People come in by invitation; the first by a link; each link works once."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import signing

from smarketing.accounts.models import Invitation, Role, User
from smarketing.accounts.services import first_admin_link
from smarketing.accounts.services.first_admin import SALT, check_first_admin_token
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from smarketing.notifications.models import OutboxMessage
from smarketing.people.services import (
    accept_invitation,
    create_first_admin,
    deactivate_user,
    invite_again,
    invite_user,
    open_invitation,
)
from smarketing.people.services.invitations import INVITATION_LIVES_FOR
from tests.factories import NOW

pytestmark = pytest.mark.django_db

GOOD = "green-lighthouse-7"


def invite(admin, **given):
    values = {"email": " Nina@Example.com ", "name": "Nina New", "actor": admin, "now": NOW, **given}
    return invite_user(**values).user


def token_of_last_mail():
    mail = OutboxMessage.objects.order_by("-id").first()
    return re.search(rf"{settings.BASE_URL}/invitation/([\w-]+)/", mail.body)[1]


def test_invite_user_adds_a_person_who_cannot_sign_in_yet(admin, sales_team):
    user = invite(admin, teams=[(sales_team.pk, True)])
    assert user.email == "nina@example.com"
    assert user.roles == {Role.REP, Role.SALES_MANAGER}
    assert not user.has_usable_password()
    entry = ActivityEntry.objects.get()
    assert (entry.verb, entry.actor, entry.sentence) == (
        "people.user_invited",
        admin,
        "invited Nina New (nina@example.com)",
    )
    assert entry.data["teams"] == ["Sales North (manager)"]


def test_invite_user_mails_a_link_that_is_not_kept(admin):
    invite(admin)
    token = token_of_last_mail()
    mail = OutboxMessage.objects.get()
    assert mail.recipient == "nina@example.com"
    assert mail.subject == "Ada Admin invites you to Smarketing"
    assert token in mail.html
    assert token not in Invitation.objects.get().digest
    assert token not in str(ActivityEntry.objects.get().data)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"email": "nobody"}, Invalid),
        ({"name": " "}, Invalid),
        ({"teams": [(999, False)]}, Invalid),
        ({"email": "TAKEN@example.com"}, Conflict),
    ],
)
def test_invite_user_refuses(admin, given, error):
    User.objects.create_user("taken@example.com", name="Tessa Taken")
    with pytest.raises(error):
        invite(admin, **given)
    assert User.objects.count() == 2
    assert not OutboxMessage.objects.exists()
    assert not ActivityEntry.objects.exists()


def test_only_admins_invite(marketing_manager, sales_manager, executive, nobody):
    for person in (marketing_manager, sales_manager, executive, nobody):
        with pytest.raises(NotAllowed):
            invite(person)
    assert not OutboxMessage.objects.exists()


def test_accept_invitation_once(admin):
    user = invite(admin)
    token = token_of_last_mail()
    assert open_invitation(token, now=NOW).user == user
    accept_invitation(token, password=GOOD, name=" Nina N. ", now=NOW)
    user.refresh_from_db()
    assert user.check_password(GOOD)
    assert user.name == "Nina N."
    assert ActivityEntry.objects.filter(verb="people.user_joined", actor=user).count() == 1
    with pytest.raises(NotFound):
        accept_invitation(token, password="another-good-one-8", now=NOW)
    user.refresh_from_db()
    assert user.check_password(GOOD)


@pytest.mark.parametrize("password", ["short", "12345678901", "nina@example.com", "password1234"])
def test_accept_invitation_refuses_a_weak_password_and_stays_open(admin, password):
    user = invite(admin)
    token = token_of_last_mail()
    with pytest.raises(Invalid) as refused:
        accept_invitation(token, password=password, now=NOW)
    assert refused.value.fields["password"]
    user.refresh_from_db()
    assert not user.has_usable_password()
    accept_invitation(token, password=GOOD, now=NOW)


def test_an_invitation_expires(admin):
    invite(admin)
    token = token_of_last_mail()
    with pytest.raises(NotFound):
        accept_invitation(token, password=GOOD, now=NOW + INVITATION_LIVES_FOR)
    accept_invitation(token, password=GOOD, now=NOW + INVITATION_LIVES_FOR - timedelta(seconds=1))


def test_invite_again_ends_the_link_before(admin):
    user = invite(admin)
    first = token_of_last_mail()
    invite_again(user.pk, actor=admin, now=NOW)
    second = token_of_last_mail()
    assert first != second
    with pytest.raises(NotFound):
        open_invitation(first, now=NOW)
    accept_invitation(second, password=GOOD, now=NOW)
    with pytest.raises(Conflict):
        invite_again(user.pk, actor=admin, now=NOW)


def test_deactivating_ends_the_invitation(admin):
    user = invite(admin)
    token = token_of_last_mail()
    deactivate_user(user.pk, actor=admin, now=NOW)
    with pytest.raises(NotFound):
        open_invitation(token, now=NOW)
    with pytest.raises(Conflict):
        invite_again(user.pk, actor=admin, now=NOW)


def test_a_wrong_token_opens_nothing():
    with pytest.raises(NotFound):
        open_invitation("guess", now=NOW)


def test_first_admin_link_works_once():
    link = first_admin_link()
    token = re.fullmatch(rf"{settings.BASE_URL}/first-admin/([^/]+)/", link)[1]
    user = create_first_admin(token, email="Olga@example.com", name="Olga Owner", password=GOOD, now=NOW)
    assert user.roles == {Role.ADMIN}
    assert user.check_password(GOOD)
    assert first_admin_link() is None
    with pytest.raises(NotFound):
        create_first_admin(token, email="b@example.com", name="B", password=GOOD, now=NOW)
    assert User.objects.count() == 1


def test_first_admin_needs_a_link_of_this_installation():
    for token in ("guess", signing.dumps("first", salt="other")):
        with pytest.raises(NotFound):
            create_first_admin(token, email="a@example.com", name="A", password=GOOD, now=NOW)
    assert not User.objects.exists()


def test_first_admin_link_expires(time_machine):
    time_machine.move_to(NOW)
    token = signing.dumps("first", salt=SALT)
    time_machine.move_to(NOW + timedelta(hours=23))
    check_first_admin_token(token)
    time_machine.move_to(NOW + timedelta(hours=25))
    with pytest.raises(NotFound):
        check_first_admin_token(token)


def test_first_admin_needs_a_good_password():
    token = signing.dumps("first", salt=SALT)
    with pytest.raises(Invalid):
        create_first_admin(token, email="a@example.com", name="A", password="short", now=NOW)
    assert not User.objects.exists()


def test_what_is_not_there_or_done_already_is_not_found(admin):
    with pytest.raises(NotFound):
        invite_again(0, actor=admin, now=NOW)
    user = invite(admin)
    token = token_of_last_mail()
    user.set_password(GOOD)
    user.save()
    entries = ActivityEntry.objects.count()
    with pytest.raises(NotFound):
        accept_invitation(token, password="another-green-light", now=NOW)
    assert User.objects.get(pk=user.pk).check_password(GOOD)
    assert ActivityEntry.objects.count() == entries


# --- Where no mail leaves ---------------------------------------------------------------------------------------


def test_the_link_is_shown_once_where_no_mail_leaves(admin, sales_team, login, client):
    browser = login(admin)
    given = {"name": "Nina New", "email": "nina@example.com", "team": sales_team.pk}
    page = browser.post("/people/invite/", given, follow=True)
    link = page.context["link"]
    assert link.encode() in page.content
    assert link not in browser.get(page.request["PATH_INFO"]).content.decode()
    assert client.get(link.removeprefix(settings.BASE_URL)).status_code == 200
    again = browser.post(f"{page.request['PATH_INFO']}invite-again/", follow=True)
    assert again.context["link"] not in ("", link)
    assert client.get(link.removeprefix(settings.BASE_URL)).status_code == 404


def test_the_link_is_not_shown_where_mail_takes_it(admin, sales_team, login, api, settings):
    settings.EMAIL_URL = "smtp://mail.example.com"
    given = {"name": "Nina New", "email": "nina@example.com", "team": sales_team.pk}
    page = login(admin).post("/people/invite/", given, follow=True)
    assert page.context["link"] == ""
    assert b"the mail is on its way to nina@example.com" in page.content
    made = api(admin).post("/api/v1/users/", {"name": "Max", "email": "max@example.com"}, format="json")
    assert made.data["invitation_link"] == ""


def test_a_program_gets_the_link_where_no_mail_leaves(admin, api, client):
    made = api(admin).post("/api/v1/users/", {"name": "Max", "email": "max@example.com"}, format="json")
    assert client.get(made.data["invitation_link"].removeprefix(settings.BASE_URL)).status_code == 200
