"""Two managers keep a list of reasons at the same moment."""

from __future__ import annotations

import pytest

from leads.models import LossReason
from leads.services.reasons import add_reason, retire_reason, take_up_reason
from smarketing.accounts.models import Side, User
from smarketing.lib.errors import Invalid
from tests.factories import NOW, make_team, make_user
from tests.races import run_before

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def manager(committed_db: None) -> User:
    return make_user(team=make_team(side=Side.SALES), manager=True)


@pytest.mark.parametrize("list_is_empty", [False, True])
def test_of_two_reasons_added_at_once_the_second_sees_the_first(manager: User, list_is_empty: bool) -> None:
    if list_is_empty:
        LossReason.objects.all().delete()

    def add(label: str) -> LossReason:
        return add_reason(LossReason, {"label": label}, actor=manager, now=NOW)

    with run_before("leads.services.reasons.publish", lambda: add("too far away")) as rival:
        first = add("Too far away")
    assert isinstance(rival.result, Invalid)
    assert rival.result.code == "reason_label_taken"

    with run_before("leads.services.reasons.publish", lambda: add("Too late")) as rival:
        next_one = add("Too small")
    assert first.position < next_one.position < rival.result.position


def test_a_reason_is_not_taken_up_beside_one_that_has_just_come_and_reads_the_same(manager: User) -> None:
    add_reason(LossReason, {"label": "No reason at all"}, actor=manager, now=NOW)
    old = add_reason(LossReason, {"label": "Merged"}, actor=manager, now=NOW)
    retire_reason(LossReason, old.pk, actor=manager, now=NOW)
    with run_before(
        "leads.services.reasons.publish", lambda: take_up_reason(LossReason, old.pk, actor=manager, now=NOW)
    ) as rival:
        add_reason(LossReason, {"label": "Merged"}, actor=manager, now=NOW)
    assert isinstance(rival.result, Invalid)
