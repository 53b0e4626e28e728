"""An installation to walk through: people, what they agreed, a server, a worker of its own, and browser windows."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection, connections
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from leads.domain.qualification import DEFAULT_MQL, DEFAULT_MQL_THRESHOLD, DEFAULT_SQL
from leads.services.definitions import draft_definition_version, sign_definition_version
from sla.models import CommitmentKind
from sla.services.agreements import CommitmentDraft, StepDraft, bring_into_force, sign_version, start_agreement
from sla.services.calendars import Hours, create_calendar
from smarketing.accounts.models import Side, User
from smarketing.local.places import CHECKOUT
from tests.browsers import find_chromium
from tests.factories import PASSWORD, make_organisation, make_team, make_user

#: Time for a page or for the worker to do what the test waits for, in milliseconds; two slow cores shared by many.
PATIENCE = 15_000


@dataclass(frozen=True)
class People:
    """Who takes part."""

    marketer: User
    marketing_manager: User
    rep: User
    sales_manager: User
    admin: User
    executive: User


@pytest.fixture
def people(committed_db: None) -> People:
    """A company of two teams with their managers, an administrator and an executive."""
    cache.clear()  # messages and counted attempts that other tests have left
    make_organisation()
    growth, north = make_team("Growth", side=Side.MARKETING), make_team("Sales North")
    return People(
        marketer=make_user("Mara Marketer", password=PASSWORD, team=growth),
        marketing_manager=make_user("Mona Marketinglead", password=PASSWORD, team=growth, manager=True),
        rep=make_user("Sam Rep", password=PASSWORD, team=north),
        sales_manager=make_user("Saul Saleslead", password=PASSWORD, team=north, manager=True),
        admin=make_user("Ada Admin", password=PASSWORD, is_admin=True),
        executive=make_user("Eve Executive", password=PASSWORD, is_executive=True),
    )


@pytest.fixture
def agreed(people: People) -> People:
    """The same people, who agreed seventy days ago on working hours, definitions and the SLA.

    They work around the clock, so that a countdown runs whenever the test does.
    """
    then = datetime.now(UTC) - timedelta(days=70)
    hours = Hours(timezone="UTC", hours={str(day): [["00:00", "24:00"]] for day in range(7)})
    create_calendar(name="Every hour", content=hours, is_default=True, actor=people.admin, now=then)
    signers = ((Side.MARKETING, people.marketing_manager), (Side.SALES, people.sales_manager))
    for stage, criteria, threshold in (("mql", DEFAULT_MQL, DEFAULT_MQL_THRESHOLD), ("sql", DEFAULT_SQL, None)):
        enter, leave = (threshold.enter, threshold.leave) if threshold else (None, None)
        version = draft_definition_version(
            stage, criteria, enter, leave, "Worth a call.", actor=people.marketing_manager, now=then
        )
        for side, signer in signers:
            sign_definition_version(version.pk, side, actor=signer, now=then)
    share = Decimal("0.90")
    agreement = start_agreement(
        name="Smarketing SLA",
        parts={
            "summary": "Marketing delivers leads that want to talk; sales answers them.",
            "goals": "No good lead waits unseen.",
            "requirements": "Handoffs come with next steps.",
            "contacts": "Both managers.",
            "repercussions": "What is missed is talked about.",
            "cancellation": "With a month's notice.",
        },
        commitments=[
            CommitmentDraft(kind=CommitmentKind.ACCEPT, allowed=timedelta(hours=8), target_share=share),
            CommitmentDraft(kind=CommitmentKind.FIRST_RESPONSE, allowed=timedelta(hours=4), target_share=share),
            CommitmentDraft(kind=CommitmentKind.MARKETING_ANSWER, allowed=timedelta(hours=16), target_share=share),
            CommitmentDraft(kind=CommitmentKind.QUALIFIED_LEADS, target_count=2),
        ],
        ladder=[StepDraft(after=timedelta(0), notify="owner")],
        actor=people.marketing_manager,
        now=then,
    )
    for side, signer in signers:
        sign_version(agreement.pk, side=side, actor=signer, now=then)
    agreement.refresh_from_db()
    if agreement.in_force_from is None:
        bring_into_force(agreement.pk, actor=people.sales_manager, now=then)
    return people


@pytest.fixture
def worker(committed_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker, as `up` starts it, on the database of the test."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = parts._replace(path="/" + quote(connection.settings_dict["NAME"])).geturl()
    log = tmp_path / "worker.log"
    with log.open("wb") as stream:
        started = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "smarketing", "worker", "--pool", "solo", "--loglevel", "info"],
            cwd=CHECKOUT,
            env={**os.environ, "DATABASE_URL": database},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        # Shown where the test failed; whatever went wrong in the background is said here and nowhere else.
        sys.stderr.write(log.read_text(errors="replace")[-8_000:])
        assert "Traceback" not in log.read_text(errors="replace")


@pytest.fixture
def server(committed_db: None) -> Iterator[LiveServer]:
    """The product on a free port. The fixture `live_server` would empty the database that this one is a copy of."""
    started = LiveServer("127.0.0.1")
    yield started
    started.stop()
    # Each thread that answered had a connection to Redis for as long as it lived; they end in no order of their own.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """One browser; each person has a window without memory."""
    expect.set_options(timeout=PATIENCE)
    # Playwright's own loop makes Django believe that this thread is asynchronous.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()
        # Inside that loop Django keeps other connections than outside, and their database is about to go.
        connections.close_all()


@pytest.fixture
def sign_in(browser: Browser, server: LiveServer) -> Iterator[Callable[..., Page]]:
    """`sign_in(user, width=390)` gives a window in which the person has signed in by the form.

    At the end no window may have reported an error of a script or a refusal of the content security policy.
    """
    troubles: list[str] = []

    def signed_in(user: User, *, width: int = 1360, height: int = 860) -> Page:
        context = browser.new_context(
            base_url=server.url, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda said: troubles.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto("/")
        page.get_by_label("E-mail").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile(re.escape(server.url) + "/$"))
        return page

    yield signed_in
    assert troubles == []
