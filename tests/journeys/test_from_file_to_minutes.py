"""The journeys of a marketer, a rep and a manager in a real browser: one lead, from the file it came in to the minutes.

One worker, one database, one run: each person finds what the one before left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from leads.models import Deal, Handoff, ImportRun, Lead
from leads.services.handoffs import create_handoff
from sla.models import Clock
from smarketing.accounts.models import Team
from smarketing.lib.tabular import stream_rows
from tests.factories import make_company, make_lead
from tests.journeys.conftest import People

pytestmark = pytest.mark.browser

CAMPAIGN = "Grid cost calculator"
GOOD_ROWS = 29


@pytest.fixture
def leads_file(tmp_path: Path) -> Path:
    """Thirty leads of one campaign; the last one has an e-mail that is none. One heading says nothing to a machine."""
    heading = ["First name", "Last name", "Reach them at", "Job title", "Country", "Company", "Campaign"]
    rows = [
        ["Ingrid", f"Solheim {n}", f"ingrid.{n}@fjordkraft-{n}.example", "CTO", "Norway", f"Fjordkraft {n}", CAMPAIGN]
        for n in range(1, GOOD_ROWS + 1)
    ]
    rows.append(["Nobody", "Reachable", "call me maybe", "Buyer", "Norway", "Fjordkraft 30", CAMPAIGN])
    path = tmp_path / "fair.csv"
    path.write_bytes(b"".join(stream_rows(heading, rows)))
    return path


#: The page has loaded, its scripts have run, and HTMX listens on whatever it last brought in.
AT_REST = """() => document.readyState === "complete"
    && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")"""


def press(page: Page, key: str, act: str) -> None:
    """Press a shortcut once the page that offers `act` under it is there; no field then holds the cursor."""
    expect(page.locator(f"[data-key='{key}']", has_text=act).locator("visible=true").first).to_be_visible()
    page.wait_for_function(AT_REST)
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press(key)


def dialog(page: Page) -> Locator:
    """The dialog that is open and complete."""
    opened = page.locator("#dialog[open]")
    expect(opened).to_be_visible()
    page.wait_for_function(AT_REST)
    return opened


def row_of(page: Page, label: str, name: str) -> Locator:
    """The row of the table `label` whose heading is `name`."""
    rows = page.get_by_role("region", name=label).get_by_role("row")
    return rows.filter(has=page.get_by_role("rowheader", name=name, exact=True))


def stat(page: Page, label: str) -> Locator:
    """One of the large numbers."""
    return page.locator(".stat").filter(has=page.get_by_text(label, exact=True))


@pytest.mark.usefixtures("worker")
def test_lead_goes_from_a_file_to_the_minutes(agreed: People, sign_in: Callable[..., Page], leads_file: Path) -> None:
    page = sign_in(agreed.marketer)
    log_campaign(page)
    import_leads(page, leads_file)
    hand_off(page, agreed)
    page.context.close()

    page = sign_in(agreed.rep)
    accept_by_key(page)
    work_the_lead(page)
    win_the_deal(page)
    page.context.close()

    page = sign_in(agreed.sales_manager)
    read_the_board(page)
    read_the_funnel(page)
    hold_the_meeting(page, agreed)
    page.context.close()

    page = sign_in(agreed.executive)
    see_and_change_nothing(page)


# --- The marketer -----------------------------------------------------------------------------------------


def log_campaign(page: Page) -> None:
    today = datetime.now(UTC).date().isoformat()
    page.get_by_role("link", name="Campaigns").first.click()
    expect(page.get_by_text("No campaigns yet")).to_be_visible()
    press(page, "n", "Log a campaign")
    page.get_by_label("Name").fill(CAMPAIGN)
    page.get_by_label("Channel").select_option("paid_search")
    page.get_by_label("Starts").fill(today)
    page.get_by_label("Budget").fill("2500")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(CAMPAIGN)

    page.get_by_label(re.compile("^Day\\b")).fill(today)
    page.get_by_label("Amount").fill("1250.50")
    page.get_by_role("button", name="Book spend").click()
    expect(page.get_by_role("region", name="Spend by day")).to_contain_text("1,250.50")


def import_leads(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Leads", exact=True).first.click()
    page.get_by_role("link", name="Import").first.click()
    press(page, "n", "Import a file")
    page.get_by_label(re.compile("^File\\b")).set_input_files(file)
    page.get_by_role("button", name="Look at it").click()

    expect(page.get_by_text("Not yet")).to_be_visible()
    expect(page.get_by_label("Campaign holds", exact=True)).to_have_value("campaign")
    page.get_by_label("Reach them at holds").select_option("email")
    expect(page.get_by_text("Some rows would stay out")).to_be_visible()
    first = page.get_by_role("region", name="Preview").get_by_role("row").nth(1)
    expect(first).to_contain_text("call me maybe")
    expect(first.locator(".field-error")).to_be_visible()
    assert not Lead.objects.exists()

    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("Imported", exact=True)).to_be_visible()
    expect(stat(page, "New")).to_contain_text(str(GOOD_ROWS))
    expect(stat(page, "Refused")).to_contain_text("1")
    expect(page.get_by_role("region", name="Refused rows")).to_contain_text("call me maybe")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all with reasons").click()
    refused = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(refused) == 2
    assert "call me maybe" in refused[1]
    run = ImportRun.objects.get()
    assert (run.rows_created, run.rows_rejected, Lead.objects.count()) == (GOOD_ROWS, 1, GOOD_ROWS)

    page.get_by_role("link", name="See the new leads").click()
    expect(page.get_by_role("region", name="Leads").locator("tbody tr")).to_have_count(GOOD_ROWS)


def hand_off(page: Page, people: People) -> None:
    page.get_by_role("link", name="Ingrid Solheim 7", exact=True).click()
    scored = "async () => (await (await fetch(location.href)).text()).includes('Why this score')"
    page.wait_for_function(scored, polling=250)
    page.reload()
    expect(page.get_by_role("heading", name="Why this score")).to_be_visible()
    expect(page.locator(".points")).to_be_visible()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(page.get_by_role("link", name=CAMPAIGN)).to_be_visible()

    press(page, "h", "Hand to sales")
    page.get_by_label(re.compile("^To\\b")).select_option(label=f"{people.rep.name} (0 open)")
    page.get_by_role("button", name="Hand to sales").click()
    assert not Handoff.objects.exists()
    page.get_by_label("Next steps").fill("Call before Friday: the budget closes.")
    page.get_by_role("button", name="Hand to sales").click()
    expect(page.locator("#toasts")).to_contain_text(people.rep.name.split()[0])
    handoff = Handoff.objects.get()
    assert (handoff.owner, handoff.status, handoff.lead.stage) == (people.rep, "pending", "mql")


# --- The rep ----------------------------------------------------------------------------------------------


def accept_by_key(page: Page) -> None:
    page.get_by_role("link", name="Inbox").first.click()
    row = page.locator("#inbox-list li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Ingrid Solheim 7")
    expect(row.locator(".item-end").first).to_contain_text(re.compile(r"\d+ h|\d+ min|today|tomorrow"))
    page.wait_for_function(AT_REST)
    page.keyboard.press("j")
    packet = page.locator("#inbox-packet")
    expect(packet).to_contain_text("Call before Friday: the budget closes.")
    expect(packet.get_by_role("heading", name="Why now")).to_be_visible()
    expect(packet.get_by_role("heading", name="Journey")).to_be_visible()
    press(page, "a", "Accept")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    expect(page.locator("#inbox-packet").get_by_role("link", name="Qualify…")).to_be_visible()
    assert Handoff.objects.get().status == "accepted"


def work_the_lead(page: Page) -> None:
    press(page, "l", "Log attempt")
    dialog(page).get_by_label(re.compile("^How\\b")).select_option("call")
    dialog(page).get_by_label("What came of it").select_option("reached")
    dialog(page).get_by_role("button", name="Log", exact=True).click()
    expect(page.get_by_role("region", name="Attempts")).to_contain_text("Call")

    press(page, "f", "Rate")
    dialog(page).get_by_label("4 · Good").check()
    dialog(page).get_by_label("In your words").fill("Knows what it wants.")
    dialog(page).get_by_role("button", name="Send").click()
    expect(page.locator("#inbox-packet")).to_contain_text("4 of 5")

    press(page, "q", "Qualify")
    dialog(page).get_by_label("What you learned").fill("A need, a budget, and the one who decides.")
    dialog(page).get_by_role("button", name="Qualify").click()
    expect(page.locator("#inbox-packet").get_by_text("Qualified", exact=True)).to_be_visible()


def win_the_deal(page: Page) -> None:
    press(page, "d", "Open a deal")
    expect(page.get_by_role("heading", level=1)).to_have_text("Open a deal")
    page.get_by_label("Amount").fill("12.500,00")
    page.get_by_role("button", name="Open the deal").click()
    expect(page.get_by_role("heading", name="12,500")).to_be_visible()
    assert Lead.objects.get(last_name="Solheim 7").stage == "opportunity"

    press(page, "w", "Won")
    dialog(page).get_by_role("button", name="It is won").click()
    expect(page.locator("#deal").get_by_text("Won", exact=True)).to_be_visible()
    deal = Deal.objects.get()
    assert (deal.won_at is not None, deal.lead.stage) == (True, "customer")


# --- The manager ------------------------------------------------------------------------------------------


def read_the_board(page: Page) -> None:
    # A promise counts on the day on which it falls due: by the hour of the test today or tomorrow, each for itself.
    due = sorted(
        Clock.objects.filter(kind__in=("accept", "first_response"), scope="team").values_list("due_at", flat=True)
    )
    page.goto(f"/sla/?from={due[0].date().isoformat()}&to={due[-1].date().isoformat()}")
    for promise in ("accept", "first"):
        line = page.locator(".commitment").filter(has_text=re.compile(promise, re.IGNORECASE))
        expect(line.first).to_contain_text("1 of 1 in time")
    expect(page.get_by_text("No promise was missed")).to_be_visible()


def read_the_funnel(page: Page) -> None:
    page.get_by_role("link", name="Funnel").first.click()
    table = "Stage by stage"
    expect(row_of(page, table, "Lead").get_by_role("link").first).to_have_text(str(GOOD_ROWS))
    number = row_of(page, table, "Customer").get_by_role("link").first
    expect(number).to_have_text("1")
    number.click()
    rows = page.get_by_role("region", name="Leads").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Ingrid Solheim 7")
    page.go_back()
    row_of(page, table, "Lead").get_by_role("link").first.click()
    expect(rows).to_have_count(GOOD_ROWS)


def hold_the_meeting(page: Page, people: People) -> None:
    page.get_by_role("link", name="Meetings").first.click()
    press(page, "n", "New series")
    page.get_by_label(re.compile("^Weekday")).select_option(str(datetime.now(UTC).weekday()))
    page.get_by_label(re.compile("^Begins at")).fill("23:55")
    participants = page.get_by_role("group", name="Participants")
    for person in (people.rep, people.marketer):
        participants.get_by_label(person.name).check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="See the agenda").click()
    topics = page.locator("#meeting-agenda .topic")
    expect(topics.first).to_be_visible()
    press(page, "o", "Open the meeting")
    expect(page.locator("#meeting-line")).to_be_visible()

    page.get_by_label("Write a note").fill("Fjordkraft signed within a day.")
    page.keyboard.press("Enter")
    expect(page.locator("#meeting-notes")).to_contain_text("Fjordkraft signed within a day.")
    page.wait_for_function(AT_REST)
    page.get_by_role("link", name="Action…").click()
    dialog(page).get_by_label("What shall be done?").fill("Call the other Fjordkrafts")
    dialog(page).get_by_label("Who?").select_option(label=people.rep.name)
    dialog(page).get_by_role("button", name="Give").click()
    expect(page.locator("#meeting-outcomes")).to_contain_text("Call the other Fjordkrafts")

    page.get_by_role("button", name=re.compile("^Close")).click()
    page.locator("#confirm[open] [data-confirm-yes]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Minutes")
    minutes = page.locator("main")
    expect(minutes).to_contain_text("Fjordkraft signed within a day.")
    expect(page.get_by_role("region", name="Actions")).to_contain_text("Call the other Fjordkrafts")


# --- The executive ----------------------------------------------------------------------------------------


def see_and_change_nothing(page: Page) -> None:
    lead, handoff, deal = Lead.objects.get(stage="customer"), Handoff.objects.get(), Deal.objects.get()
    for path, seen in (
        ("/", ""),
        ("/campaigns/", CAMPAIGN),
        (lead.get_absolute_url(), "Why this score"),
        (handoff.get_absolute_url(), "Call before Friday"),
        (deal.get_absolute_url(), "12,500"),
        ("/deals/", "Fjordkraft 7"),
        ("/sla/", "in time"),
        ("/agreement/", "No good lead waits unseen"),
        ("/funnel/", "Stage by stage"),
    ):
        page.goto(path)
        main = page.locator("main")
        expect(main).to_contain_text(seen)
        # What filters a list sends itself as a question; nothing else may be sent.
        assert page.locator("main form[method=post], header form[method=post]").count() == 0, path
        assert page.locator("main [data-kind=primary]").count() == 0, path


# --- A phone ----------------------------------------------------------------------------------------------


def test_rep_accepts_with_a_thumb(agreed: People, sign_in: Callable[..., Page]) -> None:
    lead = make_lead(company=make_company(name="Fjordkraft"), created_at=datetime.now(UTC), phone="+4740000000")
    create_handoff(
        lead.pk,
        team_id=Team.objects.get(name="Sales North").pk,
        owner_id=agreed.rep.pk,
        next_steps="Call today.",
        actor=agreed.marketer,
        now=datetime.now(UTC),
    )
    page = sign_in(agreed.rep, width=390, height=780)
    page.locator("nav").get_by_role("link", name="Inbox").locator("visible=true").first.click()
    row = page.locator("#inbox-list li")
    expect(row).to_contain_text("Fjordkraft")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    row.get_by_role("button", name="Accept").click()
    expect(page.locator("#toasts")).to_contain_text("is yours")
    expect(page.locator("#inbox-packet")).to_contain_text("Call today.")
    expect(page.locator("#inbox-packet")).to_be_in_viewport()
    assert Handoff.objects.get().status == "accepted"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
