"""Pages of action items."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST

from meetings.permissions import can_view_meetings
from meetings.selectors.meetings import action_list, series_list
from meetings.services.actions import complete_action_item
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.paging import page_of
from smarketing.web.render import render_page

PAGE = "meetings/action_list.html"


def actions(request: AuthenticatedRequest) -> HttpResponse:
    """One's own action items, or everybody's; open or done."""
    require(can_view_meetings, request.user)
    tab = request.GET.get("tab", "")
    tab = tab if tab in ("mine", "all", "done") else ("all" if "series" in request.GET else "mine")
    raw = request.GET.get("series", "")
    series_id = int(raw) if raw.isdecimal() and len(raw) < 10 else None
    found = action_list(request.user, mine=tab == "mine", done=tab == "done", series_id=series_id)
    context = {
        "tab": tab,
        **{f"is_{name}": tab == name for name in ("mine", "all", "done")},
        "page": page_of(found, order="-done_at" if tab == "done" else "due_on", cursor=request.GET.get("cursor", "")),
        "total": found.count(),
        "today": localdate(),
        "one_series": series_list(request.user).filter(pk=series_id).first() if series_id else None,
    }
    return render_page(request, PAGE, context, partial="action-rows")


@require_POST
def action_complete(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Done, or not after all."""
    done = request.POST.get("done") != "0"
    item = complete_action_item(pk, done=done, actor=request.user, now=now())
    messages.success(request, f"{'Done' if done else 'Open again'}: {item.text}")
    return render_page(
        request,
        PAGE,
        {"item": item, "today": localdate()},
        partial="action-row",
        fallback=request.POST.get("next") if _is_ours(request.POST.get("next", "")) else "meetings:action-list",
    )


def _is_ours(url: str) -> bool:
    return url.startswith("/meetings/")
