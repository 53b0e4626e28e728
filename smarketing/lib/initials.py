"""Letters by which people are told apart where there is no room for names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

LONGEST = 4
"""Letters of a part of a name that are tried before people are numbered."""


def told_apart(people: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Letters for each person (key, full name), different for all of them.

    First letters of the first and the last name; where people share them, more of the last name, then of the first
    ("Olivia Lang" and "Oskar Lund" are OLa and OLu); people of the same name are numbered in the order of their keys.
    """
    groups: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
    for key, name in people:
        words = name.split() or ["?"]
        first, last = words[0], words[-1] if len(words) > 1 else ""
        groups[(first[:1] + last[:1]).upper()][key] = (first, last)
    found: dict[int, str] = {}
    for letters, group in groups.items():
        found |= dict.fromkeys(group, letters) if len(group) == 1 else _longer(letters, group)
    return found


def _longer(letters: str, group: dict[int, tuple[str, str]]) -> dict[int, str]:
    for length in range(2, LONGEST + 1):
        by_last = {key: first[:1].upper() + _part(last, length) for key, (first, last) in group.items()}
        by_first = {key: _part(first, length) + last[:1].upper() for key, (first, last) in group.items()}
        for tried in (by_last, by_first):
            if _differ(list(tried.values())):
                return tried
    return {key: f"{letters}{place}" for place, key in enumerate(sorted(group), start=1)}


def _part(word: str, length: int) -> str:
    return word[:1].upper() + word[1:length].lower()


def _differ(words: Sequence[str]) -> bool:
    return len(set(words)) == len(words)
