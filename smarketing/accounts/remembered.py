"""What one reading request has asked already, so that it asks once.

Nothing outlives the request, and a request that may write remembers nothing: what it reads after a write is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_answers: ContextVar[dict[str, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """While the block runs, `remembered` asks each question once."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def remembered(question: str, ask: Callable[[], T]) -> T:
    """The answer to `question`: the one of this request, else what `ask` returns now."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    found: T = answers[question]
    return found
