"""The API gives the numbers of the pages, each with the list behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from rest_framework.test import APIClient

from leads.domain.lifecycle import LifecycleStage
from leads.models import Feedback, Spend, StageTransition, Visit
from leads.services.stages import advance_stage
from reporting.domain.metrics import REGISTRY, STAGE_OF
from reporting.domain.periods import Period
from reporting.selectors.metrics import metric_rows, metric_value
from reporting.selectors.records import metric_records
from reporting.services.rollups import rebuild
from smarketing.accounts.models import Organisation, User
from tests.factories import make_campaign, make_deal, make_handoff, make_lead

pytestmark = pytest.mark.django_db

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.fixture
def history(organisation: Organisation, rep: User) -> None:
    """Two campaigns, three leads of which one became a customer, and everything that metrics count."""
    expo, ads = make_campaign(name="Expo", channel="event"), make_campaign(name="Ads")
    won, lost, third = (
        make_lead(created_at=at(day), channel=channel, source=source, campaign=campaign)
        for day, channel, source, campaign in (
            (2, "event", "fair", expo),
            (3, "paid_search", "", ads),
            (4, "paid_search", "google / cpc", None),
        )
    )
    StageTransition.objects.create(lead=won, from_stage="lead", to_stage="customer", occurred_at=at(20))
    StageTransition.objects.create(lead=lost, from_stage="lead", to_stage="mql", occurred_at=at(9))
    handoff = make_handoff(won, status="accepted", owner=rep, created_at=at(5), decided_at=at(6))
    make_handoff(lost, status="rejected", created_at=at(10), decided_at=at(11))
    make_handoff(third, created_at=at(12))
    make_deal(lead=won, stage="won", won_at=at(20), amount=Decimal("1000.10"), owner=rep)
    make_deal(lead=None, stage="won", won_at=at(21), amount=Decimal("0.20"))
    make_deal(lead=third, stage="won", won_at=at(22), amount=Decimal("7"), currency="USD")
    make_deal(lead=lost, stage="lost", lost_at=at(22))
    Feedback.objects.create(handoff=handoff, lead=won, rating=4, given_at=at(8), by=rep)
    for campaign, amount in ((expo, "300.00"), (ads, "99.99")):
        Spend.objects.create(campaign=campaign, spent_on=at(31).date(), amount=Decimal(amount), currency="EUR")
    Spend.objects.create(campaign=ads, spent_on=at(30).date(), amount=Decimal("5"), currency="USD")
    Visit.objects.create(visited_on=at(1).date(), channel="event", source="fair", campaign=expo, sessions=40)
    rebuild()


@pytest.fixture
def program(api: Callable[[User], APIClient], executive: User) -> APIClient:
    return api(executive)


def test_the_registry_tells_every_metric_with_its_formula(program: APIClient) -> None:
    found = program.get("/api/v1/metrics/").json()["results"]
    assert [metric["name"] for metric in found] == list(REGISTRY)
    assert all(metric["formula"].endswith(".") and metric["side"] and metric["unit"] for metric in found)


def test_funnel_by_channel(program: APIClient, history: None) -> None:
    answer = program.get("/api/v1/funnel/", MARCH | {"by": "channel", "basis": "cohort"}).json()
    assert (answer["from"], answer["to"], answer["by"], answer["basis"]) == (*MARCH.values(), "channel", "cohort")
    rows = {row["key"]: row for row in answer["rows"]}
    assert {key: (row["label"], row["values"]["lead"], row["values"]["mql"]) for key, row in rows.items()} == {
        "paid_search": ("Paid search", 2, 1),
        "event": ("Event", 1, 1),
    }
    assert rows["event"]["values"]["customer"] == 1
    assert rows["event"]["records"].startswith("/leads/?")


def test_funnel_narrowed_to_a_campaign_and_a_blank_source(program: APIClient, history: None) -> None:
    answer = program.get("/api/v1/funnel/", MARCH | {"source": "", "channel": "paid_search"}).json()
    assert [row["values"]["lead"] for row in answer["rows"]] == [1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("revenue", "1000.30"),
        ("spend", "399.99"),
        ("deals_won", 3),
        ("deals_closed", 4),
        ("win_rate", 0.75),
        ("acceptance", 0.5),
        ("rating", 4.0),
        ("sessions", 40),
        ("customers", 1),
        ("cost_per_lead", "133.33"),
        ("days_to_win", 18.0),
    ],
)
def test_metric_over_a_month(program: APIClient, history: None, name: str, value: object) -> None:
    answer = program.get(f"/api/v1/metrics/{name}/", MARCH).json()
    assert [row["value"] for row in answer["rows"]] == [value]
    assert answer["rows"][0]["records"].startswith("/")


FACTS = [
    name
    for name, metric in REGISTRY.items()
    # The records of qualified leads are leads, which have a list of their own.
    if name not in STAGE_OF and not metric.is_ratio and name != "qualified_leads"
]


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize("by", ["total", "channel", "source", "campaign", "day", "week", "month"])
def test_every_fact_opens_its_records(
    name: str, by: str, history: None, executive: User, login: Callable[[User], Client]
) -> None:
    if by not in REGISTRY[name].dimensions:
        by = "total"
    browser = login(executive)
    rows = metric_rows(name, Period(at(1).date(), at(31).date(), "UTC"), by=by)
    assert rows
    for row in rows:
        page = browser.get(row.records)
        query = dict(parse_qsl(urlsplit(row.records).query, keep_blank_values=True))
        found = metric_records(
            executive,
            name,
            Period(at(1).date(), at(31).date(), "UTC"),
            by=query.get("by", "total"),
            key=query.get("key", "all"),
        )
        assert page.status_code == 200
        assert page.context["count"] == found.count() == len(page.context["page"].rows)
        # Days between two facts are there too, with nothing behind them.
        assert bool(found.count()) == bool(row.value)
        if REGISTRY[name].unit == "count" and name != "sessions":
            assert found.count() == row.value
        if name in ("revenue", "spend"):
            assert sum(each.amount for each in found) == row.value


@pytest.mark.parametrize("by", ["total", "channel", "source", "campaign", "day", "week", "month"])
def test_qualified_leads_open_their_leads(
    by: str, history: None, executive: User, login: Callable[[User], Client]
) -> None:
    browser = login(executive)
    below = make_lead(created_at=at(4), stage_changed_at=at(4), source="fair", channel="event")
    advance_stage(below, LifecycleStage.MQL, actor=executive, now=at(5), below_definition=True)
    march = Period(at(1).date(), at(31).date(), "UTC")
    rows = metric_rows("qualified_leads", march, by=by)
    assert sum(row.value or 0 for row in rows) == metric_value("mqls", march).value - 1
    for row in rows:
        assert browser.get(row.records).context["count"] == row.value


def test_a_rep_sees_the_records_of_the_own_team_only(history: None, stranger: User, rep: User) -> None:
    march = Period(at(1).date(), at(31).date(), "UTC")
    assert metric_records(rep, "deals_won", march).count() == 1
    assert metric_records(stranger, "deals_won", march).count() == 0


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("funnel/", {"from": "2026-02-30"}, "from"),
        ("funnel/", {"to": "31.12.2026"}, "to"),
        ("funnel/", {"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ("funnel/", {"from": "0001-01-01"}, "from"),
        ("funnel/", {"to": "9999-12-31"}, "to"),
        ("funnel/", {"by": "colour"}, "by"),
        ("funnel/", {"basis": "gut"}, "basis"),
        ("funnel/", {"campaign": "1; DROP"}, "campaign"),
        ("metrics/spend/", {"by": "source"}, "by"),
        ("metrics/spend/", {"basis": "cohort"}, "basis"),
    ],
)
def test_refusals_name_the_field(
    program: APIClient, organisation: Organisation, path: str, query: dict[str, str], field: str
) -> None:
    answer = program.get(f"/api/v1/{path}", query)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]


def test_an_unknown_metric_and_a_person_without_a_role(
    program: APIClient, api: Callable[[User], APIClient], nobody: User
) -> None:
    assert program.get("/api/v1/metrics/luck/").status_code == 404
    for path in ("metrics/", "metrics/leads/", "funnel/"):
        assert api(nobody).get(f"/api/v1/{path}").status_code == 403
        assert APIClient().get(f"/api/v1/{path}").status_code == 401
