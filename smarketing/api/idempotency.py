"""A POST that carries an Idempotency-Key happens once, however often it is sent.

The key, the change and the answer are written in one transaction. A second request with the key waits until the
first has ended and then gets its answer again; a first one that was refused or crashed leaves nothing behind, so
that the same key may be tried again.

What opens a door, a token's text or an invitation's link, is never stored: views give it as a `Secret`, and the answer
that is given again has an empty text in its place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from smarketing.api.models import IdempotencyRecord
from smarketing.lib.errors import Conflict, Invalid

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
KEPT_FOR = timedelta(days=2)


class Secret(str):
    """A text that an answer tells once: whoever sees it may act as somebody. Nothing keeps it."""

    __slots__ = ()


class _Replay(Exception):
    """The request was answered before."""

    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__(record.key)
        self.record = record


class IdempotentPosts(APIView):
    """Mixin for API views. `idempotent_posts = False` switches it off where a view cannot run in one transaction."""

    idempotent_posts = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Runs a POST with a key in one transaction with its record."""
        self._record: IdempotencyRecord | None = None
        if request.method != "POST" or not self.idempotent_posts or HEADER not in request.headers:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif self._record is not None:
                self._record.status_code = response.status_code
                data = _without_secrets(getattr(response, "data", None))
                self._record.body = json.loads(json.dumps(data, cls=JSONEncoder))
                self._record.save(update_fields=["status_code", "body"])
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the person is known and before anything is done: takes the key, or finds it taken."""
        super().initial(request, *args, **kwargs)
        if request.method != "POST" or not self.idempotent_posts or HEADER not in request.headers:
            return
        if not request.user.is_authenticated:
            return
        key = request.headers[HEADER]
        if not 0 < len(key) <= LONGEST_KEY:
            raise Invalid(f"The {HEADER} must have 1 to {LONGEST_KEY} characters.", code="idempotency_key_invalid")
        fingerprint = _fingerprint(request._request)
        # Where another request holds the key, the insert waits until that one has ended.
        record, taken = IdempotencyRecord.objects.get_or_create(
            user=request.user, key=key, defaults={"fingerprint": fingerprint}
        )
        if taken:
            self._record = record
            return
        if record.fingerprint != fingerprint:
            raise Conflict(
                f"This {HEADER} was used for another request. Take a new key for a new request.",
                code="idempotency_key_reused",
            )
        raise _Replay(record)

    def handle_exception(self, exc: Exception) -> Response:
        """Gives the stored answer again."""
        if isinstance(exc, _Replay):
            headers = {"Idempotency-Replayed": "true"}
            return Response(exc.record.body, status=exc.record.status_code, headers=headers)
        return super().handle_exception(exc)


def _without_secrets(data: Any) -> Any:
    """The answer as it may be stored."""
    if isinstance(data, Secret):
        return ""
    if isinstance(data, Mapping):
        return {name: _without_secrets(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_secrets(value) for value in data]
    return data


def heeds_key(view: object) -> bool:
    """Whether a POST to this view that carries a key happens once."""
    return isinstance(view, IdempotentPosts) and view.idempotent_posts


def _fingerprint(request: HttpRequest) -> str:
    """What makes two requests the same: method, address and body. An upload is known by its length: its parts are
    separated by a random boundary, and its bytes are not to be read into memory."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        digest.update(request.META.get("CONTENT_LENGTH", "").encode())
    else:
        digest.update(request.body)
    return digest.hexdigest()


def expire_idempotency_keys(*, now: datetime) -> int:
    """Forgets keys that are older than anybody's retries. Gives how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
