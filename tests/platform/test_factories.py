"""The builders make rows that every constraint accepts."""

import pytest

from leads.domain.handoffs import HandoffStatus
from leads.domain.lifecycle import LifecycleStage
from leads.models import Handoff
from smarketing.accounts.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", list(HandoffStatus))
def test_make_handoff_in_every_status(status):
    handoff = factories.make_handoff(status=status)
    assert Handoff.objects.get().status == status
    assert handoff.lead.stage == LifecycleStage.MQL


def test_make_other_rows(organisation):
    lead = factories.make_lead(company=factories.make_company(), campaign=factories.make_campaign())
    touch = factories.make_touchpoint(lead, content=factories.make_content())
    deal = factories.make_deal(lead=lead)
    assert (touch.lead, deal.lead) == (lead, lead)


def test_people_have_their_roles(
    marketer, rep, teammate, stranger, marketing_manager, sales_manager, admin, executive, nobody
):
    assert marketer.roles == {Role.MARKETER}
    assert rep.roles == teammate.roles == stranger.roles == {Role.REP}
    assert marketing_manager.roles == {Role.MARKETER, Role.MARKETING_MANAGER}
    assert sales_manager.roles == {Role.REP, Role.SALES_MANAGER}
    assert admin.roles == {Role.ADMIN}
    assert executive.roles == {Role.EXECUTIVE}
    assert nobody.roles == frozenset()
    assert rep.team_ids == teammate.team_ids == sales_manager.team_ids
    assert rep.team_ids.isdisjoint(stranger.team_ids)
