"""What the pages have done in the background."""

from celery import shared_task
from django.utils.timezone import now

from smarketing.web.once import forget_sent_forms


@shared_task(name="web.forget_sent_forms", ignore_result=True)
def forget_sent_forms_task() -> int:
    """How many were forgotten."""
    return forget_sent_forms(now=now())
