"""Light, dark, or as the device has it."""

import pytest
from django.test import Client

from smarketing.accounts.models import User
from smarketing.accounts.services.preferences import choose_theme
from smarketing.lib.errors import Invalid


def test_choice_is_kept_with_the_person_and_in_the_browser(as_rep: Client, rep: User) -> None:
    response = as_rep.post("/theme/", {"theme": "dark", "next": "/style/"})
    rep.refresh_from_db()
    assert (response["Location"], rep.theme, response.cookies["theme"].value) == ("/style/", "dark", "dark")
    assert 'data-theme="dark"' in as_rep.get("/account/password/change/").content.decode()


def test_choice_holds_before_signing_in(client: Client, db: None) -> None:
    client.post("/theme/", {"theme": "light"})
    assert 'data-theme="light"' in client.get("/account/login/").content.decode()


def test_unknown_theme_means_the_device_decides(as_rep: Client, rep: User) -> None:
    as_rep.post("/theme/", {"theme": "sepia"})
    rep.refresh_from_db()
    assert rep.theme == ""
    assert "data-theme=" not in as_rep.get("/account/password/change/").content.decode().split(">")[1]


def test_choice_never_leads_to_another_site(as_rep: Client) -> None:
    assert as_rep.post("/theme/", {"theme": "dark", "next": "https://evil.example/"})["Location"] == "/"


def test_service_refuses_an_unknown_theme(rep: User) -> None:
    with pytest.raises(Invalid):
        choose_theme("sepia", actor=rep)
