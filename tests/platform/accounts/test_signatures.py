"""A side signs exactly one content once, by its manager."""

import pytest
from django.db import IntegrityError, transaction

from smarketing.accounts.models import Side, Signature
from smarketing.accounts.services import both_sides_signed, sign, signatures_for
from smarketing.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import NOW

pytestmark = pytest.mark.django_db

SUBJECT = ("definition_version", 7)


def put(side, signer, content="a" * 64):
    return sign(*SUBJECT, content, side, signer=signer, now=NOW)


def test_both_sides_sign(marketing_manager, sales_manager):
    put("marketing", marketing_manager)
    assert not both_sides_signed(*SUBJECT, "a" * 64)
    put("sales", sales_manager)
    assert both_sides_signed(*SUBJECT, "a" * 64)
    found = signatures_for(*SUBJECT, "a" * 64)
    assert found[Side.MARKETING].signer == marketing_manager
    assert found[Side.SALES].signer == sales_manager


def test_signatures_hold_for_that_content_only(marketing_manager, sales_manager):
    put("marketing", marketing_manager)
    put("sales", sales_manager, content="b" * 64)
    assert not both_sides_signed(*SUBJECT, "a" * 64)
    assert not both_sides_signed(*SUBJECT, "b" * 64)
    assert not both_sides_signed("definition_version", 8, "a" * 64)


def test_a_side_signs_once(marketing_manager):
    put("marketing", marketing_manager)
    with pytest.raises(Conflict) as refused:
        put("marketing", marketing_manager)
    assert refused.value.code == "already_signed"
    assert Signature.objects.count() == 1


@pytest.mark.parametrize(
    ("side", "role"),
    [
        ("marketing", "sales_manager"),
        ("sales", "marketing_manager"),
        ("marketing", "marketer"),
        ("sales", "rep"),
        ("sales", "admin"),
        ("marketing", "executive"),
    ],
)
def test_only_the_sides_managers_sign(side, role, request):
    with pytest.raises(NotAllowed):
        put(side, request.getfixturevalue(role))
    assert not Signature.objects.exists()


def test_there_are_two_sides(marketing_manager):
    with pytest.raises(Invalid):
        put("legal", marketing_manager)


def test_an_error_that_is_none_of_a_second_signature_stays_what_it_is(marketing_manager):
    with pytest.raises(IntegrityError), transaction.atomic():
        put("marketing", marketing_manager, content=None)
