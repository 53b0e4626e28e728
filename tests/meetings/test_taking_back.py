"""What was written by mistake goes again, by its writer, while the meeting is held; the log keeps the words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from leads.services.definitions import agree_first_definitions
from meetings.models import ActionItem, Decision, Note, Topic
from meetings.services.drafts import open_draft
from meetings.services.meetings import close_meeting, reopen_meeting
from meetings.services.minutes import add_note, add_topic
from meetings.services.taking_back import take_back_action, take_back_decision, take_back_note, take_back_topic
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, NotAllowed, NotFound
from tests.factories import NOW, ago

pytestmark = pytest.mark.django_db

TAKE_BACK = {"A slip": take_back_note, "! Too soon": take_back_decision, "@Sam call them": take_back_action}
VERBS = {
    "A slip": ("meetings.line_taken_back", "A slip"),
    "! Too soon": ("meetings.line_taken_back", "Too soon"),
    "@Sam call them": ("meetings.action_item_taken_back", "call them"),
}


@pytest.fixture
def topic(held):
    """What is talked about."""
    return held.topics.get(kind="rejections")


@pytest.fixture(params=TAKE_BACK)
def line(request, topic, rep):
    """A line of the rep's, the function that takes it back, and what the log says then."""
    written = add_note(topic.pk, text=request.param, actor=rep, now=NOW)
    return written, TAKE_BACK[request.param], VERBS[request.param]


def _writings() -> tuple[int, int, int]:
    return Note.objects.count(), Decision.objects.count(), ActionItem.objects.count()


def test_the_writer_takes_a_line_back_and_the_log_keeps_its_words(line, held, rep):
    written, take_back, (verb, text) = line
    evidence = list(held.evidence.values())
    take_back(written.pk, actor=rep, now=NOW)
    assert _writings() == (0, 0, 0)
    entry = ActivityEntry.objects.get(verb=verb)
    assert (entry.data["text"], entry.actor) == (text, rep)
    assert list(held.evidence.values()) == evidence
    with pytest.raises(NotFound):
        take_back(written.pk, actor=rep, now=NOW)


@pytest.mark.parametrize("who", ["marketer", "marketing_manager", "executive"])
def test_nobody_else_takes_a_line_back(line, who, request):
    written, take_back, _ = line
    before = _writings()
    with pytest.raises(NotAllowed):
        take_back(written.pk, actor=request.getfixturevalue(who), now=NOW)
    assert _writings() == before


def test_a_stranger_does_not_find_the_line(line, stranger):
    written, take_back, _ = line
    with pytest.raises(NotFound):
        take_back(written.pk, actor=stranger, now=NOW)


def test_nothing_is_taken_back_after_closing(line, held, rep, sales_manager):
    written, take_back, _ = line
    close_meeting(held.pk, actor=sales_manager, now=NOW + timedelta(minutes=5))
    with pytest.raises(Conflict, match="over"):
        take_back(written.pk, actor=rep, now=NOW + timedelta(minutes=6))


def test_an_action_of_sent_minutes_stays_though_they_are_corrected(topic, held, rep, sales_manager):
    told = add_note(topic.pk, text="@Sam call them", actor=rep, now=NOW)
    close_meeting(held.pk, actor=sales_manager, now=NOW + timedelta(minutes=5))
    reopen_meeting(held.pk, actor=sales_manager, now=NOW + timedelta(minutes=6))
    new = add_note(topic.pk, text="@Sam write to them", actor=rep, now=NOW + timedelta(minutes=7))
    with pytest.raises(Conflict) as refusal:
        take_back_action(told.pk, actor=rep, now=NOW + timedelta(minutes=8))
    assert refusal.value.code == "action_item_kept"
    with pytest.raises(DatabaseError), transaction.atomic():
        ActionItem.objects.filter(pk=told.pk).delete()
    take_back_action(new.pk, actor=rep, now=NOW + timedelta(minutes=8))
    assert list(ActionItem.objects.all()) == [told]


def test_a_decision_from_which_a_draft_was_opened_stays(topic, marketing_manager, sales_manager):
    agree_first_definitions(marketing=marketing_manager, sales=sales_manager, now=ago(days=90))
    decision = add_note(topic.pk, text="! Raise the bar", actor=marketing_manager, now=NOW)
    open_draft(decision.pk, target="definition-mql", actor=marketing_manager, now=NOW)
    with pytest.raises(Conflict) as refusal:
        take_back_decision(decision.pk, actor=marketing_manager, now=NOW)
    assert refusal.value.code == "decision_kept"


def test_a_checked_decision_stays(topic, rep):
    decision = add_note(topic.pk, text="! Raise the bar", actor=rep, now=NOW)
    Decision.objects.filter(pk=decision.pk).update(checked_at=NOW)
    with pytest.raises(Conflict):
        take_back_decision(decision.pk, actor=rep, now=NOW)


def test_an_empty_topic_goes_off_the_agenda_before_and_during_the_meeting(planned, rep, marketer):
    topic = add_topic(planned.pk, title="Prices", actor=rep, now=NOW)
    with pytest.raises(NotAllowed):
        take_back_topic(topic.pk, actor=marketer, now=NOW)
    take_back_topic(topic.pk, actor=rep, now=NOW)
    assert not Topic.objects.filter(title="Prices").exists()
    assert ActivityEntry.objects.get(verb="meetings.topic_taken_back").data["title"] == "Prices"
    with pytest.raises(NotFound):
        take_back_topic(topic.pk, actor=rep, now=NOW)


def test_a_topic_stays_once_something_is_written_on_it_or_the_meeting_is_over(held, topic, rep, sales_manager):
    with pytest.raises(NotAllowed):
        take_back_topic(topic.pk, actor=rep, now=NOW)
    written, empty = (add_topic(held.pk, title=title, actor=rep, now=NOW) for title in ("Prices", "Hiring"))
    add_note(written.pk, text="Too high.", actor=rep, now=NOW)
    with pytest.raises(Conflict) as refusal:
        take_back_topic(written.pk, actor=rep, now=NOW)
    assert refusal.value.code == "topic_kept"
    close_meeting(held.pk, actor=sales_manager, now=NOW + timedelta(minutes=5))
    with pytest.raises(Conflict):
        take_back_topic(empty.pk, actor=rep, now=NOW)


def test_the_next_topic_is_on_when_the_current_one_goes(held, rep):
    Topic.objects.filter(meeting=held).update(state="discussed", discussed_at=NOW)
    first, second = (add_topic(held.pk, title=title, actor=rep, now=NOW) for title in ("Prices", "Hiring"))
    take_back_topic(first.pk, actor=rep, now=NOW)
    second.refresh_from_db()
    assert second.started_at == NOW


def test_page_and_program_take_back_through_the_same_door(held, topic, login, api, rep, marketer):
    mine = add_note(topic.pk, text="A slip", actor=rep, now=NOW)
    page = login(rep).get(f"{held.get_absolute_url()}?topic={topic.pk}").content.decode()
    assert f"/meetings/notes/{mine.pk}/take-back/" in page
    assert "/take-back/" not in login(marketer).get(f"{held.get_absolute_url()}?topic={topic.pk}").content.decode()
    answer = login(rep).post(f"/meetings/notes/{mine.pk}/take-back/")
    assert answer["Location"] == f"{held.get_absolute_url()}?topic={topic.pk}"
    decision, item = (add_note(topic.pk, text=text, actor=rep, now=NOW) for text in ("! Too soon", "@Sam call"))
    login(rep).post(f"/meetings/decisions/{decision.pk}/take-back/")
    login(rep).post(f"/meetings/actions/{item.pk}/take-back/")
    assert _writings() == (0, 0, 0)
    brought = add_topic(held.pk, title="Prices", actor=rep, now=NOW)
    login(rep).post(f"/meetings/topics/{brought.pk}/take-back/")
    note, decision, item = (add_note(topic.pk, text=t, actor=rep, now=NOW) for t in ("A slip", "! Soon", "@Sam call"))
    brought = add_topic(held.pk, title="Prices", actor=rep, now=NOW)
    for path in (
        f"meeting-notes/{note.pk}",
        f"decisions/{decision.pk}",
        f"action-items/{item.pk}",
        f"meeting-topics/{brought.pk}",
    ):
        assert api(marketer).delete(f"/api/v1/{path}/").status_code == 403
        assert api(rep).delete(f"/api/v1/{path}/").status_code == 204
    assert (_writings(), Topic.objects.filter(title="Prices").count()) == ((0, 0, 0), 0)
