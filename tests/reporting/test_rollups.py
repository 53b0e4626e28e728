"""Sums kept by touching only what facts touched equal sums made anew, and both equal the lists behind them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from django.utils.timezone import now

from leads.forms.leads import LeadFilterForm
from leads.models import Lead, StageTransition
from leads.selectors.leads import lead_list
from leads.services.leads import create_lead, update_lead
from leads.services.stages import advance_stage
from reporting.domain.metrics import REGISTRY
from reporting.domain.periods import Period
from reporting.models import FunnelBucket, FunnelSum, StaleDay
from reporting.selectors.funnel import DIMENSIONS, STAGES, funnel_rows
from reporting.selectors.metrics import metric_rows
from reporting.services.rollups import mark_span, rebuild, refresh
from smarketing.accounts.models import Organisation, User
from smarketing.people.services import update_organisation
from tests.factories import make_campaign, make_lead

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"


def span() -> Period:
    return Period(date(2026, 1, 1), date(2026, 12, 31), ZONE)


def company_with_history(seed: int) -> None:
    """Thirty leads that came and moved at odd instants of a spring, around midnights and a DST change."""
    chance = random.Random(seed)
    Organisation.objects.update_or_create(id=1, defaults={"name": "N", "timezone": ZONE})
    campaigns = [make_campaign(name="Expo"), None]
    for _ in range(30):
        came = datetime(2026, 3, 6, tzinfo=UTC) + timedelta(minutes=chance.randrange(60 * 24 * 9))
        lead = make_lead(
            created_at=came,
            channel=chance.choice(["email", "referral"]),
            source=chance.choice(["", "unknown", "friend"]),
            campaign=chance.choice(campaigns),
        )
        at = came
        for stage in chance.sample(["mql", "sal", "sql", "recycled", "opportunity", "customer"], chance.randrange(5)):
            at += timedelta(hours=chance.randrange(60), minutes=1)
            StageTransition.objects.create(lead=lead, from_stage="", to_stage=stage, occurred_at=at)


def buckets() -> set[tuple[object, ...]]:
    parts = ("basis", "day", "channel", "source", "campaign_id", "stage", "leads")
    sums = ("basis", "dimension", "grain", "first_on", "key", "stage", "leads")
    return {*FunnelBucket.objects.values_list(*parts), *FunnelSum.objects.values_list(*sums)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incrementally_kept_sums_equal_rebuilt_ones(seed: int) -> None:
    company_with_history(seed)
    mark_span(date(2026, 3, 4), date(2026, 4, 15))
    while refresh(limit=5):
        pass
    kept = buckets()
    rebuild()
    assert kept == buckets()
    assert kept


def test_the_day_before_midnight_comes_twice_is_summed_without_it() -> None:
    Organisation.objects.update_or_create(id=1, defaults={"name": "N", "timezone": "Atlantic/Azores"})
    sunday = date(2026, 10, 25)
    for hour in (0, 12):
        at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        StageTransition.objects.create(lead=make_lead(created_at=at), from_stage="", to_stage="mql", occurred_at=at)
    mark_span(sunday, sunday)
    refresh()
    mark_span(sunday - timedelta(days=1), sunday - timedelta(days=1))
    refresh()
    found = FunnelBucket.objects.filter(stage="mql").values_list("basis", "day", "leads")
    assert sorted(found) == [("as_of", sunday, 2), ("cohort", sunday, 2)]


def test_refresh_leaves_it_to_the_one_that_is_at_work() -> None:
    company_with_history(1)
    mark_span(date(2026, 3, 4), date(2026, 3, 20))
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7301)")
    waiting = StaleDay.objects.count()
    assert (refresh(), StaleDay.objects.count(), buckets()) == (0, waiting, set())
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(7301)")
    other.close()
    assert refresh() > 0


def test_rebuild_without_a_lead_keeps_nothing() -> None:
    assert (rebuild(), StaleDay.objects.count()) == (0, 0)


def test_another_zone_sums_every_day_again(admin: User) -> None:
    company_with_history(4)
    rebuild()
    company = {"name": "N", "currency": "EUR", "actor": admin, "now": now()}
    update_organisation(timezone=ZONE, **company)
    assert not StaleDay.objects.exists(), "only another zone moves facts to other days"
    update_organisation(timezone="Asia/Tokyo", **company)
    while refresh():
        pass
    kept = buckets()
    rebuild()
    assert kept == buckets()


@pytest.mark.parametrize("basis", ["cohort", "as_of"])
@pytest.mark.parametrize("by", list(DIMENSIONS))
@pytest.mark.parametrize("summed", [True, False])
def test_every_number_of_the_funnel_equals_the_count_of_its_list(
    basis: str, by: str, summed: bool, marketer: User
) -> None:
    company_with_history(7)
    mark_span(date(2026, 3, 4), date(2026, 4, 15))
    if summed:
        refresh()
    rows = funnel_rows(span(), by=by, basis=basis)
    assert rows
    for row in rows:
        for stage in STAGES:
            query = parse_qs(urlsplit(row.stage_records[stage]).query, keep_blank_values=True)
            form = LeadFilterForm({name: values[0] for name, values in query.items()})
            assert lead_list(marketer, form.filter()).count() == row.values[stage], (row.key, stage)


def test_a_new_lead_and_its_moves_show_at_once_and_stay_after_summing(marketer: User) -> None:
    Organisation.objects.update_or_create(id=1, defaults={"name": "N", "timezone": ZONE})
    period = Period(now().date() - timedelta(days=3), now().date() + timedelta(days=1), ZONE)
    lead = create_lead({"email": "a@b.example", "source": "friend"}, actor=marketer, now=now())
    advance_stage(lead, "sql", actor=marketer, now=now(), why="called")
    before = funnel_rows(period, basis="as_of")[0].values
    assert (before["lead"], before["mql"], before["sql"], before["customer"]) == (1, 1, 1, 0)
    refresh()
    assert not StaleDay.objects.exists()
    assert funnel_rows(period, basis="as_of")[0].values == before


def test_another_source_moves_the_lead_between_buckets(marketer: User) -> None:
    Organisation.objects.update_or_create(id=1, defaults={"name": "N", "timezone": "UTC"})
    lead = create_lead({"email": "a@b.example", "source": "friend"}, actor=marketer, now=now())
    refresh()
    update_lead(lead.pk, {"source": "fair"}, actor=marketer, now=now())
    refresh()
    assert set(FunnelBucket.objects.values_list("source", flat=True)) == {"fair"}


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_metric_has_a_value_by_each_of_its_dimensions_even_without_data(
    name: str, organisation: Organisation
) -> None:
    for by in REGISTRY[name].dimensions:
        for basis in REGISTRY[name].bases:
            rows = metric_rows(name, span(), by=by, basis=basis)
            assert all(not row.value for row in rows)


def test_zero_leads_is_no_data_never_a_share() -> None:
    assert Lead.objects.count() == 0
    assert metric_rows("lead_to_mql", span())[0].value is None
