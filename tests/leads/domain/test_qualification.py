from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.domain import criteria
from leads.domain.lifecycle import LifecycleStage, Move, move
from leads.domain.qualification import (
    AUTOMATIC,
    DEFAULT_MQL,
    DEFAULT_MQL_THRESHOLD,
    DEFAULT_SQL,
    Action,
    Decision,
    Threshold,
    decide,
    presumed_inside,
)
from leads.domain.scoring import Crossing

# Timing of generated examples says nothing on a busy machine.
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

INQUIRY, LEAD, MQL, SAL, SQL, OPPORTUNITY, CUSTOMER, RECYCLED, DISQUALIFIED = LifecycleStage
LIMITS = Threshold(enter=50, leave=40)


def judge(stage, score, *, before, holds=True, handoff=False, target=MQL, threshold=LIMITS):
    return decide(
        stage=stage,
        target=target,
        criteria_hold=holds,
        score=score,
        threshold=threshold,
        inside_before=before,
        has_open_handoff=handoff,
    )


@pytest.mark.parametrize("stage", LifecycleStage)
def test_who_crosses_upwards_is_qualified_where_that_is_a_step_forward(stage):
    found = judge(stage, 50, before=False)
    if stage in (INQUIRY, LEAD, RECYCLED):
        assert found == Decision(
            Action.QUALIFY, True, MQL, Crossing.UP, "Meets the definition of MQL with a score of 50."
        )
    else:
        assert found == Decision(Action.KEEP, True, crossing=Crossing.UP)


@pytest.mark.parametrize("stage", LifecycleStage)
def test_who_drops_out_is_taken_back_only_from_the_stage_itself(stage):
    found = judge(stage, 39, before=True)
    if stage is MQL:
        why = "No longer meets the definition of MQL: the score fell to 39, below 40."
        assert found == Decision(Action.REVOKE, False, LEAD, Crossing.DOWN, why)
    else:
        assert found == Decision(Action.KEEP, False, crossing=Crossing.DOWN)


def test_between_the_scores_nothing_changes():
    assert judge(LEAD, 45, before=False) == Decision(Action.KEEP, False)
    assert judge(MQL, 45, before=True) == Decision(Action.KEEP, True)


def test_criteria_alone_take_a_lead_back():
    found = judge(MQL, 90, before=True, holds=False)
    assert (found.action, found.why) == (
        Action.REVOKE,
        "No longer meets the definition of MQL: its criteria do not hold any more.",
    )


def test_a_lead_with_sales_is_not_taken_back():
    assert judge(MQL, 0, before=True, handoff=True) == Decision(Action.KEEP, False, crossing=Crossing.DOWN)


def test_a_revocation_missed_once_is_made_up_for():
    # The lead dropped out while its handoff was open; the handoff was then withdrawn.
    assert judge(MQL, 0, before=False).action is Action.REVOKE


def test_without_scores_the_criteria_decide():
    assert judge(LEAD, 0, before=False, threshold=Threshold()).action is Action.QUALIFY
    assert judge(MQL, 0, before=True, threshold=Threshold()).action is Action.KEEP
    assert judge(MQL, 49, before=True, threshold=Threshold(enter=50)).why.endswith("fell to 49, below 50.")


def test_sql_is_for_people_to_decide():
    found = judge(SAL, 99, before=False, target=SQL)
    assert found == Decision(Action.KEEP, True, crossing=Crossing.UP)
    assert SQL not in AUTOMATIC


def test_leaving_above_entering_is_refused():
    with pytest.raises(ValueError, match="must not be above"):
        judge(LEAD, 1, before=False, threshold=Threshold(40, 50))


@pytest.mark.parametrize(
    ("stage", "reached", "dipped", "expected"),
    [
        (LEAD, False, False, False),
        (LEAD, True, False, True),  # sent back by a person: not promoted again on the same facts
        (LEAD, True, True, False),
        (MQL, False, False, True),
        (SQL, True, True, True),
        (RECYCLED, True, False, True),
        (RECYCLED, True, True, False),
        (RECYCLED, False, False, False),
    ],
)
def test_the_side_before_follows_from_facts(stage, reached, dipped, expected):
    assert presumed_inside(stage, MQL, reached_before=reached, dipped_since=dipped) is expected


@given(
    st.sampled_from(LifecycleStage),
    st.sampled_from(sorted(AUTOMATIC)),
    st.booleans(),
    st.integers(0, 100),
    st.booleans(),
    st.booleans(),
)
@relaxed
def test_deciding_twice_changes_nothing_and_every_move_is_allowed(stage, target, holds, score, before, handoff):
    first = judge(stage, score, before=before, holds=holds, handoff=handoff, target=target)
    if first.stage is not None:
        assert first.why
        assert move(stage, first.stage) is not Move.REFUSED
    second = judge(first.stage or stage, score, before=first.inside, holds=holds, handoff=handoff, target=target)
    assert second.action is Action.KEEP
    assert second.crossing is None


def test_the_first_definitions_can_be_read():
    assert criteria.sentence(criteria.parse(DEFAULT_MQL)) == (
        "E-mail is known, and fit score is at least 20, and engagement score is at least 8."
    )
    assert criteria.sentence(criteria.parse(DEFAULT_SQL)) == (
        "Stage is one of Opportunity, SAL or SQL, and (has met one of us within the last 90 days, or has an open deal)."
    )
    for definition in (DEFAULT_MQL, DEFAULT_SQL):
        assert criteria.to_json(criteria.parse(definition)) == definition
    assert all(
        DEFAULT_MQL_THRESHOLD.passed(score, before) is (score >= (32 if before else 40))
        for score, before in product(range(101), (True, False))
    )
