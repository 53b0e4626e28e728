"""Dialogs and refusals in a real browser: the reader sees what is wrong, goes on where they were, and loses no text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from leads.models import Handoff
from meetings.models import Meeting, Note
from meetings.services.meetings import open_meeting, plan_next_meeting
from meetings.services.minutes import add_note
from meetings.services.series import create_series
from sla.models import CalendarRevision, Clock
from sla.services.clocks import settle_handoff
from sla.services.sweep import sweep
from smarketing.accounts.models import User
from tests.factories import make_handoff, make_lead
from tests.journeys.conftest import People

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
IN_VIEW = """() => {
  const box = document.activeElement.getBoundingClientRect();
  return document.activeElement.matches(".problem") && box.top >= 0 && box.top < innerHeight;
}"""


@pytest.fixture
def handoff(agreed: People) -> Handoff:
    """One that the rep has accepted, and on which the first attempt is owed."""
    hours_ago = datetime.now(UTC) - timedelta(hours=2)
    lead = make_lead(stage="sal", owner=agreed.rep, email="inga@b.example", created_at=hours_ago)
    made = make_handoff(lead, owner=agreed.rep, status="accepted", decided_by=agreed.rep, created_at=hours_ago)
    settle_handoff(made.pk, now=hours_ago)
    return made


def _tab(page: Page, name: str) -> None:
    """Goes on by the keyboard until the button of the dialog has the focus."""
    button = page.locator("#dialog[open]").get_by_role("button", name=name, exact=True)
    for _ in range(12):
        if button.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(name)


def test_a_calendar_that_makes_promises_late_is_saved_once_that_is_meant(
    agreed: People, handoff: Handoff, sign_in: SignIn
) -> None:
    far = datetime.now(UTC) + timedelta(days=2)
    Clock.objects.update(started_at=datetime.now(UTC) - timedelta(days=20), due_at=far, warn_at=far)
    calendar = Clock.objects.first().calendar_revision.calendar
    page = sign_in(agreed.admin, height=500)
    page.goto(f"/calendars/{calendar.pk}/edit/")
    page.get_by_label("Monday").fill("00:00-23:00")
    page.get_by_label("Why it changes").fill("One hour of rest.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".problem")).to_be_focused()
    assert page.evaluate(IN_VIEW)
    expect(page.get_by_text("By these hours")).to_have_count(1)
    page.get_by_label("Save it although promises become late by it").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/calendars/")
    assert CalendarRevision.objects.filter(calendar=calendar).count() == 2


def test_a_refused_page_shows_what_is_wrong(agreed: People, sign_in: SignIn) -> None:
    page = sign_in(agreed.marketer, height=400)
    page.goto("/campaigns/new/")
    page.get_by_role("button", name="Save").evaluate("one => { one.form.noValidate = true; }")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".problem")).to_be_focused()
    assert page.evaluate(IN_VIEW)


def test_after_a_dialog_the_keyboard_goes_on_where_it_was(agreed: People, handoff: Handoff, sign_in: SignIn) -> None:
    page = sign_in(agreed.rep)
    for address in (f"/handoffs/{handoff.pk}/", f"/inbox/?tab=accepted&h={handoff.pk}"):
        page.goto(address)
        opener = page.locator("[hx-get][data-key=l]")
        expect(opener).to_be_visible()
        page.keyboard.press("l")
        dialog = page.locator("#dialog[open]")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()
        page.keyboard.press("l")
        dialog.get_by_label("What came of it").select_option("no_answer")
        _tab(page, "Log")
        page.keyboard.press("Enter")
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()
    waiting = make_handoff(make_lead(stage="mql"), owner=agreed.rep)
    page.goto(f"/inbox/?h={waiting.pk}")
    page.keyboard.press("a")
    expect(page.locator("[hx-get][data-key=l]")).to_be_visible()
    expect(page.locator("#inbox h2").first).to_be_focused()
    page.goto(f"/handoffs/{handoff.pk}/")
    page.keyboard.press("q")
    dialog = page.locator("#dialog[open]")
    dialog.locator("[data-kind=primary]").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("[hx-get][data-key=q]")).to_have_count(0)
    expect(page.locator("#packet h2").first).to_be_focused()


def test_blanks_are_refused_in_the_dialog_and_its_answer_leads_on(
    agreed: People, handoff: Handoff, sign_in: SignIn
) -> None:
    sweep(now=datetime.now(UTC) + timedelta(days=20))
    clock = Clock.objects.filter(breach__isnull=False, scope="owner").first()
    page = sign_in(agreed.marketing_manager)
    page.goto(f"/sla/clocks/{clock.pk}/")
    page.get_by_role("link", name="Waive…").click()
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("Why").fill("   ")
    dialog.get_by_role("button", name="Waive").click()
    expect(dialog.locator(".problem")).to_be_focused()
    expect(dialog.locator("h2")).to_have_count(1)
    expect(dialog.get_by_role("button", name="Close")).to_have_count(1)
    dialog.get_by_label("Why").fill("They were ill.")
    dialog.get_by_role("button", name="Waive").click()
    expect(page.get_by_text("Noted.")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()


def test_what_was_typed_is_not_lost_with_its_dialog(agreed: People, handoff: Handoff, sign_in: SignIn) -> None:
    page = sign_in(agreed.rep, width=390)
    page.goto(f"/handoffs/{handoff.pk}/")
    opener, dialog = page.locator("[hx-get][data-key=l]"), page.locator("#dialog[open]")
    opener.click()
    expect(dialog).to_be_visible()
    page.mouse.click(195, 3)
    expect(dialog).to_have_count(0)
    opener.click()
    note = dialog.get_by_label("Note")
    note.fill("She is on leave until May.")
    page.mouse.click(195, 3)
    expect(note).to_have_value("She is on leave until May.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    opener.click()
    expect(note).to_have_value("She is on leave until May.")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    opener.click()
    expect(note).to_have_value("She is on leave until May.")
    dialog.get_by_label("What came of it").select_option("no_answer")
    dialog.locator("[data-kind=primary]").click()
    expect(dialog).to_have_count(0)
    opener.click()
    expect(note).to_have_value("")


@pytest.fixture
def meeting(agreed: People) -> Meeting:
    """One that is held now."""
    now = datetime.now(UTC)
    people = [agreed.rep.pk, agreed.marketing_manager.pk]
    values = {"name": "Weekly", "weekday": now.weekday(), "local_time": time(10), "participant_ids": people}
    series = create_series(values, actor=agreed.sales_manager, now=now)
    planned = plan_next_meeting(series.pk, actor=agreed.sales_manager, now=now)
    return open_meeting(planned.pk, early=True, actor=agreed.sales_manager, now=now)


def test_a_note_is_taken_back_though_somebody_writes_meanwhile(
    agreed: People, meeting: Meeting, sign_in: SignIn
) -> None:
    topic = meeting.topics.first()

    def write(text: str, author: User) -> None:
        add_note(topic.pk, text=text, actor=author, now=datetime.now(UTC))

    write("A slip.", agreed.marketing_manager)
    page = sign_in(agreed.marketing_manager)
    page.goto(f"/meetings/{meeting.pk}/?topic={topic.pk}")
    page.locator("#meeting-notes").get_by_role("button", name="Take back").click()
    asked = page.locator("#confirm[open]")
    expect(asked).to_be_visible()
    write("Meanwhile.", agreed.sales_manager)
    page.wait_for_event("response", lambda answer: "live=" in answer.url)
    asked.locator("[data-confirm-yes]").click()
    expect(page.get_by_text("Taken back: A slip.")).to_be_visible()
    assert list(Note.objects.values_list("text", flat=True)) == ["Meanwhile."]
