"""A figure as it is printed, and how times become one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `n` is how many things it was taken over, `budget` what it should be, in words."""

    name: str
    value: float
    unit: str
    n: int
    budget: str = ""

    def line(self) -> dict[str, Any]:
        """What is printed of it as JSON."""
        return {"name": self.name, "value": float(f"{self.value:.4g}"), "unit": self.unit, "n": self.n}


class Stopwatch:
    """The seconds that a block took; `seconds` is set when the block ends."""

    seconds: float = 0.0

    @property
    def milliseconds(self) -> float:
        """The same in milliseconds."""
        return self.seconds * 1000


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Times a block."""
    watch, start = Stopwatch(), time.perf_counter()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - start


def seconds_of(work: Callable[[], object]) -> float:
    """How long one call takes."""
    with stopwatch() as watch:
        work()
    return watch.seconds


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0–1) of the values do not exceed (nearest rank)."""
    if not values:
        raise ValueError("There is no percentile of nothing.")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
