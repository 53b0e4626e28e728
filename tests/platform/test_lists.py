"""No list asks more of the database for more rows: every list of the API, and every page that takes no arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils.timezone import now
from rest_framework.test import APIClient

from leads.models import Spend
from meetings.services.actions import add_action_item
from meetings.services.meetings import close_meeting, open_meeting, plan_next_meeting
from meetings.services.minutes import add_note
from meetings.services.series import create_series
from reporting.services.rollups import rebuild
from sla.models import AgreementVersion
from sla.services.agreements import draft_version
from sla.services.calendars import create_calendar
from sla.services.sweep import sweep
from smarketing.accounts.models import Side, Team, User
from smarketing.api.services.tokens import create_token
from smarketing.notifications.services import notify
from tests import factories as make
from tests.sla.factories import COMMITMENTS, OFFICE, make_agreement, make_calendar, start_clocks

pytestmark = pytest.mark.django_db

MOMENT = now() - timedelta(days=2)


def pages(resolver: Any, namespace: str = "") -> Iterator[str]:
    """Names of the pages that take no arguments."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from pages(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        elif pattern.name and not pattern.pattern.converters and not hasattr(pattern.callback, "cls"):
            yield f"{namespace}{pattern.name}"


def add_everything(number: int, people: dict[str, User], team: Team, version: AgreementVersion) -> None:
    """One more of whatever lists show."""
    rep, marketer, manager, admin = (people[role] for role in ("rep", "marketer", "marketing_manager", "admin"))
    campaign = make.make_campaign(owner=make.make_user(team=Team.objects.get(side=Side.MARKETING)))
    content = make.make_content(campaign=campaign)
    company = make.make_company()
    lead = make.make_lead(company=company, campaign=campaign, owner=rep, stage="sal", created_at=MOMENT)
    make.make_touchpoint(lead, campaign=campaign, content=content, occurred_at=MOMENT)
    handoff = make.make_handoff(lead, team=team, status="accepted", owner=rep, created_by=marketer, created_at=MOMENT)
    start_clocks(handoff)
    waiting = make.make_lead(company=company, campaign=campaign, stage="mql", created_at=MOMENT)
    start_clocks(make.make_handoff(waiting, team=team, created_by=marketer, created_at=MOMENT))
    make.make_deal(lead=lead, owner=rep, company=company)
    make.make_deal(lead=lead, owner=rep, company=company, stage="won", won_at=MOMENT)
    Spend.objects.create(campaign=campaign, spent_on=MOMENT.date(), amount=10, currency="EUR")
    make.make_import(created_by=marketer)
    make.make_definition_version()
    create_calendar(name=f"Calendar {number}", content=OFFICE, actor=admin, now=MOMENT)
    draft_version(version.agreement_id, parts={}, commitments=COMMITMENTS, actor=manager, now=MOMENT)
    for person in people.values():
        notify([person], kind="test", title="Look", url="/", dedupe_key=f"test-{number}", now=MOMENT)
        create_token(name="Export", actor=person, now=MOMENT)
    values = {"name": f"Weekly {number}", "weekday": 1, "local_time": time(10), "participant_ids": [rep.pk]}
    series = create_series(values, actor=manager, now=MOMENT)
    meeting = open_meeting(
        plan_next_meeting(series.pk, actor=manager, now=MOMENT).pk, early=True, actor=manager, now=MOMENT
    )
    topic = meeting.topics.first()
    for text in ("A note", "! A decision"):
        add_note(topic.pk, text=text, actor=rep, now=MOMENT)
    add_action_item(meeting.pk, text="Ask", owner_id=rep.pk, due_on=now().date(), actor=rep, now=MOMENT)
    close_meeting(meeting.pk, actor=manager, now=MOMENT)
    sweep(now=now())
    rebuild()


@pytest.fixture
def people(request: pytest.FixtureRequest, organisation: object) -> dict[str, User]:
    """One person of each role."""
    roles = ("rep", "marketer", "marketing_manager", "sales_manager", "admin")
    return {role: request.getfixturevalue(role) for role in roles}


def test_no_list_asks_more_for_more_rows(
    people: dict[str, User], sales_team: Team, client: Client, api: Callable[[User], APIClient]
) -> None:
    make_calendar(people["admin"])
    version = make_agreement(people["marketing_manager"], people["sales_manager"])
    names = [name for name in dict.fromkeys(pages(get_resolver())) if not name.startswith(("account", "mfa", "web"))]
    addresses = [reverse(name) for name in names]
    schema = client.get("/api/schema/?format=json").json()
    lists = [path for path, operations in schema["paths"].items() if "get" in operations and "{" not in path]
    assert len(lists) > 15
    assert len(addresses) > 20
    counts: list[dict[str, int]] = []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            add_everything(number, people, sales_team, version)
        counts.append({})
        for role in ("rep", "marketing_manager", "admin"):
            client.force_login(people[role])
            for asker, urls in ((client, addresses), (api(people[role]), lists)):
                for url in urls:
                    cache.clear()
                    with CaptureQueriesContext(connection) as queries:
                        asker.get(url)
                    counts[-1][f"{role} {url}"] = len(queries)
    one, three = counts
    assert {url: (count, three[url]) for url, count in one.items() if three[url] > count} == {}
