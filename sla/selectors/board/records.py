"""The handoffs and deals behind the promises of a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from leads.models import Deal, Handoff
from sla.models import CommitmentKind
from sla.selectors.periods import Period
from smarketing.accounts.models import User
from smarketing.lib.errors import NotFound


def decided_handoffs(user: User, period: Period) -> QuerySet[Handoff]:
    """Handoffs that sales accepted or rejected in the period."""
    return Handoff.objects.visible_to(user).filter(
        decided_at__gte=period.start, decided_at__lt=period.end, status__in=["accepted", "returned", "rejected"]
    )


def closed_deals(user: User, period: Period) -> QuerySet[Deal]:
    """Deals won or lost in the period."""
    return Deal.objects.visible_to(user).filter(won_in(period) | lost_in(period))


def won_in(period: Period) -> Q:
    """Deals won in the period."""
    return Q(won_at__gte=period.start, won_at__lt=period.end)


def lost_in(period: Period) -> Q:
    """Deals lost in the period."""
    return Q(lost_at__gte=period.start, lost_at__lt=period.end)


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
