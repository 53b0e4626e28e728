"""Qualification decides by what a lead scored at one moment, although scoring does not wait for leads."""

from __future__ import annotations

from leads.domain.lifecycle import LifecycleStage
from leads.models import Lead, Score
from leads.services.qualification import qualify_leads
from tests.factories import NOW, ago, make_definition_version, make_lead, set_score
from tests.races import run_before


def test_a_score_stored_meanwhile_waits_for_the_decision(committed_db: None) -> None:
    make_definition_version(
        LifecycleStage.MQL,
        in_force_from=ago(days=9),
        criteria={"field": "score.fit", "op": "gte", "value": 20},
        enter_score=40,
    )
    lead = make_lead(stage="lead", fit=10, engagement=40, score=50)
    with run_before("leads.services.qualification._facts", lambda: set_score(lead, fit=30, engagement=5, score=35)):
        assert qualify_leads([lead.pk], NOW) == 0
    assert Score.objects.get(lead=lead).score == 35
    assert qualify_leads([lead.pk], NOW) == 0
    assert Lead.objects.get(pk=lead.pk).stage == "lead"
