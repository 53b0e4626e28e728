"""`manage.py demo`: a company with six months of believable history, to look around in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils.timezone import now

from reporting.services.rollups import rebuild
from sla.services import sums
from smarketing.accounts.models import User
from smarketing.activity.bus import replaying
from smarketing.management.demo.agreements import agree_definitions, agree_sla, publish_calendar
from smarketing.management.demo.history import DAYS, History
from smarketing.management.demo.meetings import plan_meetings, plan_this_week
from smarketing.management.demo.people import add_people
from smarketing.management.demo_accounts import accounts_text
from smarketing.notifications.models import Notification, OutboxMessage

# Two starts at once must not both fill an empty database.
_LOCK = 7_303


class Command(BaseCommand):
    help = "Fills an empty installation with a demo company. Safe to run again: it then only prints the accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), replaying(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            if User.objects.exists():
                self.stdout.write("There are people here already; nothing was added.")
            else:
                self._tell(now())
        self.stdout.write(accounts_text())

    def _tell(self, today: datetime) -> None:
        self.stdout.write("Telling six months of history; this takes about a minute …")
        began = today - timedelta(days=DAYS + 1)
        people = add_people(began)
        calendar = publish_calendar(people, began)
        agree_definitions(people, began)
        agree_sla(people, began)
        history = History(people, today, calendar)
        history.set_up()
        history.fill_inbox()
        plan_meetings(history, people)
        history.play()
        plan_this_week(people, today)
        # What was due in the past was told in the past.
        OutboxMessage.objects.all().delete()
        Notification.objects.filter(created_at__lt=today - timedelta(days=2)).update(read_at=today)
        rebuild()
        sums.rebuild()
