"""Sets of ids in few words: as spans, for ids are handed out one after the other."""

from collections.abc import Iterable

__all__ = ["with_ids"]


def with_ids(spans: Iterable[Iterable[int]], ids: Iterable[int]) -> list[list[int]]:
    """The spans, from a first to a last id, both inside, that hold these ids too: in order, apart from each other."""
    ends: list[list[int]] = []
    for first, last in sorted([*map(tuple, spans), *((one, one) for one in ids)]):
        if ends and first <= ends[-1][1] + 1:
            ends[-1][1] = max(ends[-1][1], last)
        else:
            ends.append([first, last])
    return ends
