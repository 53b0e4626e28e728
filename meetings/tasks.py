"""What beat and workers do for meetings. Each takes the time and calls one service."""

from celery import shared_task
from django.utils import timezone

from meetings.services.actions import remind_action_items as remind
from meetings.services.meetings import prepare_agendas as prepare


@shared_task(name="meetings.prepare_agendas", ignore_result=True)
def prepare_agendas() -> int:
    """Plans this week's meetings with their agendas."""
    return prepare(now=timezone.now())


@shared_task(name="meetings.remind_action_items", ignore_result=True)
def remind_action_items() -> int:
    """Reminds people of what they promised."""
    return remind(now=timezone.now())
