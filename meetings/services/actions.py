"""Action items: who shall do what until when, and reminding them of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from meetings.domain.minutes import MeetingState
from meetings.events import ActionItemAdded, ActionItemCompleted, ActionItemReopened
from meetings.models import ActionItem, Meeting, Topic
from meetings.permissions import can_complete_action, can_give_actions
from meetings.selectors.people import working_now
from reporting.selectors.periods import today_in
from smarketing.accounts.models import Organisation, User
from smarketing.accounts.permissions import has_any_role, require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid
from smarketing.notifications.models import Notification
from smarketing.notifications.services import notify

SOON = timedelta(days=1)
BATCH = 500


@transaction.atomic
def add_action_item(
    meeting_id: int,
    *,
    text: str,
    owner_id: int,
    due_on: date,
    topic_id: int | None = None,
    actor: User,
    now: datetime,
) -> ActionItem:
    """Notes that one person shall do something until a day, while the meeting is held.

    Publishes ActionItemAdded. Raises NotFound, NotAllowed, Invalid, Conflict (`meeting_not_open`).
    """
    meeting: Meeting = Meeting.objects.visible_to(actor).select_related("series").lock(meeting_id)
    require(can_give_actions, actor, meeting)
    if meeting.state != MeetingState.OPEN:
        raise Conflict("Action items are given while the meeting is held.", code="meeting_not_open")
    topic = meeting.topics.filter(pk=topic_id).first() if topic_id else None
    if topic_id and topic is None:
        raise Invalid("This topic is of another meeting.", fields={"topic": ["Not of this meeting."]})
    owner = User.objects.filter(pk=owner_id, is_active=True).first()
    if owner is None or not has_any_role(owner):
        raise Invalid("Nobody of the company has this id.", fields={"owner": ["Choose a colleague."]})
    return give_action(meeting, topic=topic, text=text, owner=owner, due_on=due_on, actor=actor, now=now)


def give_action(
    meeting: Meeting, *, topic: Topic | None, text: str, owner: User, due_on: date, actor: User, now: datetime
) -> ActionItem:
    """Writes the item; the caller has authorised it and locked the meeting."""
    words, today = text.strip(), today_in(Organisation.current().timezone, now)
    problems: dict[str, list[str]] = {}
    if not words or len(words) > 500:
        problems["text"] = ["Say in up to 500 characters what shall be done."]
    if not today <= due_on <= today + timedelta(days=730):
        problems["due_on"] = ["Choose a day from today on, within two years."]
    if problems:
        raise Invalid("The action item cannot be noted like this.", fields=problems)
    item = ActionItem.objects.create(
        meeting=meeting, topic=topic, text=words, owner=owner, due_on=due_on, created_at=now, created_by=actor
    )
    publish(
        ActionItemAdded(
            action_item_id=item.pk,
            meeting_id=meeting.pk,
            text=item.text,
            owner=owner.name,
            owner_id=owner.pk,
            due_on=due_on,
        ),
        actor=actor,
        at=now,
    )
    return item


@transaction.atomic
def complete_action_item(item_id: int, *, done: bool = True, actor: User, now: datetime) -> ActionItem:
    """It is done, or with `done=False` not after all; a second time changes nothing.

    Publishes ActionItemCompleted or ActionItemReopened. Raises NotFound, NotAllowed.
    """
    item: ActionItem = ActionItem.objects.visible_to(actor).select_related("meeting").lock(item_id)
    require(can_complete_action, actor, item)
    if (item.done_at is not None) == done:
        return item
    item.done_at, item.done_by = (now, actor) if done else (None, None)
    item.save(update_fields=["done_at", "done_by"])
    event = (
        ActionItemCompleted(action_item_id=item.pk, meeting_id=item.meeting_id, text=item.text, done_at=now)
        if done
        else ActionItemReopened(action_item_id=item.pk, meeting_id=item.meeting_id, text=item.text)
    )
    publish(event, actor=actor, at=now)
    return item


def remind_action_items(*, now: datetime, limit: int = BATCH) -> int:
    """Reminds owners of items due tomorrow, today or overdue: once per item and day, within their working hours.

    At most `limit` items, those due first; the next run tells of the others. Gives how many it told of. Safe to run at
    any time and twice.
    """
    today = today_in(Organisation.current().timezone, now)
    due = ActionItem.objects.open().due_by(today + SOON)
    at_work = working_now(set(User.objects.filter(pk__in=due.order_by().values("owner"), is_active=True)), now)
    key = Concat(Value("meetings.action:"), Cast("pk", CharField()), Value(f":{today.isoformat()}"))
    told = Notification.objects.filter(recipient=OuterRef("owner"), dedupe_key=OuterRef("key"))
    items = list(
        due.filter(owner__in=at_work)
        .annotate(key=key)
        .exclude(Exists(told))
        .select_related("owner", "meeting__series")
        .order_by("due_on", "pk")[:limit]
    )
    for item in items:
        notify(
            [item.owner],
            kind="meetings.action_reminder",
            title=f"{_when(item.due_on, today)}: {item.text}",
            body=f"Given in {item.meeting.series.name}.",
            url=reverse("meetings:action-list"),
            dedupe_key=item.key,
            now=now,
        )
    return len(items)


def _when(due_on: date, today: date) -> str:
    late = (today - due_on).days
    if late > 0:
        return f"Overdue by {late} day{'' if late == 1 else 's'}"
    return "Due today" if late == 0 else "Due tomorrow"
