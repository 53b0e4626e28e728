"""Reads of deals: the board, the list with its sums, one deal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from leads.models import Deal, DealStage
from leads.models.deals import OPEN_STAGES
from smarketing.accounts.models import Role, Side, User
from smarketing.accounts.querysets import give_people, ids_of
from smarketing.activity.events import sentence, told
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import NotFound

CARDS = 15
CLOSED_SHOWN = timedelta(days=30)
SORTS = {"opened": "opened_at", "amount": "amount", "close": "expected_close_on", "name": "name"}
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class DealFilter:
    """What deals are narrowed to; empty fields do not narrow. `stage` is one of DealStage, `open` or `closed`."""

    text: str = ""
    stage: str = ""
    owner_id: int | None = None
    lead_id: int | None = None
    reason_id: int | None = None
    won_from: datetime | None = None
    won_before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """True where nothing is narrowed."""
        return self == DealFilter()


@dataclass(frozen=True, slots=True)
class Total:
    """How many deals and, per currency, how much; `unknown` of them have no amount yet."""

    count: int
    sums: Sequence[tuple[str, Decimal]]
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board. Where it holds more than its cards, `more` says how many are left out."""

    stage: str
    label: str
    total: Total
    deals: Sequence[Deal]
    note: str = ""

    @property
    def is_open(self) -> bool:
        """Whether its deals are neither won nor lost."""
        return self.stage in OPEN_STAGES

    @property
    def more(self) -> int:
        """Deals that the column does not show."""
        return self.total.count - len(self.deals)


def deal_list(user: User, narrowed: DealFilter) -> QuerySet[Deal]:
    """Deals that this person may see and the filter lets through, unordered and without what a row shows."""
    found: QuerySet[Deal] = Deal.objects.visible_to(user)
    if narrowed.stage == OPEN:
        found = found.filter(stage__in=OPEN_STAGES)
    elif narrowed.stage == CLOSED:
        found = found.exclude(stage__in=OPEN_STAGES)
    elif narrowed.stage:
        found = found.filter(stage=narrowed.stage)
    exact = {
        "owner_id": narrowed.owner_id,
        "lead_id": narrowed.lead_id,
        "loss_reason_id": narrowed.reason_id,
        "won_at__gte": narrowed.won_from,
        "won_at__lt": narrowed.won_before,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    for word in narrowed.text.split()[:5]:
        found = found.filter(
            Q(name__icontains=word)
            | Q(company__name__icontains=word)
            | Q(lead__first_name__icontains=word)
            | Q(lead__last_name__icontains=word)
        )
    return found


def with_card(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """The deals with what a row or a card shows, in one query."""
    return deals.select_related("lead", "company", "owner")


def deal_total(deals: QuerySet[Deal]) -> Total:
    """Count and sums of a set of deals."""
    return _total(_sums(deals, "currency"))


def _sums(deals: QuerySet[Deal], *by: str) -> list[Mapping[str, Any]]:
    grouped = deals.order_by().select_related(None).values(*by)
    return list(grouped.annotate(count=Count("*"), known=Count("amount"), sum=Sum("amount")).order_by("currency"))


def _total(found: Sequence[Mapping[str, Any]]) -> Total:
    return Total(
        count=sum(row["count"] for row in found),
        sums=[(row["currency"], row["sum"]) for row in found if row["sum"] is not None],
        unknown=sum(row["count"] - row["known"] for row in found),
    )


def deal_board(user: User, narrowed: DealFilter, *, now: datetime) -> list[Column]:
    """The open stages and what was won and lost in the last thirty days, each with count, sums and its first cards.

    Cards come by expected close (the unknown last), closed ones newest first.
    """
    deals = deal_list(user, narrowed)
    since = now - CLOSED_SHOWN
    # Each part is counted from an index of its own.
    parts = {
        **{stage: deals.filter(stage=stage) for stage in OPEN_STAGES},
        DealStage.WON: deals.filter(won_at__gt=since),
        DealStage.LOST: deals.filter(lost_at__gt=since),
    }
    sums: dict[str, list[Mapping[str, Any]]] = {
        DealStage.WON: _sums(parts[DealStage.WON], "currency"),
        DealStage.LOST: _sums(parts[DealStage.LOST], "currency"),
    }
    for row in _sums(deals.filter(stage__in=OPEN_STAGES), "stage", "currency"):
        sums.setdefault(row["stage"], []).append(row)
    open_first = (F("expected_close_on").asc(nulls_last=True), "id")
    closed_first = {DealStage.WON: ("-won_at", "-id"), DealStage.LOST: ("-lost_at", "-id")}
    cards = [part.order_by(*closed_first.get(DealStage(stage), open_first))[:CARDS] for stage, part in parts.items()]
    shown = dict(zip(parts, ids_of(*cards), strict=True))
    found = Deal.objects.select_related("lead", "company").in_bulk([pk for ids in shown.values() for pk in ids])
    give_people(found.values(), "owner")
    return [
        Column(
            stage=str(stage),
            label=str(DealStage(stage).label),
            total=_total(sums.get(stage, [])),
            deals=[found[pk] for pk in ids if pk in found],
            note="" if stage in OPEN_STAGES else "last 30 days",
        )
        for stage, ids in shown.items()
    ]


def deal_detail(user: User, deal_id: int) -> Deal:
    """One deal; NotFound where this person may not see it."""
    deal: Deal | None = (
        Deal.objects.visible_to(user)
        .filter(pk=deal_id)
        .select_related("lead__company", "company", "owner", "handoff")
        .first()
    )
    if deal is None:
        raise NotFound("There is no such deal, or you may not see it.")
    return deal


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One thing that happened to a deal."""

    at: datetime
    title: str
    detail: str = ""


def deal_history(deal: Deal) -> list[HistoryItem]:
    """What happened to the deal, newest first, from the log."""
    entries = ActivityEntry.objects.filter(subject_kind="deal", subject_id=deal.pk).order_by("-occurred_at", "-id")
    return [
        HistoryItem(
            entry.occurred_at,
            f"{entry.actor_label} {sentence(entry.verb, entry.data)}",
            _changes(entry.verb, entry.data),
        )
        for entry in entries[:100]
    ]


def _changes(verb: str, facts: dict[str, object]) -> str:
    old, new = facts.get("old"), facts.get("new")
    if not isinstance(old, dict) or not isinstance(new, dict):
        return ""
    return " · ".join(
        f"{name.removesuffix('_id').replace('_', ' ')}: {_shown(verb, old.get(name))} → {_shown(verb, new[name])}"
        for name in new
    )


def _shown(verb: str, value: object) -> str:
    return "none" if value in (None, "") else told(verb, {"": value})[0][1]


def sellers() -> QuerySet[User]:
    """Active people who may own a deal."""
    members = User.objects.filter(memberships__team__side=Side.SALES, is_active=True)
    return User.objects.filter(pk__in=members.values("pk")).order_by("name", "id")


def may_sell(user: User) -> bool:
    """Whether the person works deals (reps and their managers)."""
    return Role.REP in user.roles


def is_late(deal: Deal, today: date) -> bool:
    """Whether an open deal should have closed by now."""
    return deal.is_open and deal.expected_close_on is not None and deal.expected_close_on < today
