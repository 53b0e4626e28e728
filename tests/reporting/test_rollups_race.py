"""The funnel's sums made anew while somebody else is making sums, each on a connection of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from reporting.models import FunnelBucket, StaleDay
from reporting.services.rollups import rebuild, refresh
from smarketing.accounts.models import Organisation
from tests.factories import make_lead
from tests.races import Rival, run_before

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def _facts(committed_db: None) -> None:
    Organisation.objects.create(name="Fjord", timezone="Europe/Oslo", currency="EUR")
    for number in range(5):
        at = datetime(2026, 3, 5, 12, tzinfo=UTC) + timedelta(days=number)
        make_lead(stage="mql", created_at=at, stage_changed_at=at)


def kept() -> list[tuple[object, ...]]:
    return sorted(FunnelBucket.objects.values_list("basis", "day", "stage", "leads"))


def test_the_funnel_is_summed_anew_once_whoever_is_at_work_has_ended(committed_db: None) -> None:
    rival = Rival(rebuild)
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7301)")
        rival.start()
        assert (rival.result, kept()) == (None, []), "the other one is still at work"
        cursor.execute("SELECT pg_advisory_unlock(7301)")
    other.close()
    rival.finish()
    assert rival.result == len(kept()) > 0
    assert not StaleDay.objects.exists()


@pytest.mark.parametrize("act", [rebuild, refresh])
@pytest.mark.parametrize("moment", ["mark_all", "_sum_stale_days"])
def test_somebody_else_sums_the_funnel_while_it_is_summed_anew(committed_db: None, act: object, moment: str) -> None:
    assert rebuild()
    before = kept()
    with run_before(f"reporting.services.rollups.{moment}", act):
        assert rebuild() == len(before)
    while refresh():
        pass
    assert kept() == before
