"""Every address × every role: who gets in, compared with `access_table.py`.

Pages are tried by GET and by an empty POST, the API by every method that it has. What counts is whether the person
gets past the door: a form with mistakes (422) or a state that has moved on (409) is behind it. An address without a
line in the table fails, and so does a line without an address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import get_resolver, reverse

from leads.services.scoring import model_in_force
from meetings.services.actions import add_action_item
from meetings.services.meetings import open_meeting, plan_next_meeting
from meetings.services.minutes import add_note
from meetings.services.series import create_series
from reporting.models import Snapshot
from sla.services.agreements import open_agreement_draft
from sla.services.sweep import sweep
from smarketing.accounts.models import Side, User
from smarketing.activity.models import ActivityEntry
from smarketing.api.services.tokens import create_token
from smarketing.notifications.services import notify
from tests import factories
from tests.factories import NOW
from tests.platform.access_table import ANONYMOUS, NOBODY, SIGNED_IN, TABLE, Line
from tests.sla.factories import make_agreement, make_calendar, start_clocks

pytestmark = pytest.mark.django_db

ROLES = [ANONYMOUS, *sorted(SIGNED_IN)]


@dataclass(frozen=True)
class Address:
    """One URL name with the methods it is tried by."""

    name: str
    methods: tuple[str, ...]
    api: bool = False


def addresses() -> list[Address]:
    """Everything that the resolver knows."""
    found: dict[str, Address] = {}
    for name, callback in _patterns(get_resolver(), ()):
        actions = getattr(callback, "actions", None)
        view = getattr(callback, "cls", None)
        if actions:
            methods = tuple(method.upper() for method in actions)
        elif view is not None:
            methods = tuple(
                method.upper() for method in ("get", "post", "put", "patch", "delete") if hasattr(view, method)
            )
        else:
            methods = ("GET", "POST")
        known = found.get(name)
        both = tuple(dict.fromkeys((*(known.methods if known else ()), *methods)))
        found[name] = Address(name, both, api=view is not None)
    return list(found.values())


def _patterns(resolver: Any, namespaces: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _patterns(pattern, inner)
        else:
            yield ":".join((*namespaces, pattern.name or str(pattern.pattern))), pattern.callback


ADDRESSES = addresses()


def line_of(address: Address, method: str) -> Line | None:
    return TABLE.get(f"{method} {address.name}") or TABLE.get(address.name)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """People of every role, and rows for the addresses, made once; everything is rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def make_world() -> dict[str, Any]:
    """Rows by the names that the table uses. The lead is the rep's, the notification and token too."""
    make = factories
    person = partial(make.make_user, password=factories.PASSWORD)
    make.make_organisation()
    growth = make.make_team("Growth", side=Side.MARKETING)
    north, south = make.make_team("Sales North"), make.make_team("Sales South")
    rows: dict[str, Any] = {
        "growth": growth,
        "north": north,
        "south": south,
        NOBODY: person("Noah Nobody"),
        "marketer": person("Mara", team=growth),
        "marketing_manager": person("Mona", team=growth, manager=True),
        "rep": person("Rita", team=north),
        "teammate": person("Tia", team=north),
        "sales_manager": person("Saul", team=north, manager=True),
        "stranger": person("Sten", team=south),
        "admin": person("Ada", is_admin=True),
        "executive": person("Eve", is_executive=True),
        "company": make.make_company(),
        "campaign": make.make_campaign(),
        "content": make.make_content(),
    }
    rows["spend"] = make.make_spend(rows["campaign"])
    rows["invited"] = make.make_user("Ina Invited")
    rep = rows["rep"]
    rows["lead"] = make.make_lead(company=rows["company"], campaign=rows["campaign"], stage="mql")
    rows["touchpoint"] = make.make_touchpoint(rows["lead"], campaign=rows["campaign"])
    rows["handoff"] = make.make_handoff(rows["lead"], team=north, created_by=rows["marketer"])
    rows["accepted"] = make.make_handoff(
        make.make_lead(stage="sal", owner=rep), team=north, owner=rep, status="accepted", decided_by=rep
    )
    rows["reason"] = make.make_reason()
    rows["loss_reason"] = make.make_loss_reason()
    rows["deal"] = make.make_deal(owner=rep, lead=rows["accepted"].lead, handoff=rows["accepted"])
    rows["definition_version"] = make.make_definition_version()
    rows["score_model"] = model_in_force(make.NOW)[0]
    rows["import"] = make.make_import(created_by=rows["marketer"])
    rows["running_import"] = make.make_import(created_by=rows["marketer"], state="running")
    rows["calendar"] = make_calendar(rows["admin"])
    rows["version"] = make_agreement(rows["marketing_manager"], rows["sales_manager"])
    rows["next_version"] = open_agreement_draft(
        rows["version"].agreement_id, actor=rows["sales_manager"], now=factories.NOW
    )
    rows["commitment"] = rows["version"].commitments.first()
    rows["clock"] = start_clocks(rows["accepted"]).clocks.filter(scope="owner").first()
    sweep(now=NOW + timedelta(days=30))
    rows["breach"] = rows["clock"].breach
    rows |= make_meeting(rows)
    notify([rep], kind="test", title="Look", url="/", dedupe_key="test", now=NOW)
    rows["snapshot"] = Snapshot.objects.create(
        metric="leads", basis="as_of", first=NOW.date(), last=NOW.date(), value=1, taken_at=NOW
    )
    rows["notification"] = rep.notifications.get()
    rows["sessions"] = {role: _session_of(rows[role]) for role in ROLES if role != ANONYMOUS}
    rows["token"], _ = create_token(name="Export", actor=rep, now=NOW)
    rows["entry"] = ActivityEntry.objects.first()
    return rows


def make_meeting(rows: dict[str, Any]) -> dict[str, Any]:
    """An open meeting to which the marketer and the rep are invited, with one number and one action item of the rep."""
    chair, rep = rows["marketing_manager"], rows["rep"]
    factories.make_deal(stage="won", won_at=NOW - timedelta(days=2), owner=rep)
    values = {"name": "Weekly", "weekday": 1, "local_time": time(10), "participant_ids": [rep.pk, rows["marketer"].pk]}
    series = create_series(values, actor=chair, now=NOW)
    meeting = open_meeting(plan_next_meeting(series.pk, actor=chair, now=NOW).pk, actor=chair, now=NOW)
    item = add_action_item(meeting.pk, text="Ask", owner_id=rep.pk, due_on=NOW.date(), actor=rep, now=NOW)
    return {
        "series": series,
        "meeting": meeting,
        "topic": meeting.topics.first(),
        "evidence": meeting.evidence.first(),
        "action": item,
        "note": add_note(meeting.topics.first().pk, text="Five came back.", actor=rep, now=NOW),
        "decision": add_note(meeting.topics.first().pk, text="! Ask for headcount.", actor=rep, now=NOW),
    }


def _session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_every_address_has_a_line():
    missing = [
        f"{method} {address.name}"
        for address in ADDRESSES
        for method in address.methods
        if line_of(address, method) is None
    ]
    assert missing == [], "Say in access_table.py who gets in."


def test_every_line_has_an_address():
    known = {key for address in ADDRESSES for key in (address.name, *(f"{m} {address.name}" for m in address.methods))}
    assert sorted(set(TABLE) - known) == []


@pytest.mark.parametrize("address", [pytest.param(each, id=each.name) for each in ADDRESSES])
def test_who_gets_in(address: Address, world: dict[str, Any]) -> None:
    for method in address.methods:
        line = line_of(address, method)
        if line is not None:  # else test_every_address_has_a_line tells of it
            cache.clear()  # no rate limit of one address counts against the next
            got_in = {role for role in ROLES if _gets_in(world, line, address.name, method, role)}
            assert sorted(got_in) == sorted(line.roles), f"{method} {address.name}"


WRITES = [
    (address, method)
    for address in ADDRESSES
    for method in address.methods
    if address.api and method in ("POST", "PUT", "PATCH") and line_of(address, method)
]
#: The body names what they may not write about or sign for: a body that cannot be read names nothing.
NAMED_IN_THE_BODY = {"meeting-note-list", "action-item-list", "definition-version-sign", "agreement-version-sign"}


@pytest.mark.parametrize(
    ("address", "method"), [pytest.param(*each, id=f"{each[1]} {each[0].name}") for each in WRITES]
)
def test_the_role_is_asked_before_the_body(address: Address, method: str, world: dict[str, Any]) -> None:
    line = line_of(address, method)
    assert line is not None
    cache.clear()
    others = set(ROLES) - line.roles - {ANONYMOUS}
    url, body = _filled(world, line, address.name)
    bodies = {"unknown field": json.dumps({**body, "no_such_field": 1})}
    if address.name not in NAMED_IN_THE_BODY:
        bodies |= {"unreadable": '{"', "a list": "[]", "empty": "{}"}
    for said, text in bodies.items():
        heard = {
            role: _status(world, role, lambda client, text=text: client.generic(method, url, text, "application/json"))
            for role in others
        }
        assert {role: status for role, status in heard.items() if status not in (403, 404)} == {}, said


def _status(world: dict[str, Any], role: str, send: Any) -> int:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = world["sessions"][role]
    with transaction.atomic():
        status: int = send(client).status_code
        transaction.set_rollback(True)
    return status


def _filled(world: dict[str, Any], line: Line, name: str) -> tuple[str, dict[str, Any]]:
    """The address and the body of a line, with the ids of rows."""
    things = {
        key: thing.removeprefix("=") if thing.startswith("=") else world[thing].pk for key, thing in line.things.items()
    }
    body = {
        key: world[value[1:]].pk if isinstance(value, str) and value.startswith("@") else value
        for key, value in line.body.items()
    }
    return reverse(name, kwargs=things), body


def _gets_in(world: dict[str, Any], line: Line, name: str, method: str, role: str) -> bool:
    url, body = _filled(world, line, name)
    client = Client()
    if role != ANONYMOUS:
        client.cookies[settings.SESSION_COOKIE_NAME] = world["sessions"][role]
    with transaction.atomic():
        if method == "GET":
            response = client.get(url)
        elif url.startswith("/api/"):
            response = client.generic(method, url, json.dumps(body), content_type="application/json")
        else:
            response = client.post(url, body)
        transaction.set_rollback(True)
    if response.status_code == 405:
        return role in line.roles  # a page that is only read, or only posted to
    return response.status_code not in (401, 403, 404) and not _is_sign_in(response)


def _is_sign_in(response: Any) -> bool:
    return response.status_code == 302 and response["Location"].split("?")[0] == resolve_url(settings.LOGIN_URL)
