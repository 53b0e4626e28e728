"""Reads of series and meetings: the list, one meeting as it is held, one as it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.timezone import localtime

from meetings.domain.minutes import MeetingState, is_early, remark
from meetings.models import ActionItem, Decision, Evidence, Meeting, MeetingSeries, Note, Reading, Topic
from meetings.selectors.drafts import DRAFTED, opened_by
from meetings.selectors.facts import Figure, agenda_facts, period_of
from meetings.selectors.said import said, said_alone
from reporting.domain.metrics import REGISTRY, Unit
from smarketing.accounts.models import Organisation, User
from smarketing.lib.errors import NotFound
from smarketing.lib.initials import told_apart


@dataclass(frozen=True, slots=True)
class Shown:
    """One number as a page shows it; `href` lists the records behind it."""

    label: str
    value: str
    of: str = ""
    note: str = ""
    href: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One topic in the list at the left: `state` is `done`, `now` or empty, `used` the minutes it took so far."""

    topic: Topic
    state: str
    used: int | None
    selected: bool

    @property
    def note(self) -> str:
        """“2 of 6”, or the allotted minutes alone."""
        return str(self.topic.minutes) if self.used is None else f"{self.used} of {self.topic.minutes}"


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A meeting as it is held."""

    meeting: Meeting
    agenda: Sequence[AgendaLine]
    topic: Topic | None
    numbers: Sequence[Shown]
    rows: Sequence[dict[str, str]]
    notes: Sequence[Note | Decision | ActionItem]
    decisions: Sequence[Decision]
    items: Sequence[ActionItem]
    people: Sequence[tuple[User, bool]]
    readings: Sequence[Reading] = field(default_factory=list)
    frozen_at: datetime | None = None
    has_read: bool = False
    invited: bool = False
    may_reopen: bool = False
    is_early: bool = False
    currency: str = ""

    @property
    def allotted_words(self) -> str:
        """Minutes that the topics take together."""
        return f"{sum(line.topic.minutes for line in self.agenda)} min"

    @property
    def frozen_words(self) -> str:
        """When the numbers were frozen."""
        return f"Evidence frozen {localtime(self.frozen_at):%H:%M}" if self.frozen_at else ""

    @property
    def is_through(self) -> bool:
        """Whether every topic was discussed."""
        return all(line.topic.is_discussed for line in self.agenda)

    @property
    def participants(self) -> list[User]:
        """Those who take part."""
        return [person for person, _ in self.people]

    @property
    def heard_words(self) -> str:
        """Who has not written anything yet."""
        quiet = [person.name for person, heard in self.people if not heard]
        if not quiet:
            return "Everybody has written something."
        yet = "" if self.meeting.state == MeetingState.CLOSED else " yet"
        return f"Nothing written by {', '.join(quiet)}{yet}."


def series_list(user: User, *, archived: bool = False) -> QuerySet[MeetingSeries]:
    """Series that the person may see, each with `next_id`, `next_at` and `next_state` of the meeting not yet closed."""
    coming = Meeting.objects.filter(series=OuterRef("pk")).exclude(state=MeetingState.CLOSED)
    series: QuerySet[MeetingSeries] = MeetingSeries.objects.visible_to(user).filter(archived_at__isnull=not archived)
    return (
        series.select_related("chair")
        .prefetch_related("participants__memberships__team")
        .annotate(
            next_id=Subquery(coming.values("pk")[:1]),
            next_at=Subquery(coming.values("starts_at")[:1]),
            next_state=Subquery(coming.values("state")[:1]),
            held=Count("meetings", filter=Q(meetings__state=MeetingState.CLOSED)),
        )
    )


def series_detail(user: User, series_id: int) -> MeetingSeries:
    """One series. Raises NotFound."""
    series: MeetingSeries | None = series_list(user).filter(pk=series_id).first()
    series = series or series_list(user, archived=True).filter(pk=series_id).first()
    if series is None:
        raise NotFound("There is no such series of meetings, or you are not invited.")
    return series


def meeting_list(user: User, *, series_id: int | None = None, state: str = "") -> QuerySet[Meeting]:
    """Meetings that the person may see, with counts of `decision_count` and `item_count`, and `open_count` of items."""
    found: QuerySet[Meeting] = Meeting.objects.visible_to(user).select_related("series", "closed_by", "opened_by")
    if series_id is not None:
        found = found.filter(series=series_id)
    if state:
        found = found.filter(state=state)

    def count(rows: QuerySet[Any]) -> Subquery:
        return Subquery(rows.order_by().values("meeting").annotate(n=Count("pk")).values("n"))

    items = ActionItem.objects.filter(meeting=OuterRef("pk"))
    return found.annotate(
        decision_count=count(Decision.objects.filter(meeting=OuterRef("pk"))),
        item_count=count(items),
        open_count=count(items.open()),
    )


def meeting_detail(user: User, meeting_id: int) -> Meeting:
    """One meeting. Raises NotFound."""
    meeting: Meeting | None = meeting_list(user).filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFound("There is no such meeting, or you are not invited.")
    return meeting


def topic_detail(user: User, topic_id: int) -> Topic:
    """One topic. Raises NotFound."""
    topic: Topic | None = Topic.objects.visible_to(user).select_related("meeting__series").filter(pk=topic_id).first()
    if topic is None:
        raise NotFound("There is no such topic, or you are not invited.")
    return topic


def decision_detail(user: User, decision_id: int) -> Decision:
    """One decision. Raises NotFound."""
    found: Decision | None = (
        Decision.objects.visible_to(user).select_related("meeting__series").filter(pk=decision_id).first()
    )
    if found is None:
        raise NotFound("There is no such decision, or you are not invited.")
    return found


def evidence_detail(user: User, evidence_id: int) -> Evidence:
    """One frozen number with its records as they stood. Raises NotFound."""
    found: Evidence | None = (
        Evidence.objects.visible_to(user).select_related("meeting__series", "topic").filter(pk=evidence_id).first()
    )
    if found is None:
        raise NotFound("There is no such number, or you are not invited.")
    return found


def meeting_page(user: User, meeting_id: int, *, topic_id: int | None = None, now: datetime) -> MeetingPage:
    """Everything that the page of a meeting shows; the number of queries does not grow with what was written."""
    meeting = meeting_detail(user, meeting_id)
    topics = list(meeting.topics.all())
    current = next((topic for topic in topics if not topic.is_discussed), None)
    if meeting.state != MeetingState.OPEN:
        current = None
    chosen = next((topic for topic in topics if topic.pk == topic_id), None) or current
    chosen = chosen or (topics[0] if topics else None)
    numbers, rows = _numbers(user, meeting, chosen, now)
    frozen = meeting.evidence.order_by("pk").values_list("frozen_at", flat=True).first()
    notes = _written(chosen) if chosen else []
    decisions = _with_words(meeting.decisions.select_related("decided_by", *DRAFTED))
    items = _items(meeting)
    people = sorted(
        meeting.series.participants.filter(is_active=True).prefetch_related("memberships__team"), key=lambda u: u.name
    )
    heard = set(Note.objects.filter(topic__meeting=meeting).values_list("author", flat=True))
    heard |= set(meeting.decisions.values_list("decided_by", flat=True))
    heard |= set(meeting.action_items.values_list("created_by", flat=True))
    _tell_apart(*people, *(who for each in notes for who in _people_of(each)), *(item.owner for item in items))
    readings = list(meeting.readings.filter(version=meeting.version).select_related("person"))
    invited = any(person.pk == user.pk for person in people) or meeting.series.informed.filter(pk=user.pk).exists()
    return MeetingPage(
        meeting=meeting,
        agenda=[
            AgendaLine(topic, _state(topic, current), _used(topic, meeting, now), topic == chosen) for topic in topics
        ],
        topic=chosen,
        numbers=numbers,
        rows=rows,
        notes=notes,
        decisions=decisions,
        items=items,
        people=[(person, person.pk in heard) for person in people],
        readings=readings,
        frozen_at=frozen,
        currency=Organisation.current().currency,
        has_read=any(reading.person_id == user.pk for reading in readings),
        invited=invited,
        is_early=is_early(meeting.starts_at, meeting.series.timezone, now),
        may_reopen=meeting.state == MeetingState.CLOSED
        and not Meeting.objects.filter(series=meeting.series_id, number__gt=meeting.number).exists(),
    )


def _people_of(written: Note | Decision | ActionItem) -> list[User]:
    """Whom a line shows by their letters: who wrote it."""
    if isinstance(written, Note):
        return [written.author]
    return [written.decided_by if isinstance(written, Decision) else written.created_by]


def _tell_apart(*people: User) -> None:
    """Gives everybody on the page `letters` that nobody else there has."""
    letters = told_apart({person.pk: person.name for person in people}.items())
    for person in people:
        person.letters = letters[person.pk]  # type: ignore[attr-defined]


def _items(meeting: Meeting) -> list[ActionItem]:
    """Given in this meeting, and those of earlier ones that were open when it was held."""
    until = meeting.opened_at or meeting.starts_at
    earlier = Q(meeting__series=meeting.series_id, meeting__number__lt=meeting.number)
    still_open = Q(done_at__isnull=True) | Q(done_at__gte=until)
    return list(
        ActionItem.objects.filter(Q(meeting=meeting) | (earlier & still_open))
        .select_related("owner", "meeting")
        .prefetch_related("owner__memberships__team")
        .order_by(F("done_at").asc(nulls_first=True), "due_on", "pk")[:50]
    )


def _written(topic: Topic) -> list[Note | Decision | ActionItem]:
    """What was written under a topic, in the order it was written."""
    notes = topic.notes.select_related("author").prefetch_related("author__memberships__team")
    decisions = topic.decisions.select_related("decided_by")
    items = topic.action_items.filter(meeting=topic.meeting_id).select_related("owner", "created_by")
    found: list[tuple[datetime, int, Any]] = [(note.written_at, note.pk, note) for note in notes]
    found += [(decision.decided_at, decision.pk, decision) for decision in decisions]
    found += [(item.created_at, item.pk, item) for item in items]
    for _, _, each in found:
        each.shown_as = type(each).__name__.lower()
    return [each for _, _, each in sorted(found, key=lambda row: row[:2])]


def _state(topic: Topic, current: Topic | None) -> str:
    if topic.is_discussed:
        return "done"
    return "now" if topic == current else ""


def _used(topic: Topic, meeting: Meeting, now: datetime) -> int | None:
    if topic.started_at is None:
        return None
    end = topic.discussed_at or meeting.closed_at or now
    return max(0, round((end - topic.started_at) / timedelta(minutes=1)))


def _numbers(
    user: User, meeting: Meeting, topic: Topic | None, now: datetime
) -> tuple[list[Shown], list[dict[str, str]]]:
    """Frozen numbers of the topic; before the meeting, those of this moment."""
    if topic is None:
        return [], []
    currency = Organisation.current().currency
    if meeting.state == MeetingState.PLANNED:
        facts = agenda_facts(user, meeting.series_id, period_of(meeting.starts_at), now=now)
        figures = next((each.figures for each in facts if each.kind == topic.kind), ())
        return [_live(figure, currency) for figure in figures], figures[0].first_rows(8) if figures else []
    frozen = list(topic.evidence.all())
    return [_frozen(row, currency) for row in frozen], list(frozen[0].facts.get("rows", []))[:8] if frozen else []


def _of(of: Decimal | None, unit: str) -> str:
    return f"of {said_alone(of, Unit.COUNT)}" if of is not None and unit == Unit.COUNT else ""


def _live(figure: Figure, currency: str) -> Shown:
    return Shown(
        figure.label,
        said_alone(figure.value, figure.unit, currency=currency),
        of=_of(figure.of, figure.unit),
        note=figure.note,
        href=figure.records,
    )


def _frozen(row: Evidence, currency: str) -> Shown:
    return Shown(
        row.label,
        said_alone(row.value, row.unit, currency=currency),
        of=_of(row.of, row.unit),
        note=then_and_now(row, currency) or str(row.facts.get("note", "")),
        href=row.get_absolute_url(),
        title="Frozen when the meeting began",
    )


def then_and_now(row: Evidence, currency: str = "") -> str:
    """How the number stood at the meeting before; where it is counted differently today, both: “9 → 8”."""
    if row.then is None:
        return ""
    then = said(row.then, row.unit, currency=currency)
    if row.restated is not None and row.restated != row.then:
        return f"last time {then} → {said(row.restated, row.unit, currency=currency)} as counted now"
    return f"last time {then}"


def minutes_page(user: User, meeting_id: int) -> tuple[Meeting, list[Topic]]:
    """A meeting as it is read: topics with notes, numbers, decisions and items, in a fixed number of queries."""
    meeting = meeting_detail(user, meeting_id)
    currency = Organisation.current().currency
    topics = list(
        meeting.topics.prefetch_related(
            Prefetch("notes", Note.objects.select_related("author")),
            "evidence",
            Prefetch("decisions", Decision.objects.select_related("decided_by", *DRAFTED)),
            Prefetch("action_items", ActionItem.objects.filter(meeting=meeting).select_related("owner")),
        )
    )
    for topic in topics:
        topic.numbers = [_frozen(row, currency) for row in topic.evidence.all()]
        topic.decided = _with_words(topic.decisions.all())
        written = bool(topic.notes.all() or topic.decided or topic.action_items.all())
        topic.remark = remark(discussed=topic.is_discussed, written=written)
    return meeting, topics


def decision_words(decision: Decision) -> str:
    """“check on 21 Dec: Acceptance at 70 %”, or how the check ended; empty without a metric."""
    if not decision.metric or decision.check_on is None:
        return ""
    metric = REGISTRY.get(decision.metric)
    label, unit = (metric.label, metric.unit) if metric else (decision.metric, Unit.COUNT)
    if decision.checked_at is None:
        goal = f" at {said(decision.target, unit)}" if decision.target is not None else " moved?"
        return f"check on {decision.check_on:%-d %b}: {label}{goal}"
    verdict = decision.verdict(more_is_better=metric.more_is_better if metric else True)
    return f"{label} {said(decision.baseline, unit)} → {said(decision.checked_value, unit)}: {verdict}"


def _with_words(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions, each with `words` on what shall come or came of it, and the drafts that it has `opened`."""
    found = list(decisions)
    for decision in found:
        decision.words = decision_words(decision)  # type: ignore[attr-defined]
        decision.opened = opened_by(decision)  # type: ignore[attr-defined]
    return found


def action_list(
    user: User, *, mine: bool = False, done: bool = False, series_id: int | None = None
) -> QuerySet[ActionItem]:
    """Action items that the person may see; open ones by due date, done ones the latest first."""
    found = ActionItem.objects.visible_to(user).filter(done_at__isnull=not done)
    if mine:
        found = found.filter(owner=user)
    if series_id is not None:
        found = found.filter(meeting__series=series_id)
    return found.select_related("owner", "meeting__series", "done_by").prefetch_related("owner__memberships__team")


def open_actions(user: User) -> QuerySet[ActionItem]:
    """The action items that wait for this person."""
    found: QuerySet[ActionItem] = ActionItem.objects.open().filter(owner=user)
    return found
