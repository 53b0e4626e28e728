"""Server time of pages and of the API, measured in the process: everything but the network and the browser."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse

from leads.models import Lead
from smarketing.accounts.models import Membership, Side, User
from smarketing.api.services.tokens import create_token
from smarketing.lib import garbage
from smarketing.management.bench.figures import Figure, percentile, stopwatch
from smarketing.management.bench.world import CHANNELS

SORTS = ("-created_at", "-score", "score", "-last_touch_at", "-stage_changed_at")
STAGES = ("", "lead", "mql", "sql", "customer", "recycled")

Ask = tuple[User, str]


class Asker:
    """Asks as many people in turn, each with a session of their own."""

    def __init__(self) -> None:
        self._clients: dict[int, Client] = {}
        self._handler = Client().handler
        # What a process does once when it starts is not part of any request.
        self._handler.load_middleware()
        garbage.settle()

    def seconds(self, user: User, address: str) -> float:
        """The time of one page. Raises RuntimeError where the answer is not the page."""
        client = self._clients.get(user.pk)
        if client is None:
            client = self._clients[user.pk] = Client(SERVER_NAME="127.0.0.1", headers={"accept": "text/html, */*"})
            client.handler = self._handler
            client.force_login(user)
        start = time.perf_counter()
        answer = client.get(address, secure=settings.SECURE)
        taken = time.perf_counter() - start
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code} to {user}.")
        return taken


def page_figure(name: str, asks: Iterator[Ask], budget: str, requests: int) -> Figure:
    """p95 over so many pages, after a few that warm up."""
    asker, warming = Asker(), _warming(requests)
    taken = [asker.seconds(user, address) for user, address in itertools.islice(asks, warming + requests)]
    return Figure(name, percentile(taken[warming:], 0.95) * 1000, "ms p95", requests, budget)


def _warming(requests: int) -> int:
    return min(8, requests)


# --- What people open -------------------------------------------------------------------------------------


def people(role: str) -> list[User]:
    """Whom the benchmark sends: `rep`, `sales_manager`, `marketer`, `executive`; at most ten."""
    if role in ("rep", "sales_manager"):
        found = Membership.objects.filter(team__side=Side.SALES, is_manager=role == "sales_manager")
        return [membership.user for membership in found.select_related("user").order_by("pk")[:10]]
    return list(User.objects.filter(email=f"{role}@bench.example"))


def funnel_asks(now: datetime) -> Iterator[Ask]:
    """The funnel by origin over growing spans, as managers and the executive read it."""
    users = itertools.cycle([*people("executive"), *people("sales_manager"), *people("marketer")])
    bys = itertools.cycle(("channel", "campaign", "month", "source", "total"))
    for days in itertools.cycle((30, 90, 180, 365)):
        span = {"from": (now - timedelta(days=days)).date().isoformat(), "to": now.date().isoformat()}
        yield next(users), _address("reporting:funnel", {**span, "by": next(bys)})


def dashboard_asks(now: datetime) -> Iterator[Ask]:
    """The first page, as each role opens it in the morning."""
    for user in itertools.cycle([*people("marketer"), *people("rep"), *people("sales_manager"), *people("executive")]):
        yield user, reverse("home")


def board_asks(now: datetime) -> Iterator[Ask]:
    """The SLA board of this month and the months before."""
    users = itertools.cycle([*people("sales_manager"), *people("executive"), *people("marketer"), *people("rep")[:3]])
    for back in itertools.cycle(range(4)):
        last = now.date().replace(day=1)
        for _ in range(back):
            last = (last - timedelta(days=1)).replace(day=1)
        until = (last + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        yield next(users), _address("sla:board", {"from": last.isoformat(), "to": until.isoformat()})


def lead_list_asks(now: datetime) -> Iterator[Ask]:
    """Lists narrowed by stage and channel and sorted, by marketing, managers and reps."""
    draw = random.Random(1)
    users = itertools.cycle([*people("marketer") * 3, *people("sales_manager")[:2], *people("rep")[:2]])
    while True:
        query = {"stage": draw.choice(STAGES), "channel": draw.choice(("", *CHANNELS)), "sort": draw.choice(SORTS)}
        yield next(users), _address("leads:lead-list", {name: value for name, value in query.items() if value})


def search_asks(now: datetime) -> Iterator[Ask]:
    """What people type: a surname, a full name, a part of an e-mail, an id, something that is not there."""
    draw = random.Random(2)
    users = itertools.cycle([*people("marketer") * 3, *people("sales_manager")[:2], *people("rep")[:2]])
    last = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 1
    while True:
        lead = Lead.objects.filter(pk__gte=draw.randint(1, last)).order_by("pk").first()
        if lead is None:
            continue
        for text in (
            lead.last_name,
            f"{lead.first_name} {lead.last_name}",
            (lead.email or "")[:14],
            lead.external_id or "",
            lead.last_name[:5].lower(),
            "Unbekannter",
        ):
            yield next(users), _address("leads:lead-list", {"q": text})


def inbox_asks(now: datetime) -> Iterator[Ask]:
    """Reps in their inbox, managers in their teams'."""
    tabs = itertools.cycle(("waiting", "waiting", "accepted", "returned"))
    for rep, manager in zip(itertools.cycle(people("rep")), itertools.cycle(people("sales_manager")), strict=False):
        yield rep, _address("leads:inbox", {"tab": next(tabs)})
        yield manager, _address("leads:inbox", {"tab": next(tabs), "team": "1"})


def lead_page_asks(now: datetime) -> Iterator[Ask]:
    """Any lead's page, as marketing and managers open it."""
    draw = random.Random(3)
    users = itertools.cycle([*people("marketer"), *people("sales_manager")[:2]])
    last = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 1
    while True:
        pk = Lead.objects.filter(pk__gte=draw.randint(1, last)).order_by("pk").values_list("pk", flat=True).first()
        if pk is not None:
            yield next(users), reverse("leads:lead-detail", args=[pk])


def deal_board_asks(now: datetime) -> Iterator[Ask]:
    """The board of deals, by those who sell and those who manage them."""
    for rep, manager in zip(itertools.cycle(people("rep")), itertools.cycle(people("sales_manager")), strict=False):
        yield rep, _address("leads:deal-board", {})
        yield manager, _address("leads:deal-board", {})


PAGES: Mapping[str, tuple[Callable[[datetime], Iterator[Ask]], str]] = {
    "dashboard": (dashboard_asks, "≤ 60 ms"),
    "funnel": (funnel_asks, "≤ 60 ms"),
    "sla_board": (board_asks, "≤ 60 ms"),
    "lead_list": (lead_list_asks, "≤ 50 ms"),
    "text_search": (search_asks, "≤ 50 ms"),
    "inbox": (inbox_asks, "≤ 50 ms"),
    "lead_page": (lead_page_asks, "≤ 50 ms"),
    "deal_board": (deal_board_asks, "≤ 50 ms"),
}


def _address(name: str, query: Mapping[str, Any]) -> str:
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)


# --- The API ----------------------------------------------------------------------------------------------


def api_create_figures(now: datetime, requests: int) -> list[Figure]:
    """Leads created one after the other by a program with a token."""
    _, token = create_token(name="Benchmark", actor=people("marketer")[0], now=now)
    client = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {token}"})
    # A name of its own for each run, so that a kept database can be measured again.
    run = f"{now:%Y%m%d%H%M%S%f}"
    taken: list[float] = []
    for number in range(_warming(requests) + requests):
        body = {
            "email": f"api.{run}.{number}@company-{1 + number % 20}.example",
            "first_name": "Ingrid",
            "last_name": f"Solheim {number}",
            "job_title": "Head of Operations",
            "company_domain": f"company-{1 + number % 20}.example",
            "source": "google / cpc",
        }
        with stopwatch() as watch:
            answer = client.post(
                "/api/v1/leads/", json.dumps(body), content_type="application/json", secure=settings.SECURE
            )
        if answer.status_code != 201:
            raise RuntimeError(f"The API answered {answer.status_code}: {answer.content[:300]!r}")
        taken.append(watch.seconds)
    counted = taken[_warming(requests) :]
    return [
        Figure("api_create", percentile(counted, 0.95) * 1000, "ms p95", requests, "≤ 25 ms"),
        Figure("api_create.rate", len(counted) / sum(counted), "per s, one process", requests, "≥ 75/s a process"),
    ]
