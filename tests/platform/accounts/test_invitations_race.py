"""Two administrators who invite the same person at the same moment."""

import pytest

from smarketing.accounts.models import User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict
from smarketing.people.services import invite_user
from tests.factories import NOW, make_user
from tests.races import run_before

pytestmark = pytest.mark.usefixtures("committed_db")


def test_of_two_who_invite_the_same_person_one_is_told():
    first, second = make_user("Ada", is_admin=True), make_user("Otto", is_admin=True)

    def invite(admin, email):
        return invite_user(email=email, name="Nina", actor=admin, now=NOW).user

    rival_invites = run_before("smarketing.accounts.models.User.save", lambda: invite(first, "nina@example.com"))
    with rival_invites as rival, pytest.raises(Conflict) as refusal:
        invite(second, "NINA@example.com")
    assert (rival.result.name, refusal.value.code) == ("Nina", "email_taken")
    assert User.objects.filter(email__iexact="nina@example.com").count() == 1
    assert ActivityEntry.objects.filter(verb="people.user_invited").count() == 1
