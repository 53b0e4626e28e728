"""What happens in meetings, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from smarketing.activity.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChanged(Event):
    """A series was set up or changed; `old` is empty for a new one."""

    verb: ClassVar[str] = "meetings.series_changed"
    subject_kind: ClassVar[str] = "meeting_series"
    subject_field: ClassVar[str | None] = "series_id"
    template: ClassVar[str] = "set up the meeting {name}"
    series_id: int
    name: str
    old: dict[str, object]
    new: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlanned(Event):
    """The next occurrence of a series stands, with its agenda."""

    verb: ClassVar[str] = "meetings.meeting_planned"
    subject_kind: ClassVar[str] = "meeting"
    subject_field: ClassVar[str | None] = "meeting_id"
    template: ClassVar[str] = "planned {name} number {number} with {topics} topics"
    meeting_id: int
    series_id: int
    name: str
    number: int
    starts_at: datetime
    topics: int
    carried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingMoved(Event):
    """A meeting that nobody opened takes place at the next occurrence."""

    verb: ClassVar[str] = "meetings.meeting_moved"
    subject_kind: ClassVar[str] = "meeting"
    subject_field: ClassVar[str | None] = "meeting_id"
    template: ClassVar[str] = "moved {name} from {old} to {new}: nobody had opened it"
    meeting_id: int
    name: str
    old: datetime
    new: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingOpened(Event):
    """A meeting began; its evidence is frozen."""

    verb: ClassVar[str] = "meetings.meeting_opened"
    subject_kind: ClassVar[str] = "meeting"
    subject_field: ClassVar[str | None] = "meeting_id"
    template: ClassVar[str] = "opened {name} number {number} and froze {evidence} numbers"
    meeting_id: int
    name: str
    number: int
    evidence: int
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAdded(Event):
    """Somebody brought a topic."""

    verb: ClassVar[str] = "meetings.topic_added"
    subject_kind: ClassVar[str] = "topic"
    subject_field: ClassVar[str | None] = "topic_id"
    template: ClassVar[str] = "put “{title}” on the agenda"
    topic_id: int
    meeting_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTicked(Event):
    """A topic was discussed, or is open again."""

    verb: ClassVar[str] = "meetings.topic_ticked"
    subject_kind: ClassVar[str] = "topic"
    subject_field: ClassVar[str | None] = "topic_id"
    template: ClassVar[str] = "marked “{title}” as {state}"
    topic_id: int
    meeting_id: int
    title: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(Event):
    """A line was added to the minutes."""

    verb: ClassVar[str] = "meetings.note_written"
    subject_kind: ClassVar[str] = "note"
    subject_field: ClassVar[str | None] = "note_id"
    template: ClassVar[str] = "wrote a note on “{topic}”"
    note_id: int
    meeting_id: int
    topic_id: int
    topic: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTakenBack(Event):
    """Somebody took off the agenda what they had put on it."""

    verb: ClassVar[str] = "meetings.topic_taken_back"
    subject_kind: ClassVar[str] = "topic"
    subject_field: ClassVar[str | None] = "topic_id"
    template: ClassVar[str] = "took “{title}” off the agenda"
    topic_id: int
    meeting_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemTakenBack(Event):
    """Somebody took back an action item before anybody was told of it."""

    verb: ClassVar[str] = "meetings.action_item_taken_back"
    subject_kind: ClassVar[str] = "action_item"
    subject_field: ClassVar[str | None] = "action_item_id"
    template: ClassVar[str] = "took back the action “{text}” of {owner}"
    action_item_id: int
    meeting_id: int
    text: str
    owner: str
    owner_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTakenBack(Event):
    """Somebody took back a note or a decision of theirs; the log keeps its words."""

    verb: ClassVar[str] = "meetings.line_taken_back"
    subject_kind: ClassVar[str] = "topic"
    subject_field: ClassVar[str | None] = "topic_id"
    template: ClassVar[str] = "took back the {kind} “{text}”"
    topic_id: int
    meeting_id: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMade(Event):
    """Something was decided."""

    verb: ClassVar[str] = "meetings.decision_made"
    subject_kind: ClassVar[str] = "decision"
    subject_field: ClassVar[str | None] = "decision_id"
    template: ClassVar[str] = "recorded the decision “{text}”"
    decision_id: int
    meeting_id: int
    text: str
    metric: str
    target: Decimal | None
    check_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDraftOpened(Event):
    """A decision opened the draft of a definition or of an agreement, or took the one that waited."""

    verb: ClassVar[str] = "meetings.decision_draft_opened"
    subject_kind: ClassVar[str] = "decision"
    subject_field: ClassVar[str | None] = "decision_id"
    template: ClassVar[str] = "opened the draft of {draft} for the decision “{text}”"
    decision_id: int
    meeting_id: int
    text: str
    draft: str
    definition_version_id: int | None
    agreement_version_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChecked(Event):
    """The check date of a decision came; the number was read."""

    verb: ClassVar[str] = "meetings.decision_checked"
    subject_kind: ClassVar[str] = "decision"
    subject_field: ClassVar[str | None] = "decision_id"
    template: ClassVar[str] = "checked the decision “{text}”: {verdict}"
    decision_id: int
    meeting_id: int
    text: str
    metric: str
    old: Decimal | None
    new: Decimal | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemAdded(Event):
    """Somebody shall do something."""

    verb: ClassVar[str] = "meetings.action_item_added"
    subject_kind: ClassVar[str] = "action_item"
    subject_field: ClassVar[str | None] = "action_item_id"
    template: ClassVar[str] = "asked {owner} to “{text}” until {due_on}"
    action_item_id: int
    meeting_id: int
    text: str
    owner: str
    owner_id: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemCompleted(Event):
    """It is done."""

    verb: ClassVar[str] = "meetings.action_item_completed"
    subject_kind: ClassVar[str] = "action_item"
    subject_field: ClassVar[str | None] = "action_item_id"
    template: ClassVar[str] = "completed “{text}”"
    action_item_id: int
    meeting_id: int
    text: str
    done_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemReopened(Event):
    """It was not done after all."""

    verb: ClassVar[str] = "meetings.action_item_reopened"
    subject_kind: ClassVar[str] = "action_item"
    subject_field: ClassVar[str | None] = "action_item_id"
    template: ClassVar[str] = "took “{text}” up again"
    action_item_id: int
    meeting_id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingClosed(Event):
    """A meeting ended and its minutes were sent."""

    verb: ClassVar[str] = "meetings.meeting_closed"
    subject_kind: ClassVar[str] = "meeting"
    subject_field: ClassVar[str | None] = "meeting_id"
    template: ClassVar[str] = "closed {name} number {number} and sent version {version} of its minutes"
    meeting_id: int
    name: str
    number: int
    version: int
    decisions: int
    action_items: int
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingReopened(Event):
    """Minutes that had been sent are corrected."""

    verb: ClassVar[str] = "meetings.meeting_reopened"
    subject_kind: ClassVar[str] = "meeting"
    subject_field: ClassVar[str | None] = "meeting_id"
    template: ClassVar[str] = "reopened {name} number {number} after version {version} of its minutes"
    meeting_id: int
    name: str
    number: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingConfirmed(Event):
    """Somebody has read the minutes."""

    verb: ClassVar[str] = "meetings.reading_confirmed"
    subject_kind: ClassVar[str] = "meeting"
    subject_field: ClassVar[str | None] = "meeting_id"
    template: ClassVar[str] = "confirmed having read version {version} of the minutes of {name}"
    meeting_id: int
    name: str
    version: int
