"""What campaigns and content brought in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from leads.models import Campaign, ContentAsset, StageReached, Touchpoint
from reporting.domain.periods import Period
from reporting.domain.results import NOTHING, Results
from reporting.querysets.facts import grouped
from reporting.selectors.funnel import funnel_rows
from reporting.selectors.home import running_campaigns
from reporting.selectors.metrics import records_of
from smarketing.accounts.models import Organisation, User


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign's results with the lists behind them; `campaign` is None for leads that no campaign brought."""

    campaign: Campaign | None
    results: Results
    records: dict[str, str]

    @property
    def label(self) -> str:
        """The campaign's name."""
        return self.campaign.name if self.campaign else "No campaign"


@dataclass(frozen=True, slots=True)
class CampaignResults:
    """Rows, most revenue first, and their sum; `urls` lead to the lists behind it where all campaigns are in it."""

    rows: list[CampaignRow]
    total: Results
    currency: str
    urls: dict[str, str]


def campaign_results(
    user: User, period: Period, *, now: datetime, channel: str = "", running: bool = False
) -> CampaignResults:
    """Results of the period, all as-of: booked, reached, won on its days. Five queries, whatever the number of rows.

    Campaigns of `channel` only; with `running` those that run today, also where nothing came of them yet.
    """
    currency = Organisation.current().currency
    funnel = {row.key: row for row in funnel_rows(period, by="campaign", basis="as_of")}
    spend = grouped("spend", period, "campaign", currency)
    revenue = grouped("revenue", period, "campaign", currency)
    keys = {key for key in {*funnel, *spend, *revenue} if key}
    chosen = running_campaigns(user, now) if running else Campaign.objects.visible_to(user).filter(pk__in=keys)
    if channel:
        chosen = chosen.filter(channel=channel)
    campaigns: list[Campaign | None] = list(chosen.select_related("owner"))
    if not running and not channel and ({*funnel, *revenue} - keys):
        campaigns.append(None)
    rows = []
    for campaign in campaigns:
        key = str(campaign.pk) if campaign else ""
        reached = funnel[key].values if key in funnel else {}
        results = Results(
            spend=spend.get(key, Decimal(0)),
            leads=reached.get("lead", 0),
            mqls=reached.get("mql", 0),
            customers=reached.get("customer", 0),
            revenue=revenue.get(key, Decimal(0)),
        )
        stages = funnel[key].stage_records if key in funnel else {}
        records = {
            "leads": stages.get("lead", ""),
            "mqls": stages.get("mql", ""),
            "customers": stages.get("customer", ""),
            "spend": records_of("spend", period, "campaign", key),
            "revenue": records_of("revenue", period, "campaign", key),
        }
        rows.append(CampaignRow(campaign, results, records))
    rows.sort(key=lambda row: (row.campaign is None, -row.results.revenue, -row.results.leads, row.label))
    urls = {}
    if not running and not channel:
        whole = funnel_rows(period, basis="as_of")[0].stage_records
        urls = {"leads": whole["lead"], "mqls": whole["mql"], "customers": whole["customer"]}
        urls |= {name: records_of(name, period) for name in ("spend", "revenue")}
    return CampaignResults(rows, sum((row.results for row in rows), NOTHING), currency, urls)


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One asset: leads that used it in the period, and how many of them are customers by now."""

    asset: ContentAsset
    leads: int
    customers: int
    leads_url: str
    customers_url: str

    @property
    def share(self) -> float | None:
        """Customers ÷ leads."""
        return self.customers / self.leads if self.leads else None


def content_results(user: User, period: Period, *, limit: int = 100) -> list[ContentRow]:
    """Content by how many visible leads used it in the period, most first."""
    touches = (
        Touchpoint.objects.visible_to(user)
        .filter(content__isnull=False, occurred_at__gte=period.start, occurred_at__lt=period.end)
        .order_by()
        .values("content")
    )
    counts = list(touches.annotate(leads=Count("lead", distinct=True)).order_by("-leads", "content")[:limit])
    # Asked apart: to ask of every touchpoint whether its lead is a customer takes a hundred times as long.
    of_customers = touches.filter(
        Exists(StageReached.objects.filter(lead=OuterRef("lead"), stage="customer")),
        content__in=[row["content"] for row in counts],
    )
    customers = dict(of_customers.annotate(leads=Count("lead", distinct=True)).values_list("content", "leads"))
    assets = ContentAsset.objects.in_bulk([row["content"] for row in counts])
    span = {"touched_from": period.start.isoformat(), "touched_before": period.end.isoformat()}
    rows = []
    for row in counts:
        url = f"{reverse('leads:lead-list')}?{urlencode({'content': row['content']} | span)}"
        rows.append(
            ContentRow(
                assets[row["content"]], row["leads"], customers.get(row["content"], 0), url, f"{url}&reached=customer"
            )
        )
    return rows
