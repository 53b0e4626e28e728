"""Work of reporting that nobody waits for."""

from celery import shared_task

from reporting.services.rollups import refresh


@shared_task(name="reporting.refresh_rollups")
def refresh_rollups() -> int:
    """Sums stale days until there are none; a run that finds another one at work ends at once."""
    total = 0
    while done := refresh():
        total += done
    return total
