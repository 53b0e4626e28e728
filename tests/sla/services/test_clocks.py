"""Clocks start, stop, restart, pause and end with what happens to a handoff, in its transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from leads.models import Handoff
from leads.services.attempts import log_attempt
from leads.services.feedback import give_feedback
from leads.services.handoffs import (
    accept_handoff,
    answer_handoff,
    create_handoff,
    reassign_handoff,
    reject_handoff,
    return_handoff,
    withdraw_handoff,
)
from sla.models import AgreementVersion, Breach, Clock, EscalationFired, WorkingCalendar
from sla.services.calendars import set_team_calendar
from sla.services.clocks import pause_clock, reconcile_clocks, resume_clock, settle_handoff
from smarketing.accounts.models import Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import make_lead, make_reason

pytestmark = pytest.mark.django_db

TUE = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)

HandOff = Callable[..., Handoff]


@pytest.fixture
def hand_off(agreement: AgreementVersion, sales_team: Team, marketer: User) -> HandOff:
    """Hands a fresh lead to North, to nobody in particular unless said."""

    def make(owner: User | None = None, now: datetime = TUE) -> Handoff:
        return create_handoff(
            make_lead(stage="mql").pk,
            team_id=sales_team.pk,
            owner_id=owner.pk if owner else None,
            next_steps="Call.",
            actor=marketer,
            now=now,
        )

    return make


def clocks(handoff: Handoff) -> dict[tuple[str, str], Clock]:
    """The clocks of a handoff by kind and by "team" or the owner's name."""
    found = Clock.objects.filter(handoff=handoff).select_related("owner").order_by("pk")
    return {(clock.kind, clock.owner.name if clock.owner else "team"): clock for clock in found}


def at(hours: float) -> datetime:
    return TUE + timedelta(hours=hours)


def test_settle_handoff_opens_a_team_clock_per_time_commitment_in_the_same_transaction(hand_off: HandOff) -> None:
    handoff = hand_off()
    found = clocks(handoff)
    assert set(found) == {("accept", "team"), ("first_response", "team")}
    clock = found["first_response", "team"]
    assert (clock.state, clock.started_at) == ("running", TUE)
    assert clock.due_at == at(4)
    assert clock.warn_at == at(3)
    assert found["accept", "team"].due_at == datetime(2026, 3, 11, 10, 0, tzinfo=UTC)


def test_settle_handoff_rolls_back_with_the_handoff(hand_off: HandOff) -> None:
    with transaction.atomic():
        hand_off()
        assert Clock.objects.count() == 2
        transaction.set_rollback(True)
    assert (Handoff.objects.count(), Clock.objects.count()) == (0, 0)


def test_settle_handoff_gives_the_owner_a_clock_of_their_own(hand_off: HandOff, rep: User) -> None:
    found = clocks(hand_off(rep))
    assert set(found) == {
        ("accept", "team"),
        ("first_response", "team"),
        ("accept", rep.name),
        ("first_response", rep.name),
    }


def test_settle_handoff_twice_changes_nothing(hand_off: HandOff, rep: User) -> None:
    handoff = hand_off(rep)
    before = list(Clock.objects.order_by("pk").values())
    assert settle_handoff(handoff.pk, now=at(1)) == 0
    assert list(Clock.objects.order_by("pk").values()) == before


def test_no_clock_without_an_agreement_in_force(sales_team: Team, marketer: User) -> None:
    create_handoff(make_lead(stage="mql").pk, team_id=sales_team.pk, next_steps="Call.", actor=marketer, now=TUE)
    assert Clock.objects.count() == 0


def test_accepting_keeps_the_acceptance_and_starts_what_follows(hand_off: HandOff, rep: User) -> None:
    handoff = hand_off()
    accept_handoff(handoff.pk, actor=rep, now=at(2))
    found = clocks(handoff)
    accept = found["accept", "team"]
    assert (accept.state, accept.stopped_at, accept.response_seconds) == ("met", at(2), 7200)
    assert found["feedback", "team"].started_at == at(2)
    # Whoever takes an unowned lead owes the rest from then on, and had no time to accept it in.
    assert found["first_response", rep.name].started_at == at(2)
    assert ("accept", rep.name) not in found


def test_an_outbound_attempt_keeps_the_first_response_and_an_inbound_one_does_not(hand_off: HandOff, rep: User) -> None:
    handoff = hand_off(rep)
    accept_handoff(handoff.pk, actor=rep, now=at(0.5))
    log_attempt(handoff.pk, kind="call", outcome="reached", outbound=False, actor=rep, now=at(1))
    assert clocks(handoff)["first_response", "team"].state == "running"
    log_attempt(handoff.pk, kind="call", outcome="reached", actor=rep, now=at(2))
    log_attempt(handoff.pk, kind="call", outcome="reached", actor=rep, now=at(3))
    clock = clocks(handoff)["first_response", "team"]
    assert (clock.state, clock.stopped_at, clock.response_seconds) == ("met", at(2), 7200)


def test_at_the_due_time_is_on_time_and_a_second_later_is_late(hand_off: HandOff, rep: User) -> None:
    on_time, late = hand_off(rep), hand_off(rep)
    for handoff, when in ((on_time, at(4)), (late, at(4) + timedelta(seconds=1))):
        accept_handoff(handoff.pk, actor=rep, now=at(1))
        log_attempt(handoff.pk, kind="call", outcome="reached", actor=rep, now=when)
    assert clocks(on_time)["first_response", "team"].state == "met"
    clock = clocks(late)["first_response", "team"]
    assert (clock.state, clock.breached_at, clock.late_seconds) == ("breached", at(4), 1)


def test_a_late_answer_before_the_sweep_is_breached_at_the_due_time_with_the_steps_until_then(
    hand_off: HandOff, rep: User
) -> None:
    handoff = hand_off(rep)
    accept_handoff(handoff.pk, actor=rep, now=at(1))
    log_attempt(handoff.pk, kind="call", outcome="reached", actor=rep, now=at(5))
    clock = clocks(handoff)["first_response", "team"]
    assert Breach.objects.get(clock=clock).breached_at == at(4)
    assert (clock.stopped_at, clock.late_seconds, clock.next_step_at) == (at(5), 3600, None)
    assert list(EscalationFired.objects.values_list("clock", "step__position", "fired_at")) == [(clock.pk, 1, at(4))]


def test_reassigning_restarts_the_owner_clock_and_never_the_team_clock(
    hand_off: HandOff, rep: User, teammate: User, sales_manager: User
) -> None:
    handoff = hand_off(rep)
    reassign_handoff(handoff.pk, owner_id=teammate.pk, actor=sales_manager, now=at(3))
    found = clocks(handoff)
    assert found["first_response", "team"].due_at == at(4)
    assert found["first_response", rep.name].state == "cancelled"
    assert found["first_response", rep.name].cancelled_at == at(3)
    assert found["first_response", teammate.name].due_at == at(7)


def test_one_team_clock_for_each_promise_and_one_owner_clock_for_each_owner_it_has_had(
    hand_off: HandOff, rep: User, teammate: User, sales_manager: User
) -> None:
    handoff = hand_off(rep)
    accept_handoff(handoff.pk, actor=rep, now=at(1))
    due = {clock.kind: clock.due_at for clock in handoff.clocks.filter(scope="team")}
    for hours, owner in ((2, teammate), (3, sales_manager)):
        reassign_handoff(handoff.pk, owner_id=owner.pk, actor=sales_manager, now=at(hours))
    found = list(handoff.clocks.order_by("kind", "started_at", "pk").select_related("owner"))
    assert [clock.kind for clock in found if clock.scope == "team"] == ["accept", "feedback", "first_response"]
    assert {clock.kind: clock.due_at for clock in found if clock.scope == "team"} == due
    for kind in ("feedback", "first_response"):
        owned = [clock for clock in found if clock.kind == kind and clock.scope == "owner"]
        assert [(clock.owner, clock.state, clock.cancelled_at) for clock in owned] == [
            (rep, "cancelled", at(2)),
            (teammate, "cancelled", at(3)),
            (sales_manager, "running", None),
        ]
        assert owned[-1].started_at == at(3)
    # Whoever got it after it was accepted had nothing to accept.
    assert [clock.owner for clock in found if clock.kind == "accept" and clock.scope == "owner"] == [rep]


def test_reassigning_back_gives_the_same_person_a_second_clock(
    hand_off: HandOff, rep: User, teammate: User, sales_manager: User
) -> None:
    handoff = hand_off(rep)
    reassign_handoff(handoff.pk, owner_id=teammate.pk, actor=sales_manager, now=at(1))
    reassign_handoff(handoff.pk, owner_id=rep.pk, actor=sales_manager, now=at(2))
    mine = Clock.objects.filter(handoff=handoff, owner=rep, kind="first_response").order_by("pk")
    assert [clock.state for clock in mine] == ["cancelled", "running"]
    assert mine[1].started_at == at(2)


def test_rejecting_keeps_acceptance_makes_the_attempt_moot_and_starts_marketings_answer(
    hand_off: HandOff, rep: User, marketer: User
) -> None:
    handoff = hand_off(rep)
    reject_handoff(handoff.pk, reason_code=make_reason().code, actor=rep, now=at(1))
    found = clocks(handoff)
    assert found["accept", "team"].state == "met"
    assert (found["first_response", "team"].state, found["first_response", rep.name].state) == ("cancelled",) * 2
    assert found["marketing_answer", "team"].due_at == datetime(2026, 3, 12, 11, 0, tzinfo=UTC)
    answer_handoff(handoff.pk, answer="recycle", note="Wrong time.", actor=marketer, now=at(2))
    found = clocks(handoff)
    assert {found["marketing_answer", name].state for name in ("team", marketer.name)} == {"met"}


def test_returning_starts_marketings_answer(hand_off: HandOff, rep: User) -> None:
    handoff = hand_off(rep)
    accept_handoff(handoff.pk, actor=rep, now=at(1))
    give_feedback(handoff.pk, rating=2, actor=rep, now=at(1.5))
    return_handoff(handoff.pk, note="Not ready yet.", actor=rep, now=at(2))
    found = clocks(handoff)
    assert found["feedback", "team"].state == "met"
    assert found["first_response", "team"].state == "cancelled"
    assert found["marketing_answer", "team"].started_at == at(2)


def test_withdrawing_cancels_and_a_breach_already_there_stays(hand_off: HandOff, marketer: User) -> None:
    early, late = hand_off(), hand_off()
    withdraw_handoff(early.pk, actor=marketer, now=at(1))
    assert {clock.state for clock in clocks(early).values()} == {"cancelled"}
    withdraw_handoff(late.pk, actor=marketer, now=at(6))
    found = clocks(late)
    assert (found["accept", "team"].state, found["first_response", "team"].state) == ("cancelled", "breached")
    assert found["first_response", "team"].cancelled_at == at(6)


def test_pause_takes_the_due_time_away_and_resume_moves_it_by_open_time_only(
    hand_off: HandOff, rep: User, sales_manager: User
) -> None:
    handoff = hand_off(rep)
    clock = clocks(handoff)["first_response", "team"]
    pause_clock(clock.pk, why="They asked for Thursday.", actor=sales_manager, now=at(1))
    found = clocks(handoff)
    assert {found["first_response", name].state for name in ("team", rep.name)} == {"paused"}
    assert found["first_response", "team"].due_at is None
    # Tuesday 11:00 to Wednesday 10:00 holds 6 + 1 open hours; 3 of 4 were left.
    resume_clock(clock.pk, actor=sales_manager, now=at(24))
    assert clocks(handoff)["first_response", "team"].due_at == at(27)
    assert ActivityEntry.objects.filter(verb__in=["sla.clock_paused", "sla.clock_resumed"]).count() == 4


def test_what_is_done_while_paused_is_on_time(hand_off: HandOff, rep: User, sales_manager: User) -> None:
    handoff = hand_off(rep)
    accept_handoff(handoff.pk, actor=rep, now=at(0.5))
    pause_clock(clocks(handoff)["first_response", "team"].pk, why="Away.", actor=sales_manager, now=at(1))
    log_attempt(handoff.pk, kind="call", outcome="reached", actor=rep, now=at(24))
    clock = clocks(handoff)["first_response", "team"]
    assert (clock.state, clock.response_seconds) == ("met", 3600)
    assert clock.pauses.get().ended_at == at(24)


def test_pause_is_refused_past_due_without_reason_and_to_those_who_are_measured(
    hand_off: HandOff, rep: User, sales_manager: User
) -> None:
    clock = clocks(hand_off(rep))["first_response", "team"]
    with pytest.raises(Conflict, match="past due"):
        pause_clock(clock.pk, why="Too late.", actor=sales_manager, now=at(5))
    with pytest.raises(Invalid):
        pause_clock(clock.pk, why=" ", actor=sales_manager, now=at(1))
    with pytest.raises(NotAllowed):
        pause_clock(clock.pk, why="Please.", actor=rep, now=at(1))
    with pytest.raises(Conflict, match="not paused"):
        resume_clock(clock.pk, actor=sales_manager, now=at(1))
    clock.refresh_from_db()
    assert clock.due_at == at(4)


def test_reconcile_repairs_missing_and_stale_clocks_once(hand_off: HandOff, rep: User, teammate: User) -> None:
    missing, stale, untouched = hand_off(rep), hand_off(rep), hand_off(rep)
    Clock.objects.filter(handoff=missing).delete()
    accept_handoff(stale.pk, actor=rep, now=at(1))
    Clock.objects.filter(handoff=stale, kind="accept").update(state="running", stopped_at=None, response_seconds=None)
    before = list(Clock.objects.filter(handoff=untouched).order_by("pk").values())
    assert reconcile_clocks(now=at(2)) == 2
    assert {clock.due_at for key, clock in clocks(missing).items() if key[0] == "first_response"} == {at(4)}
    assert clocks(stale)["accept", "team"].stopped_at == at(1)
    assert list(Clock.objects.filter(handoff=untouched).order_by("pk").values()) == before
    assert reconcile_clocks(now=at(2)) == 0


def test_reconcile_is_not_kept_back_by_one_handoff(
    hand_off: HandOff, other_sales_team: Team, admin: User, caplog: pytest.LogCaptureFixture
) -> None:
    without_hours, fine = hand_off(), hand_off()
    Handoff.objects.filter(pk=fine.pk).update(team=other_sales_team)
    Clock.objects.all().delete()
    set_team_calendar(other_sales_team.pk, calendar_id=WorkingCalendar.objects.get().pk, actor=admin, now=at(0.1))
    WorkingCalendar.objects.update(is_default=False)
    assert reconcile_clocks(now=at(0.2)) == 1
    assert set(Clock.objects.values_list("handoff", flat=True)) == {fine.pk}
    assert f"handoff {without_hours.pk} could not be settled" in caplog.text


def test_a_handoff_stays_with_the_version_under_which_it_was_made(
    hand_off: HandOff, agreement: AgreementVersion, rep: User, marketing_manager: User, sales_manager: User
) -> None:
    from sla.services.agreements import CommitmentDraft, bring_into_force, draft_version, sign_version

    handoff = hand_off(rep)
    version = draft_version(
        agreement.agreement_id,
        parts={},
        commitments=[CommitmentDraft(kind="feedback", allowed=timedelta(hours=1), target_share=1)],
        actor=sales_manager,
        now=at(0.5),
    )
    for side, signer in (("sales", sales_manager), ("marketing", marketing_manager)):
        sign_version(version.pk, side=side, actor=signer, now=at(0.5))
    bring_into_force(version.pk, actor=sales_manager, now=at(0.5))
    accept_handoff(handoff.pk, actor=rep, now=at(1))
    assert clocks(handoff)["feedback", "team"].commitment.version_id == agreement.pk
    assert ("first_response", "team") not in clocks(hand_off(rep, now=at(1)))
