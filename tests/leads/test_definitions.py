"""Definitions: proposed by managers, in force only with both signatures under exactly one content."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from leads.domain.criteria import parse
from leads.models import DefinitionVersion
from leads.selectors.definitions import definition_detail, leads_meeting, version_views
from leads.selectors.packets import definition_in_force
from leads.services.definitions import (
    agree_first_definitions,
    discard_definition_version,
    draft_definition_version,
    open_definition_draft,
    sign_definition_version,
)
from smarketing.accounts.models import Signature, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from smarketing.notifications.models import Notification
from tests.factories import NOW, make_definition_version, make_lead, make_touchpoint

pytestmark = pytest.mark.django_db

GERMAN = {"field": "lead.country", "op": "eq", "value": "DE"}
LATER = NOW + timedelta(days=1)


def draft(actor: User, **fields: Any) -> DefinitionVersion:
    values = {"stage": "mql", "criteria": GERMAN, "enter_score": 40, "leave_score": 30, "summary": "Germans.", **fields}
    return draft_definition_version(**values, actor=actor, now=NOW)


def verbs() -> list[str]:
    return list(ActivityEntry.objects.order_by("id").values_list("verb", flat=True))


def test_both_signatures_put_a_version_into_force(marketing_manager: User, sales_manager: User) -> None:
    version = draft(sales_manager)
    assert (version.number, version.in_force_from) == (1, None)
    sign_definition_version(version.pk, "sales", actor=sales_manager, now=NOW)
    assert definition_in_force("mql", NOW) is None
    sign_definition_version(version.pk, "marketing", actor=marketing_manager, now=LATER, content=version.content_hash)
    assert definition_in_force("mql", LATER) == version
    assert verbs() == [
        "leads.definition_version_drafted",
        "leads.definition_version_signed",
        "leads.definition_version_signed",
        "leads.definition_version_in_force",
    ]


def test_the_next_version_ends_the_one_before(marketing_manager: User, sales_manager: User) -> None:
    first, _ = agree_first_definitions(marketing=marketing_manager, sales=sales_manager, now=NOW)
    second = draft(marketing_manager)
    for side, actor in (("marketing", marketing_manager), ("sales", sales_manager)):
        sign_definition_version(second.pk, side, actor=actor, now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.number, second.in_force_from) == (2, first.in_force_until)
    assert second.in_force_from > first.in_force_from
    assert agree_first_definitions(marketing=marketing_manager, sales=sales_manager, now=LATER) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"stage": "customer"}, "stage"),
        ({"criteria": {"field": "lead.shoe", "op": "is_set"}}, "criteria"),
        ({"enter_score": 101}, "enter_score"),
        ({"leave_score": 41}, "leave_score"),
        ({"enter_score": None}, "leave_score"),
        ({"summary": "x" * 2001}, "summary"),
    ],
)
def test_draft_refuses(sales_manager: User, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        draft(sales_manager, **fields)
    assert list(refused.value.fields) == [field]
    assert not DefinitionVersion.objects.exists()


def test_draft_is_for_managers_and_says_something_new(marketer: User, sales_manager: User) -> None:
    with pytest.raises(NotAllowed):
        draft(marketer)
    draft(sales_manager)
    with pytest.raises(Conflict) as refused:
        draft(sales_manager)
    assert refused.value.code == "definition_unchanged"


def test_sign_refuses(marketing_manager: User, sales_manager: User, rep: User) -> None:
    version = draft(sales_manager)
    with pytest.raises(NotAllowed):
        sign_definition_version(version.pk, "marketing", actor=sales_manager, now=NOW)
    with pytest.raises(NotAllowed):
        sign_definition_version(version.pk, "sales", actor=rep, now=NOW)
    with pytest.raises(Invalid):
        sign_definition_version(version.pk, "legal", actor=sales_manager, now=NOW)
    with pytest.raises(NotFound):
        sign_definition_version(0, "sales", actor=sales_manager, now=NOW)
    with pytest.raises(Conflict) as other_content:
        sign_definition_version(version.pk, "sales", actor=sales_manager, now=NOW, content="0" * 64)
    assert other_content.value.code == "definition_content_differs"
    assert not Signature.objects.exists()
    sign_definition_version(version.pk, "sales", actor=sales_manager, now=NOW)
    with pytest.raises(Conflict) as twice:
        sign_definition_version(version.pk, "sales", actor=sales_manager, now=NOW)
    assert twice.value.code == "already_signed"
    newer = draft(sales_manager, summary="Newer.")
    for side, actor in (("marketing", marketing_manager), ("sales", sales_manager)):
        sign_definition_version(newer.pk, side, actor=actor, now=NOW)
    with pytest.raises(Conflict) as superseded:
        sign_definition_version(version.pk, "marketing", actor=marketing_manager, now=NOW)
    assert superseded.value.code == "definition_superseded"
    with pytest.raises(Conflict) as in_force:
        sign_definition_version(newer.pk, "sales", actor=sales_manager, now=NOW)
    assert in_force.value.code == "definition_in_force"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"criteria": {"always": True}, "summary": "Quietly changed."}, "definition_keeps_content"),
        ({"in_force_from": NOW}, "definition_in_force_is_signed"),
    ],
)
def test_the_database_holds_a_version_to_its_signatures(
    sales_manager: User, change: dict[str, Any], constraint: str
) -> None:
    version = draft(sales_manager)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        DefinitionVersion.objects.filter(pk=version.pk).update(**change)
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_the_database_keeps_one_version_in_force() -> None:
    make_definition_version(in_force_from=NOW)
    with pytest.raises(IntegrityError, match="definition_one_in_force"), transaction.atomic():
        make_definition_version(in_force_from=LATER)


def test_version_views_tell_the_difference(marketing_manager: User, sales_manager: User) -> None:
    first = draft(sales_manager)
    wider = {"all": [GERMAN, {"field": "lead.email", "op": "is_set"}]}
    second = draft(sales_manager, criteria=wider)
    for version, at in ((first, NOW), (second, NOW + timedelta(hours=1))):
        for side, actor in (("marketing", marketing_manager), ("sales", sales_manager)):
            sign_definition_version(version.pk, side, actor=actor, now=at)
    newer, older = version_views(sales_manager, definition_detail(sales_manager, "mql"))
    assert (older.state, newer.state) == ("ended", "in force")
    assert [(change.mark, change.text) for change in newer.changes] == [
        ("+", "All of these:"),
        ("", "Country is “DE”."),
        ("+", "E-mail is known."),
        ("", "Total score reaches 40; a lead that is in stays until it falls below 30."),
        ("", "Germans."),
    ]
    assert [sign.signature.signer for sign in newer.signs if sign.signature] == [marketing_manager, sales_manager]
    assert older.signs[1].signers == (sales_manager,)


def test_leads_meeting_starts_at_what_the_person_may_see(rep: User, marketer: User) -> None:
    lead = make_touchpoint(make_lead(country="de", score=50)).lead
    make_lead(country="de", score=39)
    criteria = parse(GERMAN)
    assert list(leads_meeting(marketer, criteria, NOW, enter_score=40)) == [lead]
    assert not leads_meeting(rep, criteria, NOW, enter_score=40)


def test_the_other_side_is_told_to_sign_and_both_when_a_version_is_in_force(
    marketing_manager: User, sales_manager: User
) -> None:
    def told(person: User) -> list[str]:
        return list(Notification.objects.filter(recipient=person).order_by("id").values_list("title", flat=True))

    version = draft(sales_manager)
    sign_definition_version(version.pk, "sales", actor=sales_manager, now=NOW)
    assert (told(marketing_manager), told(sales_manager)) == (["MQL definition 1 waits for your signature"], [])
    sign_definition_version(version.pk, "marketing", actor=marketing_manager, now=LATER)
    assert told(sales_manager) == ["MQL definition 1 is in force"]
    assert told(marketing_manager) == ["MQL definition 1 waits for your signature", "MQL definition 1 is in force"]


def test_a_draft_that_nobody_signed_is_discarded_once(marketing_manager: User, sales_manager: User) -> None:
    first, _ = agree_first_definitions(marketing=marketing_manager, sales=sales_manager, now=NOW)
    version = draft(marketing_manager)
    discard_definition_version(version.pk, actor=sales_manager, now=LATER)
    again = discard_definition_version(version.pk, actor=sales_manager, now=LATER + timedelta(hours=1))
    assert again.discarded_at == LATER
    assert verbs().count("leads.definition_version_discarded") == 1
    with pytest.raises(Conflict) as refused:
        sign_definition_version(version.pk, "sales", actor=sales_manager, now=LATER)
    assert refused.value.code == "definition_discarded"
    assert [view.state for view in version_views(sales_manager, first.definition)] == ["discarded", "in force"]
    # The same words may be proposed again, and what comes next starts from what was not given up.
    copy = open_definition_draft("mql", why="Once more.", actor=sales_manager, now=LATER)
    assert (copy.number, copy.criteria) == (3, first.criteria)
    assert draft(marketing_manager).number == 4


def test_what_was_signed_is_not_discarded(marketing_manager: User, sales_manager: User, rep: User) -> None:
    version = draft(marketing_manager)
    with pytest.raises(NotAllowed):
        discard_definition_version(version.pk, actor=rep, now=NOW)
    sign_definition_version(version.pk, "sales", actor=sales_manager, now=NOW)
    with pytest.raises(Conflict) as refused:
        discard_definition_version(version.pk, actor=marketing_manager, now=NOW)
    assert refused.value.code == "definition_signed"
    sign_definition_version(version.pk, "marketing", actor=marketing_manager, now=NOW)
    with pytest.raises(Conflict) as refused:
        discard_definition_version(version.pk, actor=marketing_manager, now=NOW)
    assert refused.value.code == "definition_in_force"
    with pytest.raises(IntegrityError, match="discarded_never_in_force"), transaction.atomic():
        DefinitionVersion.objects.filter(pk=version.pk).update(discarded_at=NOW)
