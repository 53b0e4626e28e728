"""Pages for what goes wrong."""

import pytest
from django.template import TemplateDoesNotExist
from django.test import Client, RequestFactory

from smarketing.accounts.models import User
from smarketing.web import errors

pytestmark = pytest.mark.urls("tests.platform.web.urls")


def test_page_not_found_keeps_the_navigation_for_those_signed_in(as_rep: Client) -> None:
    response = as_rep.get("/nowhere/")
    assert response.status_code == 404
    assert "Nothing is here" in response.content.decode()
    assert 'id="nav"' in response.content.decode()


def test_page_not_found_is_bare_for_strangers(client: Client, db: None) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert 'id="nav"' not in response.content.decode()


def test_the_address_of_a_form_opened_as_a_page_says_so(as_rep: Client) -> None:
    response = as_rep.get("/theme/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "Go back and press the button again" in response.content.decode()


def test_page_not_found_of_the_api_is_json(client: Client, db: None) -> None:
    response = client.get("/api/nowhere/")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_server_error_needs_neither_database_nor_session() -> None:
    response = errors.server_error(RequestFactory().get("/"))
    page = response.content.decode()
    assert response.status_code == 500
    assert "Something broke here" in page
    assert "smarketing.css" in page


def test_server_error_is_drawn_even_when_templates_are_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> str:
        raise TemplateDoesNotExist("errors/500.html")

    monkeypatch.setattr(errors, "render_to_string", fail)
    response = errors.server_error(RequestFactory().get("/"))
    assert (response.status_code, b"Something broke here" in response.content) == (500, True)


def test_server_error_of_the_api_is_json() -> None:
    response = errors.server_error(RequestFactory().get("/api/v1/leads/"))
    assert response.status_code == 500
    assert b'"code": "internal_server_error"' in response.content


def test_a_fault_answers_with_the_page(as_rep: Client) -> None:
    as_rep.raise_request_exception = False
    response = as_rep.get("/refuse/broken/")
    assert (response.status_code, b"Something broke here" in response.content) == (500, True)


def test_form_without_a_token_is_refused_in_words(rep: object, db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()


def test_dialog_of_a_page_that_was_open_too_long_says_to_reload_it(rep: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"HX-Request": "true", "HX-Current-URL": "http://x/inbox/?h=1"})
    client.force_login(rep)
    response = client.post("/handoffs/1/reject/", {"note": "Typed for long"})
    assert (response.status_code, response["X-Problem"]) == (409, "page_too_old")
    assert 'href="/inbox/?h=1"' in response.content.decode()


@pytest.mark.parametrize(("handler", "status"), [(errors.bad_request, 400), (errors.permission_denied, 403)])
def test_handlers_have_words(handler: object, status: int) -> None:
    response = handler(RequestFactory().get("/"), Exception(""))  # type: ignore[operator]
    assert response.status_code == status
    assert errors.TITLES[status] in response.content.decode()
