"""Every dialog of the product: what is refused in it stays in it, once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.platform.test_access import ADDRESSES, _filled, line_of, make_world

pytestmark = pytest.mark.django_db

TITLE = 'id="dialog-title"'


def _opened(client: Client, url: str) -> Any:
    """The answer to whoever opens the address in the dialog; None where it is not one."""
    response = client.get(url, headers={"HX-Request": "true", "HX-Target": "dialog-body"})
    is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
    return response if is_page and TITLE in response.content.decode() else None


def _faults(client: Client, url: str, opened: Any) -> list[str]:
    """What is wrong with the answer to the dialog's form, sent with nothing but blanks."""
    text = opened.content.decode()
    if not re.search(r"<form[^>]*hx-post=", text):
        return []
    fields = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', text)
    response = client.post(url, dict.fromkeys(fields, "  "), headers={"HX-Request": "true"})
    said = response.content.decode()
    if response.status_code != 422:
        return []
    if "X-Problem" in response:
        into_the_form = "data-problems" in text and TITLE not in said and "data-dialog-close" not in said
        return [] if into_the_form else [f"{url}: the refusal has no place in the dialog"]
    place = (response.get("HX-Retarget"), response.get("HX-Reswap"))
    faults = [] if place == ("#dialog-body", "innerHTML") else [f"{url}: goes into {place}"]
    if said.count(TITLE) != 1 or "data-focus" not in said:
        faults.append(f"{url}: is not the dialog with what is wrong")
    return faults


def test_what_is_refused_in_a_dialog_replaces_it_or_stands_in_its_form() -> None:
    world = make_world()
    faults: list[str] = []
    dialogs: set[str] = set()
    for address in ADDRESSES:
        line = line_of(address, "GET")
        if address.api or line is None:
            continue
        url, _ = _filled(world, line, address.name)
        roles = sorted(line.roles & set(world["sessions"]))
        if not roles:
            continue
        cache.clear()
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = world["sessions"][roles[0]]
        with transaction.atomic():
            opened = _opened(client, url)
            if opened is not None:
                dialogs.add(address.name)
                faults += _faults(client, url, opened)
            transaction.set_rollback(True)
    assert faults == []
    assert {
        "leads:handoff-reject",
        "leads:deal-lose",
        "leads:reason-add",
        "meetings:topic-decide",
        "sla:agreement-terminate",
        "sla:breach-contest",
        "sla:breach-waive",
        "sla:clock-pause",
        "sla:team-calendar",
        "web:style-dialog",
    } <= dialogs
