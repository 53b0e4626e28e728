"""What was written by mistake goes again: by its writer, while the meeting is held. The log keeps the words."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from meetings.domain.minutes import MeetingState
from meetings.events import ActionItemTakenBack, LineTakenBack, TopicTakenBack
from meetings.models import ActionItem, Decision, Meeting, MinutesIssue, Note, Topic
from meetings.permissions import can_take_back
from meetings.selectors.drafts import opened_by
from meetings.services.minutes import locked_meeting, require_open, start_next
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, NotFound


@transaction.atomic
def take_back_note(note_id: int, *, actor: User, now: datetime) -> Note:
    """Deletes a note. Publishes LineTakenBack. Raises NotFound, NotAllowed, Conflict (`meeting_not_open`)."""
    found = Note.objects.visible_to(actor).filter(pk=note_id).select_related("topic").first()
    if found is None:
        raise NotFound("There is no such note; somebody may have taken it back.")
    meeting = _open_meeting(found.topic.meeting_id, actor)
    note: Note = Note.objects.select_related("topic").lock(note_id)
    require(can_take_back, actor, note)
    _say_line(meeting, note.topic, "note", note.text, actor=actor, now=now)
    note.delete()
    return note


@transaction.atomic
def take_back_decision(decision_id: int, *, actor: User, now: datetime) -> Decision:
    """Deletes a decision from which no draft was opened and that was not checked yet.

    Publishes LineTakenBack. Raises NotFound, NotAllowed, Conflict (`meeting_not_open`, `decision_kept`).
    """
    found = Decision.objects.visible_to(actor).filter(pk=decision_id).first()
    if found is None:
        raise NotFound("There is no such decision; somebody may have taken it back.")
    meeting = _open_meeting(found.meeting_id, actor)
    decision: Decision = Decision.objects.select_related("topic").lock(decision_id)
    require(can_take_back, actor, decision)
    if opened_by(decision):
        raise Conflict("A draft was opened from this decision, so it stays.", code="decision_kept")
    if decision.checked_at is not None:
        raise Conflict("This decision was checked already, so it stays.", code="decision_kept")
    _say_line(meeting, decision.topic, "decision", decision.text, actor=actor, now=now)
    decision.delete()
    return decision


@transaction.atomic
def take_back_action(item_id: int, *, actor: User, now: datetime) -> ActionItem:
    """Deletes an action item that no minutes have told of yet; one that was sent can only be closed.

    Publishes ActionItemTakenBack. Raises NotFound, NotAllowed, Conflict (`meeting_not_open`, `action_item_kept`).
    """
    found = ActionItem.objects.visible_to(actor).filter(pk=item_id).first()
    if found is None:
        raise NotFound("There is no such action item; somebody may have taken it back.")
    meeting = _open_meeting(found.meeting_id, actor)
    item: ActionItem = ActionItem.objects.select_related("owner").lock(item_id)
    require(can_take_back, actor, item)
    if MinutesIssue.objects.filter(meeting=meeting, issued_at__gte=item.created_at).exists():
        raise Conflict("Its owner has been told of it: mark it as done instead.", code="action_item_kept")
    publish(
        ActionItemTakenBack(
            action_item_id=item.pk, meeting_id=meeting.pk, text=item.text, owner=item.owner.name, owner_id=item.owner_id
        ),
        actor=actor,
        at=now,
    )
    item.delete()
    return item


@transaction.atomic
def take_back_topic(topic_id: int, *, actor: User, now: datetime) -> Topic:
    """Takes a topic that somebody brought off the agenda of a meeting that is not over; it has to be empty.

    Publishes TopicTakenBack. Raises NotFound, NotAllowed, Conflict (`meeting_closed`, `topic_kept`).
    """
    found = Topic.objects.visible_to(actor).filter(pk=topic_id).first()
    if found is None:
        raise NotFound("There is no such topic; somebody may have taken it off.")
    meeting = locked_meeting(found.meeting_id, actor)
    if meeting.state == MeetingState.CLOSED:
        raise Conflict("This meeting is over; its agenda stays.", code="meeting_closed")
    topic: Topic = Topic.objects.lock(topic_id)
    require(can_take_back, actor, topic)
    if topic.notes.exists() or topic.decisions.exists() or topic.action_items.exists():
        raise Conflict("Something was written on this topic, so it stays.", code="topic_kept")
    publish(TopicTakenBack(topic_id=topic.pk, meeting_id=meeting.pk, title=topic.title), actor=actor, at=now)
    topic.delete()
    if meeting.state == MeetingState.OPEN:
        start_next(meeting, now)
    return topic


def _open_meeting(meeting_id: int, actor: User) -> Meeting:
    meeting = locked_meeting(meeting_id, actor)
    require_open(meeting)
    return meeting


def _say_line(meeting: Meeting, topic: Topic, kind: str, text: str, *, actor: User, now: datetime) -> None:
    publish(
        LineTakenBack(topic_id=topic.pk, meeting_id=meeting.pk, kind=kind, text=text[:500]),
        actor=actor,
        at=now,
    )
