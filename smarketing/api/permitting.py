"""Who may do a thing is asked before what the request says is criticised.

    @asks(can_decide_handoff, of=row)
    def reject(self, request, pk): ...

Services authorise, but they are reached only by a body that can be read. So each method that reads one names the
predicate that its service asks; where the body is refused, the predicate is asked first, and a person who may not do
the thing hears 403 (or 404), whatever they sent. A body that is right costs nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import APIView

from smarketing.accounts.permissions import require
from smarketing.lib.errors import DomainError, NotFound

F = TypeVar("F", bound=Callable[..., Any])
Found = Callable[[Any], Any]

ABOUT_THE_BODY = (exceptions.ValidationError, exceptions.ParseError, exceptions.UnsupportedMediaType)
LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class _Asked:
    predicate: Callable[..., bool]
    of: Found | None


def asks(predicate: Callable[..., bool], *, of: Found | None = None) -> Callable[[F], F]:
    """Names the predicate that the service behind a method asks, of what `of(view)` finds: see `row` and `named`."""

    def mark(method: F) -> F:
        method.asked = _Asked(predicate, of)
        return method

    return mark


def row(view: Any) -> Any:
    """The row that the address names. Raises NotFound where the person may not see it."""
    return _visible(view, view.queryset.model, view.kwargs[view.lookup_field])


def named(model: Any, field: str) -> Found:
    """The row of `model` whose id the body gives as `field`; None where it gives none that can be read."""

    def find(view: Any) -> Any:
        pk = said(view, field)
        readable = isinstance(pk, int | str) and str(pk).isdecimal() and len(str(pk)) <= LONGEST_ID
        return _visible(view, model, pk) if readable else None

    return find


def said(view: Any, field: str) -> Any:
    """What the body gives as `field`; None where it cannot be read or says nothing of it."""
    try:
        data = view.request.data
    except exceptions.APIException:
        return None
    return data.get(field) if isinstance(data, Mapping) else None


def _visible(view: Any, model: Any, pk: Any) -> Any:
    found = model._default_manager.visible_to(view.request.user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is nothing here that you may see.")
    return found


class RoleBeforeBody(APIView):
    """Mixin for API views: refuses the person before the body."""

    def handle_exception(self, exc: Exception) -> Response:
        """Where the body was refused, and the person may not do the thing at all, that is the answer."""
        if isinstance(exc, ABOUT_THE_BODY) and self.request.method not in SAFE_METHODS:
            try:
                self._ask()
            except DomainError as refusal:
                exc = refusal
        return super().handle_exception(exc)

    def _ask(self) -> None:
        """Raises NotAllowed or NotFound where the person may not do what they asked for."""
        method = getattr(self, "action", None) or (self.request.method or "").lower()
        asked: _Asked | None = getattr(getattr(self, method, None), "asked", None)
        if asked is not None and self.request.user.is_authenticated:
            require(asked.predicate, self.request.user, *([asked.of(self)] if asked.of else []))
