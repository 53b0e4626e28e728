"""The living page draws every component, for those who build and run the product."""

import re

from django.test import Client


def test_style_page_draws_every_component(as_admin: Client) -> None:
    response = as_admin.get("/style/")
    page = response.content.decode()
    assert response.status_code == 200
    for part in (
        "stats",
        "commitment",
        "card",
        "table",
        "pager",
        "filters",
        "pills",
        "tabs",
        "form",
        "problem",
        "empty",
    ):
        assert f'class="{part}' in page, part


def test_style_page_has_no_inline_style_and_no_inline_script(as_admin: Client) -> None:
    page = as_admin.get("/style/").content.decode()
    assert not re.search(r"<[^>]+\sstyle=", page)
    assert not re.search(r"<[^>]+\son\w+=", page)
    assert "<style" not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_style_page_is_refused_to_others(as_rep: Client) -> None:
    assert as_rep.get("/style/").status_code == 403


def test_style_dialog_is_a_fragment_for_htmx_and_a_page_otherwise(as_admin: Client) -> None:
    fragment = as_admin.get("/style/dialog/", headers={"HX-Request": "true"}).content.decode()
    page = as_admin.get("/style/dialog/").content.decode()
    assert "<html" not in fragment
    assert "dialog-head" in fragment
    assert "<html" in page
    assert page.count("Reject this lead") == 3  # title, heading, card; no dialog


def test_style_page_gives_every_id_once(as_admin: Client) -> None:
    ids = re.findall(r'\sid="([^"]+)"', as_admin.get("/style/").content.decode())
    assert sorted(ids) == sorted(set(ids))
