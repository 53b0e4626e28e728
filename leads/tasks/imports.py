"""Imports in the background."""

from celery import shared_task
from django.utils.timezone import now

from leads.services.importing import execute_run, resume_stalled_runs


@shared_task(name="leads.run_import")
def run_import(run_id: int) -> int:
    """Reads a queued import to its end. Does nothing where another worker has it."""
    return execute_run(run_id).rows_read


@shared_task(name="leads.resume_imports")
def resume_imports() -> int:
    """Takes up imports whose message was lost or whose worker died."""
    return resume_stalled_runs(now=now())
