"""Qualification: moves a lead when it crosses the line, once, and names the version."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from leads.domain.criteria import parse
from leads.domain.lifecycle import LifecycleStage
from leads.domain.qualification import Threshold
from leads.models import DefinitionStanding, Lead, StageTransition
from leads.selectors.moves import moves_of
from leads.services.qualification import qualify_changed, qualify_leads
from leads.services.stages import advance_stage
from leads.tasks.scoring import rescore_all, rescore_stale, score_leads, score_pending
from smarketing.activity.models import ActivityEntry
from tests.factories import NOW, ago, make_definition_version, make_handoff, make_lead, make_touchpoint, set_score

pytestmark = pytest.mark.django_db

MQL = LifecycleStage.MQL
GERMAN = {"field": "lead.country", "op": "eq", "value": "DE"}


@pytest.fixture
def version(db: None):
    return make_definition_version("mql", criteria=GERMAN, enter_score=40, leave_score=30, in_force_from=ago(days=9))


def rate(lead: Lead, score: int, country: str = "DE") -> str:
    """The stage of the lead after its facts changed so and the definition was applied."""
    Lead.objects.filter(pk=lead.pk).update(country=country)
    set_score(lead, score=score)
    qualify_leads([lead.pk], NOW)
    lead.refresh_from_db()
    return lead.stage


def crossings(lead: Lead) -> list[tuple[str, int]]:
    entries = ActivityEntry.objects.filter(lead_id=lead.pk, verb="leads.lead_score_crossed").order_by("id")
    return [(entry.data["direction"], entry.data["threshold"]) for entry in entries]


def test_qualify_leads_names_the_version(version) -> None:
    lead = make_lead(country="DE", score=40)
    assert qualify_leads([lead.pk], NOW) == 1
    move = lead.transitions.last()
    assert (move.to_stage, move.definition_version, move.actor) == ("mql", version, None)
    assert move.why == "Meets the definition of MQL with a score of 40."


def test_qualify_leads_again_changes_nothing(version) -> None:
    lead = make_lead(country="DE", score=40)
    qualify_leads([lead.pk], NOW)
    before = (StageTransition.objects.count(), ActivityEntry.objects.count(), DefinitionStanding.objects.get().since)
    assert qualify_leads([lead.pk], NOW) == 0
    assert sum(qualify_changed(NOW)) == 0
    assert before == (
        StageTransition.objects.count(),
        ActivityEntry.objects.count(),
        DefinitionStanding.objects.get().since,
    )


def test_qualify_leads_moves_with_hysteresis_and_records_each_crossing_once(version) -> None:
    lead = make_lead()
    assert [rate(lead, score) for score in (39, 40, 45, 30, 31, 29, 35, 39, 40)] == [
        "lead",
        "mql",
        "mql",
        "mql",
        "mql",
        "lead",
        "lead",
        "lead",
        "mql",
    ]
    assert crossings(lead) == [("up", 40), ("down", 30), ("up", 40)]


def test_qualify_leads_counts_the_crossing_of_a_lead_that_does_not_qualify(version) -> None:
    lead = make_lead()
    assert [rate(lead, 50, "FR"), rate(lead, 50, "FR"), rate(lead, 10, "FR")] == ["lead"] * 3
    assert crossings(lead) == [("up", 40), ("down", 30)]


def test_qualify_leads_leaves_a_lead_that_was_sent_back_until_it_dropped_out(version) -> None:
    lead = make_lead()
    rate(lead, 50)
    advance_stage(lead, "recycled", actor=None, now=NOW, why="Not now.")
    assert [rate(lead, 50), rate(lead, 60)] == ["recycled", "recycled"]
    Lead.objects.filter(pk=lead.pk).update(last_touch_at=NOW + timedelta(days=1))
    assert [rate(lead, 50), rate(lead, 20), rate(lead, 45)] == ["recycled", "recycled", "mql"]


def test_qualify_leads_leaves_a_recycled_lead_that_did_nothing_since(version) -> None:
    lead = make_lead()
    advance_stage(lead, "recycled", actor=None, now=NOW, why="Not now.")
    assert [rate(lead, 20), rate(lead, 45)] == ["recycled", "recycled"]
    Lead.objects.filter(pk=lead.pk).update(last_touch_at=NOW + timedelta(days=1))
    assert sum(qualify_changed(NOW)) == 1
    lead.refresh_from_db()
    assert lead.stage == "mql"


def test_qualify_leads_takes_back_only_what_a_definition_gave(version) -> None:
    imported = make_lead(stage="mql", country="FR")
    assert rate(imported, 0, "FR") == "mql"
    lead = make_lead()
    rate(lead, 50)
    assert rate(lead, 50, "FR") == "lead"
    assert lead.transitions.last().why.endswith("its criteria do not hold any more.")


def test_qualify_leads_leaves_a_lead_that_is_with_sales(version) -> None:
    lead = make_lead()
    rate(lead, 50)
    make_handoff(lead)
    assert rate(lead, 0) == "mql"


def test_qualify_leads_without_a_definition_does_nothing() -> None:
    lead = make_lead(country="DE", score=90)
    assert qualify_leads([lead.pk], NOW) == 0
    assert sum(qualify_changed(NOW)) == 0


def test_qualify_changed_finds_everybody_who_crossed(version) -> None:
    up, fallen, left, still = make_lead(), make_lead(), make_lead(), make_lead()
    for lead in (fallen, left, still):
        rate(lead, 50)
    Lead.objects.filter(pk=up.pk).update(country="de")
    set_score(up, score=44)
    set_score(fallen, score=29)
    Lead.objects.filter(pk=left.pk).update(country="FR")
    assert sum(qualify_changed(NOW)) == 3
    assert sorted(Lead.objects.filter(stage="mql").values_list("pk", flat=True)) == sorted([still.pk, up.pk])
    assert sum(qualify_changed(NOW)) == 0


def test_a_new_version_is_applied_to_everybody(version) -> None:
    lead, other = make_lead(country="DE", score=50), make_lead(country="FR", score=50)
    qualify_leads([lead.pk, other.pk], NOW)
    version.in_force_until = NOW
    version.save(update_fields=["in_force_until"])
    french = {"field": "lead.country", "op": "eq", "value": "FR"}
    newer = make_definition_version("mql", criteria=french, in_force_from=NOW)
    assert sum(qualify_changed(NOW)) == 2
    lead.refresh_from_db()
    other.refresh_from_db()
    assert (lead.stage, other.stage) == ("lead", "mql")
    assert lead.transitions.last().definition_version == newer


def test_a_stricter_version_moves_nobody_up(version, marketing_manager) -> None:
    """Whoever meets the stricter one met the one before: none of them has crossed."""
    recycled, sent_back, below = make_lead(), make_lead(), make_lead()
    for lead in (recycled, sent_back):
        rate(lead, 60)
    rate(below, 35)
    advance_stage(recycled, "recycled", actor=None, now=ago(hours=1), why="Not now.")
    advance_stage(sent_back, "lead", actor=None, now=ago(hours=1), why="No intent yet.")
    Lead.objects.filter(pk=recycled.pk).update(last_touch_at=NOW)
    newer = replaced(version, enter_score=45, leave_score=40)
    assert moves(newer, marketing_manager).up == {}
    assert sum(qualify_changed(NOW)) == 0
    # Having dropped out of the new one, they come back as anybody.
    assert [rate(recycled, 10), rate(recycled, 50), rate(sent_back, 10), rate(sent_back, 50)] == [
        "recycled",
        "mql",
        "lead",
        "mql",
    ]


def replaced(version, **terms):
    """The version that follows."""
    version.in_force_until = NOW
    version.save(update_fields=["in_force_until"])
    return make_definition_version("mql", in_force_from=NOW, **{"criteria": GERMAN, **terms})


def moves(version, user):
    """What a manager is told before signing."""
    threshold = Threshold(version.enter_score, version.leave_score)
    return moves_of(user, MQL, parse(version.criteria), threshold, NOW)


@pytest.mark.parametrize("seed", range(6))
def test_what_a_version_would_move_is_what_it_moves(version, marketing_manager, seed) -> None:
    chance = random.Random(seed)
    leads = [make_lead(stage=chance.choice(["inquiry", "lead", "lead", "mql"])) for _ in range(40)]
    for lead in leads:
        rate(lead, chance.randrange(100), chance.choice(["DE", "DE", "FR"]))
        if lead.stage == "mql" and chance.random() < 0.3:
            make_handoff(lead)
        elif lead.stage != "inquiry" and chance.random() < 0.3:
            advance_stage(lead, "recycled", actor=None, now=ago(hours=1), why="Not now.")
        touched = chance.choice([None, ago(hours=2), NOW])
        Lead.objects.filter(pk=lead.pk).update(last_touch_at=touched, country=chance.choice(["DE", "FR"]))
        if chance.random() < 0.5:
            rate(lead, chance.randrange(100), lead.country)
    newer = replaced(version, enter_score=chance.choice([None, 30, 50]), leave_score=None)
    told, before = moves(newer, marketing_manager), dict(Lead.objects.values_list("pk", "stage"))
    assert sum(qualify_changed(NOW)) == told.rising + told.back
    after = dict(Lead.objects.values_list("pk", "stage"))
    moved = Counter((before[pk], after[pk]) for pk in before if before[pk] != after[pk])
    assert moved == Counter({**{(stage, "mql"): n for stage, n in told.up.items()}, ("mql", "lead"): told.back})


def test_tasks_score_then_qualify(db: None) -> None:
    make_definition_version("mql", criteria=GERMAN, enter_score=20, leave_score=10, in_force_from=ago(days=9))
    first, second, third = (make_touchpoint(make_lead(country="DE"), kind="demo_requested").lead for _ in range(3))
    for lead in (first, second, third):
        lead.touchpoints.update(occurred_at=lead.touchpoints.get().recorded_at)
    score_leads([first.pk])
    assert [lead.stage for lead in Lead.objects.order_by("pk")] == ["mql", "lead", "lead"]
    assert score_pending() == 2
    assert set(Lead.objects.values_list("stage", flat=True)) == {"mql"}
    assert rescore_stale() == 0
    assert rescore_all() == 0
