"""What is on the agenda: what came over from the last meeting, and the period's facts by the money at stake."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal


class TopicKind(enum.StrEnum):
    """What a topic is about. All but `other` are filled from facts, and stand once on an agenda."""

    WINS = "wins"
    SLA = "sla"
    REJECTIONS = "rejections"
    LATE = "late"
    CAMPAIGNS = "campaigns"
    OTHER = "other"
    ACTIONS = "actions"
    CHECKS = "checks"
    STORY = "story"


TITLES = {
    TopicKind.WINS: "Wins and losses",
    TopicKind.SLA: "SLA, both sides",
    TopicKind.REJECTIONS: "Why leads come back",
    TopicKind.LATE: "Late first attempts",
    TopicKind.CAMPAIGNS: "Campaigns",
    TopicKind.ACTIONS: "Open actions",
    TopicKind.CHECKS: "Checks due",
    TopicKind.STORY: "A story worth telling",
}
MINUTES = {
    TopicKind.WINS: 4,
    TopicKind.SLA: 6,
    TopicKind.REJECTIONS: 6,
    TopicKind.LATE: 5,
    TopicKind.CAMPAIGNS: 4,
    TopicKind.OTHER: 4,
    TopicKind.ACTIONS: 3,
    TopicKind.CHECKS: 1,
    TopicKind.STORY: 1,
}
# Facts with money at stake come first; then what people brought, what was promised, and a good end.
_LAST = {TopicKind.OTHER: 1, TopicKind.ACTIONS: 2, TopicKind.CHECKS: 3, TopicKind.STORY: 4}
_ORDER = {kind: place for place, kind in enumerate(TopicKind)}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A topic as the ranking sees it; `stake` is money in the organisation's currency, None where none is known."""

    key: int
    kind: str
    stake: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PastTopic:
    """A topic of the last meeting, as the carrying over sees it."""

    key: int
    discussed: bool
    recurring: bool
    open_action: bool


def ranked(topics: Iterable[Ranked]) -> list[int]:
    """Keys in the order of the agenda: the most money first, unknown money last, ties in the usual order."""

    def place(topic: Ranked) -> tuple[int, Decimal, int, int]:
        kind = TopicKind(topic.kind)
        last = _LAST.get(kind, 0)
        return (last, -(topic.stake or Decimal(0)) if not last else Decimal(0), _ORDER[kind], topic.key)

    return [topic.key for topic in sorted(topics, key=place)]


def carried_over(topics: Sequence[PastTopic]) -> list[int]:
    """Keys of the topics that come again: not ticked as discussed, or recurring, or with an open action item.

    Rule after 4minitz; see semantics, section 7.
    """
    return [topic.key for topic in topics if not topic.discussed or topic.recurring or topic.open_action]


def missing_kinds(wanted: Iterable[str], present: Collection[str]) -> list[str]:
    """Kinds to add: those of the period that the agenda does not have yet, in the usual order."""
    return sorted(
        {str(kind) for kind in wanted} - {str(kind) for kind in present}, key=lambda kind: _ORDER[TopicKind(kind)]
    )
