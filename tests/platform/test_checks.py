"""What an installation can have wrong is said before it starts, with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from sla.checks import promises_have_hours
from sla.models import WorkingCalendar
from sla.services.calendars import create_calendar
from smarketing import checks
from smarketing.accounts.models import User
from tests.sla.factories import LONG_AGO, OFFICE, make_agreement, make_calendar


def _ids(found: list[Any]) -> list[str]:
    assert all(each.hint for each in found)
    return [each.id for each in found]


@pytest.mark.parametrize(
    ("base_url", "hosts", "found"),
    [
        ("https://crm.example.com", ["crm.example.com"], []),
        ("https://crm.example.com", [".example.com"], []),
        ("https://crm.example.com", ["localhost"], ["smarketing.E001"]),
        ("http://[::1]:8000", ["[::1]"], []),
    ],
)
def test_the_host_of_base_url_is_answered(settings: Any, base_url: str, hosts: list[str], found: list[str]) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS = base_url, hosts
    assert _ids(checks.base_url_is_answered(None)) == found


@pytest.mark.parametrize(
    ("secure", "proxies", "found"), [(True, 0, ["smarketing.E002"]), (True, 1, []), (False, 0, [])]
)
def test_https_needs_a_proxy_that_says_so(settings: Any, secure: bool, proxies: int, found: list[str]) -> None:
    settings.SECURE, settings.TRUSTED_PROXY_COUNT = secure, proxies
    assert _ids(checks.https_is_seen(None)) == found


def test_uploads_need_a_folder_to_be_kept_in(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "not" / "there" / "yet"
    assert checks.uploads_can_be_kept(None) == []
    file = tmp_path / "file"
    file.touch()
    settings.MEDIA_ROOT = file / "media"
    assert _ids(checks.uploads_can_be_kept(None)) == ["smarketing.E003"]


@pytest.mark.parametrize(
    ("email_url", "base_url", "found"),
    [
        ("", "https://crm.example.com", ["smarketing.W001"]),
        ("smtp://mail", "https://crm.example.com", []),
        ("", "http://localhost:8000", []),
    ],
)
def test_mail_that_stays_here_is_said(settings: Any, email_url: str, base_url: str, found: list[str]) -> None:
    settings.EMAIL_URL, settings.BASE_URL = email_url, base_url
    assert _ids(checks.mail_leaves(None)) == found


def test_redis_that_does_not_answer_is_said(settings: Any) -> None:
    assert checks.broker_keeps_messages(None) == []
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert _ids(checks.broker_keeps_messages(None)) == ["smarketing.E004"]


@pytest.mark.parametrize(
    ("memory", "found"),
    [
        ({"maxmemory": 0, "maxmemory_policy": "allkeys-lru"}, []),
        ({"maxmemory": 10**9, "maxmemory_policy": "noeviction"}, []),
        ({"maxmemory": 10**9, "maxmemory_policy": "allkeys-lru"}, ["smarketing.W002"]),
        ({}, []),
    ],
)
def test_redis_that_drops_messages_is_said(
    monkeypatch: pytest.MonkeyPatch, memory: dict[str, Any], found: list[str]
) -> None:
    monkeypatch.setattr(checks.Redis, "info", lambda self, section: memory)
    assert _ids(checks.broker_keeps_messages(None)) == found


@pytest.mark.django_db
def test_an_agreement_without_hours_is_said(admin: User, marketing_manager: User, sales_manager: User) -> None:
    assert promises_have_hours(None, databases=["default"]) == []
    make_calendar(admin)
    make_agreement(marketing_manager, sales_manager)
    assert promises_have_hours(None, databases=["default"]) == []
    assert promises_have_hours(None) == []
    # No service leaves it like this; a hand in the database may.
    WorkingCalendar.objects.update(is_default=False)
    assert _ids(promises_have_hours(None, databases=["default"])) == ["smarketing.W003"]


@pytest.mark.django_db
def test_a_calendar_that_is_closed_for_long_is_said(admin: User, marketing_manager: User, sales_manager: User) -> None:
    today = now().date()
    holidays = {(today + timedelta(days=n)).isoformat(): "Away" for n in range(-1, 70)}
    closed = replace(OFFICE, holidays=holidays)
    create_calendar(name="Closed", content=closed, actor=admin, now=LONG_AGO)
    make_agreement(marketing_manager, sales_manager)
    (found,) = promises_have_hours(None, databases=["default"])
    assert "closed for the next 60 days" in found.msg
