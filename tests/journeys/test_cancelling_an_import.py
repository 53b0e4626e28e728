"""Cancelling in a real browser: what is asked about on a page that keeps itself up to date is done when it is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from leads.models import ImportRun, Lead
from leads.services.importing import create_run, start_run
from tests.factories import make_lead
from tests.journeys.conftest import People

pytestmark = pytest.mark.browser


@pytest.fixture
def run(people: People, tmp_path: Path, settings: object) -> ImportRun:
    """A file that waits for a worker."""
    settings.MEDIA_ROOT = tmp_path / "media"
    data = b"email\nknown@b.example\nnew@b.example\n"
    now = datetime.now(UTC)
    made = create_run("leads", filename="people.csv", chunks=[data], actor=people.marketer, now=now)
    return start_run(made.pk, made.mapping, {}, actor=people.marketer, now=now)


def test_a_running_import_is_cancelled(
    people: People,
    sign_in: Callable[..., Page],
    run: ImportRun,
    request: pytest.FixtureRequest,
) -> None:
    lead = make_lead(email="known@b.example", created_at=datetime.now(UTC))
    page = sign_in(people.marketer)
    with transaction.atomic():
        # Whoever works on a lead keeps the import waiting: it runs for as long as the test wants.
        Lead.objects.select_for_update().get(pk=lead.pk)
        request.getfixturevalue("worker")
        page.goto(run.get_absolute_url())
        expect(page.get_by_text("Importing", exact=True)).to_be_visible()
        page.get_by_role("button", name="Cancel the import").click()
        asked = page.locator("#confirm[open]")
        expect(asked).to_be_visible()
        for _ in range(2):
            page.wait_for_event("response", lambda answer: answer.url.endswith(run.get_absolute_url()))
        asked.get_by_role("button", name="Cancel the import").click()
        expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Cancel the import")).to_have_count(0)
    run.refresh_from_db()
    assert run.state == ImportRun.State.CANCELLED


def test_what_is_asked_about_is_not_taken_off_the_page(
    people: People, sign_in: Callable[..., Page], run: ImportRun
) -> None:
    page = sign_in(people.marketer)
    page.goto(run.get_absolute_url())
    page.get_by_role("button", name="Cancel the import").click()
    expect(page.locator("#confirm[open]")).to_be_visible()
    # As a part would that brings itself up to date.
    page.evaluate("htmx.ajax('GET', location.pathname, {target: '#import-cancel', swap: 'outerHTML'})")
    page.locator("#confirm[open]").get_by_role("button", name="Cancel the import").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    run.refresh_from_db()
    assert run.state == ImportRun.State.CANCELLED


def test_the_button_goes_when_the_import_has_ended(
    people: People, sign_in: Callable[..., Page], run: ImportRun
) -> None:
    page = sign_in(people.marketer)
    page.goto(run.get_absolute_url())
    expect(page.get_by_role("button", name="Cancel the import")).to_be_visible()
    ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.DONE, finished_at=datetime.now(UTC))
    expect(page.get_by_text("Imported", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the import")).to_have_count(0)
