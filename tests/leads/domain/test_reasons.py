"""Rules of the lists of reasons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.domain.reasons import (
    CODE,
    CODE_CHARS,
    ReasonRefused,
    check_code,
    check_label,
    check_retirable,
    code_from,
    placed,
)


@pytest.mark.parametrize(
    ("label", "taken", "code"),
    [
        ("No budget yet", [], "no-budget-yet"),
        ("No budget yet", ["no-budget-yet", "no-budget-yet-2"], "no-budget-yet-3"),
        ("Zu groß für uns – später", [], "zu-gro-fur-uns-spater"),
        ("予算なし", [], "reason"),
        ("x" * 60, ["x" * 40], "x" * 38 + "-2"),
    ],
)
def test_a_code_comes_of_the_label(label, taken, code):
    assert code_from(label, taken) == code


@given(st.text(max_size=120), st.integers(0, 12))
def test_every_label_gives_a_code_that_may_be_taken(label, others):
    taken: set[str] = set()
    for _ in range(others + 1):
        code = code_from(label, taken)
        check_code(code, taken)
        assert CODE.fullmatch(code)
        assert len(code) <= CODE_CHARS
        taken.add(code)


@pytest.mark.parametrize("code", ["", "No-Budget", "no_budget", "-x", "x" * 41, "price"])
def test_a_code_that_no_program_could_use_is_refused(code):
    with pytest.raises(ReasonRefused) as refused:
        check_code(code, {"price"})
    assert refused.value.field == "code"


def test_a_label_reads_like_no_other():
    assert check_label("  Too   small ", ["Too dear"]) == "Too small"
    for label in ("", " ", "x" * 101, "too DEAR"):
        with pytest.raises(ReasonRefused) as refused:
            check_label(label, ["Too dear"])
        assert refused.value.field == "label"


def test_a_list_is_never_empty_and_keeps_what_others_count_on():
    check_retirable("Price", others_in_use=1, kept=False)
    with pytest.raises(ReasonRefused) as refused:
        check_retirable("Price", others_in_use=0, kept=False)
    assert refused.value.code == "reason_last"
    with pytest.raises(ReasonRefused) as refused:
        check_retirable("Other", others_in_use=5, kept=True)
    assert refused.value.code == "reason_kept"


@given(st.lists(st.integers(), unique=True, min_size=1), st.data(), st.integers(-3, 40))
def test_moving_one_keeps_the_order_of_the_rest(order, data, place):
    moved = data.draw(st.sampled_from(order))
    result = placed(order, moved, place)
    assert result.index(moved) == min(max(place, 1), len(order)) - 1
    assert [each for each in result if each != moved] == [each for each in order if each != moved]
