"""What waits for one person today, from the selectors that the lists read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, Q, QuerySet, Sum
from django.urls import reverse

from leads.models import Campaign, Deal, DefinitionVersion, Handoff, Lead
from leads.selectors.campaigns import with_spend_and_leads
from leads.selectors.handoffs import HandoffFilter, InboxItem, handoff_inbox, handoff_list, with_outcome
from reporting.domain.periods import Period, week_of
from reporting.models import StaleDay
from reporting.selectors.funnel import funnel_rows
from reporting.selectors.outlook import MonthOutlook, month_board, month_outlook
from reporting.selectors.periods import this_month, today_in
from sla.models import AgreementVersion, WorkingCalendar
from sla.selectors.board import Board
from smarketing.accounts.models import Organisation, Side, Team, User
from smarketing.accounts.permissions import is_admin, is_executive, is_manager, is_marketer, is_rep, is_sales_manager
from smarketing.accounts.querysets import counts_of
from smarketing.api.health import Outcome, outcomes
from smarketing.web.paging import first_rows

SHOWN = 5


@dataclass(frozen=True, slots=True)
class RepToday:
    """A rep's day: what is handed over and due, and the own deals."""

    waiting: int
    due_soon: int
    items: list[InboxItem]
    open_deals: int
    open_amount: Decimal
    won_amount: Decimal
    won_deals: int
    deals: list[Deal]
    month: Period
    open_url: str
    won_url: str


@dataclass(frozen=True, slots=True)
class MarketerToday:
    """A marketer's day: what sales sent back, what runs, what came in."""

    to_answer: int
    handoffs: list[Handoff]
    running: int
    campaigns: list[Campaign]
    leads: int
    mqls: int
    leads_url: str
    mqls_url: str
    week: Period


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing that a new installation needs before the two teams can work by it."""

    label: str
    note: str
    url: str
    done: bool


@dataclass(frozen=True, slots=True)
class AdminToday:
    """How the installation stands."""

    first_steps: list[FirstStep]

    checks: list[Outcome]
    people: int
    without_role: int
    waiting_days: int


@dataclass(frozen=True, slots=True)
class Today:
    """The parts of the home page; None where the person's role has no use for one."""

    currency: str
    rep: RepToday | None = None
    marketer: MarketerToday | None = None
    month: MonthOutlook | None = None
    board: Board | None = None
    admin: AdminToday | None = None


def today_for(user: User, *, now: datetime) -> Today:
    """The home page of this person. The number of queries does not depend on how much there is."""
    manages = is_manager(user) or is_executive(user)
    # A manager's day is the two teams'; a list of the own leads only where there is no team to look after.
    shared = month_board(user, now) if manages or is_admin(user) else None
    return Today(
        currency=Organisation.current().currency,
        rep=_rep(user, now) if is_rep(user) and not is_sales_manager(user) else None,
        marketer=_marketer(user, now) if is_marketer(user) else None,
        month=month_outlook(user, now, board=shared) if shared else None,
        board=shared if manages else None,
        admin=_admin(now) if is_admin(user) else None,
    )


def _rep(user: User, now: datetime) -> RepToday:
    inbox = handoff_inbox(user, tab="waiting", now=now)
    month = this_month(now)
    own = Deal.objects.visible_to(user).filter(owner=user)
    own = Deal.objects.filter(pk__in=own.order_by().values("pk"))
    currency = Organisation.current().currency
    is_open = Q(won_at__isnull=True, lost_at__isnull=True)
    won = Q(won_at__gte=month.start, won_at__lt=month.end)
    sums = own.order_by().aggregate(
        open_deals=Count("pk", filter=is_open),
        open_amount=Sum("amount", filter=is_open & Q(currency=currency), default=Decimal(0)),
        won_deals=Count("pk", filter=won),
        won_amount=Sum("amount", filter=won & Q(currency=currency), default=Decimal(0)),
    )
    closing = own.open().select_related("company", "lead").order_by(F("expected_close_on").asc(nulls_last=True), "id")
    span = {"won_from": month.start.isoformat(), "won_before": month.end.isoformat()}
    deals_url = reverse("leads:deal-list")
    return RepToday(
        waiting=inbox.counts["waiting"],
        due_soon=inbox.due_soon,
        items=list(inbox.items[:SHOWN]),
        deals=list(closing[:SHOWN]),
        month=month,
        open_url=f"{deals_url}?{urlencode({'stage': 'open', 'owner': user.pk})}",
        won_url=f"{deals_url}?{urlencode({'stage': 'won', 'owner': user.pk} | span)}",
        **sums,
    )


def _marketer(user: User, now: datetime) -> MarketerToday:
    zone = Organisation.current().timezone
    today = today_in(zone, now)
    week = week_of(today, zone)
    back = handoff_list(user, HandoffFilter(outcome="to_answer")).order_by("decided_at", "id")
    running = running_campaigns(user, now)
    newest = running.order_by(F("start_on").desc(nulls_last=True), "-id")
    to_answer, number_running = counts_of(back, running)
    row = funnel_rows(week, basis="as_of")[0]
    return MarketerToday(
        to_answer=to_answer,
        handoffs=list(with_outcome(first_rows(back, SHOWN))),
        running=number_running,
        campaigns=list(with_spend_and_leads(first_rows(newest, SHOWN))),
        leads=row.values["lead"],
        mqls=row.values["mql"],
        leads_url=row.stage_records["lead"],
        mqls_url=row.stage_records["mql"],
        week=week,
    )


def running_campaigns(user: User, now: datetime) -> QuerySet[Campaign]:
    """Campaigns between their first and last day, not archived; one without dates counts as running."""
    today = today_in(Organisation.current().timezone, now)
    found: QuerySet[Campaign] = Campaign.objects.visible_to(user).filter(
        Q(start_on__isnull=True) | Q(start_on__lte=today),
        Q(end_on__isnull=True) | Q(end_on__gte=today),
        archived_at__isnull=True,
    )
    return found


def _admin(now: datetime) -> AdminToday:
    people = User.objects.filter(is_active=True)
    roleless = people.filter(memberships__isnull=True, is_admin=False, is_executive=False)
    return AdminToday(
        first_steps=first_steps(),
        checks=outcomes(),
        people=people.count(),
        without_role=roleless.count(),
        waiting_days=StaleDay.objects.order_by().values("basis", "day").distinct().count(),
    )


def first_steps() -> list[FirstStep]:
    """What is to be done until both teams work by one agreement, in order; empty once all of it is done. One query."""
    teams = Team.objects.all()
    facts = Organisation.objects.values_list(
        Exists(teams.filter(side=Side.MARKETING)),
        Exists(teams.filter(side=Side.SALES)),
        Exists(User.objects.filter(is_active=True, memberships__is_manager=True)),
        Exists(WorkingCalendar.objects.filter(archived_at__isnull=True)),
        Exists(DefinitionVersion.objects.filter(in_force_from__isnull=False)),
        Exists(AgreementVersion.objects.filter(in_force_from__isnull=False)),
        Exists(Lead.objects.all()),
    )
    marketing, sales, managers, calendar, definition, agreement, leads = facts.first() or (False,) * 7
    steps = [
        FirstStep(
            "Form a team on each side",
            "One of marketing, one of sales; more can follow.",
            reverse("people:team-list"),
            marketing and sales,
        ),
        FirstStep(
            "Invite people",
            "Each side needs a manager, who signs for it.",
            reverse("people:person-list"),
            managers,
        ),
        FirstStep(
            "Say when you work",
            "Promises run in working hours.",
            reverse("sla:calendar-list"),
            calendar,
        ),
        FirstStep(
            "Agree what a qualified lead is",
            "A manager drafts it, both sides sign.",
            reverse("leads:definition-list"),
            definition,
        ),
        FirstStep(
            "Sign the agreement",
            "What each side owes the other; clocks start with it.",
            reverse("sla:agreement"),
            agreement,
        ),
        FirstStep("Bring in your leads", "From a file, by hand, or by the API.", reverse("leads:import-upload"), leads),
    ]
    return [] if all(step.done for step in steps) else steps
