"""Invariant 1 with two real connections: of two people who accept at the same moment one wins."""

import threading
from functools import partial

import pytest
from django.db import connection

from leads.models import Handoff
from leads.services.handoffs import accept_handoff, create_handoff
from smarketing.accounts.models import Side
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict
from tests.factories import NOW, make_handoff, make_lead, make_team, make_user

pytestmark = pytest.mark.usefixtures("committed_db")


def at_once(*acts):
    """Runs the acts in threads of their own, let go together; results or errors in their order."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            results[place] = act()
        except Conflict as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_two_accept_at_once_one_wins_and_the_other_is_told_who():
    team = make_team("North")
    people = [make_user("Sam Rep", team=team), make_user("Tia Teammate", team=team)]
    for _ in range(5):
        handoff = make_handoff(team=team)
        results = at_once(*(partial(accept_handoff, handoff.pk, actor=person, now=NOW) for person in people))
        won = [result for result in results if isinstance(result, Handoff)]
        lost = [result for result in results if isinstance(result, Conflict)]
        assert (len(won), len(lost)) == (1, 1)
        winner = won[0].owner
        assert lost[0].code == "handoff_already_decided"
        assert lost[0].message == f"{winner.name} accepted it a moment ago."
        handoff.refresh_from_db()
        assert (handoff.status, handoff.owner) == ("accepted", winner)
        assert ActivityEntry.objects.filter(verb="leads.handoff_accepted", subject_id=handoff.pk).count() == 1
        assert handoff.assignments.count() == 1


def test_two_hand_off_the_same_lead_at_once_one_handoff_results():
    team, marketers = make_team("North"), make_team("Demand", side=Side.MARKETING)
    people = [make_user(team=marketers), make_user(team=marketers)]
    lead = make_lead()

    def hand_off(person):
        return create_handoff(lead.pk, team_id=team.pk, next_steps="Call.", actor=person, now=NOW)

    results = at_once(*(partial(hand_off, person) for person in people))
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Handoff"]
    assert [result.code for result in results if isinstance(result, Conflict)] == ["handoff_exists"]
    assert Handoff.objects.filter(lead=lead).count() == 1


def test_in_turn_two_handoffs_at_once_never_use_the_same_turn():
    team, marketers = make_team("North"), make_team("Demand", side=Side.MARKETING)
    reps = [make_user(team=team), make_user(team=team)]
    person = make_user(team=marketers)
    leads = [make_lead(), make_lead()]

    def hand_off(lead):
        return create_handoff(lead.pk, team_id=team.pk, in_turn=True, next_steps="Call.", actor=person, now=NOW)

    results = at_once(*(partial(hand_off, lead) for lead in leads))
    assert {result.owner for result in results} == set(reps)
