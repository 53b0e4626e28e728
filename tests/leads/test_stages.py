"""Moving leads between stages."""

from datetime import timedelta

import pytest

from leads.domain.lifecycle import LifecycleStage as S
from leads.models import Definition, DefinitionVersion, StageTransition
from leads.services.stages import advance_stage
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid
from tests.factories import NOW, ago, make_lead

pytestmark = pytest.mark.django_db


def moves(lead):
    """Every transition after the first, as (from, to, imputed)."""
    return [(t.from_stage, t.to_stage, t.imputed) for t in lead.transitions.all()][1:]


def test_advance_stage_writes_the_fact_the_cache_and_the_event(marketer):
    lead = make_lead(stage=S.LEAD)
    transition = advance_stage(lead, S.MQL, actor=marketer, now=NOW, why="Meets the definition.")

    assert moves(lead) == [("lead", "mql", False)]
    assert (transition.occurred_at, transition.actor, transition.why) == (NOW, marketer, "Meets the definition.")
    assert (lead.stage, lead.stage_changed_at) == (S.MQL, NOW)
    lead.refresh_from_db()
    assert (lead.stage, lead.stage_changed_at) == (S.MQL, NOW)
    entry = ActivityEntry.objects.get()
    assert (entry.verb, entry.lead_id, entry.actor) == ("leads.lead_stage_changed", lead.pk, marketer)
    assert (entry.data["old"], entry.data["new"], entry.data["why"]) == ("lead", "mql", "Meets the definition.")


def test_advance_stage_names_the_definition_version_that_caused_it():
    version = DefinitionVersion.objects.create(
        definition=Definition.objects.get_or_create(stage=S.MQL)[0],
        number=77,
        criteria={},
        content_hash="x",
        created_at=NOW,
    )
    lead = make_lead(stage=S.LEAD)
    transition = advance_stage(lead, S.MQL, actor=None, now=NOW, definition_version=version)
    assert transition.definition_version == version
    assert ActivityEntry.objects.get().data["definition_version_id"] == version.pk


def test_advance_stage_to_the_same_stage_changes_nothing():
    lead = make_lead(stage=S.MQL)
    assert advance_stage(lead, S.MQL, actor=None, now=NOW) is None
    assert lead.stage_changed_at == ago(days=30)
    assert StageTransition.objects.count() == 1
    assert not ActivityEntry.objects.exists()


def test_advance_stage_imputes_what_was_skipped_and_flags_it():
    lead = make_lead(stage=S.LEAD)
    advance_stage(lead, S.OPPORTUNITY, actor=None, now=NOW)
    assert moves(lead) == [
        ("lead", "mql", True),
        ("mql", "sal", True),
        ("sal", "sql", True),
        ("sql", "opportunity", False),
    ]
    assert ActivityEntry.objects.count() == 1


def test_advance_stage_imputes_nothing_that_the_lead_has_behind_it():
    lead = make_lead(stage=S.SAL)
    advance_stage(lead, S.RECYCLED, actor=None, now=ago(days=5), why="No budget this year.")
    advance_stage(lead, S.SQL, actor=None, now=NOW)
    assert moves(lead) == [("sal", "recycled", False), ("recycled", "sql", False)]


def test_advance_stage_refuses_what_the_table_does_not_allow():
    lead = make_lead(stage=S.CUSTOMER)
    with pytest.raises(Conflict) as refused:
        advance_stage(lead, S.RECYCLED, actor=None, now=NOW, why="Left us.")
    assert refused.value.code == "stage_move_refused"
    lead.refresh_from_db()
    assert lead.stage == S.CUSTOMER
    assert StageTransition.objects.count() == 1
    assert not ActivityEntry.objects.exists()


def test_advance_stage_out_of_the_funnel_needs_a_reason():
    lead = make_lead(stage=S.MQL)
    with pytest.raises(Invalid) as refused:
        advance_stage(lead, S.DISQUALIFIED, actor=None, now=NOW, why="  ")
    assert refused.value.code == "stage_reason_missing"
    assert list(refused.value.fields) == ["why"]
    assert StageTransition.objects.count() == 1
    assert not ActivityEntry.objects.exists()


def test_advance_stage_twice_to_one_stage_in_one_instant_keeps_both_facts():
    lead = make_lead(stage=S.MQL)
    advance_stage(lead, S.SAL, actor=None, now=NOW)
    advance_stage(lead, S.MQL, actor=None, now=NOW, why="Taken by mistake.")
    advance_stage(lead, S.SAL, actor=None, now=NOW)
    times = list(lead.transitions.filter(to_stage=S.SAL).values_list("occurred_at", flat=True))
    assert times == [NOW, NOW + timedelta(microseconds=1)]


def test_advance_stage_cuts_a_long_reason_to_what_the_fact_holds():
    lead = make_lead(stage=S.MQL)
    transition = advance_stage(lead, S.RECYCLED, actor=None, now=NOW, why="x" * 1000)
    assert len(transition.why) == 300
    assert transition.why.endswith("…")
