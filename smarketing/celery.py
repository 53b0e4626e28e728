"""The Celery application and its schedule. The schedule lives in code: it is reviewed and tested like code."""

import os
import warnings
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab

from smarketing.activity.correlation import correlated

# Messages are JSON, which cannot carry code: the reason for the warning does not apply.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")


class CorrelatedTask(Task):
    """A run whose entries in the log share one id."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the task gives."""
        with correlated():
            return super().__call__(*args, **kwargs)


app = Celery("smarketing", task_cls=CorrelatedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_scheduler = "smarketing.beat:Scheduler"
app.conf.beat_schedule = {
    "heartbeat": {"task": "smarketing.worker_heartbeat", "schedule": 20.0},
    "deliver-outbox": {"task": "notifications.deliver_outbox", "schedule": 30.0},
    "sweep-due-clocks": {"task": "sla.sweep_due_clocks", "schedule": crontab()},
    "refresh-board-sums": {"task": "sla.refresh_sums", "schedule": 60.0},
    "reconcile-clocks": {"task": "sla.reconcile_clocks", "schedule": crontab(hour=2, minute=40)},
    "resume-imports": {"task": "leads.resume_imports", "schedule": 60.0},
    "expire-idempotency-keys": {
        "task": "api.expire_idempotency_keys",
        "schedule": crontab(hour=3, minute=20),
    },
    "forget-sent-forms": {"task": "web.forget_sent_forms", "schedule": crontab(hour=3, minute=25)},
    # Scores: what a message would have done, and what the passing of time does
    "score-pending": {"task": "leads.score_pending", "schedule": 60.0},
    "rescore-stale": {"task": "leads.rescore_stale", "schedule": crontab(minute=25)},
    "reconcile-scores": {"task": "leads.reconcile_scores", "schedule": crontab(hour=2, minute=50)},
    # Reporting
    "refresh-rollups": {"task": "reporting.refresh_rollups", "schedule": 60.0},
    "take-weekly-snapshot": {"task": "reporting.take_weekly_snapshot", "schedule": crontab(minute=5)},
    # Meetings
    "prepare-agendas": {"task": "meetings.prepare_agendas", "schedule": crontab(hour=6, minute=0, day_of_week="mon")},
    "prepare-agendas-missed": {"task": "meetings.prepare_agendas", "schedule": crontab(minute=15)},
    "remind-action-items": {"task": "meetings.remind_action_items", "schedule": crontab(minute="*/15")},
}
