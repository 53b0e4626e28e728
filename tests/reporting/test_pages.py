"""Pages of numbers: for every role, with and without data, in a fixed number of queries."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import plotly.graph_objects as go
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from leads.models import Spend, StageTransition
from reporting.services.rollups import rebuild
from smarketing.accounts.models import User
from tests.factories import make_campaign, make_content, make_deal, make_handoff, make_lead, make_touchpoint
from tests.sla.factories import make_agreement, make_calendar

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/wallboard/",
    "/funnel/",
    "/funnel/?by=source&basis=as_of",
    "/funnel/?by=week",
    "/campaign-results/",
    "/campaign-results/?running=1",
    "/content-results/",
    "/metrics/",
    "/metrics/leads/",
    "/metrics/win_rate/?by=channel",
    "/metrics/revenue/?by=campaign",
    "/metrics/days_to_win/",
    "/metrics/deals_won/records/",
]
FIGURES = [
    "/wallboard/revenue/figure/",
    "/funnel/figure/",
    "/funnel/rows/figure/",
    "/funnel/rows/figure/?by=month",
    "/campaign-results/figure/",
    "/metrics/win_rate/figure/?by=channel",
    "/metrics/revenue/figure/",
]
ROLES = ["marketer", "rep", "marketing_manager", "sales_manager", "admin", "executive"]


def fill(count: int, rep: User) -> None:
    """So many campaigns, leads that came yesterday, won deals and all."""
    moment = now() - timedelta(days=1)
    content = make_content()
    for _ in range(count):
        campaign = make_campaign(start_on=moment.date())
        lead = make_lead(created_at=moment, campaign=campaign, source="=1+1", channel="paid_search")
        StageTransition.objects.create(lead=lead, from_stage="lead", to_stage="customer", occurred_at=moment)
        make_touchpoint(lead, content=content, occurred_at=moment)
        make_handoff(lead, status="rejected", created_at=moment)
        make_handoff(make_lead(created_at=moment), owner=rep, created_at=moment)
        make_deal(lead=lead, stage="won", won_at=moment, owner=rep, amount=Decimal("500.50"))
        make_deal(lead=lead, owner=rep)
        Spend.objects.create(campaign=campaign, spent_on=moment.date(), amount=Decimal("100"), currency="EUR")
    rebuild()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("filled", [True, False])
def test_every_page_opens_for_every_role(
    role: str, filled: bool, rep: User, organisation: object, login: Callable[[User], Client], request: Any
) -> None:
    if filled:
        fill(2, rep)
    browser = login(request.getfixturevalue(role))
    for page in PAGES:
        answer = browser.get(page)
        assert answer.status_code == 200, page
        assert "style=" not in answer.content.decode().split("<main", 1)[1].split("</main")[0]
    for figure in FIGURES:
        # Colours are names of the theme, which the browser turns into colours.
        text = re.sub(r'"(ink-3|marketing|sales)"', '"#123456"', browser.get(figure).content.decode())
        go.Figure(json.loads(text))


def test_a_person_without_a_role_is_told_what_to_do(nobody: User, login: Callable[[User], Client]) -> None:
    assert "Ask an administrator" in login(nobody).get("/").content.decode()
    assert login(nobody).get("/search/", {"q": "fjord"}).json() == {"results": []}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["rep", "marketing_manager"])
def test_queries_do_not_grow_with_the_rows(
    page: str, role: str, rep: User, organisation: object, login: Callable[[User], Client], request: Any
) -> None:
    browser = login(request.getfixturevalue(role))
    fill(1, rep)
    browser.get(page)
    counts = []
    for more in (0, 3):
        fill(more, rep)
        cache.clear()  # what is kept for a minute may end between the two
        with CaptureQueriesContext(connection) as queries:
            browser.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 45


def test_page_and_api_and_list_say_the_same(
    rep: User, executive: User, organisation: object, login: Callable[[User], Client]
) -> None:
    fill(3, rep)
    browser = login(executive)
    text = browser.get("/funnel/").content.decode()
    links = dict.fromkeys(re.findall(r'<td class="number"[^>]*><a href="([^"]+)">([\d,]+)</a>', text))
    assert len(links) > 10
    for url, shown in links:
        page = browser.get(unescape(url))
        assert page.context["count"] == int(shown.replace(",", "")), url


def test_as_of_has_no_drop_off(executive: User, rep: User, login: Callable[[User], Client]) -> None:
    fill(1, rep)
    assert "Went no further" in login(executive).get("/funnel/?basis=cohort").content.decode()
    assert "Went no further" not in login(executive).get("/funnel/?basis=as_of").content.decode()


@pytest.mark.parametrize("query", ["?from=yesterday", "?by=colour", "?basis=gut", "?from=2026-02-02&to=2026-02-01"])
def test_a_wrong_address_is_refused_in_words(query: str, executive: User, login: Callable[[User], Client]) -> None:
    assert login(executive).get(f"/funnel/{query}").status_code == 422


EXPORTS = ["/funnel/export/?by=source", "/campaign-results/export/", "/metrics/win_rate/export/?by=source"]


@pytest.mark.parametrize("path", EXPORTS)
def test_exports_are_safe_to_open(
    path: str, rep: User, marketer: User, organisation: object, login: Callable[[User], Client]
) -> None:
    fill(2, rep)
    answer = login(marketer).get(path)
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert len(rows) >= 2
    assert all(len(row) == len(rows[0]) for row in rows)
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize("path", EXPORTS)
@pytest.mark.parametrize("role", ["rep", "executive", "nobody"])
def test_export_is_refused_on_the_server(path: str, role: str, login: Callable[[User], Client], request: Any) -> None:
    assert login(request.getfixturevalue(role)).get(path).status_code == 403


def test_campaign_results_add_up(rep: User, executive: User, organisation: object, login: Callable[[User], Client]):
    fill(3, rep)
    found = login(executive).get("/campaign-results/").context["found"]
    assert (found.total.spend, found.total.customers, found.total.revenue) == (300, 3, Decimal("1501.50"))
    first = found.rows[0].results
    assert (first.per_lead, first.roi) == (100, Decimal("4.005"))
    # Those who came without a campaign cost nothing that is known.
    assert found.rows[-1].campaign is None
    assert found.rows[-1].results.per_lead is None


def test_search_finds_what_the_person_may_see(rep: User, stranger: User, login: Callable[[User], Client]) -> None:
    lead = make_lead(first_name="Ingrid", last_name="Fjordkraft", owner=rep)
    make_campaign(name="Fjordkraft fair")
    make_deal(name="Fjordkraft grid", owner=rep)

    def groups(user: User) -> list[str]:
        return [hit["group"] for hit in login(user).get("/search/", {"q": "fjord"}).json()["results"]]

    assert groups(rep) == ["Leads", "Campaigns", "Deals"]
    assert groups(stranger) == ["Campaigns"]
    assert login(rep).get("/search/", {"q": "f"}).json() == {"results": []}
    assert login(rep).get("/search/", {"q": "ingrid"}).json()["results"][0]["url"] == lead.get_absolute_url()


def test_content_results_open_their_leads(rep: User, executive: User, login: Callable[[User], Client]) -> None:
    fill(2, rep)
    browser = login(executive)
    row = browser.get("/content-results/").context["rows"][0]
    assert (row.leads, row.customers) == (2, 2)
    assert browser.get(row.leads_url).context["count"] == browser.get(row.customers_url).context["count"] == 2


def test_managers_see_both_promises_and_the_month_against_them(
    marketing_manager: User, sales_manager: User, admin: User, organisation: object, login: Callable[[User], Client]
) -> None:
    make_calendar(admin)
    make_agreement(marketing_manager, sales_manager)
    for person in (marketing_manager, sales_manager):
        page = login(person).get("/")
        assert page.context["today"].board.version is not None
        text = page.content.decode()
        assert "Marketing owes" in text
        assert "promised" in text
