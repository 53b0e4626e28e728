"""What HTMX and errors need, handled once for every view."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from smarketing.lib.errors import DomainError
from smarketing.web.errors import current_page, render_error
from smarketing.web.once import answer_once, show_again
from smarketing.web.render import wants_fragment

IN_PLACE = (409, 422)


class WebMiddleware:
    """Answers HTMX as HTMX expects, and turns DomainErrors into words. Stands after sessions, messages and HTMX."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, with what HTMX needs to know of it."""
        answer = self.get_response
        response = answer(request) if request.path.startswith("/api/") else answer_once(request, answer)
        if not isinstance(response, HttpResponse):  # a file, as it streams
            return response
        if response.status_code == 405 and request.method == "GET" and not response.content:
            response = not_a_page(request, response)
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        patch_vary_headers(response, ["HX-Request"])
        if not wants_fragment(request):
            return response
        if response.status_code in (301, 302, 303, 307, 308):
            return redirect_whole_page(request, response)
        add_toasts(request, response)
        add_counts(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """A DomainError becomes a fragment for HTMX and a page otherwise; anything else is none of ours."""
        if not isinstance(exception, DomainError) or request.path.startswith("/api/"):
            return None
        try:
            return show_again(request, exception) or refusal(request, exception)
        except DomainError as error:
            return refusal(request, error)


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """What was refused, in the place it came from or as a page."""
    if wants_fragment(request) and error.http_status in IN_PLACE:
        return problem_fragment(request, error)
    return render_error(request, error.http_status, message=error.message, fields=error.fields)


def not_a_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The address of a form, opened as a page (a link that was kept, a reload): words in place of an empty window."""
    page = render_error(request, 405)
    page["Allow"] = response["Allow"]
    return page


def problem_fragment(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The refusal in words. The script puts it into the form that was refused; without one it becomes a toast."""
    context = {
        "message": error.message,
        "fields": error.fields,
        "reload": current_page(request) if error.http_status == 409 else "",
    }
    response = render(request, "components/problem.html", context, status=error.http_status)
    response["X-Problem"] = error.code
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "beforeend"
    return response


def redirect_whole_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """HTMX would put the redirect's target into the fragment's place; the browser goes there as a whole instead."""
    target = response["Location"]
    login = resolve_url(settings.LOGIN_URL)
    if urlsplit(target).path == login:
        # Back to the page that the person was on, not to the fragment that found the session gone.
        target = f"{login}?{urlencode({'next': current_page(request)})}"
    moved = HttpResponse(status=204)
    moved["HX-Redirect"] = target
    for name, morsel in response.cookies.items():
        moved.cookies[name] = morsel
    return moved


def add_counts(request: HttpRequest, response: HttpResponse) -> None:
    """What was done in place may change what waits elsewhere: the numbers of the navigation ride along out of band."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    if request.method in ("GET", "HEAD") or response.status_code != 200 or response.streaming or not signed_in:
        return
    response.content += render_to_string("components/nav_counts.html", {}, request).encode()


def add_toasts(request: HttpRequest, response: HttpResponse) -> None:
    """Messages that the fragment did not show itself ride along out of band."""
    if response.streaming or response.status_code == 204 or not hasattr(request, "_messages"):
        return
    messages = get_messages(request)
    if getattr(messages, "used", True) or not len(messages):
        return
    toasts = render_to_string("components/toasts.html", {"messages": messages}, request)
    response.content += f'<div id="toasts" hx-swap-oob="beforeend">{toasts}</div>'.encode()
