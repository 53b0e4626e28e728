"""What leads does after its own facts are committed: puts tasks into the queue."""

from __future__ import annotations

from leads.events import ImportQueued
from leads.tasks.imports import run_import
from smarketing.activity.bus import after_commit


def enqueue_import(event: ImportQueued) -> None:
    """An import waits for a worker."""
    run_import.delay(event.import_id)


def register() -> None:
    """Called when the app is ready."""
    after_commit(ImportQueued, enqueue_import)
