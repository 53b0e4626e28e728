"""Which clocks a handoff must have: the team's, and one for each spell of an owner who had time to keep it."""

from dataclasses import replace
from datetime import UTC, datetime

from sla.domain.promises import HandoffFacts, Spell, expected_clocks

ALL = {"accept", "first_response", "feedback", "disposition", "marketing_answer"}


def at(hour):
    return datetime(2026, 3, 10, hour, tzinfo=UTC)


SENT = HandoffFacts(
    status="pending",
    created_at=at(8),
    decided_at=None,
    attempted_at=None,
    rated_at=None,
    qualified_at=None,
    returned_at=None,
    answered_at=None,
    created_by_id=1,
    spells=(),
)


def owners(facts, kind):
    """(owner, from, kept, cancelled) of each owner's clock of a kind."""
    return [
        (clock.owner_id, clock.started_at, clock.stopped_at, clock.cancelled_at)
        for clock in expected_clocks(facts, ALL)
        if clock.kind == kind and clock.owner_id is not None
    ]


def test_a_pending_handoff_calls_for_a_decision_and_an_answer():
    assert [(clock.kind, clock.owner_id) for clock in expected_clocks(SENT, ALL)] == [
        ("accept", None),
        ("first_response", None),
    ]
    assert [clock.kind for clock in expected_clocks(SENT, {"accept"})] == ["accept"]


def test_an_owners_clock_restarts_with_the_next_owner():
    facts = replace(SENT, spells=(Spell(1, 7, at(8), at(10)), Spell(2, 8, at(10), None)))
    assert owners(facts, "first_response") == [(7, at(8), None, at(10)), (8, at(10), None, None)]


def test_an_owner_who_left_before_the_promise_began_has_no_clock_of_it():
    facts = replace(
        SENT, status="accepted", decided_at=at(11), spells=(Spell(1, 7, at(8), at(10)), Spell(2, 8, at(10), None))
    )
    assert owners(facts, "feedback") == [(8, at(11), None, None)]


def test_an_owner_who_came_after_it_was_kept_has_no_clock_of_it():
    facts = replace(SENT, attempted_at=at(9), spells=(Spell(1, 7, at(8), at(10)), Spell(2, 8, at(10), None)))
    assert owners(facts, "first_response") == [(7, at(8), at(9), None)]


def test_marketing_owes_the_answer_to_a_rejection_by_whoever_sent_the_lead():
    facts = replace(SENT, status="rejected", decided_at=at(9))
    assert owners(facts, "marketing_answer") == [(1, at(9), None, None)]
    assert owners(replace(facts, created_by_id=None), "marketing_answer") == []
    assert [clock.started_at for clock in expected_clocks(facts, {"marketing_answer"})] == [at(9), at(9)]


def test_a_withdrawn_handoff_cancels_what_was_owed():
    facts = replace(SENT, status="withdrawn", decided_at=at(9), spells=(Spell(1, 7, at(8), None),))
    assert owners(facts, "accept") == owners(facts, "first_response") == [(7, at(8), None, at(9))]
