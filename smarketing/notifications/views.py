"""The bell and the list behind it."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST, require_safe

from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.errors import Invalid
from smarketing.notifications.selectors import COUNTED_AT_MOST, notifications_of, unread_count
from smarketing.notifications.services import mark_all_read, mark_read

PAGE_SIZE = 30


@require_safe
def notification_list(request: AuthenticatedRequest) -> HttpResponse:
    """One's own notifications, newest first; `?show=unread` leaves out what was seen."""
    unread_only = request.GET.get("show") == "unread"
    rows = notifications_of(request.user, unread_only=unread_only).order_by("-id")
    cursor = request.GET.get("cursor", "")
    if cursor:
        if not cursor.isdecimal() or len(cursor) > 18:
            raise Invalid("This page address is not valid any more; start from the first page.")
        rows = rows.filter(id__lt=int(cursor))
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    context = {
        "notifications": shown,
        "next_cursor": str(shown[-1].pk) if len(found) > PAGE_SIZE else None,
        "unread_only": unread_only,
        "unread": unread_count(request.user),
        "cursor": cursor,
    }
    return render(request, "notifications/list.html", context)


@require_safe
def bell(request: AuthenticatedRequest) -> HttpResponse:
    """The bare number of unread ones, empty where there is none; the frame asks for it now and then."""
    count = unread_count(request.user)
    text = "" if not count else "99+" if count >= COUNTED_AT_MOST else str(count)
    return HttpResponse(text)


@require_GET
def notification_open(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Marks it read and goes to what it is about. A plain link, so that it opens in a new tab as links do."""
    notification = mark_read(pk, actor=request.user, now=now())
    return redirect(notification.url or "notifications:list")


@require_POST
def notifications_read(request: AuthenticatedRequest) -> HttpResponse:
    """Marks all as read."""
    mark_all_read(actor=request.user, now=now())
    return redirect("notifications:list")
