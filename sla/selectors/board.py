"""The board: what each side promised for a period, what came of it, and where it will end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from leads.models import Deal, Handoff
from leads.selectors.delivered import BELOW, COUNTED, not_delivered
from sla.domain.commitments import (
    Forecast,
    Pace,
    PaceStatus,
    Tally,
    adjusted,
    elapsed_share,
    forecast,
    pace,
    rate_pace,
)
from sla.domain.terms import months_in
from sla.domain.worktime import WorkCalendar
from sla.models import AgreementVersion, Breach, CalendarRevision, Clock, Commitment, CommitmentKind
from sla.selectors.clocks import (
    KEPT,
    LATE,
    NOT_DUE,
    OPEN_LATE,
    RUNNING_OUT,
    breaches,
    late_by,
    responsible,
)
from sla.selectors.periods import Period
from sla.selectors.sums import Ended, answers_in, ended_in, open_in
from sla.selectors.terms import Term, terms_of
from smarketing.accounts.models import Side, User
from smarketing.accounts.querysets import counts_of, give_people, give_teams
from smarketing.accounts.remembered import remembered
from smarketing.lib.errors import NotFound

BUCKETS: tuple[tuple[int, int | None, str], ...] = (
    (0, 1800, "up to 30 min"),
    (1800, 3600, "30–60 min"),
    (3600, 7200, "1–2 h"),
    (7200, 14400, "2–4 h"),
    (14400, 28800, "4–8 h"),
    (28800, 57600, "8–16 h"),
    (57600, None, "over 16 h"),
)
"""Working time until the answer, lower bound included, in seconds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One promise in a period. `actual` and `target` are shares (0–1) or counts (`is_volume`).

    Where versions changed its terms there is a line for each: a clock counts under the terms with which it started,
    a day of the period under those of its version, with its share of the month's volume as the target.
    `left_out`: leads handed off below the definition on those days, which do not count as qualified leads delivered.
    """

    term: Term
    sentence: str
    actual: float | None
    target: float
    pace: Pace
    records: str
    tally: Tally | None = None
    waived: int = 0
    adjusted: float | None = None
    hits: int | None = None
    of: int | None = None
    running_out: int = 0
    left_out: int = 0
    forecast: Forecast | None = None
    urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def commitment(self) -> Commitment:
        """The promise, as the last version with these terms makes it."""
        return self.term.commitment

    @property
    def key(self) -> str:
        """By which the same promise is found again later: its kind, with the version that changed its terms."""
        return self.kind if self.term.is_first else f"{self.kind}@{self.term.versions[0]}"

    @property
    def kind(self) -> str:
        """The kind of promise."""
        return str(self.commitment.kind)

    @property
    def is_volume(self) -> bool:
        """Whether it counts something."""
        return self.commitment.is_volume

    @property
    def is_share_of_month(self) -> bool:
        """Whether the target of a volume is that of other days than one month."""
        return self.is_volume and self.target != self.commitment.target_count

    @property
    def bar(self) -> float:
        """How much of the bar is filled, 0–1: of the target for a volume, of the whole for a share."""
        value = (self.actual or 0) / self.target if self.is_volume else (self.actual or 0)
        return min(value, 1.0)

    @property
    def tick(self) -> float | None:
        """Where the bar should be by now."""
        if not self.is_volume:
            return self.target
        return None if self.pace.expected is None else min(self.pace.expected / self.target, 1.0)

    @property
    def behind(self) -> float | None:
        """Percentage points under the target of a share; None where it is met, or for a volume."""
        if self.is_volume or self.actual is None or self.actual >= self.target:
            return None
        return (self.actual - self.target) * 100


@dataclass(frozen=True, slots=True)
class SideBoard:
    """What one side owes, and one word for how it stands."""

    side: str
    lines: tuple[Line, ...]

    @property
    def status(self) -> PaceStatus:
        """The worst of its lines; no data only where there is nothing else."""
        order = (PaceStatus.BEHIND, PaceStatus.AT_RISK, PaceStatus.ON_PACE)
        found = {line.pace.status for line in self.lines}
        return next((status for status in order if status in found), PaceStatus.NO_DATA)


@dataclass(frozen=True, slots=True)
class Distribution:
    """How long first attempts took, in working time. `buckets`: label, count, records."""

    count: int
    median: timedelta | None
    p90: timedelta | None
    buckets: tuple[tuple[str, int, str], ...]
    records: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the board shows."""

    period: Period
    version: AgreementVersion | None
    working_days: int = 0
    working_days_gone: int = 0
    elapsed: float | None = None
    sides: tuple[SideBoard, ...] = ()
    open_late: int = 0
    running_out: int = 0
    breached: int = 0
    urls: Mapping[str, str] = field(default_factory=dict)
    calendar: WorkCalendar | None = None
    qualified_on: Mapping[date, int] = field(default_factory=dict)
    in_time_on: Mapping[date, int] = field(default_factory=dict)
    next_due: tuple[int, ...] = ()

    @property
    def lines(self) -> list[Line]:
        """The promises of both sides."""
        return [line for side in self.sides for line in side.lines]

    def line(self, kind: str) -> Line | None:
        """The line of one kind of promise, under its newest terms, if it was promised."""
        return next(iter(self.lines_of(kind)), None)

    def lines_of(self, kind: str) -> list[Line]:
        """The lines of one kind of promise, those under the newest terms first."""
        return [line for line in self.lines if line.kind == kind]

    def target_of(self, kind: str) -> float | None:
        """The volume promised for the whole period, whatever versions changed; None where some days promise none."""
        lines = self.lines_of(kind)
        days = sum(len(line.term.days.days) for line in lines)
        return sum(line.target for line in lines) if lines and days == len(self.period.days) else None


def current_version(period: Period, *, agreement_id: int | None = None) -> AgreementVersion | None:
    """The last version that was, or is, in force within the period; the general agreement unless said."""
    versions = AgreementVersion.objects.filter(in_force_from__lt=period.end)
    versions = versions.filter(Q(in_force_until__isnull=True) | Q(in_force_until__gt=period.start))
    if agreement_id is not None:
        versions = versions.filter(agreement=agreement_id)
    return (
        versions.select_related("agreement__team", "calendar")
        .prefetch_related("commitments")
        .order_by(F("agreement__team").asc(nulls_first=True), "-in_force_from")
        .first()
    )


def board(user: User, period: Period, *, now: datetime, agreement_id: int | None = None) -> Board:
    """The board for a period, for one person: every number counts what that person may see and opens its records.

    A handful of set-based queries, whatever the size.
    """
    version = current_version(period, agreement_id=agreement_id)
    if version is None:
        return Board(period, None)
    calendar = calendar_of(version)
    elapsed = elapsed_share(calendar, period.first_on, period.last_on, now) if calendar else None
    days = calendar.working_days(period.first_on, period.last_on) if calendar else 0
    terms = terms_of(version.agreement_id, period)
    kinds = {pk: term.commitment.kind for term in terms for pk in term.commitment_ids}
    ended = ended_in(user, period, kinds)
    tallies, next_due = _tallies(user, period, kinds, ended, now=now)
    lines = []
    for term in terms:
        if term.commitment.is_time:
            counts = _summed(tallies, term.commitment_ids)
            if term.is_shown or any(counts.values()):
                lines.append(_time_line(term, version, period, counts))
            continue
        facts = _period_facts(user, term, ended)
        if term.commitment.is_volume:
            of_leads = term.commitment.kind == CommitmentKind.QUALIFIED_LEADS
            left_out = _handed_below(user, term.days) if of_leads else 0
            lines.append(_volume_line(term, facts[0], calendar, left_out=left_out, now=now))
        else:
            lines.append(_share_line(term, *facts))
    sides = tuple(
        SideBoard(side, tuple(line for line in lines if line.commitment.owed_by == side))
        for side in (Side.MARKETING, Side.SALES)
    )
    today = min(now.astimezone(calendar.zone).date(), period.last_on) if calendar else period.last_on
    return Board(
        period=period,
        version=version,
        working_days=days,
        working_days_gone=calendar.working_days(period.first_on, today) if calendar and today >= period.first_on else 0,
        elapsed=elapsed,
        sides=sides,
        open_late=sum(tally.get(OPEN_LATE, 0) for tally in tallies.values()),
        running_out=sum(tally.get(RUNNING_OUT, 0) for tally in tallies.values()),
        breached=sum(tally.get(OPEN_LATE, 0) + tally.get(LATE, 0) for tally in tallies.values()),
        urls={
            name: clocks_url(period, agreement_id=version.agreement_id, outcome=name)
            for name in (OPEN_LATE, RUNNING_OUT, "breached")
        },
        calendar=calendar,
        qualified_on=ended.qualified,
        in_time_on=_in_time_on(period, kinds, ended),
        next_due=tuple(next_due),
    )


def calendar_of(version: AgreementVersion) -> WorkCalendar | None:
    """The calendar by which a version's periods are paced: its own, else the default."""
    current = CalendarRevision.objects.filter(superseded_at__isnull=True)
    chosen = (
        current.filter(calendar=version.calendar_id)
        if version.calendar_id
        else current.filter(calendar__is_default=True)
    )
    revision = chosen.first()
    return revision.to_domain() if revision else None


def clocks_url(
    period: Period | None = None,
    *,
    agreement_id: int | None = None,
    kind: str = "",
    outcome: str = "",
    within: str = "",
    commitments: Sequence[int] = (),
) -> str:
    """The list of the teams' clocks behind a number; of some commitments only, where versions have changed terms."""
    wanted: dict[str, Any] = {"agreement": agreement_id, "kind": kind, "scope": "team", "outcome": outcome}
    wanted["commitments"] = "-".join(str(pk) for pk in commitments)
    if period is not None:
        wanted |= {"from": period.first_on.isoformat(), "to": period.last_on.isoformat()}
    wanted["within"] = within
    return f"{reverse('sla:clock-list')}?{urlencode({name: value for name, value in wanted.items() if value})}"


def records_url(kind: str, period: Period, *, only: str = "") -> str:
    """The list of leads, handoffs or deals behind a number of a period."""
    if kind == CommitmentKind.QUALIFIED_LEADS:
        wanted = {
            "reached": "mql",
            "reached_from": period.start.isoformat(),
            "reached_before": period.end.isoformat(),
            "delivered": only or COUNTED,
        }
        return f"{reverse('leads:lead-list')}?{urlencode(wanted)}"
    wanted = {"from": period.first_on.isoformat(), "to": period.last_on.isoformat()} | ({"only": only} if only else {})
    return f"{reverse('sla:board-records', args=[kind])}?{urlencode(wanted)}"


# --- Time commitments -------------------------------------------------------------------------------------


def _commitments(agreement_id: int, kind: str = "") -> list[int]:
    """Over all versions of the agreement: a change of terms does not hide what ran before it."""
    found = Commitment.objects.filter(version__agreement=agreement_id)
    return list((found.filter(kind=kind) if kind else found).order_by().values_list("pk", flat=True))


def _tallies(
    user: User, period: Period, kinds: Mapping[int, str], ended: Ended, *, now: datetime
) -> tuple[dict[int, dict[str, int]], list[int]]:
    """How many clocks of each commitment ended how, and the next ones to run out. What is open is counted now."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for commitment, days in ended.kept.items():
        counts[commitment][KEPT] = sum(days.values())
    owed = open_in(user, period, kinds, now=now)
    for name, numbers in (
        (LATE, ended.late),
        (OPEN_LATE, owed.past_due),
        (NOT_DUE, owed.not_due),
        (RUNNING_OUT, owed.running_out),
    ):
        for commitment, number in numbers.items():
            counts[commitment][name] = number
    waived = (
        Breach.objects.visible_to(user)
        .filter(
            waiver__isnull=False,
            clock__scope=Clock.Scope.TEAM,
            clock__commitment__in=list(kinds),
            breached_at__gte=period.start,
            breached_at__lt=period.end,
        )
        .order_by()
        .values("clock__commitment")
        .annotate(count=Count("pk"))
    )
    for row in waived:
        counts[row["clock__commitment"]]["waived"] = row["count"]
    return counts, owed.next_due


def _in_time_on(period: Period, kinds: Mapping[int, str], ended: Ended) -> dict[date, int]:
    """The first attempts in time by local day; what was done before the period counts on its first day."""
    found: dict[date, int] = defaultdict(int)
    for commitment, days in ended.kept.items():
        if kinds[commitment] == CommitmentKind.FIRST_RESPONSE:
            for day, number in days.items():
                found[max(day, period.first_on)] += number
    return found


def _summed(tallies: Mapping[int, Mapping[str, int]], commitment_ids: tuple[int, ...]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for pk in commitment_ids:
        found.update(tallies.get(pk, {}))
    return found


def _time_line(term: Term, version: AgreementVersion, period: Period, counts: Mapping[str, int]) -> Line:
    commitment = term.commitment
    found = Tally(
        kept=counts.get(KEPT, 0),
        late=counts.get(LATE, 0),
        open_past_due=counts.get(OPEN_LATE, 0),
        open_not_due=counts.get(NOT_DUE, 0),
    )
    waived = counts.get("waived", 0)
    only = () if term.is_only else term.commitment_ids
    urls = {
        name: clocks_url(
            period, agreement_id=version.agreement_id, kind=commitment.kind, outcome=name, commitments=only
        )
        for name in (KEPT, LATE, OPEN_LATE, NOT_DUE, RUNNING_OUT, "due", "waived")
    }
    return Line(
        term=term,
        sentence=commitment.sentence(),
        actual=found.share,
        target=float(commitment.target_share or 0),
        pace=rate_pace(found.kept, found.due, float(commitment.target_share or 0)),
        records=urls["due"],
        tally=found,
        waived=waived,
        adjusted=adjusted(found.kept, found.late, found.open_past_due, waived),
        hits=found.kept,
        of=found.due,
        running_out=counts.get(RUNNING_OUT, 0),
        urls=urls,
    )


# --- Period commitments -----------------------------------------------------------------------------------


def _handed_below(user: User, period: Period) -> int:
    """How many leads were handed off below the definition in the period and have not met it since."""
    below = not_delivered().visible_to(user)
    return below.filter(reached_at__gte=period.start, reached_at__lt=period.end).count()


def decided_handoffs(user: User, period: Period) -> QuerySet[Handoff]:
    """Handoffs that sales accepted or rejected in the period."""
    return Handoff.objects.visible_to(user).filter(
        decided_at__gte=period.start, decided_at__lt=period.end, status__in=["accepted", "returned", "rejected"]
    )


def closed_deals(user: User, period: Period) -> QuerySet[Deal]:
    """Deals won or lost in the period."""
    return Deal.objects.visible_to(user).filter(_won_in(period) | _lost_in(period))


def _won_in(period: Period) -> Q:
    return Q(won_at__gte=period.start, won_at__lt=period.end)


def _lost_in(period: Period) -> Q:
    return Q(lost_at__gte=period.start, lost_at__lt=period.end)


def _period_facts(user: User, term: Term, ended: Ended) -> tuple[int, int]:
    """Hits and of how many on the days of a promise; of a volume twice the count."""
    kind, days = term.commitment.kind, term.days
    if kind == CommitmentKind.QUALIFIED_LEADS:
        count = _on(ended.qualified, days)
        return count, count
    if kind == CommitmentKind.ACCEPTED_SHARE:
        accepted = _on(ended.accepted, days)
        return accepted, accepted + _on(ended.rejected, days)
    # A deal is won or lost, never both; counted apart, each from its index.
    deals = Deal.objects.visible_to(user)
    won, lost = remembered(
        f"deals of {user.pk} closed from {days.first_on} to {days.last_on}",
        lambda: counts_of(deals.filter(_won_in(days)), deals.filter(_lost_in(days))),
    )
    return won, won if kind == CommitmentKind.CUSTOMERS_WON else won + lost


def _on(numbers: Mapping[date, int], days: Period) -> int:
    return sum(number for day, number in numbers.items() if days.first_on <= day <= days.last_on)


def _volume_line(term: Term, count: int, calendar: WorkCalendar | None, *, left_out: int, now: datetime) -> Line:
    days = term.days
    target = (term.commitment.target_count or 0) * _months(calendar, days)
    elapsed = elapsed_share(calendar, days.first_on, days.last_on, now) if calendar else None
    records = records_url(term.commitment.kind, days)
    return Line(
        term=term,
        sentence=term.commitment.sentence(),
        actual=count,
        target=target,
        pace=pace(count, target, elapsed),
        records=records,
        hits=count,
        left_out=left_out,
        forecast=forecast(count, elapsed),
        urls={"actual": records, "left_out": records_url(term.commitment.kind, days, only=BELOW)},
    )


def _months(calendar: WorkCalendar | None, days: Period) -> float:
    """How many months' worth of a monthly promise some days owe."""
    return months_in(calendar.working_days if calendar else lambda first, last: 0, days.first_on, days.last_on)


def _share_line(term: Term, hits: int, of: int) -> Line:
    kind, target = term.commitment.kind, float(term.commitment.target_share or 0)
    return Line(
        term=term,
        sentence=term.commitment.sentence(),
        actual=hits / of if of else None,
        target=target,
        pace=rate_pace(hits, of, target),
        records=records_url(kind, term.days),
        hits=hits,
        of=of,
        urls={"of": records_url(kind, term.days), "hits": records_url(kind, term.days, only="hits")},
    )


# --- Beside the promises ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A clock in one of the board's short lists, with who owes it and by how much it is late."""

    clock: Clock
    responsible: User | None
    late_by: timedelta | None = None
    is_waived: bool = False


def urgent_clocks(
    user: User, found: Board, *, now: datetime, limit: int = 8
) -> tuple[list[ShownClock], list[ShownClock]]:
    """The teams' clocks of the board's period whose time runs out, the next one first; and the latest breaches."""
    missed = breaches(user, due_from=found.period.start, due_before=found.period.end).order_by("-breached_at", "-pk")
    breached = dict(missed.values_list("clock", "waiver")[:limit])
    # Wide joins take the database long to plan: the few rows are joined with their leads, people are looked up.
    rows = Clock.objects.filter(pk__in=[*found.next_due, *breached]).select_related("handoff__lead__company")
    clocks = {clock.pk: clock for clock in rows}
    give_people(clocks.values(), "owner", "handoff__owner", "handoff__created_by")
    give_teams(clock.handoff for clock in clocks.values())

    def shown(pk: int) -> ShownClock:
        clock = clocks[pk]
        return ShownClock(clock, responsible(clock), late_by(clock, now), is_waived=breached.get(pk) is not None)

    return [shown(pk) for pk in found.next_due if pk in clocks], [shown(pk) for pk in breached if pk in clocks]


def response_times(user: User, period: Period, agreement_id: int, *, kind: str = "first_response") -> Distribution:
    """How long answers took that fell due in the period, the percentiles by nearest rank; two queries."""
    limits = [until for _, until, _ in BUCKETS if until is not None]
    found = answers_in(user, period, _commitments(agreement_id, kind), shares=(0.5, 0.9), limits=limits)
    median, p90 = (timedelta(seconds=each) if each is not None else None for each in found.percentiles)
    upto = (0, *found.below, found.count)

    def url(i: int) -> str:
        a, b, _ = BUCKETS[i]
        return clocks_url(
            period,
            agreement_id=agreement_id,
            kind=kind,
            outcome="answered",
            within=f"{a}-{'' if b is None else b}",
        )

    return Distribution(
        count=found.count,
        median=median,
        p90=p90,
        buckets=tuple((label, upto[i + 1] - upto[i], url(i)) for i, (_, _, label) in enumerate(BUCKETS)),
        records=clocks_url(period, agreement_id=agreement_id, kind=kind, outcome="answered"),
    )


@dataclass(frozen=True, slots=True)
class Course:
    """The days of a period with what had come in by the end of each; None for days to come."""

    days: tuple[date, ...]
    qualified: tuple[int | None, ...]
    in_time: tuple[int | None, ...]
    pace: tuple[float, ...]
    forecast: Forecast | None
    target: float | None
    today: date


def course(user: User, period: Period, *, now: datetime, agreement_id: int | None = None) -> Course | None:
    """Both promises day by day, cumulative, against the pace by working day; None without an agreement."""
    return course_of(board(user, period, now=now, agreement_id=agreement_id), now=now)


def course_of(found: Board, *, now: datetime) -> Course | None:
    """The course behind a board, from what the board has counted."""
    version, calendar, period = found.version, found.calendar, found.period
    if version is None or calendar is None:
        return None
    volumes = [line.term for line in found.lines if line.kind == CommitmentKind.QUALIFIED_LEADS]
    days = period.days
    today = now.astimezone(ZoneInfo(period.zone)).date()
    paced = [_asked_by(day, volumes, calendar) for day in days]
    running = _cumulated(days, found.qualified_on, today)
    last = next((value for value in reversed(running) if value is not None), 0)
    return Course(
        days=tuple(days),
        qualified=running,
        in_time=_cumulated(days, found.in_time_on, today),
        pace=tuple(paced),
        forecast=forecast(last, found.elapsed) if volumes else None,
        target=paced[-1] if volumes else None,
        today=today,
    )


def _asked_by(day: date, volumes: Sequence[Term], calendar: WorkCalendar) -> float:
    """What the promises of a volume ask for by the end of a day, by working day."""
    asked = 0.0
    for term in volumes:
        begun = term.days.first_on <= day
        months = months_in(calendar.working_days, term.days.first_on, min(day, term.days.last_on)) if begun else 0.0
        asked += (term.commitment.target_count or 0) * months
    return asked


def _cumulated(days: list[date], counts: Mapping[date, int], today: date) -> tuple[int | None, ...]:
    running, found = 0, []
    for day in days:
        running += counts.get(day, 0)
        found.append(running if day <= today else None)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Records:
    """Rows behind a number: handoffs or deals, and the column by which they are ordered."""

    title: str
    rows: QuerySet[Any]
    order: str
    of_deals: bool


def promise_records(user: User, kind: str, period: Period, *, only_hits: bool) -> Records:
    """The handoffs decided or the deals closed in a period; with `only_hits` those accepted or won.

    Raises NotFound for a kind of promise that has a list of its own.
    """
    if kind == CommitmentKind.ACCEPTED_SHARE:
        handoffs = decided_handoffs(user, period)
        if only_hits:
            handoffs = handoffs.exclude(status="rejected")
        title = "Accepted by sales" if only_hits else "Decided by sales"
        rows = handoffs.select_related("lead__company", "team", "owner", "rejection_reason")
        return Records(title, rows, "-decided_at", of_deals=False)
    if kind in (CommitmentKind.WIN_RATE, CommitmentKind.CUSTOMERS_WON):
        won = only_hits or kind == CommitmentKind.CUSTOMERS_WON
        deals = closed_deals(user, period)
        if won:
            deals = deals.filter(stage="won")
        shown = deals.select_related("lead", "company", "owner").annotate(closed_at=Coalesce("won_at", "lost_at"))
        return Records("Deals won" if won else "Deals closed", shown, "-closed_at", of_deals=True)
    raise NotFound("There is no such list.")
