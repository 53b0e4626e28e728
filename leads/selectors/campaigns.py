"""Reads of campaigns, spend and content."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from leads.models import Campaign, ContentAsset, Deal, Lead, Spend, Touchpoint
from smarketing.accounts.models import User
from smarketing.accounts.querysets import AmongIds
from smarketing.lib.errors import NotFound

MONEY = DecimalField(max_digits=16, decimal_places=2)


def campaign_list(user: User, *, text: str = "", channel: str = "", archived: bool = False) -> QuerySet[Campaign]:
    """Campaigns with what they cost and what became of the leads they brought in.

    Annotated with `spent`, `lead_count`, `customer_count` and `revenue` (booked amounts of won deals whose lead the
    campaign brought in).
    """
    campaigns = Campaign.objects.visible_to(user).filter(archived_at__isnull=not archived).select_related("owner")
    if text:
        campaigns = campaigns.filter(name__icontains=text)
    if channel:
        campaigns = campaigns.filter(channel=channel)
    return with_results(campaigns)


def with_spend_and_leads(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Adds `spent` and `lead_count` by subqueries, one each, whatever the number of rows."""
    return campaigns.annotate(
        spent=_total(Spend.objects.filter(campaign=OuterRef("pk")), "campaign", Sum("amount")),
        lead_count=Coalesce(Subquery(_leads().annotate(n=Count("*")).values("n")), 0),
    )


def with_results(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Adds `customer_count` and `revenue` to these."""
    # Grouped by what is the same for all, so that a sum comes of it.
    brought = Lead.objects.order_by().filter(campaign=OuterRef(OuterRef("pk"))).values("pk")
    won = Deal.objects.filter(AmongIds("lead_id", brought), won_at__isnull=False).annotate(all=Value(1))
    return with_spend_and_leads(campaigns).annotate(
        customer_count=Coalesce(Subquery(_leads().filter(stage="customer").annotate(n=Count("*")).values("n")), 0),
        revenue=_total(won, "all", Sum("amount")),
    )


def _total(rows: QuerySet[Spend] | QuerySet[Deal], group: str, expression: Sum) -> Coalesce:
    return Coalesce(
        Subquery(rows.order_by().values(group).annotate(total=expression).values("total"), output_field=MONEY),
        Value(0, output_field=MONEY),
    )


def _leads() -> QuerySet[Any, Any]:
    return Lead.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")


def campaign_detail(user: User, campaign_id: int) -> Campaign:
    """One campaign with its results; NotFound where there is none."""
    campaign = with_results(Campaign.objects.visible_to(user).select_related("owner")).filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound("There is no such campaign.")
    return campaign


def campaign_spend(campaign: Campaign, *, limit: int = 366) -> QuerySet[Spend]:
    """Spend by day, newest first."""
    return Spend.objects.filter(campaign=campaign).order_by("-spent_on")[:limit]


def campaign_touches(campaign: Campaign) -> list[tuple[str, int]]:
    """How often people interacted with the campaign, by kind, most first."""
    labels = dict(Touchpoint.Kind.choices)
    rows = (
        Touchpoint.objects.filter(campaign=campaign)
        .order_by()
        .values_list("kind")
        .annotate(n=Count("pk"))
        .order_by("-n")
    )
    return [(str(labels[kind]), n) for kind, n in rows]


def content_list(user: User, *, text: str = "", kind: str = "") -> QuerySet[ContentAsset]:
    """Content assets with the number of touchpoints on each (`touch_count`)."""
    assets: QuerySet[ContentAsset] = ContentAsset.objects.visible_to(user).filter(archived_at__isnull=True)
    assets = assets.select_related("campaign")
    if text:
        assets = assets.filter(title__icontains=text)
    if kind:
        assets = assets.filter(kind=kind)
    touches = (
        Touchpoint.objects.filter(content=OuterRef("pk"))
        .order_by()
        .values("content")
        .annotate(n=Count("*"))
        .values("n")
    )
    return assets.annotate(touch_count=Coalesce(Subquery(touches), 0))


def content_detail(user: User, content_id: int) -> ContentAsset:
    """One content asset; NotFound where there is none."""
    asset: ContentAsset | None = ContentAsset.objects.visible_to(user).filter(pk=content_id).first()
    if asset is None:
        raise NotFound("There is no such content.")
    return asset
