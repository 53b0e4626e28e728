"""What HTMX and errors need, handled once."""

import gzip
import re
from pathlib import Path

import pytest
from django.test import Client

from tests.factories import make_lead

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/leads/?stage=mql"}

pytestmark = pytest.mark.urls("tests.platform.web.urls")


@pytest.mark.parametrize(("how", "status"), [("conflict", 409), ("invalid", 422), ("forbidden", 403), ("missing", 404)])
def test_domain_error_becomes_a_page_that_says_what_was_wrong(as_rep: Client, how: str, status: int) -> None:
    from tests.platform.web.urls import REFUSALS

    response = as_rep.post(f"/refuse/{how}/", headers={"Referer": "http://testserver/leads/?stage=mql"})
    page = response.content.decode()
    assert response.status_code == status
    assert REFUSALS[how].message in page  # type: ignore[union-attr]
    assert 'href="/leads/?stage=mql"' in page
    assert 'id="nav"' in page


def test_domain_error_never_leads_back_to_another_site(as_rep: Client) -> None:
    page = as_rep.post("/refuse/conflict/", headers={"Referer": "https://evil.example/x"}).content.decode()
    assert "evil.example" not in page


def test_conflict_becomes_a_fragment_for_htmx(as_rep: Client) -> None:
    response = as_rep.post("/refuse/conflict/", headers=HTMX)
    fragment = response.content.decode()
    assert response.status_code == 409
    assert (response["X-Problem"], response["HX-Retarget"], response["HX-Reswap"]) == (
        "conflict",
        "#toasts",
        "beforeend",
    )
    assert "Tomás Okoro accepted this lead a minute ago." in fragment
    assert 'href="/leads/?stage=mql"' in fragment
    assert "<html" not in fragment


def test_invalid_fragment_names_the_fields(as_rep: Client) -> None:
    fragment = as_rep.post("/refuse/invalid/", headers=HTMX).content.decode()
    assert 'data-problem-field="reason"' in fragment
    assert "Choose one." in fragment


def test_domain_error_of_the_api_is_left_to_the_api(as_rep: Client) -> None:
    with pytest.raises(Exception, match="accepted this lead"):
        as_rep.post("/api/refuse/conflict/")


def test_other_errors_are_not_swallowed(as_rep: Client) -> None:
    with pytest.raises(RuntimeError, match="a fault"):
        as_rep.post("/refuse/broken/")


def test_html_varies_by_htmx_and_json_does_not(as_admin: Client) -> None:
    assert "HX-Request" in as_admin.get("/style/")["Vary"]
    assert "HX-Request" not in as_admin.get("/style/figure/").get("Vary", "")


def test_message_rides_along_with_the_fragment(as_rep: Client) -> None:
    fragment = as_rep.post("/tell/", headers=HTMX).content.decode()
    assert '<div id="toasts" hx-swap-oob="beforeend">' in fragment
    assert "Saved &lt;b&gt;it&lt;/b&gt;." in fragment
    assert "Answered." in fragment
    assert "Saved" not in as_rep.get("/several/", headers=HTMX).content.decode()


def test_message_waits_for_an_answer_that_can_carry_it(as_rep: Client) -> None:
    assert as_rep.post("/nothing/", headers=HTMX).content == b""
    assert "Kept for later." in as_rep.get("/several/", headers=HTMX).content.decode()


def test_message_of_a_whole_page_is_shown_once(as_rep: Client) -> None:
    as_rep.post("/nothing/", headers=HTMX)
    page = as_rep.get("/several/").content.decode()
    assert page.count("Kept for later.") == 1
    assert "hx-swap-oob" not in page


def test_redirect_moves_the_whole_page_for_htmx(as_rep: Client) -> None:
    response = as_rep.post("/move/", headers=HTMX)
    assert (response.status_code, response["HX-Redirect"]) == (204, "/elsewhere/")


def test_redirect_stays_a_redirect_for_a_boosted_link(as_rep: Client) -> None:
    assert as_rep.get("/move/", headers=HTMX | {"HX-Boosted": "true"}).status_code == 302


def test_expired_session_leads_htmx_to_sign_in_and_back_to_the_page(client: Client, db: None) -> None:
    response = client.post("/tell/", headers=HTMX)
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/account/login/?next=%2Fleads%2F%3Fstage%3Dmql"


def test_post_without_htmx_is_sent_to_the_fallback(as_rep: Client) -> None:
    response = as_rep.post("/tell/")
    assert (response.status_code, response["Location"]) == (302, "/style/")


def test_several_partials_are_one_fragment(as_rep: Client) -> None:
    assert as_rep.get("/several/", headers=HTMX).content.decode().count("Answered.") == 2


def test_restored_history_gets_the_whole_page(as_rep: Client) -> None:
    page = as_rep.get("/several/", headers=HTMX | {"HX-History-Restore-Request": "true"}).content.decode()
    assert "<html" in page


@pytest.mark.urls("smarketing.urls")
def test_pages_weigh_little_on_the_way(as_rep: Client) -> None:
    """Design, section 10: at most 150 kB on the first visit, 30 kB later, without charts."""
    for number in range(50):
        make_lead(first_name=f"Maximiliane {number}", last_name="Freifrau von Hohenstein", job_title="Head of Grid")
    page = as_rep.get("/leads/", headers={"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    shared = re.findall(r'(?:href|src)="(/static/[^"]+)"', gzip.decompress(page.content).decode())
    assert {Path(url).suffix for url in shared} == {".css", ".js", ".svg"}
    answers = [as_rep.get(url, headers={"Accept-Encoding": "gzip"}) for url in dict.fromkeys(shared)]
    sizes = [len(b"".join(answer) if answer.streaming else answer.content) for answer in answers]
    assert len(page.content) < 30_000
    assert len(page.content) + sum(sizes) < 150_000
