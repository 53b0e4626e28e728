"""Facts by day: what is counted by instants is what is counted by local days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from reporting.domain.periods import Period
from reporting.querysets.facts import grouped, revenue_on
from tests.factories import make_deal

pytestmark = pytest.mark.django_db


def test_revenue_by_instants_is_revenue_by_local_days_in_both_nights_of_the_clock_change() -> None:
    for start in (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)):
        for hour in range(32):
            make_deal(stage="won", won_at=start + timedelta(hours=hour), amount=Decimal(1 + hour))
    make_deal(stage="won", won_at=datetime(2026, 3, 29, 12, tzinfo=UTC), amount=Decimal(700), currency="USD")
    make_deal(stage="won", won_at=datetime(2026, 4, 2, 12, tzinfo=UTC), amount=None)
    for first, last in ((date(2026, 3, 1), date(2026, 4, 30)), (date(2026, 10, 24), date(2026, 10, 25))):
        period = Period(first, last, "Europe/Berlin")
        expected = {date.fromisoformat(day): sum_ for day, sum_ in grouped("revenue", period, "day", "EUR").items()}
        assert revenue_on(period, "EUR") == expected
