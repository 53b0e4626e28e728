"""Pages for what goes wrong: what it was, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from smarketing.web.render import wants_fragment

logger = logging.getLogger(__name__)

TITLES = {
    400: "That request made no sense",
    403: "You may not do that",
    404: "Nothing is here",
    405: "This address only takes a form",
    409: "It has changed meanwhile",
    422: "That cannot be done",
    500: "Something broke here",
}
ADVICE = {
    400: "The address or the form was incomplete. Go back, reload the page and try again.",
    403: "Your role does not permit it. Ask a manager or an administrator.",
    404: "The address is wrong, the record is gone, or it is not for your role to see.",
    405: "It was opened as a page. Go back and press the button again; nothing was changed.",
    409: "It was changed after this page was opened. Look at how it stands now and decide again.",
    422: "Nothing was changed. Correct what is named here and send it again.",
    500: "It is not your fault, and it has been written down. Try again in a minute.",
}


def current_page(request: HttpRequest) -> str:
    """The address in the browser's bar, without the host; HTMX tells it."""
    address = urlsplit(request.headers.get("HX-Current-URL", ""))
    return address._replace(scheme="", netloc="").geturl() or "/"


def render_error(
    request: HttpRequest, status: int, *, message: str = "", fields: Mapping[str, Sequence[str]] | None = None
) -> HttpResponse:
    """A page (or JSON for programs) that says what was wrong and what to do."""
    title, advice = TITLES.get(status, HTTPStatus(status).phrase), ADVICE.get(status, "")
    if request.path.startswith("/api/"):
        code = HTTPStatus(status).name.lower()
        return JsonResponse({"code": code, "message": message or advice, "fields": dict(fields or {})}, status=status)
    user = getattr(request, "user", None)
    came_from = urlsplit(request.headers.get("Referer", ""))
    context = {
        "layout": "base.html" if user is not None and user.is_authenticated else "base_bare.html",
        "status": status,
        "title": title,
        "message": message or advice,
        "advice": advice if message and status in (409, 422) else "",
        "fields": fields or {},
        "back": came_from._replace(scheme="", netloc="").geturl() if came_from.netloc == request.get_host() else "/",
    }
    return HttpResponse(render_to_string("errors/error.html", context, request), status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return render_error(request, 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render_error(request, 403, message=str(exception))


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render_error(request, 404)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that is too old or not from here."""
    message = "This page was open too long, or cookies are blocked. Reload it and send the form again."
    if wants_fragment(request):
        # It goes into the form that was sent, whose words stay for the reader to copy.
        context = {"message": message, "fields": {}, "reload": current_page(request)}
        response = HttpResponse(render_to_string("components/problem.html", context, request), status=409)
        response["X-Problem"] = "page_too_old"
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
        return response
    return render_error(request, 403, message=message)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, drawn without database, session or context processors: any of them may be what broke."""
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "internal_server_error", "message": ADVICE[500], "fields": {}}, status=500)
    try:
        page = str(render_to_string("errors/500.html", {"title": TITLES[500], "message": ADVICE[500]}))
    except Exception:
        logger.exception("The page for errors could not be drawn")
        page = f"<!doctype html><html lang=en><title>{TITLES[500]}</title><h1>{TITLES[500]}</h1><p>{ADVICE[500]}</p>"
    return HttpResponse(page, status=500)
