"""What the things of meetings are called in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from meetings.models import ActionItem, Decision, Meeting, MeetingSeries, Note, Topic
from smarketing.accounts.models import User
from smarketing.web.subjects import Subject, named


def _plain(model: Any, user: User, ids: Collection[int], *, join: str = "") -> dict[int, Subject]:
    rows = model.objects.visible_to(user).filter(pk__in=ids)
    return named(rows.select_related(join) if join else rows)


def _written(model: Any, user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = model.objects.visible_to(user).filter(pk__in=ids).select_related("meeting")
    return named(rows, of=lambda row: row.meeting)


def _notes(user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = Note.objects.visible_to(user).filter(pk__in=ids).select_related("topic__meeting")
    return named(rows, of=lambda note: note.topic.meeting)


SUBJECTS: Mapping[str, Callable[[User, Collection[int]], Mapping[int, Subject]]] = {
    "meeting_series": partial(_plain, MeetingSeries),
    "meeting": partial(_plain, Meeting, join="series"),
    "topic": partial(_written, Topic),
    "decision": partial(_written, Decision),
    "action_item": partial(_written, ActionItem),
    "note": _notes,
}
