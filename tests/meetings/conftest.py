"""A weekly meeting of both teams with something to talk about."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from leads.models import Handoff, Spend
from meetings.services.meetings import open_meeting, plan_next_meeting
from meetings.services.series import create_series
from tests.factories import NOW, ago, make_campaign, make_deal, make_handoff, make_lead, make_reason

# NOW is a Tuesday, ten o'clock: the meeting begins then.


@pytest.fixture
def too_small(organisation):
    """The reason for which North rejects."""
    return make_reason(code="too-small", label="Company too small")


@pytest.fixture
def week(organisation, sales_team, rep, too_small):
    """Facts of the week before NOW: two deals won, one lost, three rejections, one acceptance, one campaign."""
    campaign = make_campaign(name="Expo follow-up")
    Spend.objects.create(campaign=campaign, spent_on=ago(days=2).date(), amount=Decimal("300.00"), currency="EUR")
    lead = make_lead(campaign=campaign, created_at=ago(days=3), stage="mql")
    make_deal(name="Alpha", amount=Decimal("4000.00"), stage="won", won_at=ago(days=2), owner=rep)
    make_deal(name="Beta", amount=Decimal("1000.00"), stage="won", won_at=ago(days=3), owner=rep)
    make_deal(name="Gamma", amount=Decimal("500.00"), stage="lost", lost_at=ago(days=3), lost_reason="Price", owner=rep)
    for _ in range(3):
        make_handoff(
            team=sales_team,
            status="rejected",
            created_at=ago(days=4),
            decided_at=ago(days=3),
            rejection_reason=too_small,
        )
    accepted = make_handoff(
        lead, team=sales_team, status="accepted", created_at=ago(days=4), decided_at=ago(days=3), owner=rep
    )
    assert Handoff.objects.count() == 4
    return accepted


@pytest.fixture
def series(organisation, marketing_manager, sales_manager, marketer, rep, executive):
    """Tuesdays at ten, UTC; the executive is informed, the stranger and the teammate are not invited."""
    return create_series(
        {
            "name": "Weekly smarketing",
            "weekday": 1,
            "local_time": time(10),
            "participant_ids": [marketing_manager.pk, sales_manager.pk, marketer.pk, rep.pk],
            "informed_ids": [executive.pk],
        },
        actor=marketing_manager,
        now=NOW - timedelta(days=1),
    )


@pytest.fixture
def planned(series, week, marketing_manager):
    """This week's meeting."""
    return plan_next_meeting(series.pk, actor=marketing_manager, now=NOW - timedelta(days=1))


@pytest.fixture
def held(planned, marketing_manager):
    """This week's meeting, open."""
    return open_meeting(planned.pk, actor=marketing_manager, now=NOW)
