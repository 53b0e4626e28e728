"""Pages that fail and fragments that change, to see what the frame makes of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from smarketing.urls import handler400, handler403, handler404, handler500
from smarketing.urls import urlpatterns as real
from smarketing.web.render import render_page
from smarketing.web.style import RejectForm

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

REFUSALS = {
    "conflict": Conflict("Tomás Okoro accepted this lead a minute ago."),
    "invalid": Invalid("A rejection needs a reason.", fields={"reason": ["Choose one."]}),
    "forbidden": NotAllowed("Only sales accepts."),
    "missing": NotFound("No such handoff."),
    "broken": RuntimeError("a fault"),
}


def refuse(request: HttpRequest, how: str) -> HttpResponse:
    raise REFUSALS[how]


def tell(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved <b>it</b>.")
    return render_page(request, "web/style_dialog.html", partial="answer", fallback="/style/")


def move(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Moved.")
    return redirect("/elsewhere/")


def several(request: HttpRequest) -> HttpResponse:
    return render_page(request, "web/style_dialog.html", {"form": RejectForm()}, partial=["answer", "answer"])


def nothing(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Kept for later.")
    return HttpResponse(status=204)


urlpatterns = [
    *real,
    path("refuse/<str:how>/", refuse),
    path("api/refuse/<str:how>/", refuse),
    path("tell/", tell),
    path("move/", move),
    path("several/", several),
    path("nothing/", nothing),
]
