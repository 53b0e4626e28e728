"""Handing off what the agreed definition does not cover is a person's decision, and everybody is told."""

import pytest
from django.urls import reverse

from leads.domain.lifecycle import LifecycleStage as S
from leads.services.handoffs import create_handoff
from leads.services.stages import advance_stage
from tests.factories import NOW, ago, make_definition_version, make_lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed_mql():
    criteria = {
        "all": [{"field": "score.engagement", "op": "gte", "value": 8}, {"field": "lead.email", "op": "is_set"}]
    }
    return make_definition_version(
        S.MQL, number=71, in_force_from=ago(days=9), criteria=criteria, enter_score=40, leave_score=30
    )


def test_why_now_says_what_a_lead_lacks_of_the_definition(agreed_mql, marketer, sales_team):
    lead = make_lead(email="new@lead.example", engagement=4, score=20)
    handoff = create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)
    assert handoff.why_now["unmet"] == [
        "Engagement score is at least 8 (it has 4)",
        "Total score reaches 40 (it has 20)",
    ]
    assert lead.transitions.last().why == f"Handed to {sales_team} by {marketer}. It did not meet MQL definition 71."


def test_why_now_lacks_nothing_where_the_definition_itself_made_the_mql(agreed_mql, marketer, sales_team):
    lead = make_lead(email="new@lead.example", engagement=4, score=33)
    advance_stage(lead, S.MQL, actor=None, now=ago(days=1), definition_version=agreed_mql)
    assert (
        create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW).why_now["unmet"]
        == []
    )


def test_handoff_form_warns_of_a_lead_below_the_definition(agreed_mql, marketer, login):
    short, meets = make_lead(engagement=4, score=50), make_lead(engagement=9, score=50)
    page = login(marketer).get(reverse("leads:handoff-create"), {"lead": [short.pk, meets.pk]}).content.decode()
    assert "1 lead does not meet MQL definition 71" in page
    assert page.count("Lacks: Engagement score is at least 8 (it has 4).") == 1
