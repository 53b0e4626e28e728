"""Ids kept as spans: nothing lost, nothing added, in as few spans as there can be."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leads.domain.importing import with_ids

ids = st.lists(st.integers(1, 60))


def test_ids_that_follow_one_another_are_one_span():
    assert with_ids([[1, 3], [9, 9]], [5, 4, 8, 20]) == [[1, 5], [8, 9], [20, 20]]
    assert with_ids([], []) == []


@given(ids, ids)
def test_spans_hold_exactly_the_ids_given(first, second):
    spans = with_ids(with_ids([], first), second)
    held = [one for start, end in spans for one in range(start, end + 1)]
    assert held == sorted({*first, *second})
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(spans))
