"""Meetings from plan to minutes: order, carrying over, evidence, roles."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction

from leads.models import Deal
from meetings.events import MeetingPlanned
from meetings.models import ActionItem, Evidence, Meeting, MeetingSeries, Reading, Topic
from meetings.services.actions import add_action_item, complete_action_item, remind_action_items
from meetings.services.meetings import (
    close_meeting,
    confirm_reading,
    open_meeting,
    plan_next_meeting,
    prepare_agendas,
    reopen_meeting,
)
from meetings.services.minutes import add_note, add_topic, make_decision, next_topic, tick_topic
from meetings.services.series import archive_series, change_series, create_series
from sla.services.calendars import Hours, create_calendar
from smarketing.accounts.models import User
from smarketing.activity import bus
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from smarketing.notifications.models import Notification, OutboxMessage
from tests.factories import NOW, ago, make_deal

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
TODAY = NOW.date()


def topic_of(meeting, kind="rejections"):
    return meeting.topics.get(kind=kind)


def close(meeting, actor, now=NOW + timedelta(minutes=30)):
    return close_meeting(meeting.pk, actor=actor, now=now)


# --- Series ---------------------------------------------------------------------------------------------------


def test_create_series_invites_the_chair_and_records_it(series, marketing_manager):
    assert marketing_manager in series.participants.all()
    assert ActivityEntry.objects.get(verb="meetings.series_changed").data["new"]["name"] == "Weekly smarketing"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "weekly SMARKETING"}, "name"),
        ({"weekday": 7}, "weekday"),
        ({"minutes": 2}, "minutes"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"local_time": None}, "local_time"),
        ({"participant_ids": [10**6]}, "participants"),
    ],
)
def test_create_series_refuses(values, field, series, sales_manager):
    entries = ActivityEntry.objects.count()
    given = {"name": "Second", "weekday": 1, "local_time": NOW.time()} | values
    with pytest.raises(Invalid) as refusal:
        create_series(given, actor=sales_manager, now=NOW)
    assert list(refusal.value.fields) == [field]
    assert (series._meta.model.objects.count(), ActivityEntry.objects.count()) == (1, entries)


def test_the_chair_must_be_a_manager(series, rep, sales_manager):
    with pytest.raises(Invalid):
        change_series(series.pk, {"chair_id": rep.pk}, actor=sales_manager, now=NOW)


def test_change_series_records_what_changed_only(series, sales_manager):
    change_series(series.pk, {"minutes": 45, "name": "Weekly smarketing"}, actor=sales_manager, now=NOW)
    entry = ActivityEntry.objects.filter(verb="meetings.series_changed").latest("id")
    assert (entry.data["old"], entry.data["new"]) == ({"minutes": 30}, {"minutes": 45})


def test_an_archived_series_plans_nothing(series, sales_manager):
    archive_series(series.pk, actor=sales_manager, now=NOW)
    with pytest.raises(Conflict) as refusal:
        plan_next_meeting(series.pk, actor=sales_manager, now=NOW)
    assert refusal.value.code == "series_archived"
    assert prepare_agendas(now=NOW) == 0
    assert archive_series(series.pk, actor=sales_manager, now=NOW).archived_at is None


@pytest.mark.parametrize("who", ["marketer", "rep", "executive", "admin"])
def test_only_managers_run_meetings(who, request, series, planned):
    actor = request.getfixturevalue(who)
    entries = ActivityEntry.objects.count()
    for act in (
        lambda: create_series({"name": "X", "local_time": NOW.time()}, actor=actor, now=NOW),
        lambda: plan_next_meeting(series.pk, actor=actor, now=NOW),
        lambda: open_meeting(planned.pk, actor=actor, now=NOW),
        lambda: close_meeting(planned.pk, actor=actor, now=NOW),
        lambda: reopen_meeting(planned.pk, actor=actor, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert ActivityEntry.objects.count() == entries


def test_who_is_not_invited_does_not_find_it(held, stranger, teammate, nobody):
    for actor in (stranger, teammate, nobody):
        assert not Meeting.objects.visible_to(actor).exists()
        assert not Evidence.objects.visible_to(actor).exists()
        with pytest.raises(NotFound):
            add_note(topic_of(held).pk, text="Hello", actor=actor, now=NOW)


# --- Planning -------------------------------------------------------------------------------------------------


def test_the_agenda_is_filled_from_the_week_by_money_at_stake(planned):
    assert planned.starts_at == NOW
    assert [topic.kind for topic in planned.topics.all()] == ["wins", "campaigns", "rejections", "actions", "story"]
    assert topic_of(planned, "wins").stake == Decimal("5500.00")


def test_planning_again_gives_the_same_meeting(planned, series, sales_manager):
    assert plan_next_meeting(series.pk, actor=sales_manager, now=NOW) == planned
    assert ActivityEntry.objects.filter(verb="meetings.meeting_planned").count() == 1


def test_prepare_agendas_plans_this_weeks_meeting_once(series, week):
    assert prepare_agendas(now=NOW - timedelta(days=2)) == 0  # on Sunday: that of the week before is over
    assert [prepare_agendas(now=NOW - timedelta(days=1)) for _ in range(2)] == [1, 0]
    assert Meeting.objects.get().starts_at == NOW
    assert ActivityEntry.objects.get(verb="meetings.meeting_planned").actor is None


def test_prepare_agendas_is_not_kept_back_by_one_series(series, week, marketing_manager, caplog):
    broken = create_series({"name": "Broken", "weekday": 1, "local_time": time(10)}, actor=marketing_manager, now=NOW)
    MeetingSeries.objects.filter(pk=broken.pk).update(timezone="Nowhere/Land")
    assert prepare_agendas(now=NOW - timedelta(days=1)) == 1
    assert Meeting.objects.get().series == series
    assert f"series {broken.pk} could not be planned" in caplog.text


def test_a_meeting_that_nobody_opened_moves_to_the_next_week(planned):
    assert prepare_agendas(now=NOW + timedelta(days=3)) == 0  # next week's is prepared next week
    assert prepare_agendas(now=NOW + timedelta(days=6)) == 1
    planned.refresh_from_db()
    assert (planned.starts_at, planned.number) == (NOW + WEEK, 1)
    assert ActivityEntry.objects.filter(verb="meetings.meeting_moved").count() == 1


def test_prepare_agendas_leaves_a_meeting_that_is_planned_for_another_day_of_the_week(planned, series, sales_manager):
    change_series(series.pk, {"weekday": 3}, actor=sales_manager, now=NOW - timedelta(days=1))
    assert prepare_agendas(now=NOW - timedelta(hours=1)) == 0
    assert Meeting.objects.get() == planned


def test_prepare_agendas_leaves_a_series_that_ends_at_this_moment(series, week, marketing_manager, monkeypatch):
    create_series({"name": "Second", "weekday": 1, "local_time": time(10)}, actor=marketing_manager, now=NOW)

    def end_the_others(event):
        MeetingSeries.objects.exclude(pk=event.series_id).update(archived_at=NOW)

    monkeypatch.setattr(bus, "_inside", bus._inside | {MeetingPlanned.verb: [end_the_others]})
    assert prepare_agendas(now=NOW - timedelta(days=1)) == 1
    assert Meeting.objects.count() == 1


def test_archive_series_does_not_take_a_name_back_that_another_has(series, sales_manager):
    archive_series(series.pk, actor=sales_manager, now=NOW)
    create_series({"name": series.name, "weekday": 1, "local_time": time(9)}, actor=sales_manager, now=NOW)
    entries = ActivityEntry.objects.count()
    with pytest.raises(Invalid) as refusal:
        archive_series(series.pk, actor=sales_manager, now=NOW)
    assert refusal.value.code == "series_name_taken"
    assert ActivityEntry.objects.count() == entries


def test_the_next_meeting_waits_until_the_last_is_closed(held, series, marketing_manager):
    assert plan_next_meeting(series.pk, actor=marketing_manager, now=NOW + WEEK) == held
    assert prepare_agendas(now=NOW + WEEK) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.create(series=series, number=2, starts_at=NOW + WEEK, minutes=30)


def test_what_is_not_done_comes_again(held, series, marketing_manager, rep, marketer):
    quiet = add_topic(held.pk, title="Not reached", actor=marketer, now=NOW)
    always = add_topic(held.pk, title="Always", recurring=True, actor=marketer, now=NOW)
    owed = add_topic(held.pk, title="Owed", actor=marketer, now=NOW)
    over = add_topic(held.pk, title="Over", actor=marketer, now=NOW)
    item = add_action_item(
        held.pk, text="Ask", owner_id=rep.pk, due_on=TODAY, topic_id=owed.pk, actor=marketer, now=NOW
    )
    for topic in (always, owed, over, *held.topics.exclude(kind="other")):
        tick_topic(topic.pk, actor=marketer, now=NOW)
    close(held, marketing_manager)
    following = plan_next_meeting(series.pk, actor=marketing_manager, now=NOW + timedelta(days=6))
    assert (following.number, following.starts_at) == (2, NOW + WEEK)
    brought = following.topics.filter(kind="other")
    assert {topic.carried_from for topic in brought} == {quiet, always, owed}
    assert not any(topic.is_discussed for topic in brought)
    item.refresh_from_db()
    assert (item.carried, item.topic.carried_from, item.meeting) == (1, owed, held)
    complete_action_item(item.pk, actor=rep, now=NOW + WEEK)
    assert item.topic.meeting == following


# --- Evidence: invariant 8 ------------------------------------------------------------------------------------


def test_opening_freezes_numbers_with_their_hash(held):
    rejected = Evidence.objects.get(metric="rejected")
    assert (rejected.value, rejected.of, rejected.frozen_at) == (3, 4, NOW)
    assert rejected.facts["row_count"] == 3 == len(rejected.facts["rows"])
    assert Evidence.objects.get(metric="rejected:too-small").label == "Company too small"
    assert Evidence.objects.get(metric="revenue").value == Decimal("5000.00")
    assert (rejected.period_first, rejected.period_last) == (TODAY - WEEK, TODAY - timedelta(days=1))
    assert all(row.is_intact for row in Evidence.objects.all())


def test_evidence_stays_when_facts_change(held):
    before = list(Evidence.objects.order_by("pk").values())
    Deal.objects.filter(name="Alpha").update(amount=Decimal("9.00"))
    make_deal(name="Late entry", stage="won", won_at=ago(days=2))
    assert list(Evidence.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("statement", ["UPDATE meetings_evidence SET value = 1", "DELETE FROM meetings_evidence"])
def test_the_database_refuses_to_change_evidence(held, statement):
    from django.db import connection

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_evidence_is_frozen_once(held, sales_manager):
    with pytest.raises(Conflict) as refusal:
        open_meeting(held.pk, actor=sales_manager, now=NOW)
    assert refusal.value.code == "meeting_not_planned"
    close(held, sales_manager)
    count = Evidence.objects.count()
    reopen_meeting(held.pk, actor=sales_manager, now=NOW + timedelta(hours=1))
    close(held, sales_manager, NOW + timedelta(hours=2))
    assert Evidence.objects.count() == count


def test_a_restated_number_shows_then_and_now(held, series, sales_manager):
    close(held, sales_manager)
    make_deal(name="Booked late", amount=Decimal("200.00"), stage="won", won_at=ago(days=2))
    make_deal(name="This week", amount=Decimal("70.00"), stage="won", won_at=NOW + timedelta(days=1))
    following = plan_next_meeting(series.pk, actor=sales_manager, now=NOW + timedelta(days=6))
    open_meeting(following.pk, actor=sales_manager, now=NOW + WEEK)
    revenue = following.evidence.get(metric="revenue")
    assert (revenue.value, revenue.then, revenue.restated) == (70, 5000, 5200)
    assert held.evidence.get(metric="revenue").value == 5000
    assert revenue.is_intact


# --- Writing --------------------------------------------------------------------------------------------------


def test_a_line_becomes_what_its_first_sign_says(held, rep, marketer):
    topic = topic_of(held)
    add_note(topic.pk, text="Five came from the calculator", actor=rep, now=NOW)
    add_note(topic.pk, text="! Size clause to 50 people", actor=marketer, now=NOW)
    item = add_note(topic.pk, text="@sam ask for headcount by Friday", actor=marketer, now=NOW)
    assert [note.text for note in topic.notes.all()] == ["Five came from the calculator"]
    assert [decision.text for decision in held.decisions.all()] == ["Size clause to 50 people"]
    assert (item.owner, item.due_on, item.text) == (rep, TODAY + timedelta(days=3), "ask for headcount")
    verbs = ["meetings.note_written", "meetings.decision_made", "meetings.action_item_added"]
    assert [ActivityEntry.objects.filter(verb=verb).count() for verb in verbs] == [1, 1, 1]


def test_a_line_that_cannot_be_understood_is_refused(held, rep):
    with pytest.raises(Invalid) as refusal:
        add_note(topic_of(held).pk, text="@nobody do it", actor=rep, now=NOW)
    assert refusal.value.code == "note_unreadable"
    assert not ActionItem.objects.exists()


@pytest.mark.parametrize("who", ["executive", "admin"])
def test_executives_and_admins_read(who, request, held):
    actor = request.getfixturevalue(who)
    entries = ActivityEntry.objects.count()
    topic = topic_of(held)
    for act in (
        lambda: add_note(topic.pk, text="Hello", actor=actor, now=NOW),
        lambda: add_topic(held.pk, title="Hello", actor=actor, now=NOW),
        lambda: tick_topic(topic.pk, actor=actor, now=NOW),
        lambda: make_decision(topic.pk, text="Hello", actor=actor, now=NOW),
        lambda: add_action_item(held.pk, text="X", owner_id=actor.pk, due_on=TODAY, actor=actor, now=NOW),
        lambda: next_topic(held.pk, actor=actor, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert ActivityEntry.objects.count() == entries
    assert Meeting.objects.visible_to(actor).exists()


def test_nothing_is_written_before_or_after(planned, rep, marketing_manager):
    topic = topic_of(planned)
    for _ in range(2):
        with pytest.raises(Conflict) as refusal:
            add_note(topic.pk, text="Hello", actor=rep, now=NOW)
        assert refusal.value.code == "meeting_not_open"
        if planned.closed_at is None:
            open_meeting(planned.pk, actor=marketing_manager, now=NOW)
            planned = close(planned, marketing_manager)


def test_next_topic_ticks_and_starts_the_following(held, sales_manager):
    first, second = held.topics.all()[:2]
    assert first.started_at == NOW
    later = NOW + timedelta(minutes=4)
    assert next_topic(held.pk, actor=sales_manager, now=later) == second
    first.refresh_from_db()
    assert (first.state, first.discussed_at) == (Topic.State.DISCUSSED, later)
    for _ in range(held.topics.count()):
        last = next_topic(held.pk, actor=sales_manager, now=later)
    assert last is None
    tick_topic(first.pk, discussed=False, actor=sales_manager, now=later)
    first.refresh_from_db()
    assert first.discussed_at is None


def test_ticking_twice_records_once(held, rep):
    topic = topic_of(held)
    for _ in range(2):
        tick_topic(topic.pk, actor=rep, now=NOW)
    assert ActivityEntry.objects.filter(verb="meetings.topic_ticked").count() == 1


# --- Decisions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": ""}, "text"),
        ({"metric": "acceptance"}, "check_on"),
        ({"check_on": TODAY + WEEK}, "metric"),
        ({"metric": "nonsense", "check_on": TODAY + WEEK}, "metric"),
        ({"metric": "acceptance", "check_on": TODAY}, "check_on"),
    ],
)
def test_make_decision_refuses(held, rep, values, field):
    with pytest.raises(Invalid) as refusal:
        make_decision(topic_of(held).pk, **{"text": "Do it"} | values, actor=rep, now=NOW)
    assert list(refusal.value.fields) == [field]
    assert not held.decisions.exists()


def test_a_decision_is_checked_when_its_day_comes(held, series, sales_manager, rep):
    decision = make_decision(
        topic_of(held).pk,
        text="Call within the hour",
        metric="deals_won",
        target=Decimal(3),
        check_on=TODAY + WEEK,
        actor=rep,
        now=NOW,
    )
    assert decision.baseline == 2
    close(held, sales_manager)
    make_deal(stage="won", won_at=NOW + timedelta(days=1))
    following = plan_next_meeting(series.pk, actor=sales_manager, now=NOW + timedelta(days=6))
    assert topic_of(following, "checks").title == "Checks due: Call within the hour"
    open_meeting(following.pk, actor=sales_manager, now=NOW + WEEK)
    decision.refresh_from_db()
    assert (decision.checked_value, decision.verdict()) == (3, "reached")
    assert ActivityEntry.objects.get(verb="meetings.decision_checked").data["verdict"] == "reached"


@pytest.mark.parametrize(
    ("baseline", "now_is", "target", "more_is_better", "verdict"),
    [
        (1, 2, None, True, "moved"),
        (2, 2, None, True, "not moved"),
        (2, 1, None, True, "not moved"),
        (2, 1, None, False, "moved"),
        (5, 3, 4, False, "reached"),
        (1, 2, 4, True, "moved"),
        (1, None, 4, True, "no data"),
        (None, 1, None, True, "no data"),
    ],
)
def test_verdict(held, rep, baseline, now_is, target, more_is_better, verdict):
    decision = make_decision(topic_of(held).pk, text="X", actor=rep, now=NOW)
    assert decision.verdict() == ""
    decision.baseline, decision.checked_value, decision.target, decision.checked_at = baseline, now_is, target, NOW
    assert decision.verdict(more_is_better=more_is_better) == verdict


# --- Minutes --------------------------------------------------------------------------------------------------


def test_closing_sends_minutes_to_all_and_items_to_their_owners(held, sales_manager, rep, executive, stranger):
    add_note(topic_of(held).pk, text="! Size clause to 50 people", actor=rep, now=NOW)
    add_note(topic_of(held).pk, text="@Sam ask for headcount", actor=rep, now=NOW)
    made = close(held, sales_manager)
    assert (made.version, made.closed_by) == (1, sales_manager)
    told = Notification.objects.filter(kind="meetings.minutes")
    assert {each.recipient for each in told} == {*held.series.participants.all(), executive}
    assert told[0].body.splitlines()[:2] == ["Decided", "• Size clause to 50 people"]
    assert "Rejected: 3 of 4" in told[0].body
    assert Notification.objects.get(kind="meetings.action_items").recipient == rep
    assert OutboxMessage.objects.filter(recipient=rep.email).count() == 2
    assert ActivityEntry.objects.get(verb="meetings.meeting_closed").data["version"] == 1


def test_corrected_minutes_are_the_next_version_and_say_who(held, sales_manager, marketing_manager):
    close(held, sales_manager)
    reopen_meeting(held.pk, actor=marketing_manager, now=NOW + timedelta(hours=1))
    made = close(held, marketing_manager, NOW + timedelta(hours=2))
    assert [(issue.version, issue.issued_by) for issue in made.issues.all()] == [
        (1, sales_manager),
        (2, marketing_manager),
    ]


def test_minutes_are_not_reopened_once_a_newer_meeting_exists(held, series, sales_manager):
    with pytest.raises(Conflict) as refusal:
        reopen_meeting(held.pk, actor=sales_manager, now=NOW)
    assert refusal.value.code == "meeting_not_closed"
    close(held, sales_manager)
    plan_next_meeting(series.pk, actor=sales_manager, now=NOW + timedelta(days=6))
    with pytest.raises(Conflict) as refusal:
        reopen_meeting(held.pk, actor=sales_manager, now=NOW + WEEK)
    assert refusal.value.code == "newer_meeting_exists"


def test_reading_is_confirmed_once_per_version(held, sales_manager, executive):
    with pytest.raises(Conflict):
        confirm_reading(held.pk, actor=executive, now=NOW)
    close(held, sales_manager)
    for _ in range(2):
        confirm_reading(held.pk, actor=executive, now=NOW + timedelta(hours=1))
    assert Reading.objects.count() == 1
    assert ActivityEntry.objects.filter(verb="meetings.reading_confirmed").count() == 1


# --- Action items ---------------------------------------------------------------------------------------------


@pytest.fixture
def item(held, rep, marketer):
    """Sam shall ask until tomorrow."""
    return add_action_item(
        held.pk, text="Ask", owner_id=rep.pk, due_on=TODAY + timedelta(days=1), actor=marketer, now=NOW
    )


def test_its_owner_or_a_manager_completes_it(item, rep, marketer, stranger, sales_manager):
    with pytest.raises(NotAllowed):
        complete_action_item(item.pk, actor=marketer, now=NOW)
    with pytest.raises(NotFound):
        complete_action_item(item.pk, actor=stranger, now=NOW)
    for _ in range(2):
        done = complete_action_item(item.pk, actor=rep, now=NOW)
    assert (done.done_at, done.done_by) == (NOW, rep)
    assert complete_action_item(item.pk, done=False, actor=sales_manager, now=NOW).done_at is None
    verbs = list(ActivityEntry.objects.filter(subject_kind="action_item").order_by("id").values_list("verb", flat=True))
    assert verbs == [
        "meetings.action_item_added",
        "meetings.action_item_completed",
        "meetings.action_item_reopened",
    ]


@pytest.mark.parametrize(
    ("values", "field"), [({"text": " "}, "text"), ({"due_on": TODAY - WEEK}, "due_on"), ({"owner_id": 0}, "owner")]
)
def test_add_action_item_refuses(held, rep, values, field):
    given = {"text": "Ask", "owner_id": rep.pk, "due_on": TODAY} | values
    with pytest.raises(Invalid) as refusal:
        add_action_item(held.pk, **given, actor=rep, now=NOW)
    assert list(refusal.value.fields) == [field]
    assert not ActionItem.objects.exists()


def test_the_database_keeps_action_items_that_minutes_told_of(item, rep, sales_manager):
    close(item.meeting, sales_manager)
    with pytest.raises(IntegrityError, match="action_item_done_has_time"), transaction.atomic():
        ActionItem.objects.update(done_by=rep)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        item.delete()


def test_owners_are_reminded_once_a_day_in_working_hours(item, rep):
    night = NOW.replace(hour=2)
    assert remind_action_items(now=night) == 0
    assert [remind_action_items(now=NOW) for _ in range(2)] == [1, 0]
    remind_action_items(now=NOW + timedelta(days=1))
    remind_action_items(now=NOW + timedelta(days=3))
    told = Notification.objects.filter(kind="meetings.action_reminder").order_by("id")
    assert [each.title for each in told] == ["Due tomorrow: Ask", "Due today: Ask", "Overdue by 2 days: Ask"]
    complete_action_item(item.pk, actor=rep, now=NOW)
    assert remind_action_items(now=NOW + timedelta(days=6)) == 0


def test_remind_action_items_reaches_those_beyond_the_first_batch(held, item, rep, marketer, stranger):
    for owner in (rep, marketer):
        add_action_item(held.pk, text="Second", owner_id=owner.pk, due_on=TODAY, actor=rep, now=NOW)
    asleep = add_action_item(held.pk, text="Third", owner_id=stranger.pk, due_on=TODAY, actor=rep, now=NOW)
    User.objects.filter(pk=stranger.pk).update(timezone="Pacific/Auckland")
    assert [remind_action_items(now=NOW, limit=1) for _ in range(4)] == [1, 1, 1, 0]
    told = set(Notification.objects.filter(kind="meetings.action_reminder").values_list("recipient", "title"))
    assert told == {(rep.pk, "Due tomorrow: Ask"), (rep.pk, "Due today: Second"), (marketer.pk, "Due today: Second")}
    assert asleep.owner == stranger


def test_only_an_open_meeting_is_closed_and_given_action_items(planned, held, series, rep, marketing_manager):
    close(held, marketing_manager)
    before = list(Meeting.objects.values()), ActivityEntry.objects.count()
    with pytest.raises(Conflict) as refusal:
        close(held, marketing_manager)
    assert refusal.value.code == "meeting_not_open"
    with pytest.raises(Conflict) as refusal:
        add_action_item(held.pk, text="Ask", owner_id=rep.pk, due_on=TODAY, actor=rep, now=NOW)
    assert refusal.value.code == "meeting_not_open"
    with pytest.raises(Conflict) as refusal:
        add_topic(held.pk, title="Too late", actor=rep, now=NOW)
    assert refusal.value.code == "meeting_closed"
    assert (list(Meeting.objects.values()), ActivityEntry.objects.count()) == before
    assert not ActionItem.objects.exists()


def test_what_is_written_has_a_size(held, rep):
    topics, entries = Topic.objects.count(), ActivityEntry.objects.count()
    for field, write in (
        ("title", lambda: add_topic(held.pk, title=" ", actor=rep, now=NOW)),
        ("minutes", lambda: add_topic(held.pk, title="Long", minutes=0, actor=rep, now=NOW)),
        ("text", lambda: add_note(topic_of(held).pk, text="x" * 4001, actor=rep, now=NOW)),
        (
            "topic",
            lambda: add_action_item(
                held.pk, text="Ask", owner_id=rep.pk, due_on=TODAY, topic_id=10**6, actor=rep, now=NOW
            ),
        ),
    ):
        with pytest.raises(Invalid) as refusal:
            write()
        assert list(refusal.value.fields) == [field]
    assert (Topic.objects.count(), ActivityEntry.objects.count()) == (topics, entries)


# --- Before its day, and what is said of a topic ------------------------------------------------------------------


def test_a_meeting_opens_before_its_day_only_for_whoever_says_so(planned, login, api, marketing_manager):
    yesterday = NOW - timedelta(days=1)
    with pytest.raises(Conflict) as refusal:
        open_meeting(planned.pk, actor=marketing_manager, now=yesterday)
    assert refusal.value.code == "meeting_too_early"
    assert not Evidence.objects.exists()
    with time_machine.travel(yesterday, tick=False):
        page = login(marketing_manager).get(planned.get_absolute_url()).content.decode()
        asked = login(marketing_manager).get(f"/meetings/{planned.pk}/open/").content.decode()
        refused = login(marketing_manager).post(f"/meetings/{planned.pk}/open/")
        assert api(marketing_manager).post(f"/api/v1/meetings/{planned.pk}/open/").data["code"] == "meeting_too_early"
        opened = login(marketing_manager).post(f"/meetings/{planned.pk}/open/", {"early": "1"})
    assert "Open the meeting…" in page
    assert 'name="early" value="1"' in asked
    assert (refused.status_code, opened.status_code) == (409, 302)
    planned.refresh_from_db()
    assert planned.state == "open"


def test_a_topic_with_something_written_on_it_is_never_called_not_discussed(held, login, rep, sales_manager):
    noted, ticked = topic_of(held), topic_of(held, "campaigns")
    add_note(noted.pk, text="@Sam call them", actor=rep, now=NOW)
    tick_topic(ticked.pk, actor=rep, now=NOW)
    close(held, sales_manager)
    body = Notification.objects.filter(kind="meetings.minutes").first().body
    lines = body.splitlines()
    assert f"{noted.title} (to be continued)" in lines
    assert ticked.title in lines
    assert "A story worth telling (not discussed)" in lines
    page = login(sales_manager).get(f"/meetings/{held.pk}/minutes/").content.decode()
    assert (page.count("to be continued"), page.count("not discussed")) == (1, body.count("not discussed"))


def test_an_action_is_due_on_a_working_day_unless_said(held, login, admin, rep):
    week = {str(day): [["09:00", "17:00"]] for day in range(5)}
    week_later = TODAY + timedelta(days=7)
    holidays = {week_later.isoformat(): "Founders' day", (week_later + timedelta(days=1)).isoformat(): "Bridge day"}
    content = Hours(timezone="UTC", hours=week, holidays=holidays)
    create_calendar(name="Office", content=content, actor=admin, now=NOW)
    item = add_note(topic_of(held).pk, text="@Sam call them", actor=rep, now=NOW)
    assert item.due_on == week_later + timedelta(days=2)
    with time_machine.travel(NOW, tick=False):
        form = login(rep).get(f"/meetings/topics/{topic_of(held).pk}/action/").context["form"]
    assert form.initial["due_on"] == item.due_on


def test_people_of_equal_initials_have_letters_of_their_own(held, login, rep, marketer):
    User.objects.filter(pk=rep.pk).update(name="Olivia Lunde")
    User.objects.filter(pk=marketer.pk).update(name="Oda Lind")
    add_note(topic_of(held).pk, text="Hello", actor=rep, now=NOW)
    page = login(rep).get(f"{held.get_absolute_url()}?topic={topic_of(held).pk}").content.decode()
    assert '<strong title="Olivia Lunde">OLu</strong>' in page
    assert ">OLi</span>" in page
