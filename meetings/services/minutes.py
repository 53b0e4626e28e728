"""Writing together: topics, notes, decisions. The meeting's row is locked, so that nothing is written after closing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from meetings.domain.agenda import MINUTES, TopicKind
from meetings.domain.minutes import EntryKind, MeetingState, Unreadable, may_write, read_entry
from meetings.events import DecisionMade, NoteWritten, TopicAdded, TopicTicked
from meetings.models import ActionItem, Decision, Meeting, Note, Topic
from meetings.permissions import can_run_meetings, can_write_minutes
from meetings.selectors.facts import metric_before
from meetings.selectors.people import usual_due_day
from meetings.services.actions import give_action
from reporting.selectors.metrics import metric_named
from reporting.selectors.periods import today_in
from smarketing.accounts.models import Organisation, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, DomainError, Invalid, NotFound

MAX_NOTE = 4000


@transaction.atomic
def add_topic(
    meeting_id: int, *, title: str, minutes: int | None = None, recurring: bool = False, actor: User, now: datetime
) -> Topic:
    """Puts a topic on the agenda of a meeting that is not over, after those that facts brought.

    Publishes TopicAdded. Raises NotFound, NotAllowed, Invalid, Conflict (`meeting_closed`).
    """
    meeting = locked_meeting(meeting_id, actor)
    require(can_write_minutes, actor, meeting)
    if meeting.state == MeetingState.CLOSED:
        raise Conflict("This meeting is over; put it on the next agenda.", code="meeting_closed")
    words = title.strip()
    if not words or len(words) > 200:
        raise Invalid("Say in up to 200 characters what it is about.", fields={"title": ["1 to 200 characters."]})
    allotted = MINUTES[TopicKind.OTHER] if minutes is None else minutes
    if not 1 <= allotted <= 240:
        raise Invalid("A topic takes 1 to 240 minutes.", fields={"minutes": ["1 to 240."]})
    last = meeting.topics.aggregate(last=Max("position"))["last"] or 0
    topic = Topic.objects.create(
        meeting=meeting, title=words, minutes=allotted, position=last + 1, recurring=recurring, added_by=actor
    )
    publish(TopicAdded(topic_id=topic.pk, meeting_id=meeting.pk, title=topic.title), actor=actor, at=now)
    return topic


@transaction.atomic
def tick_topic(topic_id: int, *, discussed: bool = True, actor: User, now: datetime) -> Topic:
    """Marks a topic as discussed, or as open again; a second time changes nothing.

    The first topic still open is the current one from then. Publishes TopicTicked. Raises NotFound, NotAllowed,
    Conflict (`meeting_not_open`).
    """
    topic = _topic(topic_id, actor)
    require(can_write_minutes, actor, topic.meeting)
    require_open(topic.meeting)
    if topic.is_discussed == discussed:
        return topic
    topic.state = Topic.State.DISCUSSED if discussed else Topic.State.OPEN
    topic.discussed_at = now if discussed else None
    topic.started_at = topic.started_at or now
    topic.save(update_fields=["state", "discussed_at", "started_at"])
    start_next(topic.meeting, now)
    publish(
        TopicTicked(topic_id=topic.pk, meeting_id=topic.meeting_id, title=topic.title, state=topic.state),
        actor=actor,
        at=now,
    )
    return topic


@transaction.atomic
def next_topic(meeting_id: int, *, actor: User, now: datetime) -> Topic | None:
    """Ticks the current topic; gives the one that is current now, None after the last.

    Publishes TopicTicked. Raises NotFound, NotAllowed, Conflict (`meeting_not_open`).
    """
    meeting = locked_meeting(meeting_id, actor)
    require(can_run_meetings, actor)
    require_open(meeting)
    current = meeting.topics.filter(state=Topic.State.OPEN).first()
    if current is not None:
        tick_topic(current.pk, actor=actor, now=now)
    following: Topic | None = meeting.topics.filter(state=Topic.State.OPEN).first()
    return following


def start_next(meeting: Meeting, now: datetime) -> None:
    """The first topic still open is on from now, if it was not before."""
    following = meeting.topics.filter(state=Topic.State.OPEN).first()
    if following is not None and following.started_at is None:
        Topic.objects.filter(pk=following.pk).update(started_at=now)


@transaction.atomic
def add_note(topic_id: int, *, text: str, actor: User, now: datetime) -> Note | Decision | ActionItem:
    """Writes a line: a note, with “!” before it a decision, with “@name” an action item for that person.

    Gives what was made. Publishes NoteWritten, DecisionMade or ActionItemAdded. Raises NotFound, NotAllowed, Invalid
    (`note_unreadable`), Conflict (`meeting_not_open`).
    """
    topic = _topic(topic_id, actor)
    require(can_write_minutes, actor, topic.meeting)
    require_open(topic.meeting)
    if len(text) > MAX_NOTE:
        raise Invalid("Keep a note under 4,000 characters.", fields={"text": ["At most 4,000 characters."]})
    people = topic.meeting.series.participants.filter(is_active=True).values_list("pk", "name")
    try:
        today = today_in(Organisation.current().timezone, now)
        entry = read_entry(text, list(people), today, usually_due=usual_due_day(today))
    except Unreadable as error:
        raise Invalid(str(error), code="note_unreadable", fields={"text": [str(error)]}) from error
    if entry.kind == EntryKind.DECISION:
        return _decide(topic, entry.text, actor=actor, now=now)
    if entry.kind == EntryKind.ACTION and entry.owner is not None and entry.due_on is not None:
        return give_action(
            topic.meeting,
            topic=topic,
            text=entry.text,
            owner=User.objects.get(pk=entry.owner),
            due_on=entry.due_on,
            actor=actor,
            now=now,
        )
    note = Note.objects.create(topic=topic, author=actor, text=entry.text, kind=EntryKind.NOTE, written_at=now)
    publish(
        NoteWritten(note_id=note.pk, meeting_id=topic.meeting_id, topic_id=topic.pk, topic=topic.title, kind=note.kind),
        actor=actor,
        at=now,
    )
    return note


@transaction.atomic
def make_decision(
    topic_id: int,
    *,
    text: str,
    metric: str = "",
    target: Decimal | None = None,
    check_on: date | None = None,
    actor: User,
    now: datetime,
) -> Decision:
    """Records a decision; with a metric of the registry and a date, the meeting of that week is told whether it moved.

    The metric's value over the four weeks before today is kept as the baseline. Publishes DecisionMade. Raises
    NotFound, NotAllowed, Invalid, Conflict (`meeting_not_open`).
    """
    topic = _topic(topic_id, actor)
    require(can_write_minutes, actor, topic.meeting)
    require_open(topic.meeting)
    return _decide(topic, text.strip(), metric=metric, target=target, check_on=check_on, actor=actor, now=now)


def _decide(
    topic: Topic,
    text: str,
    *,
    metric: str = "",
    target: Decimal | None = None,
    check_on: date | None = None,
    actor: User,
    now: datetime,
) -> Decision:
    problems: dict[str, list[str]] = {}
    zone = Organisation.current().timezone
    today = today_in(zone, now)
    if not text or len(text) > 500:
        problems["text"] = ["Say what was decided in up to 500 characters."]
    if metric and check_on is None:
        problems["check_on"] = ["Say when the number shall be looked at."]
    if not metric and (check_on is not None or target is not None):
        problems["metric"] = ["Choose the number that shall move."]
    if check_on is not None and not timedelta(0) < check_on - today <= timedelta(days=730):
        problems["check_on"] = ["Choose a day within the next two years."]
    if metric:
        try:
            metric_named(metric)
        except DomainError:
            problems["metric"] = ["There is no such metric."]
    if problems:
        raise Invalid("The decision cannot be recorded like this.", fields=problems)
    decision = Decision.objects.create(
        meeting=topic.meeting,
        topic=topic,
        text=text,
        decided_by=actor,
        decided_at=now,
        metric=metric,
        target=target,
        check_on=check_on,
        baseline=metric_before(metric, today, zone) if metric else None,
    )
    publish(
        DecisionMade(
            decision_id=decision.pk,
            meeting_id=topic.meeting_id,
            text=decision.text,
            metric=metric,
            target=target,
            check_on=check_on,
        ),
        actor=actor,
        at=now,
    )
    return decision


def locked_meeting(meeting_id: int, actor: User) -> Meeting:
    """The meeting, its row locked. Raises NotFound."""
    meeting: Meeting = Meeting.objects.visible_to(actor).select_related("series").lock(meeting_id)
    return meeting


def _topic(topic_id: int, actor: User) -> Topic:
    """The topic, its meeting locked first, so that a close that is under way is waited for and seen."""
    meeting_id = Topic.objects.visible_to(actor).filter(pk=topic_id).values_list("meeting_id", flat=True).first()
    if meeting_id is None:
        raise NotFound("There is no such topic, or you are not invited.")
    meeting = locked_meeting(meeting_id, actor)
    topic: Topic = Topic.objects.get(pk=topic_id)
    topic.meeting = meeting
    return topic


def require_open(meeting: Meeting) -> None:
    """Raises Conflict (`meeting_not_open`) unless minutes can be written."""
    if not may_write(meeting.state):
        why = "has not begun" if meeting.state == MeetingState.PLANNED else "is over and its minutes are sent"
        raise Conflict(f"This meeting {why}; nothing can be written into its minutes.", code="meeting_not_open")
