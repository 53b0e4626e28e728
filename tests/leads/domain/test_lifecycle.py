from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.domain.lifecycle import (
    CHOICES,
    FUNNEL,
    TRANSITIONS,
    LifecycleStage,
    Move,
    Reached,
    TransitionRefused,
    check_transition,
    imputed_stages,
    move,
    ordered_history,
    stage_of_history,
)

INQUIRY, LEAD, MQL, SAL, SQL, OPPORTUNITY, CUSTOMER, RECYCLED, DISQUALIFIED = LifecycleStage

FREE, REASON, NO = Move.FREE, Move.WITH_REASON, Move.REFUSED

# The agreed table once more, written as sets so that a slip of a column in the module shows.
FREE_FROM = {
    INQUIRY: {LEAD, MQL, SAL, SQL, OPPORTUNITY, CUSTOMER},
    LEAD: {MQL, SAL, SQL, OPPORTUNITY, CUSTOMER},
    MQL: {SAL, SQL, OPPORTUNITY, CUSTOMER},
    SAL: {SQL, OPPORTUNITY, CUSTOMER},
    SQL: {OPPORTUNITY, CUSTOMER},
    OPPORTUNITY: {CUSTOMER},
    CUSTOMER: set(),
    RECYCLED: {LEAD, MQL, SAL, SQL, OPPORTUNITY, CUSTOMER},
    DISQUALIFIED: set(),
}
REASON_FROM = {
    INQUIRY: {RECYCLED, DISQUALIFIED},
    LEAD: {INQUIRY, RECYCLED, DISQUALIFIED},
    MQL: {LEAD, RECYCLED, DISQUALIFIED},
    SAL: {MQL, RECYCLED, DISQUALIFIED},
    SQL: {MQL, SAL, RECYCLED, DISQUALIFIED},
    OPPORTUNITY: {SQL, RECYCLED, DISQUALIFIED},
    CUSTOMER: {OPPORTUNITY},
    RECYCLED: {DISQUALIFIED},
    DISQUALIFIED: {LEAD, RECYCLED},
}

# Timing of generated examples says nothing on a busy machine.
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def day(n):
    return datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=n)


@pytest.mark.parametrize(("old", "new"), list(product(LifecycleStage, repeat=2)))
def test_every_pair_of_stages_is_listed(old, new):
    expected = FREE if new in FREE_FROM[old] else REASON if new in REASON_FROM[old] else NO
    assert TRANSITIONS[old, new] is move(old, new) is expected

    if expected is NO:
        with pytest.raises(TransitionRefused) as refused:
            check_transition(old, new, "because")
        assert refused.value.code == ("already_there" if old is new else "not_allowed")
        assert str(refused.value).endswith(".")
        assert "{" not in str(refused.value)
    else:
        check_transition(old, new, "because")
    if expected is FREE:
        check_transition(old, new)
    if expected is REASON:
        with pytest.raises(TransitionRefused) as refused:
            check_transition(old, new, "  ")
        assert refused.value.code == "reason_missing"


@pytest.mark.parametrize("stage", LifecycleStage)
def test_a_new_lead_may_start_anywhere(stage):
    check_transition(None, stage)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (MQL, MQL, "The lead is already at stage MQL."),
        (
            SQL,
            LEAD,
            "SQL cannot go back to Lead: recycle it, or step back one stage at a time with a reason.",
        ),
        (
            CUSTOMER,
            DISQUALIFIED,
            "A customer stays a customer: to undo a won deal, reopen the deal, which makes it an opportunity.",
        ),
        (
            DISQUALIFIED,
            OPPORTUNITY,
            "A disqualified lead cannot become Opportunity: reopen it as a lead or recycle it first.",
        ),
        (RECYCLED, INQUIRY, "A recycled lead is known already: it comes back as a lead, not as an inquiry."),
        (MQL, LEAD, "Say why the lead moves from MQL to Lead: this move needs a reason."),
    ],
)
def test_refusals_say_what_to_do(old, new, sentence):
    with pytest.raises(TransitionRefused) as refused:
        check_transition(old, new)
    assert str(refused.value) == sentence


def test_words_of_the_glossary():
    assert [stage.value for stage in FUNNEL] == [
        "inquiry",
        "lead",
        "mql",
        "sal",
        "sql",
        "opportunity",
        "customer",
    ]
    assert [stage.rank for stage in LifecycleStage] == [0, 1, 2, 3, 4, 5, 6, None, None]
    assert [stage.in_funnel for stage in (CUSTOMER, RECYCLED)] == [True, False]
    assert dict(CHOICES)["sal"] == SAL.label == "SAL"
    assert all(stage.meaning.endswith(".") for stage in LifecycleStage)


def test_skipped_stages_take_the_date_of_the_next_recorded_one():
    assert imputed_stages({MQL: day(0), CUSTOMER: day(9), RECYCLED: day(3)}, first=LEAD) == (
        Reached(LEAD, day(0), imputed=True),
        Reached(MQL, day(0)),
        Reached(SAL, day(9), imputed=True),
        Reached(SQL, day(9), imputed=True),
        Reached(OPPORTUNITY, day(9), imputed=True),
        Reached(CUSTOMER, day(9)),
    )
    assert imputed_stages({RECYCLED: day(1)}) == ()
    assert imputed_stages({}) == ()


def test_a_deal_won_before_the_first_contact_keeps_both_dates_and_is_flagged():
    # One of the 842 deals of the Olist data set was closed before its lead's first contact.
    history = {MQL: day(5), CUSTOMER: day(2)}
    assert imputed_stages(history, first=MQL) == (
        Reached(MQL, day(5), out_of_order=True),
        Reached(SAL, day(2), imputed=True),
        Reached(SQL, day(2), imputed=True),
        Reached(OPPORTUNITY, day(2), imputed=True),
        Reached(CUSTOMER, day(2)),
    )
    assert [step.stage for step in ordered_history(history)] == [MQL, CUSTOMER]
    assert stage_of_history(history) is CUSTOMER


@pytest.mark.parametrize(
    ("history", "chain"),
    [
        ({}, []),
        ({LEAD: 0, MQL: 1, RECYCLED: 2, SQL: 3}, [LEAD, MQL, RECYCLED, SQL]),
        ({LEAD: 0, MQL: 1, RECYCLED: 2}, [LEAD, MQL, RECYCLED]),
        ({LEAD: 0, RECYCLED: 2, DISQUALIFIED: 2}, [LEAD, RECYCLED, DISQUALIFIED]),
        ({LEAD: 0, RECYCLED: 3, DISQUALIFIED: 2}, [LEAD, DISQUALIFIED, RECYCLED]),
        ({DISQUALIFIED: 2}, [DISQUALIFIED]),
        ({LEAD: 5, DISQUALIFIED: 2}, [DISQUALIFIED, LEAD]),
    ],
)
def test_history_beside_the_funnel(history, chain):
    reached = {stage: day(n) for stage, n in history.items()}
    assert [step.stage for step in ordered_history(reached)] == chain
    assert stage_of_history(reached) == (chain[-1] if chain else None)


def test_a_customer_stays_one_whatever_is_written_later():
    assert stage_of_history({CUSTOMER: day(1), DISQUALIFIED: day(9)}) is CUSTOMER


def test_naive_times_are_refused():
    with pytest.raises(ValueError, match="stage mql has no time zone"):
        imputed_stages({MQL: datetime(2026, 1, 1)})
    with pytest.raises(ValueError, match="stage customer has no time zone"):
        stage_of_history({CUSTOMER: datetime(2026, 1, 1)})


histories = st.dictionaries(st.sampled_from(LifecycleStage), st.integers(0, 30).map(day))


@relaxed
@given(histories)
def test_a_filled_history_has_no_gap_and_keeps_every_given_date(history):
    steps = imputed_stages(history)
    ranks = [step.stage.rank for step in steps]
    assert ranks == list(range(len(ranks)))
    given_ranks = [stage.rank for stage in history if stage.in_funnel]
    assert len(ranks) == (max(given_ranks) + 1 if given_ranks else 0)
    for step in steps:
        assert step.imputed is (step.stage not in history)
        if not step.imputed:
            assert step.at == history[step.stage]
            beyond = [
                history[later.stage] for later in steps if not later.imputed and later.stage.rank > step.stage.rank
            ]
            assert step.out_of_order is any(step.at > at for at in beyond)


@relaxed
@given(histories)
def test_the_recorded_order_keeps_every_fact_once_and_the_funnel_forward(history):
    chain = ordered_history(history)
    assert {step.stage: step.at for step in chain} == history
    assert len(chain) == len(history)
    forward = [step.stage.rank for step in chain if step.stage.in_funnel]
    assert all(a < b for a, b in pairwise(forward))
