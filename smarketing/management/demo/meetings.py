"""The demo's weekly meetings: the last five held, this week's planned."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from meetings.models import ActionItem, Meeting, MeetingSeries
from meetings.services.actions import complete_action_item
from meetings.services.meetings import close_meeting, open_meeting, plan_next_meeting
from meetings.services.minutes import add_note, tick_topic
from meetings.services.series import create_series
from reporting.services.rollups import refresh
from smarketing.accounts.models import User
from smarketing.management.demo import company
from smarketing.management.demo.history import History

WEEKS = 5
AT = time(9, 30)
INVITED = ("marketer", "mads", "marketing-manager", "rep", "tobias", "ines", "sales-manager")

NOTES = (
    (
        "marketing-manager",
        "Most of those that came back were too small; the calculator form does not ask for headcount.",
    ),
    ("rep", "Who asked for a demo picks up the phone; who only read a guide does not."),
    ("sales-manager", "Friday afternoons are when first attempts slip."),
    ("marketing-manager", "The webinar brings fewer leads and better ones."),
    ("sales-manager", "Two deals wait for a security questionnaire; a ready answer would save a week each."),
)
DECISIONS = ("! Ask for headcount on the calculator form", "! Cover Friday afternoons in turn")
ACTIONS = (
    "@Mads Add headcount to the calculator form",
    "@Tobias Write the answer to the security questionnaire",
    "@Sara Collect three questions that the case study should answer",
)


def plan_meetings(history: History, people: dict[str, User]) -> None:
    """Puts the meetings of the last weeks into the history."""
    monday = history.now.date() - timedelta(days=history.now.weekday() + 7 * WEEKS)
    zone = ZoneInfo(company.ZONE)
    chair = people["marketing-manager"]

    def begin(now: datetime) -> None:
        create_series(
            {
                "name": "Weekly smarketing",
                "weekday": 0,
                "local_time": AT,
                "timezone": company.ZONE,
                "participant_ids": [people[who].pk for who in INVITED],
                "informed_ids": [people["executive"].pk],
            },
            actor=chair,
            now=now,
        )

    first = datetime.combine(monday, AT, zone)
    history.at(first - timedelta(days=3), begin)
    for week in range(WEEKS + 1):
        moment = datetime.combine(monday + timedelta(days=7 * week), AT, zone)
        # Later than the start alone would do: the minutes are written by then.
        if moment + timedelta(minutes=30) <= history.now:
            history.at(moment, partial(_hold, week, people))


def plan_this_week(people: dict[str, User], now: datetime) -> None:
    """The meeting to come, with its agenda."""
    plan_next_meeting(MeetingSeries.objects.get().pk, actor=people["marketing-manager"], now=now)


def _hold(number: int, people: dict[str, User], now: datetime) -> None:
    chair = people["marketing-manager"]
    while refresh():
        pass
    meeting: Meeting = plan_next_meeting(MeetingSeries.objects.get().pk, actor=chair, now=now)
    meeting = open_meeting(meeting.pk, actor=chair, now=now)
    topics = list(meeting.topics.all())
    minute = timedelta(minutes=1)
    for place, topic in enumerate(topics):
        at = now + minute * (2 + 4 * place)
        who, text = NOTES[(number + place) % len(NOTES)]
        if place < 3:
            add_note(topic.pk, text=text, actor=people[who], now=at)
        if place == 1 and number % 2 == 0:
            add_note(topic.pk, text=DECISIONS[number // 2 % len(DECISIONS)], actor=chair, now=at + minute)
        if place == 2:
            add_note(topic.pk, text=ACTIONS[number % len(ACTIONS)], actor=chair, now=at + minute)
        if place < len(topics) - 1 or number % 2:
            tick_topic(topic.pk, actor=chair, now=at + 2 * minute)
    end = now + minute * 28
    for item in ActionItem.objects.filter(done_at__isnull=True).exclude(meeting=meeting)[:1]:
        complete_action_item(item.pk, actor=item.owner, now=end)
    close_meeting(meeting.pk, actor=chair, now=end)
