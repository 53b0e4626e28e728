"""Two managers who act on the agreement in force at the same moment."""

from functools import partial

import pytest

from sla.services.agreements import bring_into_force, draft_version, end_version, sign_version
from smarketing.accounts.models import Side
from tests.factories import NOW, ago, make_team, make_user
from tests.races import run_before
from tests.sla.factories import COMMITMENTS, make_agreement, make_calendar

pytestmark = pytest.mark.usefixtures("committed_db")


def test_end_version_while_its_successor_comes_into_force_is_refused():
    marketing = make_user("Mona", team=make_team("Growth", side=Side.MARKETING), manager=True)
    sales = make_user("Saul", team=make_team("North"), manager=True)
    make_calendar(make_user("Ada", is_admin=True))
    old = make_agreement(marketing, sales)
    new = draft_version(old.agreement_id, parts={}, commitments=COMMITMENTS, actor=sales, now=ago(days=1))
    sign_version(new.pk, side=Side.SALES, actor=sales, now=ago(days=1))
    sign_version(new.pk, side=Side.MARKETING, actor=marketing, now=ago(days=1))
    ends = partial(end_version, old.pk, why="Over", actor=marketing, now=ago(hours=1))
    with run_before("sla.models.AgreementVersion.save", ends) as rival:
        bring_into_force(new.pk, actor=sales, now=NOW)
    assert rival.result.code == "agreement_not_in_force"
    old.refresh_from_db()
    assert old.in_force_until == NOW
