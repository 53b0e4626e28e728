"""One id for all that a single request or task run does."""

from __future__ import annotations

import uuid
from contextvars import ContextVar, Token

_current: ContextVar[uuid.UUID | None] = ContextVar("correlation_id", default=None)


def begin() -> Token[uuid.UUID | None]:
    """Starts a new correlation; give the token to `end`."""
    return _current.set(uuid.uuid4())


def end(token: Token[uuid.UUID | None]) -> None:
    """Returns to the correlation before."""
    _current.reset(token)


def current() -> uuid.UUID:
    """The running correlation's id, or a fresh one outside any."""
    return _current.get() or uuid.uuid4()
