"""What runs by the clock. Each task calls services and returns a count."""

from celery import shared_task
from django.utils import timezone

from sla.services.calendars import recompute_open_clocks as recompute
from sla.services.clocks import reconcile_clocks as reconcile
from sla.services.notices import send_notices
from sla.services.sums import refresh
from sla.services.sweep import sweep


@shared_task(name="sla.sweep_due_clocks", ignore_result=True)
def sweep_due_clocks() -> int:
    """Warns, breaches, escalates, and tells the people concerned."""
    now = timezone.now()
    swept = sweep(now=now)
    return swept.total + send_notices(now=now)


@shared_task(name="sla.recompute_open_clocks", ignore_result=True)
def recompute_open_clocks() -> int:
    """Moves open clocks to the current revisions of their calendars."""
    return recompute(now=timezone.now())


@shared_task(name="sla.reconcile_clocks", ignore_result=True)
def reconcile_clocks() -> int:
    """Repairs clocks that do not agree with the facts of their handoffs."""
    return reconcile(now=timezone.now())


@shared_task(name="sla.refresh_sums", ignore_result=True)
def refresh_sums() -> int:
    """Sums the board's stale days until there are none; a run that finds another one at work ends at once."""
    total = 0
    while done := refresh():
        total += done
    return total
