"""Sums that are made anew while somebody else is making sums, each on a connection of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from sla.models import BoardSum, StaleBoardDay
from sla.services.sums import rebuild, refresh
from smarketing.accounts.models import Organisation
from tests.factories import make_lead
from tests.races import Rival, run_before

pytestmark = pytest.mark.usefixtures("committed_db")

DAYS = 5


@pytest.fixture(autouse=True)
def _facts(committed_db: None) -> None:
    Organisation.objects.create(name="Fjord", timezone="Europe/Oslo", currency="EUR")
    for number in range(DAYS):
        at = datetime(2026, 3, 5, 12, tzinfo=UTC) + timedelta(days=number)
        make_lead(stage="mql", created_at=at, stage_changed_at=at)


def assert_everything_is_summed() -> None:
    assert (BoardSum.objects.count(), StaleBoardDay.objects.count()) == (DAYS, 0)


def test_sums_are_made_anew_once_whoever_is_at_work_has_ended(committed_db: None) -> None:
    rival = Rival(rebuild)
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7304)")
        rival.start()
        assert (rival.result, BoardSum.objects.count()) == (None, 0), "the other one is still at work"
        cursor.execute("SELECT pg_advisory_unlock(7304)")
    other.close()
    rival.finish()
    assert rival.result == DAYS
    assert_everything_is_summed()


@pytest.mark.parametrize("act", [rebuild, refresh])
@pytest.mark.parametrize("moment", ["mark_span", "_sum_stale_days"])
def test_somebody_else_makes_sums_while_they_are_made_anew(committed_db: None, act: object, moment: str) -> None:
    refresh()
    before = list(BoardSum.objects.values_list("day", "number"))
    with run_before(f"sla.services.sums.{moment}", act) as rival:
        assert rebuild() == DAYS
    assert rival.result == (DAYS if act is rebuild else 0)
    assert_everything_is_summed()
    assert sorted(BoardSum.objects.values_list("day", "number")) == sorted(before)
