"""Background work of the platform as a whole."""

from celery import shared_task

from smarketing.api.health import note_heartbeat


@shared_task(name="smarketing.worker_heartbeat", ignore_result=True, expires=60)
def worker_heartbeat() -> None:
    """Leaves the time in the cache: scheduler, broker and a worker all did their part. `/readyz` reads it."""
    note_heartbeat()
