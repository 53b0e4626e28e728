"""The funnel as a picture of counts: how many reached each stage, and how many went on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: how many reached it, the share of the stage before and of the first."""

    stage: str
    reached: int
    from_previous_share: float | None
    from_first_share: float | None
    lost: int


def funnel(counts: Mapping[str, int], stages: Sequence[str]) -> list[Step]:
    """Steps in the order of `stages` from how many leads reached each.

    A lead that reached a stage is taken to have reached all before it, so in a cohort the counts never increase.
    X → Y = reached Y ÷ reached X; None ("no data") where nobody reached X. Source: the rules on money and volume.
    """
    steps: list[Step] = []
    first = counts.get(stages[0], 0) if stages else 0
    for position, stage in enumerate(stages):
        reached = counts.get(stage, 0)
        previous = steps[position - 1].reached if position else None
        steps.append(
            Step(
                stage=stage,
                reached=reached,
                from_previous_share=conversion(previous, reached) if previous is not None else None,
                from_first_share=conversion(first, reached),
                lost=max(previous - reached, 0) if previous is not None else 0,
            )
        )
    return steps


def conversion(reached_x: int, reached_y: int) -> float | None:
    """X → Y as a share; None where nobody reached X."""
    return reached_y / reached_x if reached_x else None
