"""The demo company: six months in which both sides kept some promises and broke others."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from leads.models import Deal, Handoff, Lead, ScoreQueue, ScoreState
from sla.models import Clock
from smarketing.accounts.models import User
from smarketing.activity.models import ActivityEntry
from smarketing.management.demo.history import History
from smarketing.management.demo_accounts import ACCOUNTS, PASSWORD
from smarketing.notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db


def test_demo_tells_a_believable_history_and_is_safe_to_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smarketing.management.demo.history.DAYS", 21)
    monkeypatch.setattr("smarketing.management.commands.demo.DAYS", 21)
    call_command("demo", stdout=StringIO())
    for email in ACCOUNTS:
        assert User.objects.get(email=email).check_password(PASSWORD), email
    assert Lead.objects.count() > 10
    assert Handoff.objects.filter(status="accepted").exists()
    assert {"met", "breached"} <= set(Clock.objects.values_list("state", flat=True))
    assert Handoff.objects.filter(status="pending", owner__email="rep@demo.example").exists()
    waiting = Handoff.objects.filter(status="pending", owner__email="rep@demo.example")
    assert not any(handoff.why_now["unmet"] for handoff in waiting)
    assert not ScoreState.objects.filter(next_change_at__lte=datetime.now(UTC)).exists()
    assert not ScoreQueue.objects.filter(occurred_at__lte=datetime.now(UTC)).exists()
    assert not OutboxMessage.objects.exists()
    assert not ActivityEntry.objects.filter(occurred_at__gt=datetime.now(UTC)).exists()
    before = (Lead.objects.count(), Handoff.objects.count(), Deal.objects.count(), ActivityEntry.objects.count())
    again = StringIO()
    call_command("demo", stdout=again)
    assert "nothing was added" in again.getvalue()
    assert before == (
        Lead.objects.count(),
        Handoff.objects.count(),
        Deal.objects.count(),
        ActivityEntry.objects.count(),
    )


def test_demo_that_breaks_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: History) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(History, "play", fail)
    with pytest.raises(RuntimeError):
        call_command("demo", stdout=StringIO())
    assert not User.objects.exists()
    assert not Lead.objects.exists()
