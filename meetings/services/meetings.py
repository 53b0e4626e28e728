"""Planning, opening, closing and reopening meetings. Locks: the series, then the meeting."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse

from meetings.domain.agenda import MINUTES, TITLES, PastTopic, Ranked, TopicKind, carried_over, missing_kinds, ranked
from meetings.domain.minutes import MeetingState, content_hash, is_early, may_reopen
from meetings.domain.rhythm import occurrence_to_plan, week_ends
from meetings.events import (
    DecisionChecked,
    MeetingClosed,
    MeetingMoved,
    MeetingOpened,
    MeetingPlanned,
    MeetingReopened,
    ReadingConfirmed,
)
from meetings.models import ActionItem, Evidence, Meeting, MeetingSeries, MinutesIssue, Reading, Topic
from meetings.permissions import can_run_meetings, can_view_meetings
from meetings.selectors.facts import (
    TopicFacts,
    agenda_facts,
    decisions_to_check,
    figures_by_metric,
    period_of,
    previous_meeting,
)
from meetings.selectors.minutes import minutes_text
from meetings.services.series import locked_series
from reporting.domain.periods import Period
from reporting.selectors.metrics import metric_named
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish, publish_many
from smarketing.lib.errors import Conflict
from smarketing.notifications.services import notify

logger = logging.getLogger(__name__)


@transaction.atomic
def plan_next_meeting(series_id: int, *, actor: User, now: datetime) -> Meeting:
    """The meeting of the series that is to be held next, with its agenda; made where there is none.

    Idempotent: a planned or open meeting is given back as it is, but a planned one whose time went by is moved to the
    next occurrence. A new one takes over topics and action items by the rules of semantics, section 7. Publishes
    MeetingPlanned or MeetingMoved. Raises NotFound, NotAllowed, Conflict (`series_archived`).
    """
    series = locked_series(series_id, actor)
    require(can_run_meetings, actor)
    return _plan(series, actor=actor, now=now)


def prepare_agendas(*, now: datetime) -> int:
    """Plans, for every series, the meeting of this week, and moves those that nobody opened. Gives how many.

    Safe to run at any time and twice; the product itself is the actor. A series that cannot be planned is reported in
    the log and does not keep the others from their agendas.
    """
    done = 0
    for series_id in MeetingSeries.objects.active().values_list("pk", flat=True):
        try:
            done += _prepare(series_id, now)
        except Exception:
            logger.exception("The meeting of series %s could not be planned", series_id)
    return done


@transaction.atomic
def _prepare(series_id: int, now: datetime) -> int:
    series = MeetingSeries.objects.select_for_update().filter(pk=series_id, archived_at__isnull=True).first()
    if series is None:
        return 0
    latest = series.meetings.first()
    if latest is not None and latest.state == MeetingState.OPEN:
        return 0
    if _next_start(series, latest, now) >= week_ends(now, series.timezone):
        return 0
    if latest is not None and latest.state == MeetingState.PLANNED and not _is_over(latest, now):
        return 0
    _plan(series, actor=None, now=now)
    return 1


def _next_start(series: MeetingSeries, latest: Meeting | None, now: datetime) -> datetime:
    return occurrence_to_plan(
        series.weekday,
        series.local_time,
        series.timezone,
        series.duration,
        last=latest.starts_at if latest else None,
        now=now,
    )


def _is_over(meeting: Meeting, now: datetime) -> bool:
    return meeting.ends_at <= now


def _plan(series: MeetingSeries, *, actor: User | None, now: datetime) -> Meeting:
    if series.archived_at:
        raise Conflict("This series has ended; take it up again first.", code="series_archived")
    latest: Meeting | None = series.meetings.select_for_update(of=("self",)).first()
    if latest is not None and latest.state != MeetingState.CLOSED:
        if latest.state == MeetingState.PLANNED and _is_over(latest, now):
            _move(latest, series, actor=actor, now=now)
        return latest
    meeting = Meeting.objects.create(
        series=series,
        number=latest.number + 1 if latest else 1,
        starts_at=_next_start(series, latest, now),
        minutes=series.minutes,
    )
    carried = _carry_over(latest, meeting) if latest else 0
    facts = agenda_facts(series.chair, series.pk, period_of(meeting.starts_at), now=now)
    topics = _fill(meeting, facts)
    publish(
        MeetingPlanned(
            meeting_id=meeting.pk,
            series_id=series.pk,
            name=series.name,
            number=meeting.number,
            starts_at=meeting.starts_at,
            topics=len(topics),
            carried=carried,
        ),
        actor=actor,
        at=now,
    )
    return meeting


def _move(meeting: Meeting, series: MeetingSeries, *, actor: User | None, now: datetime) -> None:
    old, meeting.starts_at = meeting.starts_at, _next_start(series, meeting, now)
    meeting.minutes = series.minutes
    meeting.save(update_fields=["starts_at", "minutes"])
    _fill(meeting, agenda_facts(series.chair, series.pk, period_of(meeting.starts_at), now=now))
    publish(MeetingMoved(meeting_id=meeting.pk, name=series.name, old=old, new=meeting.starts_at), actor=actor, at=now)


def _carry_over(last: Meeting, meeting: Meeting) -> int:
    """Takes over the topics that come again, and counts the action items that are still open."""
    open_items = ActionItem.objects.open().filter(topic=OuterRef("pk"))
    topics = {topic.pk: topic for topic in last.topics.annotate(has_open_action=Exists(open_items))}
    past = [PastTopic(pk, each.is_discussed, each.recurring, each.has_open_action) for pk, each in topics.items()]
    chosen = [topics[key] for key in carried_over(past)]
    again = Topic.objects.bulk_create(
        Topic(
            meeting=meeting,
            kind=topic.kind,
            title=topic.title,
            minutes=topic.minutes,
            position=topic.position,
            recurring=topic.recurring,
            carried_from=topic,
            added_by_id=topic.added_by_id,
        )
        for topic in chosen
    )
    # An open item keeps its topic on the agenda until it is done, so it goes along with it.
    for topic in again:
        ActionItem.objects.open().filter(topic=topic.carried_from_id).update(topic=topic)
    ActionItem.objects.open().filter(meeting__series=meeting.series_id).update(carried=F("carried") + 1)
    return len(chosen)


def _fill(meeting: Meeting, facts: Iterable[TopicFacts]) -> list[Topic]:
    """Adds the topics that the facts ask for, gives them title and stake, and ranks the whole agenda.

    There is always one: a good end asks for no facts.
    """
    told = {str(topic.kind): topic for topic in facts}
    present = list(meeting.topics.all())
    added = Topic.objects.bulk_create(
        Topic(meeting=meeting, kind=kind, title=told[kind].name, minutes=told[kind].minutes)
        for kind in missing_kinds(told, {topic.kind for topic in present})
    )
    topics = {topic.pk: topic for topic in (*present, *added)}
    order = ranked(
        Ranked(pk, topic.kind, told[topic.kind].stake if topic.kind in told else None) for pk, topic in topics.items()
    )
    for position, pk in enumerate(order, start=1):
        topic = topics[pk]
        topic.position = position
        if topic.kind != TopicKind.OTHER:
            mine = told.get(topic.kind)
            topic.stake = mine.stake if mine else None
            topic.title = mine.name if mine else TITLES[TopicKind(topic.kind)]
            topic.minutes = topic.minutes or MINUTES[TopicKind(topic.kind)]
    Topic.objects.bulk_update(topics.values(), ["position", "stake", "title", "minutes"])
    return [topics[pk] for pk in order]


@transaction.atomic
def open_meeting(meeting_id: int, *, early: bool = False, actor: User, now: datetime) -> Meeting:
    """The meeting begins: the agenda is brought up to date, its numbers are frozen with their content hash, once.

    Where the meeting before showed a number that is counted differently now, both are frozen: then and now. Decisions
    whose check date has come are checked. Before its day only with `early`, as what happens until then would be
    missing from the numbers for good. Publishes MeetingOpened, DecisionChecked. Raises NotFound, NotAllowed, Conflict
    (`meeting_not_planned`, `meeting_too_early`).
    """
    meeting = _locked(meeting_id, actor)
    require(can_run_meetings, actor)
    if meeting.state != MeetingState.PLANNED:
        who = f"{meeting.opened_by} has opened it" if meeting.state == MeetingState.OPEN else "It is over"
        raise Conflict(f"{who} already.", code="meeting_not_planned")
    zone = meeting.series.timezone
    if is_early(meeting.starts_at, zone, now) and not early:
        raise Conflict(
            f"This meeting is planned for {meeting.starts_at.astimezone(ZoneInfo(zone)):%A, %-d %B}. Its numbers would "
            "freeze today; say so if you want that.",
            code="meeting_too_early",
        )
    period = period_of(meeting.starts_at)
    facts = agenda_facts(actor, meeting.series_id, period, now=now)
    topics = _fill(meeting, facts)
    frozen = _freeze(meeting, topics, facts, period, actor=actor, now=now)
    _check_decisions(meeting, period, frozen, actor=actor, now=now)
    meeting.state, meeting.opened_at, meeting.opened_by = MeetingState.OPEN, now, actor
    meeting.save(update_fields=["state", "opened_at", "opened_by"])
    Topic.objects.filter(pk=topics[0].pk).update(started_at=now)
    publish(
        MeetingOpened(
            meeting_id=meeting.pk,
            name=meeting.series.name,
            number=meeting.number,
            evidence=len(frozen),
            opened_at=now,
        ),
        actor=actor,
        at=now,
    )
    return meeting


def _freeze(
    meeting: Meeting, topics: list[Topic], facts: list[TopicFacts], period: Period, *, actor: User, now: datetime
) -> list[Evidence]:
    of_kind = {topic.kind: topic for topic in topics}
    shown_before, counted_today = _then_and_now(meeting, actor=actor, now=now)
    found = []
    for told in facts:
        for position, figure in enumerate(told.figures, start=1):
            then, restated = shown_before.get(figure.metric), counted_today.get(figure.metric)
            evidence = Evidence(
                meeting=meeting,
                topic=of_kind[told.kind],
                position=position,
                metric=figure.metric,
                label=figure.label,
                unit=figure.unit,
                value=figure.value,
                of=figure.of,
                then=then,
                restated=restated,
                records=figure.records,
                facts=figure.facts,
                period_first=period.first,
                period_last=period.last,
                frozen_at=now,
            )
            evidence.content_hash = content_hash(evidence.content())
            found.append(evidence)
    return Evidence.objects.bulk_create(found)


def _then_and_now(meeting: Meeting, *, actor: User, now: datetime) -> tuple[dict, dict]:  # type: ignore[type-arg]
    """What the meeting before showed, and the same numbers of its period as they are counted today."""
    before = previous_meeting(meeting)
    if before is None:
        return {}, {}
    shown = {row.metric: row for row in before.evidence.all()}
    again = figures_by_metric(agenda_facts(actor, meeting.series_id, period_of(before.starts_at), now=now))
    counted = {name: again[name].value if name in again else None for name in shown}
    return {name: row.value for name, row in shown.items()}, counted


def _check_decisions(meeting: Meeting, period: Period, frozen: list[Evidence], *, actor: User, now: datetime) -> None:
    values = {row.metric: row.value for row in frozen}
    checked, events = [], []
    for decision in decisions_to_check(meeting.series_id, period):
        decision.checked_at, decision.checked_value = now, values.get(f"check:{decision.pk}")
        checked.append(decision)
        better = metric_named(decision.metric).more_is_better
        events.append(
            DecisionChecked(
                decision_id=decision.pk,
                meeting_id=meeting.pk,
                text=decision.text,
                metric=decision.metric,
                old=decision.baseline,
                new=decision.checked_value,
                verdict=decision.verdict(more_is_better=better),
            )
        )
    if checked:
        type(checked[0]).objects.bulk_update(checked, ["checked_at", "checked_value"])
        publish_many(events, actor=actor, at=now)


@transaction.atomic
def close_meeting(meeting_id: int, *, actor: User, now: datetime) -> Meeting:
    """The meeting is over: everybody invited or informed gets the minutes, each owner of open items theirs.

    The version of the minutes goes up by one and says who sent them when. Publishes MeetingClosed. Raises NotFound,
    NotAllowed, Conflict (`meeting_not_open`).
    """
    meeting = _locked(meeting_id, actor)
    require(can_run_meetings, actor)
    if meeting.state != MeetingState.OPEN:
        raise Conflict("Only a meeting that is being held can be closed.", code="meeting_not_open")
    meeting.state, meeting.closed_at, meeting.closed_by = MeetingState.CLOSED, now, actor
    meeting.version += 1
    meeting.save(update_fields=["state", "closed_at", "closed_by", "version"])
    MinutesIssue.objects.create(meeting=meeting, version=meeting.version, issued_at=now, issued_by=actor)
    items = list(ActionItem.objects.open().filter(meeting__series=meeting.series_id).select_related("owner"))
    _send_minutes(meeting, now)
    _send_items(meeting, items, now)
    publish(
        MeetingClosed(
            meeting_id=meeting.pk,
            name=meeting.series.name,
            number=meeting.number,
            version=meeting.version,
            decisions=meeting.decisions.count(),
            action_items=meeting.action_items.count(),
            closed_at=now,
        ),
        actor=actor,
        at=now,
    )
    return meeting


def _send_minutes(meeting: Meeting, now: datetime) -> None:
    series = meeting.series
    again = f" (version {meeting.version}, corrected)" if meeting.version > 1 else ""
    notify(
        {*series.participants.all(), *series.informed.all()},
        kind="meetings.minutes",
        title=f"Minutes: {series.name}, {meeting.starts_at.astimezone(ZoneInfo(series.timezone)):%-d %B}{again}",
        body=minutes_text(meeting),
        url=reverse("meetings:minutes", args=[meeting.pk]),
        dedupe_key=f"meetings.minutes:{meeting.pk}:{meeting.version}",
        now=now,
    )


def _send_items(meeting: Meeting, items: list[ActionItem], now: datetime) -> None:
    owners: dict[int, list[ActionItem]] = {}
    for item in items:
        owners.setdefault(item.owner_id, []).append(item)
    for mine in owners.values():
        notify(
            [mine[0].owner],
            kind="meetings.action_items",
            title=f"Yours from {meeting.series.name}: {len(mine)} open action{'' if len(mine) == 1 else 's'}",
            body="\n".join(f"• {item.text} (due {item.due_on:%a %-d %b})" for item in mine),
            url=reverse("meetings:action-list"),
            dedupe_key=f"meetings.items:{meeting.pk}:{meeting.version}",
            now=now,
        )


@transaction.atomic
def reopen_meeting(meeting_id: int, *, actor: User, now: datetime) -> Meeting:
    """The latest minutes are corrected; never once a newer meeting exists. Evidence stays as it was frozen.

    Publishes MeetingReopened. Raises NotFound, NotAllowed, Conflict (`meeting_not_closed`, `newer_meeting_exists`).
    """
    meeting = _locked(meeting_id, actor)
    require(can_run_meetings, actor)
    newer = Meeting.objects.filter(series=meeting.series_id, number__gt=meeting.number).exists()
    if not may_reopen(meeting.state, newer_exists=newer):
        if newer:
            raise Conflict(
                "A newer meeting exists: write the correction into its minutes.", code="newer_meeting_exists"
            )
        raise Conflict("Only minutes that were sent can be opened again.", code="meeting_not_closed")
    meeting.state, meeting.closed_at, meeting.closed_by = MeetingState.OPEN, None, None
    meeting.save(update_fields=["state", "closed_at", "closed_by"])
    publish(
        MeetingReopened(
            meeting_id=meeting.pk, name=meeting.series.name, number=meeting.number, version=meeting.version
        ),
        actor=actor,
        at=now,
    )
    return meeting


@transaction.atomic
def confirm_reading(meeting_id: int, *, actor: User, now: datetime) -> Reading:
    """Somebody invited or informed says that they have read the latest minutes; twice is once.

    Publishes ReadingConfirmed. Raises NotFound, NotAllowed, Conflict (`minutes_not_sent`).
    """
    meeting = _locked(meeting_id, actor)
    require(can_view_meetings, actor)
    if meeting.state != MeetingState.CLOSED:
        raise Conflict("The minutes are not sent yet.", code="minutes_not_sent")
    reading, new = Reading.objects.get_or_create(
        meeting=meeting, person=actor, version=meeting.version, defaults={"confirmed_at": now}
    )
    if new:
        publish(
            ReadingConfirmed(meeting_id=meeting.pk, name=meeting.series.name, version=meeting.version),
            actor=actor,
            at=now,
        )
    return reading


def _locked(meeting_id: int, actor: User) -> Meeting:
    """The meeting, locked. Raises NotFound where the person may not see it."""
    visible = Meeting.objects.visible_to(actor).select_related("series", "opened_by")
    meeting: Meeting = visible.lock(meeting_id)
    return meeting
