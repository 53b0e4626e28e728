"""The list of leads leaves as a file: what the person sees, safe to open, and not for everybody."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from smarketing.accounts.models import User
from tests.factories import make_company, make_lead

pytestmark = pytest.mark.django_db


def rows_of(browser: Client, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"/leads/export/{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_lead_export_holds_what_the_filter_lets_through(marketer: User, login: Callable[[User], Client]) -> None:
    kept = make_lead(channel="event", company=make_company(name="Fjordkraft"))
    make_lead(channel="email")
    rows = rows_of(login(marketer), "?channel=event")
    assert [(row["id"], row["company"], row["channel"]) for row in rows] == [(str(kept.pk), "Fjordkraft", "event")]


def test_lead_export_neutralises_formulas(marketer: User, login: Callable[[User], Client]) -> None:
    make_lead(first_name="=HYPERLINK(1)", source="@sum")
    row = rows_of(login(marketer))[0]
    assert (row["first_name"], row["source"]) == ("'=HYPERLINK(1)", "'@sum")


@pytest.mark.parametrize("role", ["rep", "executive", "nobody"])
def test_lead_export_is_refused_on_the_server(role: str, login: Callable[[User], Client], request: Any) -> None:
    make_lead()
    assert login(request.getfixturevalue(role)).get("/leads/export/").status_code == 403


def test_lead_export_of_nothing_is_a_heading(marketer: User, login: Callable[[User], Client]) -> None:
    assert rows_of(login(marketer)) == []
