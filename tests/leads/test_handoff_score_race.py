"""A handoff freezes what the lead scored at one moment, although scoring does not wait for leads."""

from __future__ import annotations

from leads.domain.lifecycle import LifecycleStage
from leads.models import Score
from leads.services.handoffs import create_handoff
from leads.services.scoring import score_leads
from smarketing.accounts.models import Side
from tests.factories import NOW, ago, make_definition_version, make_lead, make_team, make_touchpoint, make_user
from tests.races import run_before


def test_a_score_stored_meanwhile_waits_for_the_handoff(committed_db: None) -> None:
    make_definition_version(
        LifecycleStage.MQL,
        in_force_from=ago(days=9),
        criteria={"field": "lead.country", "op": "eq", "value": "NO"},
        enter_score=5,
    )
    marketer = make_user(team=make_team(side=Side.MARKETING))
    lead, team = make_lead(country="NO"), make_team(side=Side.SALES)
    score_leads([lead.pk], NOW)
    before = Score.objects.get(lead=lead).score
    assert before < 5
    make_touchpoint(lead, kind="demo_requested", occurred_at=NOW)
    with run_before("leads.selectors.packets.shortfalls", lambda: score_leads([lead.pk], NOW)):
        handoff = create_handoff(lead.pk, team_id=team.pk, next_steps="Call.", actor=marketer, now=NOW)
    assert Score.objects.get(lead=lead).score >= 5
    assert (handoff.score, handoff.why_now["score"]) == (before, before)
    assert handoff.why_now["unmet"] == [f"Total score reaches 5 (it has {before})"]
    assert handoff.lead.transitions.get(to_stage="mql").below_definition
