"""The tables of meetings, one aggregate a file."""

from meetings.models.evidence import Evidence
from meetings.models.meetings import Meeting, MinutesIssue, Note, Reading, Topic
from meetings.models.outcomes import ActionItem, Decision
from meetings.models.series import MeetingSeries, Weekday

__all__ = [
    "ActionItem",
    "Decision",
    "Evidence",
    "Meeting",
    "MeetingSeries",
    "MinutesIssue",
    "Note",
    "Reading",
    "Topic",
    "Weekday",
]
