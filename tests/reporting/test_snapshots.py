"""Weekly numbers are frozen once, for every week that is over, and shown beside what they are now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from reporting.domain.metrics import REGISTRY
from reporting.domain.periods import Period, week_of
from reporting.domain.snapshots import CATCH_UP, weeks_due
from reporting.models import FunnelBucket, Snapshot
from reporting.selectors.snapshots import frozen_weeks
from reporting.services.rollups import rebuild
from reporting.services.snapshots import take_due_snapshots, take_snapshot
from reporting.tasks import refresh_rollups, take_weekly_snapshot
from smarketing.accounts.models import Organisation, User
from smarketing.activity.models import ActivityEntry
from smarketing.celery import app
from smarketing.lib.errors import Invalid
from smarketing.web.wording import money_words
from tests.factories import make_deal, make_lead, make_organisation

WEEK = week_of(date(2026, 3, 4), "UTC")
AFTER = datetime(2026, 3, 10, 10, tzinfo=UTC)


def test_weeks_due_are_those_over_without_a_snapshot() -> None:
    due = weeks_due(date(2026, 3, 10), "UTC", {date(2026, 2, 23)}, date(2026, 2, 18))
    assert [week.first for week in due] == [date(2026, 2, 16), date(2026, 3, 2)]
    assert weeks_due(date(2026, 3, 10), "UTC", set(), None) == []
    assert len(weeks_due(date(2026, 3, 10), "UTC", set(), date(2001, 1, 1))) == CATCH_UP


@pytest.mark.django_db
def test_take_snapshot_twice_is_take_snapshot_once(organisation: Organisation) -> None:
    make_deal(stage="won", won_at=datetime(2026, 3, 5, tzinfo=UTC), amount=Decimal("12.34"))
    assert take_snapshot(WEEK, now=AFTER) == sum(len(metric.bases) for metric in REGISTRY.values())
    make_deal(stage="won", won_at=datetime(2026, 3, 6, tzinfo=UTC), amount=Decimal("1.00"))
    assert take_snapshot(WEEK, now=AFTER) == 0
    assert Snapshot.objects.get(metric="revenue").value == Decimal("12.34")
    assert ActivityEntry.objects.filter(verb="reporting.snapshot_taken").count() == 1
    frozen = frozen_weeks(REGISTRY["revenue"], basis="as_of")[0]
    assert (frozen.then, frozen.now) == (Decimal("12.34"), Decimal("13.34"))


@pytest.mark.django_db
def test_a_week_that_still_runs_is_not_frozen(organisation: Organisation) -> None:
    with pytest.raises(Invalid):
        take_snapshot(WEEK, now=datetime(2026, 3, 8, 23, 59, tzinfo=UTC))
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_missed_weeks_are_made_up_in_the_organisations_zone() -> None:
    make_organisation(timezone="Pacific/Auckland")
    make_lead(created_at=datetime(2026, 2, 25, tzinfo=UTC))
    # Monday 9 March has begun in Auckland, not in UTC.
    assert take_due_snapshots(now=datetime(2026, 3, 8, 12, tzinfo=UTC)) == 2
    assert take_due_snapshots(now=datetime(2026, 3, 8, 12, tzinfo=UTC)) == 0
    assert set(Snapshot.objects.values_list("first", flat=True)) == {date(2026, 2, 23), date(2026, 3, 2)}


@pytest.mark.django_db
def test_weeks_without_data_show_zero_now_or_no_data(organisation: Organisation) -> None:
    take_snapshot(WEEK, now=AFTER)
    assert frozen_weeks(REGISTRY["leads"], basis="as_of")[0].now == 0
    assert frozen_weeks(REGISTRY["win_rate"], basis="as_of")[0].now is None


@pytest.mark.django_db
def test_a_week_changed_where_what_is_shown_did(organisation: Organisation, executive: User, client: Client) -> None:
    won_at = datetime(2026, 3, 5, tzinfo=UTC)
    lead = make_lead(created_at=won_at - timedelta(days=32, hours=1))
    make_deal(lead=lead, stage="won", won_at=won_at)
    client.force_login(executive)

    def shown() -> str:
        return client.get("/metrics/days_to_win/").content.decode()

    take_snapshot(WEEK, now=AFTER)
    frozen = frozen_weeks(REGISTRY["days_to_win"], basis="as_of")[0]
    assert frozen.then != frozen.now  # they differ after the sixth digit
    assert shown().count("32.0 days") >= 2
    assert "changed since" not in shown()
    make_deal(lead=make_lead(created_at=won_at - timedelta(days=10)), stage="won", won_at=won_at)
    assert "changed since" in shown()


@pytest.mark.django_db
def test_money_then_and_now_is_told_to_the_cent(organisation: Organisation, executive: User, client: Client) -> None:
    make_deal(stage="won", won_at=datetime(2026, 3, 5, tzinfo=UTC), amount=Decimal("41000"))
    take_snapshot(WEEK, now=AFTER)
    make_deal(stage="won", won_at=datetime(2026, 3, 6, tzinfo=UTC), amount=Decimal("0.50"))
    client.force_login(executive)
    text = client.get("/metrics/revenue/").content.decode()
    assert f'data-label="Then">{money_words(41000)}</td>' in text
    assert money_words(Decimal("41000.50")) in text
    assert "changed since" in text


@pytest.mark.django_db
def test_programs_read_what_stood_there_and_what_the_week_says_now(
    organisation: Organisation, rep: User, nobody: User, api: Callable[[User], APIClient]
) -> None:
    make_deal(stage="won", won_at=datetime(2026, 3, 5, tzinfo=UTC), amount=Decimal("12.34"))
    take_snapshot(WEEK, now=AFTER)
    take_snapshot(week_of(date(2026, 2, 25), "UTC"), now=AFTER)
    make_deal(stage="won", won_at=datetime(2026, 3, 6, tzinfo=UTC), amount=Decimal("1.00"))
    rebuild()
    listed = api(rep).get("/api/v1/snapshots/?metric=revenue&since=2026-03-01").data["results"]
    (row,) = listed
    assert {name: row[name] for name in ("metric", "label", "unit", "basis", "first", "last", "zone", "value")} == {
        "metric": "revenue",
        "label": REGISTRY["revenue"].label,
        "unit": "money",
        "basis": "as_of",
        "first": "2026-03-02",
        "last": "2026-03-08",
        "zone": "UTC",
        "value": "12.34",
    }
    one = api(rep).get(f"/api/v1/snapshots/{row['id']}/").data
    assert (one["value"], one["value_now"]) == ("12.34", "13.34")
    assert one["records"]
    both = api(rep).get("/api/v1/snapshots/?metric=leads&basis=cohort").data["results"]
    assert [(each["first"], each["value"]) for each in both] == [("2026-03-02", 0), ("2026-02-23", 0)]
    Snapshot.objects.filter(metric="revenue").update(metric_version=0)
    assert api(rep).get(f"/api/v1/snapshots/{row['id']}/").data["value_now"] is None
    Snapshot.objects.filter(metric="win_rate").update(metric="forgotten")
    (gone,) = api(rep).get("/api/v1/snapshots/?metric=forgotten&since=2026-03-01").data["results"]
    assert (gone["label"], gone["value"]) == ("forgotten", 1.0)
    assert api(nobody).get("/api/v1/snapshots/").data["results"] == []
    assert api(rep).post("/api/v1/snapshots/").status_code == 405


@pytest.mark.django_db
def test_tasks_and_command_do_the_work(organisation: Organisation, capsys: pytest.CaptureFixture[str]) -> None:
    make_lead()
    call_command("rebuild_rollups")
    assert f"{FunnelBucket.objects.count()} sums" in capsys.readouterr().out
    assert refresh_rollups() == 0
    assert take_weekly_snapshot() >= 0
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"reporting.refresh_rollups", "reporting.take_weekly_snapshot"} <= names


def test_a_week_knows_its_length_across_a_clock_change() -> None:
    week = week_of(date(2026, 3, 8), "America/New_York")
    assert (week.end - week.start).total_seconds() == (7 * 24 - 1) * 3600
    assert Period(date(2026, 3, 8), date(2026, 3, 8), "America/New_York").start.hour == 5
