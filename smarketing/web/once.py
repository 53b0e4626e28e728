"""A form that is sent twice happens once, and one that a service refuses is shown again.

Every form that the pages draw carries a key. The key, the change and the answer are written in one transaction: a
second click waits until the first has been answered and gets the same answer. What was refused or broke leaves
nothing behind, and the same form may be sent again. A page that was gone back to and sent again with other words is
another form.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from smarketing.lib.errors import DomainError, Invalid
from smarketing.web.asking import FORM_KEY, refuse, was_read
from smarketing.web.models import SentForm
from smarketing.web.render import wants_fragment

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=1)
LARGEST_BODY = 400_000
KEPT_HEADERS = ("Content-Type", "Location", "HX-Trigger", "HX-Redirect", "HX-Refresh", "HX-Retarget", "HX-Reswap")
SHOWN_AGAIN = (409, 422)
_RELOAD = "_reload_leads_to"


def answer_once(request: HttpRequest, answer: Callable[[HttpRequest], HttpResponseBase]) -> HttpResponseBase:
    """What `answer` gives; a form that was sent and answered before gets that answer again instead."""
    if request.method != "POST" or not request.POST.get(FORM_KEY) or not request.user.is_authenticated:
        return answer(request)
    with transaction.atomic():
        # Where another request holds the key, the insert waits until that one has ended.
        sent, first = SentForm.objects.get_or_create(user=request.user, digest=_digest(request))
        if not first:
            return _again(sent)
        response = answer(request)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        elif not _keep(request, sent, response):
            sent.delete()
    return response


def reload_leads_to(response: HttpResponseBase, address: str) -> None:
    """For a page that answers a post: sending the form once more (a reload) leads there, and does nothing again."""
    setattr(response, _RELOAD, address)


def show_again(request: HttpRequest, error: DomainError) -> HttpResponseBase | None:
    """The page of the form that a service refused, with the refusal in it; None where no form can show it.

    The view is asked once more. Its form is invalid now, so that it draws its page and writes nothing. What a refusal
    was about may be gone, and the page with it (the file of an import that somebody discarded): that it cannot be
    drawn is logged, and the refusal stands.
    """
    match = request.resolver_match
    if error.http_status not in SHOWN_AGAIN or match is None or not was_read(request.POST):
        return None
    # Most forms that HTMX sends stay on the page, and the refusal goes into them as it is.
    if wants_fragment(request) and not _draws_itself(request):
        return None
    refuse(request.POST, error)
    try:
        with transaction.atomic():  # what the database refuses now must not keep the words from being drawn
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except DomainError:
        raise
    except Exception:
        log.exception("%s: the page of a refused form could not be drawn", request.path)
        return None
    if response.status_code == Invalid.http_status:
        response.status_code = error.http_status
    return response


def _draws_itself(request: HttpRequest) -> bool:
    """Whether the form is what its answer replaces: it can then ask what it did not ask before."""
    sent_by = request.headers.get("HX-Trigger", "")
    return sent_by != "" and sent_by == request.headers.get("HX-Target")


def _digest(request: HttpRequest) -> str:
    """What makes two posts the same: the form's key, the address, everything typed, and the names of files."""
    given = sorted((name, request.POST.getlist(name)) for name in request.POST if name != "csrfmiddlewaretoken")
    files = sorted((name, file.name, file.size) for name, files in request.FILES.lists() for file in files)
    said = json.dumps([request.get_full_path(), given, files], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _keep(request: HttpRequest, sent: SentForm, response: HttpResponseBase) -> bool:
    """Writes the answer down; a page that is drawn in answer to a post (a preview) may be asked for again."""
    reload = getattr(response, _RELOAD, "")
    if reload:
        sent.status_code, sent.headers = 302, {"Location": reload}
        sent.save(update_fields=["status_code", "headers"])
        return True
    if 300 <= response.status_code < 400:
        body = ""
    elif wants_fragment(request) and isinstance(response, HttpResponse):
        body = response.content.decode()
    else:
        return False
    if len(body) > LARGEST_BODY:
        return False
    sent.status_code = response.status_code
    sent.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    sent.body = body
    sent.save(update_fields=["status_code", "headers", "body"])
    return True


def _again(sent: SentForm) -> HttpResponse:
    response = HttpResponse(sent.body, status=sent.status_code or 204)
    for name, value in sent.headers.items():
        response[name] = value
    return response


def forget_sent_forms(*, now: datetime) -> int:
    """Forgets forms that nobody sends again any more. Gives how many."""
    return SentForm.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
