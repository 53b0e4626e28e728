"""Two batches written at a time, each on a connection of its own, and committed in the order of the file.

One batch alone leaves a processor idle while the database stores it. What keeps two of them from disagreeing: a batch
says beforehand which records its rows name, and the next one waits for it where both name the same person, or where it
would add a record that the first may be adding; and it waits in any case before it says that it is done. So the state
is that of one after the other, and a run never stands behind a batch that is not in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Event
from typing import Final, TypeVar

from django.db import IntegrityError, OperationalError, connection

LANES: Final = 2
PATIENCE: Final = "1s"
"""So long a batch that is written beside another one waits for a lock: then both are written again, one by one."""

_Batch = TypeVar("_Batch")
_Written = TypeVar("_Written")


class Overtaken(Exception):
    """The batch before did not go in, so that this one must not either."""


class Turn:
    """A batch's place in the file: which records its rows name, and the batch before it while that is being written."""

    def __init__(self, people: Iterable[str] = (), others: Iterable[str] = (), before: Turn | None = None) -> None:
        self._people, self._others = frozenset(people), frozenset(others)
        self._before = before
        self._ended = Event()
        self._went_in = False

    def end(self, *, went_in: bool) -> None:
        """The batch is committed, or it is not, at least not by this attempt."""
        self._went_in = went_in
        self._before = None
        self._ended.set()

    @property
    def failed(self) -> bool:
        """Whether it is to be written again, or never goes in."""
        return self._ended.is_set() and not self._went_in

    def wait(self) -> None:
        """Until the batch before is in. Raises Overtaken where it does not go in."""
        before = self._before
        if before:
            before._ended.wait()
            if not before._went_in:
                raise Overtaken
            self._before = None

    def wait_for_people(self) -> None:
        """The same, if that batch has a row about a person of this one."""
        before = self._before
        if before and not self._people.isdisjoint(before._people):
            self.wait()

    def waited_for(self, names: Iterable[str]) -> bool:
        """The same, if that batch names one of these records too: whether it is worth looking for them again."""
        before = self._before
        if before and not before._others.isdisjoint(names):
            self.wait()
            return True
        return False


ALONE: Final = Turn()
"""The turn of a batch beside which no other is written."""


def written_side_by_side(
    batches: Iterator[_Batch],
    turn_of: Callable[[_Batch, Turn | None], Turn],
    write: Callable[[_Batch, Turn], _Written],
) -> Iterator[_Written]:
    """What `write` returns for each batch, in their order. One that collides with another is written again by itself.

    `write` commits, and is called in threads. Whatever else it raises ends the writing, and no later batch goes in;
    where reading the next batch fails, those before it go in first.
    """
    lanes = [ThreadPoolExecutor(1, f"import-lane-{number}") for number in range(LANES)]
    underway: deque[tuple[_Batch, Turn, Future[_Written]]] = deque()
    started = 0
    last: Turn | None = None
    failure: BaseException | None = None
    more = True
    try:
        while more or underway:
            # Beside a batch that is to be written again none is begun: it might be done first, and then in vain.
            if more and len(underway) < LANES and not (underway and underway[-1][1].failed):
                try:
                    batch = next(batches, None)
                except Exception as error:
                    batch, failure = None, error
                if batch is None:
                    more = False
                    continue
                last = turn_of(batch, last)
                lane = lanes[started % LANES]
                underway.append((batch, last, lane.submit(copy_context().run, _in_lane, write, batch, last)))
                started += 1
                continue
            batch, turn, future = underway[0]
            try:
                written = future.result()
            except (IntegrityError, OperationalError, Overtaken):
                written = write(batch, ALONE)
                turn.end(went_in=True)
            underway.popleft()
            yield written
        if failure:
            raise failure
    finally:
        for _, turn, _ in underway:
            turn.end(went_in=False)
        for lane in lanes:
            lane.submit(_close)
            lane.shutdown()


def _in_lane(write: Callable[[_Batch, Turn], _Written], batch: _Batch, turn: Turn) -> _Written:
    went_in = False
    try:
        written = write(batch, turn)
        went_in = True
        return written
    finally:
        turn.end(went_in=went_in)


def _close() -> None:
    """In the lane itself, for whose connection is meant depends on the thread that looks it up."""
    connection.close()
