"""The living page in a real browser: content security policy, accessibility, keyboard, and the countdown's words."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from smarketing.accounts.models import User
from tests.browsers import find_chromium
from tests.factories import PASSWORD
from tests.platform.web.test_wording import COUNTDOWNS, NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"desk": (1360, 820), "phone": (390, 780)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the module; each visit has a window without memory."""
    # Playwright's own loop makes Django believe that this thread is asynchronous.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, admin: User) -> Callable[..., Page]:
    """Opens an address in a window of a size and a theme, signed in; `page.refused` keeps what the policy refused."""
    client = Client()
    client.force_login(admin)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}

    def opened(path: str, size: str = "desk", theme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
        )
        context.add_cookies([cookie])
        page = context.new_page()
        page.refused = []
        page.on("console", lambda said: page.refused.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda error: page.refused.append(str(error)))
        page.goto(live_server.url + path)
        return page

    return opened


def show_chart(page: Page) -> None:
    page.locator("[data-figure]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-figure][data-state=drawn] .scatterlayer path.js-line")


def test_style_page_has_no_barriers_and_fits_every_window_and_theme(visit: Callable[..., Page]) -> None:
    for size, theme in itertools.product(SIZES, ("light", "dark")):
        page = visit("/style/", size, theme)
        show_chart(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], (size, theme)
        assert page.refused == [], (size, theme)
        violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == [], (size, theme)


def test_chart_takes_the_colours_of_the_theme_and_changes_with_it(visit: Callable[..., Page]) -> None:
    page = visit("/style/")
    show_chart(page)
    line = "getComputedStyle(document.querySelector('[data-figure] .scatterlayer path.js-line')).stroke"
    assert page.evaluate(line) == "rgb(122, 62, 168)"
    page.click("[popovertarget=account-menu]")
    page.click("#account-menu button[value=dark]")
    page.wait_for_function(f"{line} === 'rgb(199, 155, 234)'")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.refused == []


def test_keyboard_walks_lists_opens_dialogs_and_jumps(visit: Callable[..., Page]) -> None:
    page = visit("/style/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tr, li') !== null")

    page.keyboard.press("x")
    page.wait_for_selector("#dialog[open]")
    page.select_option("#dialog select", "small")
    page.click("#dialog [data-kind=primary]")
    page.wait_for_selector("#dialog .problem")
    assert "A rejection needs a reason." in page.inner_text("#dialog .problem")
    assert "Reason: Choose why" in page.inner_text("#dialog .problem")
    expect(page.locator("#toasts > *")).to_have_count(0)
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Danger").click()
    page.wait_for_selector("#confirm[open]")
    assert page.inner_text("#confirm-question") == "Delete the draft? It cannot be brought back."
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Conflict").click()
    page.wait_for_selector("#toasts > .problem")
    page.click("#toasts > .problem [data-toast-close]")
    expect(page.locator("#toasts > *")).to_have_count(0)

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_selector("#shortcuts[open]")
    assert "Search or jump to a page" in page.inner_text("#shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("password")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/password/change/")


def test_countdown_says_the_same_in_the_browser(visit: Callable[..., Page]) -> None:
    page = visit("/style/")
    cases = [[int((NOW + left).timestamp() * 1000), int(NOW.timestamp() * 1000)] for left, _, _ in COUNTDOWNS]
    said = page.evaluate(
        """async ([source, cases]) => {
            const { countdownWords, countdownTone } = await import(source);
            return cases.map(([due, now]) => [countdownWords(due, now, "Europe/Oslo"), countdownTone(due, now)]);
        }""",
        [page.get_attribute("script[type=module]", "src"), cases],
    )
    assert said == [[words, tone] for _, words, tone in COUNTDOWNS]


def test_page_is_read_and_posted_without_javascript(browser: Browser, live_server: LiveServer, admin: User) -> None:
    admin.set_password("correct horse battery")
    admin.save()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/account/login/?next=/style/")
    page.fill("input[name=login]", admin.email)
    page.fill("input[name=password]", "correct horse battery")
    page.click("form button")
    page.wait_for_url(f"{live_server.url}/style/")
    page.get_by_role("link", name="Reject…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reject this lead")


def test_what_was_typed_outlives_a_session_that_ended(visit: Callable[..., Page], admin: User) -> None:
    page = visit("/people/invite/")
    page.fill("[name=name]", "Nina New")
    page.check("[name=is_executive]")
    page.fill("[name=email]", "nina@example.com")
    Session.objects.all().delete()
    cache.clear()
    page.click("main [data-kind=primary]")
    page.wait_for_selector("[name=login]")
    page.fill("[name=login]", admin.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/people/invite/")
    page.wait_for_selector("#toasts > *")
    assert page.input_value("[name=name]") == "Nina New"
    assert page.input_value("[name=email]") == "nina@example.com"
    assert page.is_checked("[name=is_executive]")
    assert page.refused == []


def test_what_was_typed_in_a_dialog_is_back_in_the_dialog(visit: Callable[..., Page], admin: User) -> None:
    page = visit("/style/")
    page.click("[hx-get][aria-haspopup=dialog] >> nth=0")
    page.fill("#dialog textarea", "Because of the holidays.")
    for choice in page.query_selector_all("#dialog select"):
        choice.select_option(index=1)
    Session.objects.all().delete()
    cache.clear()
    page.click("#dialog [data-kind=primary]")
    page.wait_for_selector("[name=login]")
    page.fill("[name=login]", admin.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/style/")
    page.wait_for_selector("#dialog[open] textarea")
    page.wait_for_selector("#toasts > *")
    assert page.input_value("#dialog textarea") == "Because of the holidays."
