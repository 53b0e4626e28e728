"""Who hears of a handoff, and of what became of it: each thing once, many at once together."""

from datetime import timedelta
from decimal import Decimal

import pytest

from leads.services.deals import open_deal, win_deal
from leads.services.handoffs import (
    Brief,
    accept_handoff,
    answer_handoff,
    create_handoff,
    create_handoffs,
    reassign_handoff,
    reject_handoff,
    return_handoff,
    withdraw_handoff,
)
from smarketing.notifications.models import Notice, Notification, OutboxMessage
from smarketing.notifications.services import deliver_notices
from tests.factories import NOW, make_lead, make_reason, make_team

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(minutes=1)


def hand_off(marketer, team, owner=None, **fields):
    lead = make_lead(stage="mql", first_name="Ingrid", last_name="Solheim", **fields)
    return create_handoff(
        lead.pk,
        team_id=team.pk,
        owner_id=owner.pk if owner else None,
        next_steps="Call before ten.",
        actor=marketer,
        now=NOW,
    )


def told(person=None):
    """(recipient, title) of what is told now, in alphabetical order."""
    deliver_notices(now=SOON)
    rows = Notification.objects.filter(recipient=person) if person else Notification.objects.all()
    return sorted(rows.values_list("recipient__name", "title"))


def test_the_rep_whom_it_is_for_hears_of_a_handoff(marketer, rep, teammate, sales_manager, sales_team):
    handoff = hand_off(marketer, sales_team, rep)
    assert told() == [("Sam Rep", "Ingrid Solheim handed to you")]
    notification = Notification.objects.get()
    assert notification.url == f"/handoffs/{handoff.pk}/"
    assert notification.body == "By Mara Marketer, score 0.\nNext steps: Call before ten."
    assert OutboxMessage.objects.get().recipient == rep.email


def test_everybody_of_the_team_hears_of_one_for_nobody(marketer, rep, teammate, stranger, sales_manager, sales_team):
    hand_off(marketer, sales_team)
    assert told() == [
        ("Sam Rep", "Ingrid Solheim handed to Sales North"),
        ("Tia Teammate", "Ingrid Solheim handed to Sales North"),
    ]


def test_the_manager_hears_where_the_team_has_nobody_else(marketer, sales_manager, sales_team):
    hand_off(marketer, sales_team)
    assert told() == [("Saul Saleslead", "Ingrid Solheim handed to Sales North")]


def test_fifty_handed_over_in_one_act_are_one_notification(marketer, rep, sales_team):
    leads = [make_lead(stage="mql").pk for _ in range(50)]
    create_handoffs(leads, Brief(sales_team.pk, rep.pk, next_steps="Call."), actor=marketer, now=NOW)
    assert told() == [("Sam Rep", "50 leads came into your inbox")]
    assert Notification.objects.get().url == "/inbox/"
    assert OutboxMessage.objects.count() == 1


def test_a_handoff_that_fails_tells_nobody(marketer, rep, sales_team):
    lead = make_lead(stage="disqualified")
    create_handoffs([lead.pk], Brief(sales_team.pk, rep.pk, next_steps="Call."), actor=marketer, now=NOW)
    assert not Notice.objects.exists()


def test_the_marketer_hears_of_acceptance_return_and_win(marketer, rep, sales_team):
    won, back = hand_off(marketer, sales_team, rep), hand_off(marketer, sales_team, rep)
    for handoff in (won, back):
        accept_handoff(handoff.pk, actor=rep, now=NOW)
    return_handoff(back.pk, note="She left the company.", actor=rep, now=NOW)
    deal = open_deal(lead_id=won.lead_id, name="Fleet", amount=Decimal("12000.00"), currency="EUR", actor=rep, now=NOW)
    win_deal(deal.pk, actor=rep, now=NOW)
    assert told(marketer) == [
        ("Mara Marketer", "2 of your leads were accepted"),
        ("Mara Marketer", "Sales returned Ingrid Solheim"),
        ("Mara Marketer", "Won: Fleet, €\u202f12,000"),
    ]
    returned = Notification.objects.get(kind="handoffs.returned")
    assert returned.body.startswith("She left the company.\nMarketing answers")


def test_the_marketer_hears_why_it_was_rejected(marketer, rep, sales_team):
    handoff = hand_off(marketer, sales_team, rep)
    reason = make_reason(label="No budget")
    reject_handoff(handoff.pk, reason_code=reason.code, note="Frozen till May.", actor=rep, now=NOW)
    assert told(marketer) == [("Mara Marketer", "Sam Rep rejected Ingrid Solheim")]
    assert Notification.objects.get(recipient=marketer).body.startswith("No budget: Frozen till May.")


def test_a_deal_that_no_handoff_led_to_tells_nobody(rep, sales_team):
    deal = open_deal(name="Walked in", actor=rep, now=NOW)
    win_deal(deal.pk, actor=rep, now=NOW)
    assert not Notice.objects.exists()


def test_both_reps_hear_of_a_reassignment(marketer, rep, teammate, sales_manager, sales_team):
    handoff = hand_off(marketer, sales_team, rep)
    accept_handoff(handoff.pk, actor=rep, now=NOW)
    reassign_handoff(handoff.pk, owner_id=teammate.pk, why="Sam is away", actor=sales_manager, now=NOW)
    assert [told(rep)[-1], told(teammate)] == [
        ("Sam Rep", "Ingrid Solheim went to Tia Teammate"),
        [("Tia Teammate", "Ingrid Solheim is yours now")],
    ]
    assert "Sam is away" in Notification.objects.get(recipient=teammate).body


def test_the_rep_hears_of_a_withdrawal(marketer, rep, sales_team):
    withdraw_handoff(hand_off(marketer, sales_team, rep).pk, note="Wrong person.", actor=marketer, now=NOW)
    withdraw_handoff(hand_off(marketer, sales_team).pk, actor=marketer, now=NOW)
    deliver_notices(now=SOON)
    told_of = Notification.objects.get(kind="handoffs.withdrawn")
    assert (told_of.recipient, told_of.title, told_of.body) == (
        rep,
        "Marketing withdrew Ingrid Solheim",
        "Wrong person.",
    )


def test_who_sent_it_back_hears_marketings_answer(marketer, rep, sales_manager, sales_team):
    rejected, returned = hand_off(marketer, sales_team, rep), hand_off(marketer, sales_team, rep)
    reject_handoff(rejected.pk, reason_code=make_reason().code, actor=sales_manager, now=NOW)
    accept_handoff(returned.pk, actor=rep, now=NOW)
    return_handoff(returned.pk, note="Left.", actor=rep, now=NOW)
    for handoff in (rejected, returned):
        answer_handoff(handoff.pk, answer="recycle", note="Later.", actor=marketer, now=NOW)
    deliver_notices(now=SOON)
    answered = Notification.objects.filter(kind="handoffs.answered").values_list("recipient__name", "title")
    assert sorted(answered) == [
        ("Sam Rep", "Marketing answered on Ingrid Solheim: recycle to nurturing"),
        ("Saul Saleslead", "Marketing answered on Ingrid Solheim: recycle to nurturing"),
    ]


def test_nobody_is_told_what_they_did_themselves(marketer, rep, sales_manager, sales_team):
    handoff = hand_off(marketer, sales_team, rep)
    reassign_handoff(handoff.pk, owner_id=sales_manager.pk, actor=sales_manager, now=NOW)
    assert told(sales_manager) == []
    assert [title for _, title in told(rep)] == [
        "Ingrid Solheim handed to you",
        "Ingrid Solheim went to Saul Saleslead",
    ]


def test_a_team_without_anybody_is_no_error(marketer):
    hand_off(marketer, make_team("Empty"))
    assert not Notice.objects.exists()
