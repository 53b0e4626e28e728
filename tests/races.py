"""Puts a rival at the exact line: between what a service reads and what it writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from smarketing.lib.errors import DomainError


class Rival:
    """Somebody else, with a connection of their own; `result` is what their act gave, or the refusal it met."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = act
        self._thread = threading.Thread(target=self._run)
        self.result: Any = None

    def _run(self) -> None:
        try:
            self.result = self._act()
        except DomainError as refused:
            self.result = refused
        finally:
            connection.close()

    def start(self) -> None:
        """Acts to the end, or until a lock makes it wait."""
        self._thread.start()
        self._thread.join(timeout=0.5)

    def finish(self) -> None:
        """Whoever waited has the lock now."""
        self._thread.join(timeout=30)
        assert not self._thread.is_alive(), "the rival still waits"


@contextmanager
def run_before(target: str, act: Callable[[], Any]) -> Iterator[Rival]:
    """Lets a rival do `act` when `target` (a dotted path) is called for the first time, before it does anything.

    Needs the fixture `committed_db`: the rival sees only what is committed.
    """
    rival, real = Rival(act), _resolve(target)
    waiting = [rival]
    with pytest.MonkeyPatch.context() as patch:

        def called(*args: Any, **kwargs: Any) -> Any:
            if waiting:
                waiting.pop().start()
            return real(*args, **kwargs)

        patch.setattr(target, called)
        yield rival
    assert not waiting, f"{target} was not called"
    rival.finish()


def _resolve(target: str) -> Any:
    try:
        return import_string(target)
    except ImportError:
        owner, _, name = target.rpartition(".")
        return getattr(import_string(owner), name)
