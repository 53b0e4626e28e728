"""Letters that tell people apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.lib.initials import told_apart


@pytest.mark.parametrize(
    ("names", "letters"),
    [
        (["Ines Vidal", "Mads Dahl"], ["IV", "MD"]),
        (["Olivia Lunde", "Oda Lind"], ["OLu", "OLi"]),
        (["Olivia Lunde", "Oda Lunde", "Sara Reyes"], ["OlL", "OdL", "SR"]),
        (["Oskar Lundgren", "Oskar Lundqvist"], ["OL1", "OL2"]),
        (["Anna Berg", "anna berg"], ["AB1", "AB2"]),
        (["Olga", "Olaf", ""], ["Olg", "Ola", "?"]),
        (["Jan Willem de Vries"], ["JV"]),
    ],
)
def test_told_apart(names: list[str], letters: list[str]) -> None:
    assert list(told_apart(enumerate(names)).values()) == letters


@given(st.lists(st.text("ABCab ", max_size=9), max_size=12))
def test_told_apart_gives_nobody_the_letters_of_another(names: list[str]) -> None:
    found = told_apart(enumerate(names))
    assert (sorted(found), len(set(found.values()))) == (list(range(len(names))), len(names))
