"""Handing leads to sales and deciding about them: one test per way in and way out."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps

from leads.domain.handoffs import DEFAULT_REASONS
from leads.domain.lifecycle import LifecycleStage as S
from leads.models import Assignment, Handoff, Lead, RejectionReason
from leads.services.attempts import log_attempt
from leads.services.feedback import give_feedback
from leads.services.handoffs import (
    Brief,
    accept_handoff,
    answer_handoff,
    create_handoff,
    create_handoffs,
    qualify_lead,
    reassign_handoff,
    reject_handoff,
    return_handoff,
    time_ago,
    withdraw_handoff,
)
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import (
    NOW,
    ago,
    make_content,
    make_deal,
    make_definition_version,
    make_handoff,
    make_lead,
    make_reason,
    make_touchpoint,
    make_user,
    set_score,
)
from tests.leads.refusals import everything, refused

pytestmark = pytest.mark.django_db


def verbs():
    """What the log says happened, oldest first."""
    return list(ActivityEntry.objects.order_by("id").values_list("verb", flat=True))


# --- Handing off ------------------------------------------------------------------------------------------


def test_create_handoff_moves_the_lead_to_mql_and_tells_sales(marketer, rep, sales_team):
    lead = make_lead(stage=S.LEAD, score=84, band="A2", fit=70, engagement=60)
    handoff = create_handoff(
        lead.pk,
        team_id=sales_team.pk,
        owner_id=rep.pk,
        next_steps=" Call today. ",
        messaging="Open with the outage.",
        pain_points="Two hours lost per outage.",
        actor=marketer,
        now=NOW,
    )
    assert (handoff.status, handoff.team, handoff.owner, handoff.created_by) == ("pending", sales_team, rep, marketer)
    assert (handoff.next_steps, handoff.messaging) == ("Call today.", "Open with the outage.")
    assert (handoff.score, handoff.band, handoff.round, handoff.previous) == (84, "A2", 1, None)
    lead.refresh_from_db()
    assert (lead.stage, lead.owner) == (S.MQL, None)
    assignment = Assignment.objects.get()
    assert (assignment.owner, assignment.assigned_at, assignment.ended_at) == (rep, NOW, None)
    assert verbs() == ["leads.lead_stage_changed", "leads.handoff_created"]
    entry = ActivityEntry.objects.get(verb="leads.handoff_created")
    assert entry.data["owner_id"] == rep.pk
    assert entry.lead_id == lead.pk


def test_create_handoff_freezes_why_now(marketer, sales_team):
    version = make_definition_version(S.MQL, number=70, in_force_from=ago(days=9), summary="Fits and asked.")
    lead = make_lead(stage=S.MQL, score=91, band="A1")
    make_touchpoint(lead, kind="page_view", occurred_at=ago(hours=2))
    make_touchpoint(lead, kind="demo_requested", occurred_at=ago(days=3), content=make_content(title="Outages"))
    make_touchpoint(lead, kind="demo_requested", occurred_at=ago(days=300))
    handoff = create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)

    assert handoff.why_now["headline"] == "Demo requested: Outages"
    assert handoff.why_now["definition"] == "MQL definition 70"
    assert handoff.why_now["definition_version_id"] == version.pk
    assert (handoff.why_now["score"], handoff.why_now["band"]) == (91, "A1")
    assert sum(line["points"] for line in handoff.why_now["lines"]) == 91
    assert all(line["points"] and line["label"] for line in handoff.why_now["lines"])
    set_score(lead, score=3)
    handoff.refresh_from_db()
    assert handoff.why_now["score"] == 91


def test_create_handoff_without_an_owner_is_for_anybody_of_the_team(marketer, sales_team):
    handoff = create_handoff(make_lead().pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)
    assert handoff.owner is None
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("who", ["rep", "sales_manager", "admin", "executive"])
def test_create_handoff_is_marketings(request, who, sales_team):
    person = request.getfixturevalue(who)
    lead = make_lead(owner=person if who == "rep" else None)
    with refused(NotAllowed):
        create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=person, now=NOW)


def test_create_handoff_refuses_an_unknown_lead(marketer, sales_team):
    with refused(NotFound):
        create_handoff(0, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)


def test_create_handoff_refuses_a_marketing_team(marketer, marketing_team):
    lead = make_lead()
    with refused(Invalid, "not_a_sales_team"):
        create_handoff(lead.pk, team_id=marketing_team.pk, next_steps="Call.", actor=marketer, now=NOW)


def test_create_handoff_refuses_a_rep_of_another_team(marketer, sales_team, stranger):
    lead = make_lead()
    with refused(Invalid, "not_a_rep_of_the_team"):
        create_handoff(
            lead.pk, team_id=sales_team.pk, owner_id=stranger.pk, next_steps="Call.", actor=marketer, now=NOW
        )


def test_create_handoff_refuses_a_rep_who_has_left(marketer, sales_team, rep):
    rep.is_active = False
    rep.save()
    lead = make_lead()
    with refused(Invalid, "not_a_rep_of_the_team"):
        create_handoff(lead.pk, team_id=sales_team.pk, owner_id=rep.pk, next_steps="Call.", actor=marketer, now=NOW)


def test_create_handoff_needs_next_steps(marketer, sales_team):
    lead = make_lead()
    with refused(Invalid, "next_steps_missing"):
        create_handoff(lead.pk, team_id=sales_team.pk, next_steps="  ", actor=marketer, now=NOW)


def test_create_handoff_refuses_a_second_one_while_the_first_waits(marketer, sales_team):
    lead = make_lead(stage=S.MQL)
    make_handoff(lead, team=sales_team)
    with refused(Conflict, "handoff_exists", match="handed to Sales North 1 hour ago"):
        create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)


def test_create_handoff_refuses_a_lead_that_sales_works_and_says_who(marketer, rep, sales_team):
    lead = make_lead(stage=S.MQL)
    accept_handoff(make_handoff(lead, team=sales_team).pk, actor=rep, now=ago(minutes=20))
    with refused(Conflict, "handoff_exists", match="Sam Rep accepted it 20 minutes ago"):
        create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)


@pytest.mark.parametrize(("stage", "code"), [(S.DISQUALIFIED, "lead_disqualified"), (S.CUSTOMER, "lead_is_customer")])
def test_create_handoff_refuses_who_will_not_buy_or_has_bought(marketer, sales_team, stage, code):
    lead = make_lead(stage=stage)
    with refused(Conflict, code):
        create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)


def test_create_handoff_after_recycling_links_to_the_one_before(marketer, rep, sales_team):
    lead = make_lead(stage=S.RECYCLED)
    before = make_handoff(lead, team=sales_team, status="accepted", owner=rep, decided_at=NOW, decided_by=rep)
    handoff = create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Again.", actor=marketer, now=NOW)
    assert (handoff.previous, handoff.round) == (before, 2)
    lead.refresh_from_db()
    assert lead.stage == S.MQL


def test_create_handoff_of_a_rejected_lead_answers_the_rejection(marketer, rep, sales_team):
    lead = make_lead(stage=S.MQL)
    before = make_handoff(lead, team=sales_team)
    reject_handoff(before.pk, reason_code=make_reason().code, actor=rep, now=ago(minutes=5))
    again = create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Again.", actor=marketer, now=NOW)
    before.refresh_from_db()
    assert (before.answered_at, again.previous, again.round) == (NOW, before, 2)
    assert verbs() == ["leads.handoff_rejected", "leads.handoff_answered", "leads.handoff_created"]


def test_create_handoff_turns_a_second_pending_row_into_a_conflict(marketer, sales_team, monkeypatch):
    """A program that writes past the service: the table's constraint is the last line."""
    lead = make_lead(stage=S.MQL)
    make_handoff(lead, team=sales_team)
    monkeypatch.setattr("leads.services.handoffs.creating._refuse_while_open", lambda *args, **kwargs: None)
    with refused(Conflict, "handoff_exists"):
        create_handoff(lead.pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=NOW)


def test_create_handoffs_tells_what_became_of_each(marketer, sales_team):
    good, customer, known = make_lead(), make_lead(stage=S.CUSTOMER), make_lead(stage=S.MQL)
    make_handoff(known, team=sales_team)
    results = create_handoffs(
        [good.pk, customer.pk, known.pk, 0, good.pk],
        Brief(sales_team.pk, next_steps="Call."),
        actor=marketer,
        now=NOW,
    )
    assert [(r.lead_id, r.handoff is not None, r.error and r.error.code) for r in results] == [
        (good.pk, True, None),
        (customer.pk, False, "lead_is_customer"),
        (known.pk, False, "handoff_exists"),
        (0, False, "not_found"),
    ]
    assert Handoff.objects.count() == 2


@pytest.mark.parametrize(("count", "code"), [(0, "no_leads"), (501, "too_many_leads")])
def test_create_handoffs_refuses_none_and_too_many(marketer, sales_team, count, code):
    with refused(Invalid, code):
        create_handoffs(range(count), Brief(sales_team.pk, next_steps="Call."), actor=marketer, now=NOW)


def test_create_handoffs_is_marketings(rep, sales_team):
    lead = make_lead()
    with refused(NotAllowed):
        create_handoffs([lead.pk], Brief(sales_team.pk, next_steps="Call."), actor=rep, now=NOW)


# --- Whose turn -------------------------------------------------------------------------------------------


def hand_off_in_turn(marketer, team, lead=None, now=NOW):
    lead = lead or make_lead()
    return create_handoff(lead.pk, team_id=team.pk, in_turn=True, next_steps="Call.", actor=marketer, now=now)


def test_in_turn_two_reps_share_thirty_leads_evenly(marketer, rep, teammate, sales_manager, sales_team):
    owners = [hand_off_in_turn(marketer, sales_team, now=NOW + timedelta(minutes=n)).owner for n in range(30)]
    assert {person: owners.count(person) for person in set(owners)} == {rep: 15, teammate: 15}


def test_in_turn_a_lead_rejected_for_its_fit_was_no_turn(marketer, rep, teammate, sales_team):
    first = hand_off_in_turn(marketer, sales_team)
    assert first.owner == rep
    second = hand_off_in_turn(marketer, sales_team, now=NOW + timedelta(minutes=1))
    assert second.owner == teammate
    reject_handoff(
        second.pk, reason_code=make_reason(ground="fit").code, actor=teammate, now=NOW + timedelta(minutes=2)
    )
    assert hand_off_in_turn(marketer, sales_team, now=NOW + timedelta(minutes=3)).owner == teammate


def test_in_turn_leaves_out_who_rejected_this_lead_before(marketer, rep, teammate, sales_team):
    lead = make_lead()
    first = hand_off_in_turn(marketer, sales_team, lead)
    assert first.owner == rep
    reject_handoff(first.pk, reason_code=make_reason().code, actor=rep, now=NOW + timedelta(minutes=1))
    assert hand_off_in_turn(marketer, sales_team, lead, NOW + timedelta(minutes=2)).owner == teammate


def test_in_turn_falls_to_the_manager_of_a_team_without_reps(marketer, sales_manager, sales_team):
    assert hand_off_in_turn(marketer, sales_team).owner == sales_manager


def test_in_turn_refuses_a_team_where_nobody_can(marketer, sales_team, rep):
    rep.is_active = False
    rep.save()
    lead = make_lead()
    with refused(Invalid, "nobody_in_turn"):
        hand_off_in_turn(marketer, sales_team, lead)


# --- Accepting --------------------------------------------------------------------------------------------


def test_accept_handoff_makes_it_the_reps(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    accept_handoff(handoff.pk, actor=rep, now=NOW)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.owner, handoff.decided_by, handoff.decided_at) == ("accepted", rep, rep, NOW)
    assert (handoff.lead.stage, handoff.lead.owner) == (S.SAL, rep)
    assert list(handoff.assignments.values_list("owner", "ended_at")) == [(rep.pk, None)]
    assert verbs() == ["leads.lead_stage_changed", "leads.handoff_accepted"]


def test_accept_handoff_by_the_manager_leaves_it_the_reps(rep, sales_manager, sales_team):
    handoff = make_handoff(team=sales_team, owner=rep)
    accept_handoff(handoff.pk, actor=sales_manager, now=NOW)
    handoff.refresh_from_db()
    assert (handoff.owner, handoff.decided_by, handoff.lead.owner) == (rep, sales_manager, rep)


def test_accept_handoff_leaves_a_lead_alone_that_is_further_on(rep, sales_team):
    handoff = make_handoff(make_lead(stage=S.OPPORTUNITY), team=sales_team)
    accept_handoff(handoff.pk, actor=rep, now=NOW)
    handoff.lead.refresh_from_db()
    assert handoff.lead.stage == S.OPPORTUNITY
    assert verbs() == ["leads.handoff_accepted"]


def test_accept_handoff_tells_the_loser_who_won(rep, teammate, sales_team):
    handoff = make_handoff(team=sales_team)
    accept_handoff(handoff.pk, actor=rep, now=ago(minutes=2))
    with refused(Conflict, "handoff_already_decided", match=r"^Sam Rep accepted it 2 minutes ago\.$"):
        accept_handoff(handoff.pk, actor=teammate, now=NOW)


def test_accept_handoff_twice_says_you_did(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    accept_handoff(handoff.pk, actor=rep, now=NOW)
    with refused(Conflict, "handoff_already_decided", match=r"^You accepted it a moment ago\.$"):
        accept_handoff(handoff.pk, actor=rep, now=NOW)


def test_accept_handoff_of_a_teammate_is_refused(rep, teammate, sales_team):
    handoff = make_handoff(team=sales_team, owner=rep)
    with refused(NotAllowed):
        accept_handoff(handoff.pk, actor=teammate, now=NOW)


@pytest.mark.parametrize("who", ["marketer", "marketing_manager", "admin", "executive"])
def test_accept_handoff_is_sales(request, who, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(NotAllowed):
        accept_handoff(handoff.pk, actor=request.getfixturevalue(who), now=NOW)


def test_accept_handoff_of_another_team_is_not_found(stranger, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(NotFound):
        accept_handoff(handoff.pk, actor=stranger, now=NOW)


def test_accept_handoff_of_a_lead_disqualified_meanwhile_is_refused(rep, sales_team):
    handoff = make_handoff(make_lead(stage=S.DISQUALIFIED), team=sales_team)
    with refused(Conflict, "stage_move_refused"):
        accept_handoff(handoff.pk, actor=rep, now=NOW)


# --- Rejecting --------------------------------------------------------------------------------------------


def test_reject_handoff_keeps_the_stage_and_says_why(rep, sales_team):
    handoff = make_handoff(team=sales_team, owner=rep)
    reason = make_reason(ground="data", label="Wrong number")
    reject_handoff(handoff.pk, reason_code=reason.code, note=" Bounced. ", actor=rep, now=NOW)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.rejection_reason, handoff.note) == ("rejected", reason, "Bounced.")
    assert handoff.lead.stage == S.MQL
    assert handoff.assignments.get().ended_at == NOW
    entry = ActivityEntry.objects.get()
    assert entry.verb == "leads.handoff_rejected"
    assert (entry.data["reason"], entry.data["ground"], entry.data["note"]) == ("Wrong number", "data", "Bounced.")


@pytest.mark.parametrize("code", ["", "no-such-reason"])
def test_reject_handoff_needs_a_reason(rep, sales_team, code):
    handoff = make_handoff(team=sales_team)
    with refused(Invalid, "reason_missing") as caught:
        reject_handoff(handoff.pk, reason_code=code, actor=rep, now=NOW)
    assert list(caught.value.fields) == ["reason"]


def test_reject_handoff_for_something_else_needs_words(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(Invalid, "note_missing") as caught:
        reject_handoff(handoff.pk, reason_code=make_reason(needs_note=True).code, note="n/a", actor=rep, now=NOW)
    assert list(caught.value.fields) == ["note"]


def test_reject_handoff_refuses_a_retired_reason(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(Invalid, "reason_retired"):
        reject_handoff(handoff.pk, reason_code=make_reason(archived_at=ago(days=1)).code, actor=rep, now=NOW)


def test_reject_handoff_after_somebody_accepted_is_a_conflict(rep, teammate, sales_team):
    handoff = make_handoff(team=sales_team)
    accept_handoff(handoff.pk, actor=rep, now=ago(hours=1))
    with refused(Conflict, "handoff_already_decided", match="Sam Rep accepted it 1 hour ago"):
        reject_handoff(handoff.pk, reason_code=make_reason().code, actor=teammate, now=NOW)


def test_the_agreed_reasons_are_there_from_the_start():
    RejectionReason.objects.all().delete()
    migration = importlib.import_module("leads.migrations.0002_rejection_reasons")
    for _ in range(2):
        migration.add(apps, None)
    reasons = list(RejectionReason.objects.filter(archived_at=None))
    assert [r.code for r in reasons] == [r.code for r in DEFAULT_REASONS]
    assert [r.label for r in reasons] == [r.label for r in DEFAULT_REASONS]
    assert [r.ground for r in reasons] == [r.ground for r in DEFAULT_REASONS]
    assert [r.code for r in reasons if r.needs_note] == ["other"]
    assert all(r.clause for r in reasons if r.ground != "other")


# --- Returning --------------------------------------------------------------------------------------------


@pytest.fixture
def accepted(rep, sales_team):
    """A handoff that Sam accepted half an hour ago."""
    handoff = make_handoff(team=sales_team)
    return accept_handoff(handoff.pk, actor=rep, now=ago(minutes=30))


def test_return_handoff_makes_the_lead_an_mql_again(rep, accepted):
    return_handoff(accepted.pk, note="Moved to another firm.", actor=rep, now=NOW)
    accepted.refresh_from_db()
    assert (accepted.status, accepted.returned_at, accepted.note) == ("returned", NOW, "Moved to another firm.")
    assert (accepted.decided_at, accepted.decided_by) == (ago(minutes=30), rep)
    assert (accepted.lead.stage, accepted.lead.owner) == (S.MQL, None)
    assert accepted.assignments.get().ended_at == NOW
    assert verbs()[-2:] == ["leads.lead_stage_changed", "leads.handoff_returned"]


def test_return_handoff_may_name_a_reason_of_the_list(rep, accepted):
    reason = make_reason()
    return_handoff(accepted.pk, note="No budget.", reason_code=reason.code, actor=rep, now=NOW)
    accepted.refresh_from_db()
    assert accepted.rejection_reason == reason


def test_return_handoff_needs_words(rep, accepted):
    with refused(Invalid, "note_missing"):
        return_handoff(accepted.pk, note=" ", actor=rep, now=NOW)


def test_return_handoff_that_waits_is_refused(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(Conflict, "handoff_not_accepted"):
        return_handoff(handoff.pk, note="Why.", actor=rep, now=NOW)


def test_return_handoff_twice_says_who(rep, sales_manager, accepted):
    return_handoff(accepted.pk, note="Gone.", actor=sales_manager, now=ago(minutes=3))
    with refused(Conflict, "handoff_already_decided", match="Saul Saleslead returned it to marketing 3 minutes ago"):
        return_handoff(accepted.pk, note="Gone.", actor=rep, now=NOW)


def test_return_handoff_with_an_open_deal_is_refused(rep, accepted):
    make_deal(lead=accepted.lead)
    with refused(Conflict, "deal_open"):
        return_handoff(accepted.pk, note="Gone.", actor=rep, now=NOW)


def test_return_handoff_of_a_customer_is_refused(rep, accepted):
    accepted.lead.stage = S.CUSTOMER
    accepted.lead.save()
    with refused(Conflict, "lead_moved_on"):
        return_handoff(accepted.pk, note="Gone.", actor=rep, now=NOW)


def test_return_handoff_of_a_teammate_is_refused(teammate, accepted):
    with refused(NotAllowed):
        return_handoff(accepted.pk, note="Gone.", actor=teammate, now=NOW)


# --- Withdrawing, reassigning -----------------------------------------------------------------------------


def test_withdraw_handoff_takes_it_back(marketer, rep, sales_team):
    handoff = make_handoff(team=sales_team, owner=rep)
    withdraw_handoff(handoff.pk, note="Wrong team.", actor=marketer, now=NOW)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.decided_by, handoff.note) == ("withdrawn", marketer, "Wrong team.")
    assert verbs() == ["leads.handoff_withdrawn"]


def test_withdraw_handoff_that_sales_took_is_refused(marketer, accepted):
    with refused(Conflict, "handoff_already_decided", match="Sam Rep accepted it 30 minutes ago"):
        withdraw_handoff(accepted.pk, actor=marketer, now=NOW)


def test_withdraw_handoff_is_marketings(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(NotAllowed):
        withdraw_handoff(handoff.pk, actor=rep, now=NOW)


def test_reassign_handoff_ends_one_time_as_owner_and_begins_another(rep, teammate, sales_manager, accepted):
    reassign_handoff(accepted.pk, owner_id=teammate.pk, why="On leave.", actor=sales_manager, now=NOW)
    accepted.refresh_from_db()
    assert (accepted.owner, accepted.lead.owner) == (teammate, teammate)
    assert list(accepted.assignments.values_list("owner", "ended_at", "why")) == [
        (rep.pk, NOW, "took it"),
        (teammate.pk, None, "On leave."),
    ]
    entry = ActivityEntry.objects.order_by("id").last()
    assert (entry.data["old_owner_id"], entry.data["new_owner_id"]) == (rep.pk, teammate.pk)


def test_reassign_handoff_to_its_owner_changes_nothing(rep, sales_manager, accepted):
    before = everything()
    reassign_handoff(accepted.pk, owner_id=rep.pk, actor=sales_manager, now=NOW)
    assert everything() == before


def test_reassign_handoff_that_waits_leaves_the_lead_without_an_owner(teammate, sales_manager, sales_team):
    handoff = make_handoff(team=sales_team)
    reassign_handoff(handoff.pk, owner_id=teammate.pk, actor=sales_manager, now=NOW)
    handoff.refresh_from_db()
    assert (handoff.owner, handoff.status, handoff.lead.owner) == (teammate, "pending", None)


def test_reassign_handoff_to_another_team_is_refused(stranger, sales_manager, accepted):
    with refused(Invalid, "not_a_rep_of_the_team"):
        reassign_handoff(accepted.pk, owner_id=stranger.pk, actor=sales_manager, now=NOW)


def test_reassign_handoff_that_is_closed_is_refused(rep, teammate, sales_manager, sales_team):
    handoff = make_handoff(team=sales_team)
    reject_handoff(handoff.pk, reason_code=make_reason().code, actor=rep, now=ago(minutes=9))
    with refused(Conflict, "handoff_already_decided"):
        reassign_handoff(handoff.pk, owner_id=teammate.pk, actor=sales_manager, now=NOW)


def test_reassign_handoff_is_the_managers(rep, teammate, accepted):
    with refused(NotAllowed):
        reassign_handoff(accepted.pk, owner_id=teammate.pk, actor=rep, now=NOW)


def test_reassign_handoff_is_not_for_the_manager_of_another_team(rep, teammate, other_sales_team, accepted):
    other = make_user("Olga Other", team=other_sales_team, manager=True)
    with refused(NotAllowed):
        reassign_handoff(accepted.pk, owner_id=teammate.pk, actor=other, now=NOW)


# --- Answering --------------------------------------------------------------------------------------------


@pytest.fixture
def rejected(rep, sales_team):
    """A handoff that Sam rejected half an hour ago."""
    handoff = make_handoff(team=sales_team)
    return reject_handoff(handoff.pk, reason_code=make_reason().code, actor=rep, now=ago(minutes=30))


@pytest.mark.parametrize(
    ("answer", "stage"), [("recycle", S.RECYCLED), ("disqualify", S.DISQUALIFIED), ("requalify", S.MQL)]
)
def test_answer_handoff_moves_the_lead(marketer, rejected, answer, stage):
    answer_handoff(rejected.pk, answer=answer, note="Not this year.", actor=marketer, now=NOW)
    rejected.refresh_from_db()
    assert (rejected.answered_at, rejected.lead.stage, rejected.status) == (NOW, stage, "rejected")
    entry = ActivityEntry.objects.get(verb="leads.handoff_answered")
    assert entry.data["answer"] == answer


def test_answer_handoff_by_handing_off_again(marketer, rejected, other_sales_team):
    again = answer_handoff(
        rejected.pk,
        answer="requalify",
        again=Brief(other_sales_team.pk, next_steps="Now with budget."),
        actor=marketer,
        now=NOW,
    )
    rejected.refresh_from_db()
    assert (again.previous, again.team, again.round) == (rejected, other_sales_team, 2)
    assert rejected.answered_at == NOW
    assert verbs()[-2:] == ["leads.handoff_answered", "leads.handoff_created"]


def test_answer_handoff_twice_is_a_conflict(marketer, rejected):
    answer_handoff(rejected.pk, answer="requalify", actor=marketer, now=ago(minutes=4))
    with refused(Conflict, "handoff_already_answered", match="4 minutes ago"):
        answer_handoff(rejected.pk, answer="recycle", note="No.", actor=marketer, now=NOW)


def test_answer_handoff_that_sales_took_is_a_conflict(marketer, accepted):
    with refused(Conflict, "handoff_not_sent_back"):
        answer_handoff(accepted.pk, answer="requalify", actor=marketer, now=NOW)


@pytest.mark.parametrize("answer", ["recycle", "disqualify"])
def test_answer_handoff_out_of_the_funnel_needs_words(marketer, rejected, answer):
    with refused(Invalid, "note_missing"):
        answer_handoff(rejected.pk, answer=answer, note="", actor=marketer, now=NOW)


def test_answer_handoff_refuses_an_unknown_answer(marketer, rejected):
    with refused(Invalid, "invalid"):
        answer_handoff(rejected.pk, answer="forget", actor=marketer, now=NOW)


def test_answer_handoff_is_marketings(rep, rejected):
    with refused(NotAllowed):
        answer_handoff(rejected.pk, answer="requalify", actor=rep, now=NOW)


# --- Qualifying -------------------------------------------------------------------------------------------


def test_qualify_lead_makes_it_an_sql(rep, accepted):
    qualify_lead(accepted.pk, note="Has the budget.", actor=rep, now=NOW)
    accepted.refresh_from_db()
    assert (accepted.qualified_at, accepted.lead.stage) == (NOW, S.SQL)
    assert accepted.lead.transitions.last().why == "Has the budget."
    assert verbs()[-2:] == ["leads.lead_stage_changed", "leads.lead_qualified"]


def test_qualify_lead_names_the_definition_in_force(rep, accepted):
    version = make_definition_version(S.SQL, in_force_from=ago(days=1))
    qualify_lead(accepted.pk, actor=rep, now=NOW)
    assert accepted.lead.transitions.last().definition_version == version


def test_qualify_lead_again_changes_nothing(rep, accepted):
    qualify_lead(accepted.pk, actor=rep, now=ago(minutes=1))
    before = everything()
    qualify_lead(accepted.pk, actor=rep, now=NOW)
    assert everything() == before


def test_qualify_lead_that_nobody_accepted_is_refused(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(Conflict, "handoff_not_accepted"):
        qualify_lead(handoff.pk, actor=rep, now=NOW)


def test_qualify_lead_of_a_teammate_is_refused(teammate, accepted):
    with refused(NotAllowed):
        qualify_lead(accepted.pk, actor=teammate, now=NOW)


# --- Attempts ---------------------------------------------------------------------------------------------


def attempt(handoff, actor, **values):
    given = {"kind": "call", "outcome": "no_answer", "now": NOW, **values}
    return log_attempt(handoff.pk, actor=actor, **given)


def test_log_attempt_keeps_the_first_outbound_one(rep, accepted):
    attempt(accepted, rep, outbound=False, occurred_at=ago(minutes=25))
    accepted.refresh_from_db()
    assert accepted.first_attempt_at is None
    attempt(accepted, rep)
    attempt(accepted, rep, occurred_at=ago(minutes=10), note=" Voicemail. ")
    attempt(accepted, rep, occurred_at=ago(minutes=5))
    accepted.refresh_from_db()
    assert accepted.first_attempt_at == ago(minutes=10)
    assert accepted.attempts.count() == 4
    assert accepted.attempts.filter(note="Voicemail.").exists()
    entry = ActivityEntry.objects.order_by("id").last()
    assert entry.data["outbound"] is True
    assert entry.data["occurred_at"] == ago(minutes=5).isoformat()


def test_log_attempt_before_accepting_counts_too(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    attempt(handoff, rep)
    handoff.refresh_from_db()
    assert handoff.first_attempt_at == NOW


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"outcome": "eaten"}, "outcome"),
        ({"kind": "call", "outcome": "sent"}, "outcome"),
        ({"kind": "email", "outcome": "held"}, "outcome"),
        ({"occurred_at": NOW + timedelta(hours=1)}, "occurred_at"),
        ({"occurred_at": ago(days=40)}, "occurred_at"),
    ],
)
def test_log_attempt_refuses_what_cannot_be(rep, accepted, values, field):
    with refused(Invalid) as caught:
        attempt(accepted, rep, **values)
    assert list(caught.value.fields) == [field]


def test_log_attempt_on_a_closed_handoff_is_a_conflict(rep, rejected):
    with refused(Conflict, "handoff_closed"):
        attempt(rejected, rep)


def test_log_attempt_is_the_owners(teammate, marketer, stranger, accepted):
    with refused(NotAllowed):
        attempt(accepted, teammate)
    with refused(NotAllowed):
        attempt(accepted, marketer)
    with refused(NotFound):
        attempt(accepted, stranger)


# --- Feedback ---------------------------------------------------------------------------------------------


def test_give_feedback_keeps_earlier_ratings(rep, accepted):
    give_feedback(accepted.pk, rating=2, words="Cold.", actor=rep, now=ago(minutes=5))
    give_feedback(accepted.pk, rating=4, words=" Warmer. ", actor=rep, now=NOW)
    assert [(f.rating, f.words, f.by) for f in accepted.feedback.all()] == [(4, "Warmer.", rep), (2, "Cold.", rep)]
    assert verbs()[-2:] == ["leads.feedback_given"] * 2


@pytest.mark.parametrize("rating", [0, 6])
def test_give_feedback_refuses_what_is_no_rating(rep, accepted, rating):
    with refused(Invalid):
        give_feedback(accepted.pk, rating=rating, actor=rep, now=NOW)


def test_give_feedback_on_a_rejected_lead_is_welcome(rep, rejected):
    assert give_feedback(rejected.pk, rating=1, actor=rep, now=NOW).rating == 1


def test_give_feedback_before_deciding_is_a_conflict(rep, sales_team):
    handoff = make_handoff(team=sales_team)
    with refused(Conflict, "handoff_undecided"):
        give_feedback(handoff.pk, rating=3, actor=rep, now=NOW)


def test_give_feedback_on_a_withdrawn_handoff_is_a_conflict(rep, marketer, sales_team):
    handoff = make_handoff(team=sales_team)
    withdraw_handoff(handoff.pk, actor=marketer, now=NOW)
    with refused(Conflict, "handoff_withdrawn"):
        give_feedback(handoff.pk, rating=3, actor=rep, now=NOW)


def test_give_feedback_is_sales(marketer, accepted):
    with refused(NotAllowed):
        give_feedback(accepted.pk, rating=3, actor=marketer, now=NOW)


# --- Words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "a moment ago"),
        (timedelta(seconds=-5), "a moment ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(days=3, hours=5), "3 days ago"),
    ],
)
def test_time_ago(span, words):
    assert time_ago(NOW - span, NOW) == words


def test_return_handoff_leaves_the_lead_to_whoever_owns_it_meanwhile(rep, teammate, accepted):
    Lead.objects.filter(pk=accepted.lead_id).update(owner=teammate)
    return_handoff(accepted.pk, note="Not mine.", actor=rep, now=NOW)
    accepted.lead.refresh_from_db()
    assert accepted.lead.owner == teammate


def test_accept_handoff_of_a_lead_that_one_owns_already(rep, sales_team):
    handoff = make_handoff(make_lead(stage=S.MQL, owner=rep), team=sales_team)
    accept_handoff(handoff.pk, actor=rep, now=NOW)
    handoff.lead.refresh_from_db()
    assert (handoff.lead.owner, handoff.lead.stage) == (rep, S.SAL)


def test_qualify_lead_that_is_further_already_keeps_its_stage(rep, accepted):
    Lead.objects.filter(pk=accepted.lead_id).update(stage=S.OPPORTUNITY)
    moves = accepted.lead.transitions.count()
    assert qualify_lead(accepted.pk, actor=rep, now=NOW).qualified_at == NOW
    accepted.lead.refresh_from_db()
    assert (accepted.lead.stage, accepted.lead.transitions.count()) == (S.OPPORTUNITY, moves)
