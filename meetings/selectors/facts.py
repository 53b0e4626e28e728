"""The facts of a period as an agenda tells them: numbers with their records, topics with their money at stake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from meetings.domain.agenda import MINUTES, TITLES, TopicKind
from meetings.domain.rhythm import covered_days
from meetings.models import ActionItem, Decision, Meeting
from reporting.domain.metrics import Unit
from reporting.domain.periods import Period
from reporting.selectors.metrics import metric_named, metric_rows, metric_value, records_of
from reporting.selectors.records import metric_records
from sla.selectors.board import Line, board, clocks_url, count_behind, records_behind
from sla.selectors.clocks import ClockFilter, clock_list
from sla.selectors.periods import Period as SlaPeriod
from smarketing.accounts.models import Organisation, User
from smarketing.web import wording

ROWS = 200
"""Records frozen with a number; a longer list is counted in full, and told to be longer."""

LEARNED_FROM = timedelta(days=90)
CHECKED_OVER = 28
"""Days over which the metric of a decision is read, before it and before its check."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `metric` names it within a meeting; `records` lists what is behind it; `rows` are told with it.

    Of a list that is long and only told when the number is frozen, `behind` gives the first rows and `count` how many
    there are.
    """

    metric: str
    label: str
    value: Decimal | None
    unit: str = Unit.COUNT
    of: Decimal | None = None
    records: str = ""
    note: str = ""
    rows: Sequence[dict[str, str]] = ()
    behind: Callable[[int], Sequence[dict[str, str]]] | None = None
    count: int | None = None

    def first_rows(self, at_most: int) -> list[dict[str, str]]:
        """The first rows of what is behind it."""
        return [dict(row) for row in (self.behind(at_most) if self.behind else self.rows[:at_most])]

    @property
    def facts(self) -> dict[str, Any]:
        """What is frozen beside the value."""
        count = len(self.rows) if self.count is None else self.count
        return {"note": self.note, "rows": self.first_rows(ROWS), "row_count": count}


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What the period has to say on one kind of topic; `stake` is money in the organisation's currency."""

    kind: TopicKind
    figures: Sequence[Figure] = ()
    stake: Decimal | None = None
    title: str = ""

    @property
    def name(self) -> str:
        """The topic's title."""
        return self.title or TITLES[self.kind]

    @property
    def minutes(self) -> int:
        """The minutes it usually takes."""
        return MINUTES[self.kind]


@dataclass(frozen=True, slots=True)
class _Asked:
    user: User
    series_id: int
    period: Period
    now: datetime
    lead_value: Decimal | None = field(default=None)


def period_of(starts_at: datetime) -> Period:
    """The week that a meeting looks back on, in the organisation's zone."""
    zone = Organisation.current().timezone
    first, last = covered_days(starts_at, zone)
    return Period(first, last, zone)


def agenda_facts(user: User, series_id: int, period: Period, *, now: datetime) -> list[TopicFacts]:
    """The topics that the period gives reason to talk about, with their numbers, as this person sees them."""
    asked = _Asked(user, series_id, period, now, lead_value=_value_of_a_qualified_lead(period))
    found = [tell(asked) for tell in _TOLD]
    return [topic for topic in found if topic is not None]


def figures_by_metric(topics: Iterable[TopicFacts]) -> dict[str, Figure]:
    """Every number of an agenda by its name."""
    return {figure.metric: figure for topic in topics for figure in topic.figures}


def _value_of_a_qualified_lead(period: Period) -> Decimal | None:
    """Average deal × share of MQLs that become customers, over the 90 days before the period ends."""
    learned = Period(period.last - LEARNED_FROM, period.last, period.zone)
    deal = metric_value("average_deal", learned).value
    share = metric_value("mql_to_customer", learned).value
    return (deal * share).quantize(Decimal("0.01")) if deal and share else None


def _worth(asked: _Asked, leads: int) -> Decimal | None:
    return asked.lead_value * leads if asked.lead_value is not None else None


def _wins(asked: _Asked) -> TopicFacts | None:
    """Deals won and lost in the period, with their amounts."""
    currency = Organisation.current().currency
    deals = list(metric_records(asked.user, "deals_closed", asked.period).order_by("-amount", "pk"))
    won = [deal for deal in deals if deal.won_at]
    lost = [deal for deal in deals if not deal.won_at]
    if not deals:
        return None

    def rows(some: Sequence[Any]) -> list[dict[str, str]]:
        return [_row(deal.name, _amount(deal.amount, deal.currency), deal.lost_reason, lead=deal.lead) for deal in some]

    def total(some: Sequence[Any]) -> Decimal:
        return sum((deal.amount for deal in some if deal.amount and deal.currency == currency), Decimal(0))

    return TopicFacts(
        TopicKind.WINS,
        (
            Figure(
                "deals_won",
                "Deals won",
                Decimal(len(won)),
                of=Decimal(len(deals)),
                records=records_of("deals_won", asked.period),
                rows=rows(won),
            ),
            Figure(
                "revenue", "Won", total(won), Unit.MONEY, records=records_of("revenue", asked.period), rows=rows(won)
            ),
            Figure("revenue_lost", "Lost", total(lost), Unit.MONEY, note=_count(len(lost), "deal"), rows=rows(lost)),
        ),
        stake=total(deals),
    )


def _sla(asked: _Asked) -> TopicFacts | None:
    """What each side promised and what came of it in the period; at stake are the leads that were answered late."""
    found = board(asked.user, SlaPeriod(asked.period.first, asked.period.last, asked.period.zone), now=asked.now)
    if found.version is None:
        return None
    zone = ZoneInfo(asked.period.zone)

    def behind(line: Line) -> Callable[[int], list[dict[str, str]]]:
        def rows(at_most: int) -> list[dict[str, str]]:
            some = records_behind(asked.user, found, line, now=asked.now, at_most=at_most)
            return [_row(each.label, each.outcome, _on_day(each.at, zone), lead=each.lead) for each in some]

        return rows

    figures = []
    for side in found.sides:
        for line in side.lines:
            if line.of == 0:
                continue
            share = None if line.actual is None else Decimal(str(line.actual))
            goal = _goal(line)
            # Under each version it is another promise, and is told as one.
            of_version = f", {line.term.version_words}" if line.term.part else ""
            figures.append(
                Figure(
                    f"sla:{line.key}",
                    f"{side.side.capitalize()}: {line.commitment.get_kind_display()}{of_version}",
                    share,
                    Unit.COUNT if line.is_volume else Unit.SHARE,
                    records=line.records,
                    note=f"{goal}, {line.hits} of {line.of}" if line.of else goal,
                    behind=behind(line),
                    count=count_behind(line),
                )
            )
    return TopicFacts(TopicKind.SLA, figures, stake=_worth(asked, found.breached)) if figures else None


def _goal(line: Line) -> str:
    """What was promised, and where versions have changed it, for what."""
    if line.is_volume:
        month = f"{line.commitment.target_count:,} a month"
        if not line.is_share_of_month:
            return f"{month} promised"
        days = line.term.days.short if line.term.part else "these days"
        return f"{line.target:,.0f} promised for {days}, at {month}"
    goal = f"{line.target:.0%} promised"
    if line.commitment.is_time and line.term.part:
        goal = f"{line.sentence}, {goal}"
    return f"{line.term.part}: {goal}" if line.term.part else goal


def _on_day(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%a %-d %b %H:%M}"


def _late(asked: _Asked) -> TopicFacts | None:
    """First attempts that came late or not at all in the period, and on which days."""
    narrowed = ClockFilter(
        kind="first_response",
        scope="team",
        outcome="breached",
        due_from=asked.period.start,
        due_before=asked.period.end,
    )
    late = list(clock_list(asked.user, narrowed, now=asked.now).order_by("due_at", "pk"))
    if not late:
        return None
    zone = ZoneInfo(asked.period.zone)

    def rows(some: Iterable[Any]) -> list[dict[str, str]]:
        return [
            _row(
                clock.handoff.lead.label,
                clock.handoff.owner.name if clock.handoff.owner else "nobody's",
                f"due {clock.due.astimezone(zone):%a %H:%M}",
                lead=clock.handoff.lead,
            )
            for clock in some
        ]

    days = Counter(clock.due.astimezone(zone).date() for clock in late)
    worst, count = max(days.items(), key=lambda pair: (pair[1], -pair[0].toordinal()))
    on_worst = [clock for clock in late if clock.due.astimezone(zone).date() == worst]
    period = SlaPeriod(asked.period.first, asked.period.last, asked.period.zone)
    return TopicFacts(
        TopicKind.LATE,
        (
            Figure(
                "late_first_attempts",
                "Late first attempts",
                Decimal(len(late)),
                records=clocks_url(period, kind="first_response", outcome="breached"),
                rows=rows(late),
            ),
            Figure(
                "late_on_worst_day",
                f"On {worst:%A}",
                Decimal(count),
                of=Decimal(len(late)),
                rows=rows(on_worst),
            ),
        ),
        stake=_worth(asked, len(late)),
    )


def _rejections(asked: _Asked) -> TopicFacts | None:
    """Leads that sales sent back in the period, by reason."""
    decided = list(metric_records(asked.user, "handoffs_decided", asked.period).order_by("decided_at", "pk"))
    rejected = [handoff for handoff in decided if handoff.status == "rejected"]
    if not rejected:
        return None

    def rows(some: Iterable[Any]) -> list[dict[str, str]]:
        return [_row(each.lead.label, str(each.rejection_reason or ""), each.note, lead=each.lead) for each in some]

    reasons = Counter((each.rejection_reason.code, each.rejection_reason.label) for each in rejected)
    figures = [
        Figure(
            "rejected",
            "Rejected",
            Decimal(len(rejected)),
            of=Decimal(len(decided)),
            rows=rows(rejected),
        )
    ]
    for (code, label), count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))[:2]:
        of_reason = [each for each in rejected if each.rejection_reason.code == code]
        figures.append(Figure(f"rejected:{code}", label, Decimal(count), rows=rows(of_reason)))
    return TopicFacts(TopicKind.REJECTIONS, figures, stake=_worth(asked, len(rejected)))


def _campaigns(asked: _Asked) -> TopicFacts | None:
    """What campaigns cost and brought in the period."""
    spend = {row.key: row for row in metric_rows("spend", asked.period, by="campaign") if row.value}
    leads = {row.key: row for row in metric_rows("leads", asked.period, by="campaign", basis="as_of") if row.value}
    mqls = {row.key: row for row in metric_rows("mqls", asked.period, by="campaign", basis="as_of") if row.value}
    keys = {key for key in {**spend, **leads, **mqls} if key}
    if not keys:
        return None
    currency = Organisation.current().currency

    def value(rows: dict[str, Any], key: str) -> Decimal:
        return rows[key].value if key in rows else Decimal(0)

    order = sorted(keys, key=lambda key: (-value(mqls, key), -value(spend, key), key))
    told = []
    for key in order:
        name = next(rows[key].label for rows in (spend, leads, mqls) if key in rows)
        brought = f"{_count(int(value(leads, key)), 'lead')}, {int(value(mqls, key))} MQL"
        told.append(
            {
                "label": name,
                "note": f"{brought}, {_amount(value(spend, key), currency)} spent",
                "url": reverse("leads:campaign-detail", args=[int(key)]),
            }
        )
    total = metric_value("spend", asked.period)
    from_campaigns = Decimal(sum(value(mqls, key) for key in keys))
    all_mqls = metric_value("mqls", asked.period, basis="as_of")
    return TopicFacts(
        TopicKind.CAMPAIGNS,
        (
            Figure("spend", "Spent", total.value, Unit.MONEY, records=total.records, rows=told),
            Figure(
                "campaign_mqls",
                "MQLs of campaigns",
                from_campaigns,
                of=all_mqls.value,
                records=all_mqls.records,
                rows=told,
            ),
        ),
        stake=total.value or Decimal(0),
    )


def _actions(asked: _Asked) -> TopicFacts:
    """What was promised in earlier meetings and is not done."""
    items = list(
        ActionItem.objects.open()
        .filter(meeting__series=asked.series_id)
        .select_related("owner")
        .order_by("due_on", "pk")
    )
    today = asked.period.last + timedelta(days=1)
    late = [item for item in items if item.due_on < today]
    address = f"{reverse('meetings:action-list')}?{urlencode({'series': asked.series_id})}"

    def rows(some: Iterable[ActionItem]) -> list[dict[str, str]]:
        return [
            {"label": item.text, "note": f"{item.owner.name}, due {item.due_on:%-d %b}", "url": address}
            for item in some
        ]

    return TopicFacts(
        TopicKind.ACTIONS,
        (
            Figure("actions_open", "Open actions", Decimal(len(items)), records=address, rows=rows(items)),
            Figure("actions_late", "Overdue", Decimal(len(late)), of=Decimal(len(items)), rows=rows(late)),
        )
        if items
        else (),
    )


def _checks(asked: _Asked) -> TopicFacts | None:
    """Decisions whose check date has come."""
    due = decisions_to_check(asked.series_id, asked.period)
    if not due:
        return None
    figures = []
    for decision in due:
        metric = metric_named(decision.metric)
        figures.append(
            Figure(
                f"check:{decision.pk}",
                f"{metric.label} since",
                metric_before(decision.metric, asked.period.last + timedelta(days=1), asked.period.zone),
                metric.unit,
                note=decision.text,
            )
        )
    return TopicFacts(TopicKind.CHECKS, figures, title=f"Checks due: {due[0].text}"[:80] if len(due) == 1 else "")


def _story(asked: _Asked) -> TopicFacts:
    """A good end."""
    return TopicFacts(TopicKind.STORY)


def decisions_to_check(series_id: int, period: Period) -> list[Decision]:
    """Decisions of the series whose check date is the day after the period or before, not checked yet."""
    return list(
        Decision.objects.filter(
            meeting__series=series_id,
            checked_at__isnull=True,
            check_on__isnull=False,
            check_on__lte=period.last + timedelta(days=1),
        ).order_by("check_on", "pk")
    )


def metric_before(name: str, day: Any, zone: str) -> Decimal | None:
    """A metric's value over the four weeks before a local date."""
    last = day - timedelta(days=1)
    return metric_value(name, Period(last - timedelta(days=CHECKED_OVER - 1), last, zone)).value


def previous_meeting(meeting: Meeting) -> Meeting | None:
    """The meeting of the series just before this one."""
    before: Meeting | None = Meeting.objects.filter(series=meeting.series_id, number=meeting.number - 1).first()
    return before


def _row(label: str, *notes: str, lead: Any = None) -> dict[str, str]:
    return {
        "label": label,
        "note": " · ".join(note for note in notes if note),
        "url": lead.get_absolute_url() if lead is not None else "",
    }


def _amount(amount: Decimal | None, currency: str) -> str:
    return "amount unknown" if amount is None else wording.money_words(amount, currency)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_TOLD: tuple[Callable[[_Asked], TopicFacts | None], ...] = (
    _wins,
    _sla,
    _rejections,
    _late,
    _campaigns,
    _actions,
    _checks,
    _story,
)
