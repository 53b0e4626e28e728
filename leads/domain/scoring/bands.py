"""Bands of a score, and whether it has crossed a threshold."""

from __future__ import annotations

import enum

from leads.domain.scoring.model import Bands


def band(fit: int, engagement: int, bands: Bands) -> str:
    """``A1`` … ``C3``: fit as a letter, engagement as a digit."""
    letter = "A" if fit >= bands.fit_a else "B" if fit >= bands.fit_b else "C"
    digit = "1" if engagement >= bands.engagement_1 else "2" if engagement >= bands.engagement_2 else "3"
    return letter + digit


class Crossing(enum.StrEnum):
    """A score went through a threshold."""

    UP = "up"
    DOWN = "down"


def inside(previous_in: bool, score: int, enter: int, leave: int) -> bool:
    """Whether a score counts as above the threshold: in at `enter`, out only below `leave` (≤ `enter`)."""
    if leave > enter:
        raise ValueError("The score at which a lead leaves must not be above the one at which it enters.")
    return score >= leave if previous_in else score >= enter


def crossed(previous_in: bool, score: int, enter: int, leave: int) -> Crossing | None:
    """The crossing that this score makes, or None. Once per direction: the caller stores the new side."""
    now_in = inside(previous_in, score, enter, leave)
    if now_in == previous_in:
        return None
    return Crossing.UP if now_in else Crossing.DOWN
