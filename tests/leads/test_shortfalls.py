"""Handing off what the agreed definition does not cover is a person's decision, and everybody is told."""

import pytest
from django.urls import reverse

from leads.domain.lifecycle import LifecycleStage as S
from leads.services.handoffs import accept_handoff, create_handoff, qualify_lead
from leads.services.stages import advance_stage
from smarketing.activity.models import ActivityEntry
from tests.factories import NOW, ago, make_definition_version, make_handoff, make_lead

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


# --- Qualifying below the SQL definition ---------------------------------------------------------------------


@pytest.fixture
def agreed_sql():
    criteria = {"all": [{"field": "score.fit", "op": "gte", "value": 30}, {"field": "lead.email", "op": "is_set"}]}
    return make_definition_version(S.SQL, number=81, in_force_from=ago(days=9), criteria=criteria)


def accepted(rep, **lead):
    handoff = make_handoff(make_lead(stage=S.MQL, **lead))
    return accept_handoff(handoff.pk, actor=rep, now=ago(minutes=30))


def test_who_qualifies_below_the_definition_is_told_and_history_says_so(agreed_sql, rep, login):
    handoff = accepted(rep, email="new@lead.example", fit=12)
    here = reverse("leads:handoff-qualify", args=[handoff.pk])
    page = login(rep).get(here).content.decode()
    assert "It does not meet SQL definition 81" in page
    assert "It lacks: Fit score is at least 30 (it has 12)." in page
    login(rep).post(here, {"note": "They have the budget."})
    move = handoff.lead.transitions.get(to_stage=S.SQL)
    assert (move.why, move.definition_version) == (
        "They have the budget. Below the definition: Fit score is at least 30 (it has 12).",
        agreed_sql,
    )
    entry = ActivityEntry.objects.get(verb="leads.lead_qualified")
    assert entry.data["unmet"] == ["Fit score is at least 30 (it has 12)"]


def test_who_qualifies_what_meets_the_definition_reads_what_it_asks(agreed_sql, rep, login):
    handoff = accepted(rep, email="new@lead.example", fit=42)
    page = login(rep).get(reverse("leads:handoff-qualify", args=[handoff.pk])).content.decode()
    assert "It meets SQL definition 81: all of these: Fit score is at least 30." in page
    qualify_lead(handoff.pk, actor=rep, now=NOW)
    assert handoff.lead.transitions.get(to_stage=S.SQL).why == "Sales confirmed a need."


def test_a_long_note_leaves_room_for_what_the_lead_lacks(agreed_sql, rep):
    handoff = accepted(rep, fit=12)
    qualify_lead(handoff.pk, note="x" * 400, actor=rep, now=NOW)
    why = handoff.lead.transitions.get(to_stage=S.SQL).why
    assert len(why) == 300
    assert why.endswith("x… Below the definition: Fit score is at least 30 (it has 12).")


def test_a_lead_is_qualified_without_a_word_of_a_definition_where_none_is_agreed(rep, login):
    handoff = accepted(rep)
    assert "SQL definition" not in login(rep).get(reverse("leads:handoff-qualify", args=[handoff.pk])).content.decode()
    qualify_lead(handoff.pk, note="They have the budget.", actor=rep, now=NOW)
    assert handoff.lead.transitions.get(to_stage=S.SQL).why == "They have the budget."
