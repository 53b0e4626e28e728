"""One id for all that a single request or task run does."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[uuid.UUID | None] = ContextVar("correlation_id", default=None)


@contextmanager
def correlated() -> Iterator[uuid.UUID]:
    """Everything inside shares one id, a new one."""
    one = uuid.uuid4()
    token = _current.set(one)
    try:
        yield one
    finally:
        _current.reset(token)


def current() -> uuid.UUID:
    """The running correlation's id, or a fresh one outside any."""
    return _current.get() or uuid.uuid4()
