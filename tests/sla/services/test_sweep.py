"""Exactly once: a warning, a breach and each step of the ladder, whatever happens to the workers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.db.models import Q
from django.utils.timezone import localtime

from leads.models import Handoff
from sla.models import AgreementVersion, Breach, Clock, ClockNotice, EscalationFired
from sla.services import notices
from sla.services.clocks import settle_handoff
from sla.services.notices import send_notices
from sla.services.sweep import Swept, sweep
from smarketing.accounts.models import Organisation, Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.notifications.models import Notification, OutboxMessage
from smarketing.notifications.services import notify
from tests.factories import make_handoff, make_lead

TUE = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return TUE + timedelta(hours=hours)


@pytest.fixture
def handoff(agreement: AgreementVersion, sales_team: Team, rep: User, marketer: User) -> Handoff:
    """Handed to a rep on Tuesday at ten; the first attempt is due at two."""
    made = make_handoff(team=sales_team, owner=rep, created_by=marketer, created_at=TUE)
    settle_handoff(made.pk, now=TUE)
    return made


def first_response(handoff: Handoff, scope: str = "team") -> Clock:
    return Clock.objects.get(handoff=handoff, kind="first_response", scope=scope)


@pytest.mark.django_db
def test_sweep_warns_breaches_and_escalates_each_in_its_time(handoff: Handoff) -> None:
    assert sweep(now=at(2.9)) == Swept()
    assert sweep(now=at(3)) == Swept(warned=2)
    assert sweep(now=at(4)) == Swept()  # at the due time it is not late
    assert sweep(now=at(4.1)) == Swept(breached=2, escalated=1)
    # 14:00 and four working hours is ten the next morning.
    assert sweep(now=at(23.9)).escalated == 0
    assert sweep(now=at(24)).escalated == 1
    clock = first_response(handoff)
    assert clock.breached_at == clock.due_at == at(4)
    assert list(clock.escalations.values_list("step__position", "fired_at")) == [(1, at(4)), (2, at(24))]


@pytest.mark.django_db
def test_sweep_late_records_what_it_would_have_recorded_in_time(handoff: Handoff) -> None:
    sweep(now=at(30))
    assert set(Breach.objects.values_list("clock__kind", "breached_at")) == {
        ("first_response", at(4)),
        ("accept", at(24)),
    }
    fired = EscalationFired.objects.filter(clock=first_response(handoff))
    assert list(fired.values_list("fired_at", flat=True)) == [at(4), at(24)]


@pytest.mark.django_db
def test_sweep_twice_does_nothing_the_second_time(handoff: Handoff) -> None:
    assert sweep(now=at(5)).total > 0
    facts = _facts()
    assert sweep(now=at(5)) == Swept()
    assert _facts() == facts


@pytest.mark.django_db
def test_sweep_leaves_what_is_done_or_paused_alone(handoff: Handoff) -> None:
    Clock.objects.filter(handoff=handoff).update(state="paused", due_at=None, warn_at=None)
    assert sweep(now=at(100)) == Swept()


@pytest.mark.django_db
def test_sweep_respects_its_limit_and_goes_on_next_time(handoff: Handoff) -> None:
    assert sweep(now=at(5), limit=1).breached == 1
    assert sweep(now=at(5), limit=1).breached == 1
    assert sweep(now=at(5), limit=1).breached == 0


@pytest.mark.django_db
def test_sweep_needs_no_more_statements_for_more_clocks(
    handoff: Handoff, sales_team: Team, rep: User, django_assert_num_queries: Any
) -> None:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        sweep(now=at(5))
    for _ in range(5):
        made = make_handoff(team=sales_team, owner=rep, created_at=TUE)
        settle_handoff(made.pk, now=TUE)
    with django_assert_num_queries(len(one)):
        sweep(now=at(5))


@pytest.mark.django_db
def test_notices_tell_the_owner_and_the_managers_once_each(
    handoff: Handoff, rep: User, sales_manager: User, marketing_manager: User
) -> None:
    for hours in (3, 3, 4.5, 4.5, 24.5, 24.5):
        sweep(now=at(hours))
        send_notices(now=at(hours))
    about_it = Q(title__contains="first attempt") | Q(body__contains="first attempt")
    told = Counter(Notification.objects.filter(about_it).values_list("recipient__name", "kind"))
    assert told == {
        (rep.name, "sla.warning"): 1,
        (rep.name, "sla.breach"): 1,
        (sales_manager.name, "sla.escalation"): 2,
        (marketing_manager.name, "sla.escalation"): 1,
    }


@pytest.mark.django_db
def test_notices_wait_for_the_working_hours_of_whom_they_tell(
    agreement: AgreementVersion, sales_team: Team, rep: User, sales_manager: User
) -> None:
    friday = datetime(2026, 3, 13, 13, 0, tzinfo=UTC)
    made = make_handoff(team=sales_team, created_at=friday)
    settle_handoff(made.pk, now=friday)
    night = datetime(2026, 3, 13, 23, 0, tzinfo=UTC)  # it was due at closing time, 17:00
    sweep(now=night)
    assert send_notices(now=night) == 0
    assert set(ClockNotice.objects.values_list("send_at", flat=True)) == {datetime(2026, 3, 16, 9, 0, tzinfo=UTC)}
    assert send_notices(now=datetime(2026, 3, 16, 9, 0, tzinfo=UTC)) == 2
    assert set(Notification.objects.values_list("recipient__name", flat=True)) == {rep.name, sales_manager.name}


@pytest.mark.django_db
def test_fifty_breaches_of_one_sweep_are_one_message_to_each(
    agreement: AgreementVersion, sales_team: Team, rep: User, sales_manager: User
) -> None:
    _many(50, sales_team, rep)
    sweep(now=at(5))
    assert send_notices(now=at(5)) == 100
    told = {one.recipient.name: one for one in Notification.objects.select_related("recipient")}
    assert {name: (one.kind, one.title) for name, one in told.items()} == {
        rep.name: ("sla.breach", "50 promises are late"),
        sales_manager.name: ("sla.escalation", "50 promises are still late"),
    }
    lines = told[rep.name].body.splitlines()
    assert len(lines) == 21
    assert re.fullmatch(r"• Ingrid Solheim \d+: first attempt, due Tue 10 Mar 14:00", lines[0])
    assert lines[-1] == "and 30 more"
    assert told[rep.name].url == f"/sla/clocks/?outcome=open_past_due&owner={rep.pk}"
    assert told[sales_manager.name].url == "/sla/clocks/?outcome=open_past_due"
    assert OutboxMessage.objects.count() == 2
    assert send_notices(now=at(5)) == 0


@pytest.mark.django_db
def test_a_sender_that_dies_in_the_middle_tells_nobody_twice(
    handoff: Handoff, sales_manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(now=at(4.5))

    def die(*args: Any, **kwargs: Any) -> None:
        notify(*args, **kwargs)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(notices, "notify", die)
        with pytest.raises(SystemExit):
            send_notices(now=at(4.5))
    assert not Notification.objects.exists()
    assert send_notices(now=at(4.5)) == 2
    assert Notification.objects.count() == 2


@pytest.mark.django_db
def test_a_warning_about_what_was_done_meanwhile_is_not_sent(handoff: Handoff) -> None:
    sweep(now=at(3))
    Clock.objects.filter(kind="first_response").update(state="met", stopped_at=at(3.1))
    send_notices(now=at(3.2))
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_notices_say_times_in_the_readers_zone_and_what_became_of_it(handoff: Handoff) -> None:
    Organisation.current()
    Organisation.objects.update(timezone="America/New_York")
    User.objects.update(timezone="")
    sweep(now=at(7))
    Clock.objects.filter(kind="first_response").update(stopped_at=at(7), next_step=None, next_step_at=None)
    send_notices(now=at(100))
    due = localtime(Clock.objects.filter(kind="first_response")[0].due_at, ZoneInfo("America/New_York"))
    bodies = set(Notification.objects.filter(title__startswith="Was late: first").values_list("body", flat=True))
    assert bodies
    assert all(f"Due {due:%a} {due.day} {due:%b %H:%M}, done " in body for body in bodies)


@pytest.mark.django_db(transaction=True)
def test_sweeps_side_by_side_record_everything_once(
    agreement: AgreementVersion, sales_team: Team, rep: User, sales_manager: User
) -> None:
    count = 60
    _many(count, sales_team, rep)
    start = threading.Barrier(3)
    errors: list[BaseException] = []

    def worker() -> None:
        try:
            start.wait()
            sweep(now=at(5))
            send_notices(now=at(5))
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert _facts() == {
        "sla.clock_breached": 2 * count,
        "sla.clock_escalated": count,
        "breaches": 2 * count,
        "steps": count,
        "told": 2 * count,
    }


@pytest.mark.django_db(transaction=True)
def test_a_sweep_killed_in_the_middle_is_completed_by_the_next(
    agreement: AgreementVersion, sales_team: Team, rep: User, sales_manager: User
) -> None:
    count = 40
    _many(count, sales_team, rep)
    database = connection.settings_dict
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "smarketing.settings"}
    killed = 0
    for moment in ("committed one batch", "inside a batch"):
        worker = subprocess.Popen(
            [sys.executable, "-c", SLOW_SWEEP, moment, at(5).isoformat()],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == moment
        os.kill(worker.pid, signal.SIGKILL)
        worker.stdout.close()
        assert worker.wait() == -signal.SIGKILL
        killed += 1
    done = Breach.objects.count()
    assert 0 < done < 2 * count  # killed between two batches, then inside one
    _wait_until_its_transaction_is_gone()
    sweep(now=at(5))
    send_notices(now=at(5))
    assert killed == 2
    assert set(Breach.objects.values_list("breached_at", flat=True)) == {at(4)}
    assert _facts() == {
        "sla.clock_breached": 2 * count,
        "sla.clock_escalated": count,
        "breaches": 2 * count,
        "steps": count,
        "told": 2 * count,
    }


SLOW_SWEEP = """
import datetime, sys, time
import django
django.setup()
from sla.services import lateness, sweep
moment, now = sys.argv[1], datetime.datetime.fromisoformat(sys.argv[2])
sweep.BATCH = 10
breach, publish = sweep._breach_batch, lateness.publish_many

def between(*args):
    done = breach(*args)
    print(moment, flush=True)
    time.sleep(60)
    return done

def inside(events, **how):
    publish(events, **how)
    print(moment, flush=True)
    time.sleep(60)

if moment == "committed one batch":
    sweep._breach_batch = between
else:
    lateness.publish_many = inside
sweep.sweep(now=now)
"""


def _many(count: int, team: Team, owner: User) -> None:
    for _ in range(count):
        made = make_handoff(make_lead(stage="mql"), team=team, owner=owner, created_at=TUE)
        settle_handoff(made.pk, now=TUE)
    Clock.objects.filter(kind="accept").delete()


def _wait_until_its_transaction_is_gone() -> None:
    """The server notices that a killed client is gone when it next speaks to it."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.1)


def _things_told(notification: Notification) -> int:
    """Of how many clocks a notification tells."""
    number = re.match(r"(\d+) promises", notification.title)
    return int(number[1]) if number else 1


def _facts() -> dict[str, int]:
    told = sum(_things_told(one) for one in Notification.objects.all())
    assert told == ClockNotice.objects.filter(sent_at__isnull=False).count()
    counted: dict[str, int] = Counter(
        ActivityEntry.objects.filter(verb__in=["sla.clock_breached", "sla.clock_escalated"]).values_list(
            "verb", flat=True
        )
    )
    return {
        **counted,
        "breaches": Breach.objects.count(),
        "steps": EscalationFired.objects.count(),
        "told": told,
    }
