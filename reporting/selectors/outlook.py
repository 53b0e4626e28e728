"""Will the month be met: leads, qualified leads, customers and revenue against the month before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from reporting.domain.metrics import REGISTRY, Metric
from reporting.domain.outlook import Outlook, outlook
from reporting.domain.periods import Period
from reporting.querysets.facts import revenue_on
from reporting.selectors.funnel import reached_on
from reporting.selectors.metrics import records_of
from reporting.selectors.periods import this_month
from sla.selectors.board import Board
from sla.selectors.board import board as sla_board
from sla.selectors.periods import Period as SlaPeriod
from sla.selectors.sums import delivered_on
from smarketing.accounts.models import Organisation, User

PROMISES = {"qualified_leads": "qualified_leads", "customers": "customers_won"}
WATCHED = {"leads": "lead", "customers": "customer"}
"""Numbers of the month that are stages of the funnel."""
SHOWN = ("leads", "qualified_leads", "customers", "revenue")


@dataclass(frozen=True, slots=True)
class OutlookLine:
    """One number of the month: how it stands, the days behind it and the list behind it."""

    metric: Metric
    outlook: Outlook
    records: str
    running: list[Decimal]
    before_running: list[Decimal]
    is_promised: bool = False


@dataclass(frozen=True, slots=True)
class MonthOutlook:
    """The month, its days gone and its four numbers."""

    period: Period
    before: Period
    currency: str
    elapsed_days: float
    lines: list[OutlookLine]

    @property
    def days_gone(self) -> int:
        """Days of the month that have begun."""
        return min(int(self.elapsed_days) + 1, self.period.days)


def month_outlook(user: User, now: datetime, *, board: Board | None = None) -> MonthOutlook:
    """This month's leads, qualified leads, customers and revenue, as-of: day by day, against what the agreement
    promises for the month (`board`), else against last month."""
    period = this_month(now)
    before = period.before()
    currency = Organisation.current().currency
    elapsed_days = (now - period.start) / (period.end - period.start) * period.days
    today = int(elapsed_days)
    found = _by_day(Period(before.first, period.last, period.zone), currency)
    board = board if board is not None else month_board(user, now)
    promises = promised(board)
    lines = []
    for name in SHOWN:
        days = [found[name].get(day, Decimal(0)) for day in _days(period)][: today + 1]
        days_before = [found[name].get(day, Decimal(0)) for day in _days(before)]
        lines.append(
            OutlookLine(
                metric=REGISTRY[name],
                outlook=outlook(
                    days,
                    days_before,
                    days=period.days,
                    elapsed_days=elapsed_days,
                    promised=promises.get(name),
                    working_share=board.elapsed,
                ),
                is_promised=name in promises,
                records=_records(name, period),
                running=_running(days),
                before_running=_running(days_before),
            )
        )
    return MonthOutlook(period, before, currency, elapsed_days, lines)


def month_board(user: User, now: datetime) -> Board:
    """What both sides promised for this month and how it stands, as far as this person may see."""
    month = this_month(now)
    return sla_board(user, SlaPeriod(month.first, month.last, month.zone), now=now)


def promised(board: Board) -> dict[str, Decimal]:
    """The volumes that the agreement promises for the whole month, by metric."""
    targets = {name: board.target_of(kind) for name, kind in PROMISES.items()}
    return {name: Decimal(str(target)) for name, target in targets.items() if target is not None}


def _by_day(period: Period, currency: str) -> dict[str, dict[date, Decimal]]:
    counted = reached_on(period, WATCHED.values()) | {
        "qualified_leads": delivered_on(period.first, period.last, period.zone)
    }
    found = {
        name: {day: Decimal(number) for day, number in counted[WATCHED.get(name, name)].items()}
        for name in ("leads", "qualified_leads", "customers")
    }
    return found | {"revenue": revenue_on(period, currency)}


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=n) for n in range(period.days)]


def _running(values: list[Decimal]) -> list[Decimal]:
    total, found = Decimal(0), []
    for value in values:
        total += value
        found.append(total)
    return found


def _records(name: str, period: Period) -> str:
    if name in WATCHED:
        query: dict[str, Any] = {
            "reached": WATCHED[name],
            "reached_from": period.start.isoformat(),
            "reached_before": period.end.isoformat(),
        }
        return f"{reverse('leads:lead-list')}?{urlencode(query)}"
    return records_of(name, period)
