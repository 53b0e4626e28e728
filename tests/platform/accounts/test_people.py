"""Rights, teams, the organisation and one's profile: who may change them, what is logged, what is refused."""

import threading

import pytest
from django.db import connections

from smarketing.accounts.middleware import organisation_zone
from smarketing.accounts.models import Membership, Organisation, Role, Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from smarketing.people.services import (
    deactivate_user,
    reactivate_user,
    remove_membership,
    save_team,
    set_membership,
    set_rights,
    update_organisation,
    update_profile,
)
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


def fresh(user):
    return User.objects.get(pk=user.pk)


def logged():
    return list(ActivityEntry.objects.order_by("id").values_list("verb", flat=True))


def test_deactivate_and_reactivate(admin, rep, login):
    browser = login(rep)
    assert browser.get("/notifications/bell/").status_code == 200
    deactivate_user(rep.pk, actor=admin, now=NOW)
    deactivate_user(rep.pk, actor=admin, now=NOW)
    assert fresh(rep).roles == frozenset()
    assert browser.get("/notifications/bell/").status_code == 302
    reactivate_user(rep.pk, actor=admin, now=NOW)
    reactivate_user(rep.pk, actor=admin, now=NOW)
    assert fresh(rep).roles == {Role.REP}
    assert logged() == ["people.user_deactivated", "people.user_reactivated"]


def test_nobody_deactivates_themself(admin):
    make_user("Second", is_admin=True)
    with pytest.raises(Conflict):
        deactivate_user(admin.pk, actor=admin, now=NOW)
    assert fresh(admin).is_active


def test_the_last_admin_stays(admin):
    gone = make_user("Gone", is_admin=True, is_active=False)
    with pytest.raises(Conflict) as refused:
        set_rights(admin.pk, is_admin=False, is_executive=True, actor=admin, now=NOW)
    assert refused.value.code == "last_admin"
    assert fresh(admin).roles == {Role.ADMIN}
    assert logged() == []
    reactivate_user(gone.pk, actor=admin, now=NOW)
    set_rights(admin.pk, is_admin=False, is_executive=True, actor=admin, now=NOW)
    assert fresh(admin).roles == {Role.EXECUTIVE}


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_leave_one():
    first, second = (make_user(name, is_admin=True) for name in ("First", "Second"))
    start, outcomes = threading.Barrier(2), []

    def remove(actor, other):
        start.wait(10)
        try:
            deactivate_user(other.pk, actor=actor, now=NOW)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=remove, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["done", "last_admin"]
    assert User.objects.filter(is_admin=True, is_active=True).count() == 1


def test_set_rights_logs_old_and_new(admin, rep):
    set_rights(rep.pk, is_admin=True, is_executive=False, actor=admin, now=NOW)
    set_rights(rep.pk, is_admin=True, is_executive=False, actor=admin, now=NOW)
    entry = ActivityEntry.objects.get()
    assert entry.data["old"] == {"is_admin": False, "is_executive": False}
    assert entry.data["new"] == {"is_admin": True, "is_executive": False}


def test_memberships(admin, rep, sales_team, marketing_team):
    set_membership(rep.pk, sales_team.pk, is_manager=False, actor=admin, now=NOW)
    assert logged() == []
    set_membership(rep.pk, sales_team.pk, is_manager=True, actor=admin, now=NOW)
    set_membership(rep.pk, marketing_team.pk, is_manager=False, actor=admin, now=NOW)
    assert fresh(rep).roles == {Role.REP, Role.SALES_MANAGER, Role.MARKETER}
    remove_membership(rep.pk, sales_team.pk, actor=admin, now=NOW)
    remove_membership(rep.pk, sales_team.pk, actor=admin, now=NOW)
    assert fresh(rep).roles == {Role.MARKETER}
    assert [entry.sentence for entry in ActivityEntry.objects.order_by("id")] == [
        "made Sam Rep manager of Sales North",
        "made Sam Rep member of Growth",
        "took Sam Rep out of Sales North",
    ]


def test_save_team_forms_and_renames(admin, sales_team):
    made = save_team(name=" Sales East ", side="sales", actor=admin, now=NOW)
    renamed = save_team(name="Sales Far East", side="sales", team_id=made.pk, actor=admin, now=NOW)
    save_team(name="Sales Far East", side="sales", team_id=made.pk, actor=admin, now=NOW)
    assert (renamed.pk, renamed.name) == (made.pk, "Sales Far East")
    assert logged() == ["people.team_saved"] * 2


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": " "}, Invalid),
        ({"name": "x" * 101}, Invalid),
        ({"side": "support"}, Invalid),
        ({"name": "SALES north"}, Conflict),
        ({"team_id": 999}, NotFound),
    ],
)
def test_save_team_refuses(admin, sales_team, given, error):
    with pytest.raises(error):
        save_team(**{"name": "East", "side": "sales", "actor": admin, "now": NOW, **given})
    assert [team.name for team in Team.objects.all()] == ["Sales North"]
    assert logged() == []


def test_a_team_stays_on_its_side(admin, sales_team):
    with pytest.raises(Invalid):
        save_team(name="Sales North", side="marketing", team_id=sales_team.pk, actor=admin, now=NOW)


def test_update_organisation(admin, organisation, django_capture_on_commit_callbacks):
    assert organisation_zone() == "UTC"
    with django_capture_on_commit_callbacks(execute=True):
        update_organisation(name="Acme", timezone="Europe/Oslo", currency="nok", actor=admin, now=NOW)
        update_organisation(name="Acme", timezone="Europe/Oslo", currency="NOK", actor=admin, now=NOW)
    now_is = Organisation.current()
    assert (now_is.name, now_is.timezone, now_is.currency) == ("Acme", "Europe/Oslo", "NOK")
    assert organisation_zone() == "Europe/Oslo"
    assert logged() == ["people.organisation_updated"]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"name": ""}, "name"), ({"timezone": "Mars/Olympus"}, "timezone"), ({"currency": "€"}, "currency")],
)
def test_update_organisation_refuses(admin, organisation, given, field):
    values = {"name": "Acme", "timezone": "UTC", "currency": "EUR", **given}
    with pytest.raises(Invalid) as refused:
        update_organisation(**values, actor=admin, now=NOW)
    assert list(refused.value.fields) == [field]
    assert Organisation.current().name == "Northwind"


def test_update_profile(rep):
    update_profile(name="Samantha", timezone="Europe/Oslo", actor=rep, now=NOW)
    update_profile(theme="dark", actor=rep, now=NOW)
    update_profile(theme="dark", actor=rep, now=NOW)
    user = fresh(rep)
    assert (user.name, user.timezone, user.theme) == ("Samantha", "Europe/Oslo", "dark")
    assert [entry.data["new"] for entry in ActivityEntry.objects.order_by("id")] == [
        {"name": "Samantha", "timezone": "Europe/Oslo"},
        {"theme": "dark"},
    ]


@pytest.mark.parametrize("given", [{"name": ""}, {"timezone": "Mars"}, {"theme": "pink"}])
def test_update_profile_refuses(rep, given):
    with pytest.raises(Invalid):
        update_profile(**given, actor=rep, now=NOW)
    assert fresh(rep).name == "Sam Rep"
    assert logged() == []


@pytest.mark.parametrize("role", ["marketer", "rep", "marketing_manager", "sales_manager", "executive", "nobody"])
def test_only_admins_administer(role, request, sales_team, organisation):
    person = request.getfixturevalue(role)
    other = make_user("Other", team=sales_team)
    attempts = [
        lambda: deactivate_user(other.pk, actor=person, now=NOW),
        lambda: reactivate_user(other.pk, actor=person, now=NOW),
        lambda: set_rights(person.pk, is_admin=True, is_executive=False, actor=person, now=NOW),
        lambda: save_team(name="Mine", side="sales", actor=person, now=NOW),
        lambda: set_membership(person.pk, sales_team.pk, is_manager=True, actor=person, now=NOW),
        lambda: remove_membership(other.pk, sales_team.pk, actor=person, now=NOW),
        lambda: update_organisation(name="Mine", timezone="UTC", currency="EUR", actor=person, now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert Membership.objects.filter(user=other).count() == 1
    assert logged() == []


@pytest.mark.parametrize("service", [deactivate_user, reactivate_user])
def test_a_person_who_is_not_there(admin, service):
    with pytest.raises(NotFound):
        service(999_999, actor=admin, now=NOW)


def test_nobody_is_put_into_a_team_or_taken_out_who_is_not_there(admin, sales_team):
    for act in (
        lambda: set_membership(0, sales_team.pk, is_manager=False, actor=admin, now=NOW),
        lambda: remove_membership(0, sales_team.pk, actor=admin, now=NOW),
        lambda: set_membership(admin.pk, 0, is_manager=False, actor=admin, now=NOW),
    ):
        with pytest.raises(NotFound):
            act()
    assert (logged(), Membership.objects.count()) == ([], 0)
