"""What happens in reporting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from smarketing.activity.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken(Event):
    """The metrics of a period were frozen as they stood."""

    verb: ClassVar[str] = "reporting.snapshot_taken"
    subject_kind: ClassVar[str] = "snapshot"
    template: ClassVar[str] = "froze {count} numbers of {first} to {last}"
    first: date
    last: date
    count: int
