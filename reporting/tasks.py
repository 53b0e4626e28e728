"""Work of reporting that nobody waits for."""

from celery import shared_task
from django.utils.timezone import now

from reporting.services.rollups import refresh
from reporting.services.snapshots import take_due_snapshots


@shared_task(name="reporting.refresh_rollups")
def refresh_rollups() -> int:
    """Sums stale days until there are none; a run that finds another one at work ends at once."""
    total = 0
    while done := refresh():
        total += done
    return total


@shared_task(name="reporting.take_weekly_snapshot")
def take_weekly_snapshot() -> int:
    """Freezes the weeks that are over. Runs every hour, so that no zone waits a day and a missed run is made up."""
    return take_due_snapshots(now=now())
