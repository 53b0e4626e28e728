"""What is scored, and the score with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from leads.domain.criteria import Attribute
from leads.domain.scoring.model import GroupKind


@dataclass(frozen=True, slots=True)
class Touch:
    """One touchpoint as scoring sees it; `at` is aware, `content` and `campaign` are ids."""

    kind: str
    at: datetime
    content: int | None = None
    campaign: int | None = None


@dataclass(frozen=True, slots=True)
class Signals:
    """All that is known of a lead: attributes by field name (`FIT_FIELDS`) and touchpoints in any order."""

    attributes: Mapping[str, Attribute]
    touches: Iterable[Touch] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of an explanation.

    `raw`: points before decay (counted × points); `decayed`: after it, in whole points; `capped`: what is left
    after the limits of the group. `counted`: occurrences counted; `latest`: when the newest of them was.
    """

    kind: GroupKind
    group: str
    rule: str
    label: str
    raw: int
    decayed: int
    capped: int
    counted: int
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of a score as a person reads it."""

    label: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """Three whole numbers from 0 to 100, a band, and the rules that gave points."""

    fit: int
    engagement: int
    total: int
    band: str
    lines: tuple[Line, ...]

    def parts(self, kind: GroupKind | None = None) -> tuple[Part, ...]:
        """The addends of fit, of engagement or (None) of the total; they sum to it exactly.

        Where the rules together give less than 0 or more than 100, a last part says so.
        """
        lines = [line for line in self.lines if kind is None or line.kind is kind]
        whole = self.total if kind is None else self.fit if kind is GroupKind.FIT else self.engagement
        parts = [Part(line.label, line.capped) for line in lines]
        rest = whole - sum(part.points for part in parts)
        if rest:
            parts.append(Part("A score ends at 100" if rest < 0 else "A score starts at 0", rest))
        return tuple(parts)
