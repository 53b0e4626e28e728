"""The rules and the tables use the same words."""

import pytest

from leads.domain import criteria, handoffs, touchpoints
from leads.models import RejectionReason, Touchpoint
from leads.models.deals import DealStage
from smarketing.activity.events import sentence, told


def test_kinds_of_touchpoint():
    assert list(touchpoints.CHOICES) == Touchpoint.Kind.choices


def test_stages_of_a_deal():
    assert list(criteria.DEAL_STAGES) == DealStage.choices


def test_grounds_of_a_rejection():
    grounds = [(ground.value, ground.label) for ground in handoffs.RejectionGround]
    assert grounds == RejectionReason.Ground.choices


@pytest.mark.parametrize(
    ("verb", "facts", "said"),
    [
        (
            "lead_stage_changed",
            {"old": "lead", "new": "mql", "why": "Met."},
            "moved the lead from Lead to MQL: Met.",
        ),
        (
            "lead_stage_changed",
            {"old": "sql", "new": "opportunity", "why": ""},
            "moved the lead from SQL to Opportunity",
        ),
        ("lead_stage_changed", {"old": "gone_stage", "new": "sal", "why": ""}, "moved the lead from gone stage to SAL"),
        ("handoff_answered", {"answer": "requalify"}, "answered sales: Qualify again"),
        ("touchpoint_recorded", {"kind": "email_opened"}, "recorded: E-mail opened"),
        ("attempt_logged", {"kind": "email", "outcome": "no_answer"}, "logged a follow-up (e-mail: no answer)"),
        ("handoff_withdrawn", {"note": ""}, "withdrew the handoff"),
    ],
)
def test_the_log_tells_in_the_words_of_the_product(verb, facts, said):
    assert sentence(f"leads.{verb}", facts) == said


def test_the_facts_of_an_entry_are_told_in_words():
    facts = {
        "lead_id": 7,
        "old": "lead",
        "new": "mql",
        "below_definition": False,
        "definition_version_id": None,
        "occurred_at": "2026-03-01T10:00:00+00:00",
        "changed": {"job_title": "Buyer", "phone": ""},
        "topics": ["a_topic", "b"],
    }
    assert told("leads.lead_stage_changed", facts) == [
        ("Lead id", "7"),
        ("Old", "Lead"),
        ("New", "MQL"),
        ("Below definition", "no"),
        ("Definition version id", "–"),
        ("Occurred at", "1 Mar 2026 10:00"),
        ("Changed", "Job title: Buyer; Phone: –"),
        ("Topics", "a topic, b"),
    ]
