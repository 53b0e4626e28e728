from itertools import product

import pytest

from leads.domain.handoffs import (
    CHOICES,
    DECIDED,
    DEFAULT_REASONS,
    MOVES,
    AlreadyDecided,
    HandoffRefused,
    HandoffStatus,
    MarketingAnswer,
    MoveRefused,
    RejectionGround,
    RejectionReason,
    RejectionRefused,
    check_decidable,
    check_handoff_allowed,
    check_move,
    check_rejection,
    kinds_for,
    outcome_fits,
    stage_after,
)
from leads.domain.lifecycle import LifecycleStage, Move, move

PENDING, ACCEPTED, REJECTED, RETURNED, WITHDRAWN = HandoffStatus
ALLOWED = {(PENDING, ACCEPTED), (PENDING, REJECTED), (PENDING, WITHDRAWN), (ACCEPTED, RETURNED)}


@pytest.mark.parametrize(("old", "new"), list(product(HandoffStatus, repeat=2)))
def test_every_pair_of_statuses(old, new):
    if (old, new) in ALLOWED:
        check_move(old, new)
        assert new in MOVES[old]
    else:
        assert new not in MOVES[old]
        with pytest.raises(HandoffRefused) as refused:
            check_move(old, new, "Ana Ruiz")
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize("status", DECIDED)
def test_the_second_to_decide_is_told_who_did(status):
    with pytest.raises(AlreadyDecided, match="by Ana Ruiz") as refused:
        check_decidable(status, "Ana Ruiz")
    assert refused.value.code == "handoff_already_decided"
    with pytest.raises(AlreadyDecided, match="already"):
        check_decidable(status)


def test_pending_is_decidable_and_open():
    check_decidable(PENDING)
    assert [status.is_open for status in HandoffStatus] == [True, True, False, False, False]
    assert dict(CHOICES)["pending"] == PENDING.label == "Waiting for sales"


def test_moves_that_are_refused_for_their_own_reason():
    with pytest.raises(MoveRefused, match="reject it instead"):
        check_move(PENDING, RETURNED)
    with pytest.raises(MoveRefused, match="cannot become pending again"):
        check_move(REJECTED, PENDING)
    with pytest.raises(AlreadyDecided, match=r"already returned to marketing\."):
        check_move(RETURNED, RETURNED)


@pytest.mark.parametrize("stage", LifecycleStage)
def test_which_leads_may_be_handed_off(stage):
    with pytest.raises(HandoffRefused, match="with sales already"):
        check_handoff_allowed(stage, has_open_handoff=True)
    if stage in (LifecycleStage.DISQUALIFIED, LifecycleStage.CUSTOMER):
        with pytest.raises(HandoffRefused):
            check_handoff_allowed(stage, has_open_handoff=False)
    else:
        check_handoff_allowed(stage, has_open_handoff=False)


@pytest.mark.parametrize(("status", "stage"), list(product(HandoffStatus, LifecycleStage)))
def test_a_decision_moves_the_lead_only_where_the_stages_allow(status, stage):
    after = stage_after(status, stage)
    if after is not stage:
        expected = {ACCEPTED: LifecycleStage.SAL, RETURNED: LifecycleStage.MQL}
        assert after is expected[status]
        assert move(stage, after) is not Move.REFUSED or stage is LifecycleStage.DISQUALIFIED


def test_accepting_never_takes_a_lead_back():
    assert stage_after(ACCEPTED, LifecycleStage.MQL) is LifecycleStage.SAL
    assert stage_after(ACCEPTED, LifecycleStage.RECYCLED) is LifecycleStage.SAL
    assert stage_after(ACCEPTED, LifecycleStage.OPPORTUNITY) is LifecycleStage.OPPORTUNITY
    assert stage_after(REJECTED, LifecycleStage.MQL) is LifecycleStage.MQL
    assert stage_after(RETURNED, LifecycleStage.SQL) is LifecycleStage.MQL


def test_marketing_answers():
    assert [(answer.stage.value, answer.label) for answer in MarketingAnswer] == [
        ("mql", "Qualify again"),
        ("recycled", "Recycle to nurturing"),
        ("disqualified", "Disqualify"),
    ]


def test_a_rejection_needs_a_reason_of_the_agreed_list():
    reasons = {reason.code: reason for reason in DEFAULT_REASONS}
    assert len(reasons) == len(DEFAULT_REASONS)
    check_rejection(reasons["not-icp"])
    check_rejection(reasons["other"], "Competitor of ours")
    with pytest.raises(RejectionRefused, match="Choose a reason"):
        check_rejection(None, "just no")
    with pytest.raises(RejectionRefused, match="needs a few words"):
        check_rejection(reasons["other"], " n/a ")
    with pytest.raises(RejectionRefused, match="no longer on the agreed list"):
        check_rejection(RejectionReason("old", "Old reason", RejectionGround.OTHER, is_active=False))


def test_the_turn_goes_back_for_data_and_fit_only():
    back = {ground for ground in RejectionGround if ground.gives_turn_back}
    assert back == {RejectionGround.DATA, RejectionGround.FIT}
    assert RejectionGround.TIMING.label == "The time is wrong"


def test_outcomes_name_the_kinds_of_which_they_can_come():
    assert (kinds_for("sent"), kinds_for("held")) == ({"email", "message"}, {"meeting"})
    assert all(outcome_fits(kind, outcome) for outcome in ("sent", "reached") for kind in kinds_for(outcome))
    assert not outcome_fits("call", "sent")
