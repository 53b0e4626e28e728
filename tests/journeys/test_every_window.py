"""Pages in narrow windows: nothing stands wider than the window, however long the names, and nobody meets a barrier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from leads.models import Campaign, Lead
from meetings.services.meetings import open_meeting, plan_next_meeting
from meetings.services.series import create_series
from sla.models import AgreementVersion
from tests.factories import make_campaign, make_company, make_content, make_deal, make_handoff, make_lead, make_spend
from tests.journeys.conftest import People

pytestmark = pytest.mark.browser

#: Eighty letters without a place to break.
LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaf"
MUCH = Decimal("9999999999.99")
#: A phone, and a tablet.
WIDTHS = (390, 820)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLOTLY = "**/plotly.min.js"
#: Whether the element in focus can be seen whole, as far as it fits the window, above the tabs.
FOCUS_IS_SEEN = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const free = document.querySelector(".tabbar").getBoundingClientRect().top;
  return document.activeElement.matches("a, button, input, summary") ? box.top >= 0 && box.bottom <= free + 1 : true;
}"""
STICKS_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 3).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def addresses(agreed: People) -> list[str]:
    """Of an installation in which everything has a long name and a large number: the pages that people work on."""
    now = datetime.now(UTC)
    ago = now - timedelta(days=3)
    company = make_company(name=LONG, industry=LONG, city=LONG, employees=10_000_000)
    campaign = make_campaign(name=LONG, audience=LONG, objective=LONG, budget=MUCH, owner=agreed.marketer)
    make_spend(campaign, amount=MUCH, note=LONG, impressions=2_000_000_000, spent_on=ago.date())
    make_content(title=LONG, campaign=campaign)
    lead = make_lead(
        first_name=LONG, last_name=LONG, job_title=LONG, company=company, campaign=campaign, stage="mql", created_at=ago
    )
    handoff = make_handoff(lead, owner=agreed.rep, next_steps=LONG * 3, created_by=agreed.marketer)
    deal = make_deal(name=LONG, amount=MUCH, owner=agreed.rep, lead=lead, company=company)
    type(agreed.rep).objects.filter(pk=agreed.rep.pk).update(name=LONG)
    values = {"name": LONG, "weekday": now.weekday(), "local_time": time(10), "participant_ids": [agreed.rep.pk]}
    series = create_series(values, actor=agreed.sales_manager, now=now)
    meeting = plan_next_meeting(series.pk, actor=agreed.sales_manager, now=now)
    meeting = open_meeting(meeting.pk, early=True, actor=agreed.sales_manager, now=now)
    return [
        "/",
        "/leads/",
        Lead.objects.get(pk=lead.pk).get_absolute_url(),
        "/handoffs/",
        handoff.get_absolute_url(),
        "/inbox/?team=1",
        "/campaigns/",
        Campaign.objects.get(pk=campaign.pk).get_absolute_url(),
        "/deals/list/",
        deal.get_absolute_url(),
        "/sla/",
        f"/agreement/versions/{AgreementVersion.objects.get().pk}/",
        "/definitions/mql/draft/",
        meeting.get_absolute_url(),
        "/funnel/",
        "/metrics/",
    ]


def test_pages_fit_a_phone_and_a_tablet(agreed: People, addresses: list[str], sign_in: Callable[..., Page]) -> None:
    page = sign_in(agreed.sales_manager, width=WIDTHS[0])
    page.emulate_media(color_scheme="dark")
    page.route(PLOTLY, lambda asked: asked.abort())  # four megabytes a page; what is looked at is around the charts
    troubles: list[tuple[str, object, object]] = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        barriers = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
        troubles += [(address, found["id"], found["nodes"][0]["html"][:200]) for found in barriers]
        for width in reversed(WIDTHS):
            page.set_viewport_size({"width": width, "height": 860})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                troubles.append((address, width, page.evaluate(STICKS_OUT)))
    assert troubles == []

    page.goto(next(one for one in addresses if one.startswith("/handoffs/") and one != "/handoffs/"))
    page.get_by_role("link", name="Reject…").click()
    dialog = page.locator("#dialog[open]")
    dialog.get_by_role("button", name="Reject").wait_for()
    assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_focus_on_a_phone_is_never_behind_the_tabs(
    agreed: People, addresses: list[str], sign_in: Callable[..., Page]
) -> None:
    page = sign_in(agreed.sales_manager, width=WIDTHS[0])
    page.goto(next(one for one in addresses if one.startswith("/meetings/")))
    for step in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.tabbar') !== null"):
            return
        assert page.evaluate(FOCUS_IS_SEEN), (step, page.evaluate("document.activeElement.outerHTML"))
    raise AssertionError("the tabs were never reached")
