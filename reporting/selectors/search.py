"""What the command palette finds: leads, companies, campaigns and deals by name."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from leads.models import Campaign, Company, Deal
from leads.selectors.leads import LeadFilter, lead_list
from smarketing.accounts.models import User
from smarketing.web.paging import first_rows

EACH = 5
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found."""

    group: str
    label: str
    note: str
    url: str


def found_by_name(user: User, text: str) -> list[Hit]:
    """At most five each of leads, companies, campaigns and deals that this person may see; none for a single letter."""
    text = " ".join(text.split())[:100]
    if len(text) < SHORTEST:
        return []
    best = lead_list(user, LeadFilter(text=text)).with_score().order_by("-current_score__score", "-id")
    leads = first_rows(best, EACH).select_related("company")
    campaigns = Campaign.objects.visible_to(user).filter(name__icontains=text, archived_at__isnull=True)
    companies = Company.objects.visible_to(user).filter(Q(name__icontains=text) | Q(domain__icontains=text))
    deals = Deal.objects.visible_to(user).filter(name__icontains=text)
    return [
        *(
            Hit("Leads", lead.label, str(lead.company or lead.get_stage_display()), lead.get_absolute_url())
            for lead in leads
        ),
        *(
            Hit(
                "Companies",
                company.name,
                company.domain or "",
                f"{reverse('leads:lead-list')}?company={company.pk}",
            )
            for company in companies.order_by("name")[:EACH]
        ),
        *(
            Hit("Campaigns", campaign.name, campaign.get_channel_display(), campaign.get_absolute_url())
            for campaign in campaigns.order_by("-start_on", "-id")[:EACH]
        ),
        *(
            Hit("Deals", deal.name, deal.get_stage_display(), deal.get_absolute_url())
            for deal in deals.order_by("-opened_at", "-id")[:EACH]
        ),
    ]
