"""One call renders a page or, when HTMX asks, the part of it that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

DIALOG = "dialog"
"""The partial that is what stands in the dialog of the page."""


def wants_fragment(request: HttpRequest) -> bool:
    """True where HTMX asked for a part; a boosted link and a restored history entry need the whole page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    partial: str | Sequence[str] | None = None,
    fallback: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page `template`, or its `partial` (one name or several, as `{% partialdef %}` has them) for HTMX.

    Names come from the view, never from the request. After a post without HTMX the browser is sent to `fallback`
    (an address, a URL name or a model), so that a reload does not post again; without a partial, HTMX is as well.
    The partial "dialog" goes into the dialog, whatever its form has for a target: a refused form replaces itself.
    """
    if partial is not None and wants_fragment(request):
        names = [partial] if isinstance(partial, str) else partial
        parts = (render_to_string(f"{template}#{name}", dict(context or {}), request) for name in names)
        response = HttpResponse("".join(parts), status=status)
        if partial == DIALOG:
            response["HX-Retarget"] = "#dialog-body"
            response["HX-Reswap"] = "innerHTML"
        return response
    if fallback is not None and request.method not in ("GET", "HEAD"):
        return redirect(fallback)
    return render(request, template, dict(context or {}), status=status)
