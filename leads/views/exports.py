"""The list of leads as a file for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.timezone import get_current_timezone, localdate
from django.views.decorators.http import require_GET

from leads.forms.leads import LeadFilterForm
from leads.models import Lead
from leads.permissions import can_export
from leads.selectors.leads import lead_list, with_row
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.tabular import stream_rows

HEADING = (
    *("id", "external_id", "email", "first_name", "last_name", "phone", "job_title", "company", "company_domain"),
    *("country", "stage", "score", "fit", "engagement", "band", "channel", "source", "campaign", "owner"),
    *("created_at", "last_touch_at"),
)


@require_GET
def lead_export(request: AuthenticatedRequest) -> StreamingHttpResponse:
    """The leads of the list with the same filter, newest first, sent while they are read. Times: the reader's zone."""
    require(can_export, request.user)
    found = with_row(lead_list(request.user, LeadFilterForm(request.GET).filter())).order_by("-created_at", "-id")
    zone = get_current_timezone()

    def rows() -> Iterator[list[Any]]:
        for lead in found.iterator(chunk_size=2000):
            yield _cells(lead, zone)

    response = StreamingHttpResponse(stream_rows(HEADING, rows()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="leads-{localdate()}.csv"'
    return response


def _cells(lead: Lead, zone: Any) -> list[Any]:
    return [
        *(lead.pk, lead.external_id, lead.email, lead.first_name, lead.last_name, lead.phone, lead.job_title),
        lead.company.name if lead.company else "",
        lead.company.domain if lead.company else "",
        *(lead.country, lead.stage, lead.score, lead.fit, lead.engagement, lead.band, lead.channel, lead.source),
        lead.campaign.name if lead.campaign else "",
        lead.owner.name if lead.owner else "",
        lead.created_at.astimezone(zone),
        lead.last_touch_at.astimezone(zone) if lead.last_touch_at else None,
    ]
