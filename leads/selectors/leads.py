"""Reads of leads: the list with its filters, one lead with its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from leads.domain.channels import Channel
from leads.domain.lifecycle import RANK, LifecycleStage
from leads.models import Campaign, ImportRun, Lead, ScoreChange, StageReached, StageTransition, Touchpoint
from leads.querysets.visible import SEES_ALL, LeadQuerySet
from leads.selectors.delivered import delivered_ids
from smarketing.accounts.models import User
from smarketing.accounts.permissions import has_role
from smarketing.activity.events import sentence
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import NotFound
from smarketing.web.paging import Page, counted_page_of, page_of

SORTS = {
    "created_at": "created_at",
    "score": "current_score__score",
    "last_touch_at": "last_touch_at",
    "stage_changed_at": "stage_changed_at",
}
"""What the list can be sorted by, with the column as seen from a lead."""
DEFAULT_SORT = "-created_at"
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """What a list of leads is narrowed to; empty fields do not narrow."""

    text: str = ""
    stages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    source: str | None = None
    campaign_id: int | None = None
    no_campaign: bool = False
    owner_id: int | None = None
    band: str = ""
    min_score: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    reached: str = ""
    reached_from: datetime | None = None
    reached_before: datetime | None = None
    not_reached: str = ""
    delivered: str = ""
    company_id: int | None = None
    content_id: int | None = None
    touched_from: datetime | None = None
    touched_before: datetime | None = None
    import_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """True where nothing is narrowed."""
        return self == LeadFilter()


def lead_list(user: User, narrowed: LeadFilter, *, sort: str = "") -> LeadQuerySet:
    """Leads that this person may see and the filter lets through, unordered and without what a row shows.

    `sort`: which of SORTS the caller will sort them by; a stage is then looked for where an index holds both.
    """
    leads: LeadQuerySet = Lead.objects.visible_to(user)
    for word in narrowed.text.split()[:5]:
        leads = leads.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(external_id__icontains=word)
        )
    # A rep's leads are looked up by their ids, whatever the sort.
    best_of_stage = sort == "score" and has_role(user, *SEES_ALL)
    stage_column = "current_score__stage__in" if best_of_stage else "stage__in"
    exact = {
        stage_column: narrowed.stages,
        "channel__in": narrowed.channels,
        "campaign_id": narrowed.campaign_id,
        "owner_id": narrowed.owner_id,
        "company_id": narrowed.company_id,
        "current_score__band": narrowed.band,
        "current_score__score__gte": narrowed.min_score,
        "created_at__gte": narrowed.created_from,
        "created_at__lt": narrowed.created_before,
    }
    leads = leads.filter(**{name: value for name, value in exact.items() if value not in (None, "", ())})
    if narrowed.source is not None:
        leads = leads.filter(source=narrowed.source)
    if narrowed.no_campaign:
        leads = leads.filter(campaign__isnull=True)
    if narrowed.delivered:
        leads = leads.filter(pk__in=delivered_ids(narrowed.delivered, narrowed.reached_from, narrowed.reached_before))
    elif narrowed.reached:
        leads = leads.filter(pk__in=_reached(narrowed))
    if narrowed.content_id is not None:
        span = {"occurred_at__gte": narrowed.touched_from, "occurred_at__lt": narrowed.touched_before}
        touches = Touchpoint.objects.filter(lead=OuterRef("pk"), content=narrowed.content_id)
        leads = leads.filter(Exists(touches.filter(**{name: at for name, at in span.items() if at is not None})))
    if narrowed.import_id is not None:
        leads = leads.filter(added_by_import(narrowed.import_id))
    if narrowed.not_reached:
        if narrowed.not_reached in RANK:
            moves = StageReached.objects.filter(lead=OuterRef("pk"), stage=narrowed.not_reached)
        else:
            moves = StageTransition.objects.filter(lead=OuterRef("pk"), to_stage=narrowed.not_reached)
        leads = leads.filter(~Exists(moves))
    return leads


def added_by_import(import_id: int) -> Q:
    """Leads that an import has added; nobody where there is no such import."""
    spans = ImportRun.objects.filter(pk=import_id).values_list("created_ids", flat=True).first()
    return reduce(or_, (Q(pk__range=span) for span in spans or ()), Q(pk__in=()))


def with_row(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """The leads with what a row of a list shows, in one query."""
    return leads.select_related("company", "owner", "campaign", "current_score")


def _reached(narrowed: LeadFilter) -> QuerySet[Any, int]:
    """Ids of leads that reached the stage or a later one, the first time within the given span.

    A stage of the funnel counts as reached with any later one; recycled and disqualified count by themselves.
    """
    span = {"gte": narrowed.reached_from, "lt": narrowed.reached_before}
    if narrowed.reached in RANK:
        reached = StageReached.objects.filter(stage=narrowed.reached).order_by()
        within = reached.filter(**{f"reached_at__{side}": at for side, at in span.items() if at is not None})
        return within.values_list("lead_id", flat=True)
    moves = StageTransition.objects.filter(to_stage=narrowed.reached).order_by()
    first = moves.values("lead_id").annotate(first=Min("occurred_at"))
    found = first.filter(**{f"first__{side}": at for side, at in span.items() if at is not None})
    ids: QuerySet[Any, int] = found.values_list("lead_id", flat=True)
    return ids


def fact_span() -> tuple[date, date] | None:
    """The first and the last day (UTC, a day wider on both ends) on which leads came or moved; None without leads."""
    came = Lead.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
    moved = StageTransition.objects.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    if came["first"] is None:
        return None
    first = min(filter(None, (came["first"], moved["first"])))
    last = max(filter(None, (came["last"], moved["last"])))
    return first.date() - timedelta(days=1), last.date() + timedelta(days=1)


def capped_count(rows: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows, counted up to a limit so that a long list opens fast; the second value: there are more."""
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    return min(count, COUNT_LIMIT), count > COUNT_LIMIT


def lead_page(user: User, narrowed: LeadFilter, *, sort: str, cursor: str = "") -> tuple[Page, int, bool]:
    """A page of the list, how many there are (up to a limit), and whether there are more than that.

    `sort`: one of SORTS, with a "-" for descending. Raises Invalid for a cursor that this list did not give.
    """
    name = sort.removeprefix("-")
    order = sort.replace(name, SORTS[name])
    leads = lead_list(user, narrowed, sort=name)
    sees_all = has_role(user, *SEES_ALL)
    if not cursor and (narrowed.text or not sees_all):
        # No index holds what a text matches, or the leads of a rep, in the order of the list. A rep's are all found.
        most = COUNT_LIMIT + 1 if sees_all else None
        page, found = counted_page_of(leads, order=order, load=with_row, most=most)
        count, more = min(found, COUNT_LIMIT), found > COUNT_LIMIT
        if page is not None:
            return page, count, more
    else:
        count, more = capped_count(lead_list(user, narrowed))
    return page_of(leads, order=order, cursor=cursor, load=with_row), count, more


def lead_choices() -> Mapping[str, list[tuple[str, str]]]:
    """Choices of the list's filters."""
    return {
        "stages": [(stage.value, stage.label) for stage in LifecycleStage],
        "channels": Channel.choices(),
        "campaigns": [(str(pk), name) for pk, name in Campaign.objects.order_by("name").values_list("pk", "name")],
    }


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing in a lead's life, for the page and the API."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    side: str = ""
    actor: str = ""


def lead_detail(user: User, lead_id: int) -> Lead:
    """One lead; NotFound where this person may not see it."""
    leads = Lead.objects.visible_to(user).select_related("company", "owner", "campaign", "current_score")
    lead: Lead | None = leads.filter(pk=lead_id).first()
    if lead is None:
        raise NotFound("There is no such lead, or you may not see it.")
    return lead


SHOWN_ELSEWHERE = ("leads.lead_stage_changed", "leads.touchpoint_recorded")


def timeline(lead: Lead, *, limit: int = 100) -> list[TimelineItem]:
    """The lead's life, newest first: touchpoints, stages and what people did, at most `limit` items."""
    items = [
        TimelineItem(
            at=touch.occurred_at,
            kind="touchpoint",
            title=touch.get_kind_display(),
            detail=" · ".join(
                filter(None, (str(touch.content or ""), str(touch.campaign or ""), touch.note, touch.source))
            ),
            side="marketing",
        )
        for touch in Touchpoint.objects.filter(lead=lead)
        .select_related("content", "campaign")
        .order_by("-occurred_at", "-id")[:limit]
    ]
    items += [
        TimelineItem(
            at=move.occurred_at,
            kind="stage",
            title=f"{move.get_from_stage_display() or 'New'} → {move.get_to_stage_display()}",
            detail=" · ".join(
                filter(
                    None,
                    (
                        str(move.definition_version or ""),
                        move.why,
                        "skipped; the time is that of the next stage" if move.imputed else "",
                    ),
                )
            ),
            actor=str(move.actor or ""),
        )
        for move in StageTransition.objects.filter(lead=lead)
        .select_related("actor", "definition_version__definition")
        .order_by("-occurred_at", "-id")[:limit]
    ]
    items += [
        TimelineItem(
            at=entry.occurred_at,
            kind="activity",
            title=f"{entry.actor_label} {sentence(entry.verb, entry.data)}",
            detail=str(entry.data.get("note") or entry.data.get("words") or ""),
        )
        for entry in ActivityEntry.objects.filter(lead_id=lead.pk).exclude(verb__in=SHOWN_ELSEWHERE)[:limit]
    ]
    items.sort(key=lambda item: item.at, reverse=True)
    # The team's clock and the owner's fall due together and would tell the same twice.
    return list({(item.at, item.title): item for item in items}.values())[:limit]


def score_history(lead: Lead, *, limit: int = 60) -> list[ScoreChange]:
    """The lead's last score changes, oldest first."""
    return list(reversed(ScoreChange.objects.filter(lead=lead).order_by("-occurred_at", "-id")[:limit]))
