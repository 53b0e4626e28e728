"""The board: every number opens a list whose length is the number, for whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from plotly import graph_objects

from leads.domain.lifecycle import LifecycleStage
from leads.models import Attempt, Handoff
from leads.services.stages import advance_stage
from sla.charts import course_figure, response_figure
from sla.models import AgreementVersion, Breach, Clock
from sla.selectors.board import board, course, response_times
from sla.selectors.periods import month_of, period_of
from sla.services.breaches import waive_breach
from sla.services.clocks import settle_handoff
from sla.services.sweep import sweep
from smarketing.accounts.models import Organisation, Team, User
from smarketing.lib.errors import Invalid
from tests.factories import make_deal, make_handoff, make_lead

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
MARCH = month_of(NOW.date(), "UTC")


@pytest.fixture
def month(
    agreement: AgreementVersion,
    sales_team: Team,
    other_sales_team: Team,
    rep: User,
    marketer: User,
    marketing_manager: User,
) -> AgreementVersion:
    """A month with promises kept, late, late and open, waived, running out and not due, on two teams."""
    Organisation.current()

    def handed(at: datetime, team: Team = sales_team, **fields: Any) -> Handoff:
        lead = make_lead(stage="mql", created_at=at, stage_changed_at=at)
        made = make_handoff(lead, team=team, created_by=marketer, created_at=at, **fields)
        settle_handoff(made.pk, now=at)
        return made

    def attempt(handoff: Handoff, at: datetime) -> None:
        Attempt.objects.create(
            handoff=handoff, lead=handoff.lead, kind="call", outcome="reached", occurred_at=at, by=rep
        )
        settle_handoff(handoff.pk, now=at)

    monday = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    for day in range(5):
        kept = handed(monday + timedelta(days=day), owner=rep)
        attempt(kept, monday + timedelta(days=day, hours=1 + day / 2))
    for hours in (5, 7):
        attempt(handed(monday), monday + timedelta(hours=hours))
    handed(monday + timedelta(days=1))  # late and open
    handed(monday, team=other_sales_team)  # late and open, not for the rep's eyes
    handed(NOW - timedelta(hours=3, minutes=20))  # running out
    handed(NOW - timedelta(minutes=5))  # not due yet
    handed(datetime(2026, 2, 2, 9, 0, tzinfo=UTC))  # last month
    below = make_lead(created_at=monday, owner=rep)
    advance_stage(below, LifecycleStage.MQL, actor=marketer, now=monday, below_definition=True)  # not delivered
    make_handoff(team=sales_team, status="rejected", created_at=monday, decided_at=monday + timedelta(hours=1))
    for outcome in ("won", "lost", "lost"):
        make_deal(stage=outcome, owner=rep, **{f"{outcome}_at": NOW - timedelta(days=3)})
    sweep(now=NOW)
    late = Breach.objects.filter(clock__kind="first_response", clock__scope="team", clock__stopped_at__isnull=False)
    waive_breach(late.first().pk, reason="The phones were down.", actor=marketing_manager, now=NOW)
    return agreement


def test_board_counts_kept_late_open_and_not_due(month: AgreementVersion, marketing_manager: User) -> None:
    found = board(marketing_manager, MARCH, now=NOW)
    line = found.line("first_response")
    assert line is not None
    assert line.tally is not None
    assert (line.tally.kept, line.tally.late, line.tally.open_past_due, line.tally.open_not_due) == (5, 2, 2, 2)
    assert line.actual == pytest.approx(5 / 9)
    assert (line.waived, line.adjusted, line.running_out) == (1, pytest.approx(5 / 8), 1)
    assert (found.working_days, found.working_days_gone) == (22, 15)
    win_rate, won = found.line("win_rate"), found.line("customers_won")
    assert win_rate is not None
    assert won is not None
    assert (win_rate.hits, win_rate.of, won.actual) == (1, 3, 1)
    qualified = found.line("qualified_leads")
    assert qualified is not None
    assert (qualified.actual, qualified.left_out) == (11, 1)
    assert qualified.forecast is not None


@pytest.mark.parametrize("who", ["marketing_manager", "rep", "stranger", "executive"])
def test_every_number_opens_a_list_of_that_length(
    month: AgreementVersion, who: str, request: pytest.FixtureRequest, client: Client
) -> None:
    user = request.getfixturevalue(who)
    client.force_login(user)
    found = board(user, MARCH, now=NOW)
    numbers: list[tuple[str, int]] = [
        (found.urls["open_past_due"], found.open_late),
        (found.urls["running_out"], found.running_out),
        (found.urls["breached"], found.breached),
    ]
    for line in found.lines:
        if line.kind == "qualified_leads":
            numbers.append((line.urls["left_out"], line.left_out))
        if line.tally is not None:
            numbers += [
                (line.urls["kept"], line.tally.kept),
                (line.urls["late"], line.tally.late),
                (line.urls["open_past_due"], line.tally.open_past_due),
                (line.urls["not_due"], line.tally.open_not_due),
                (line.urls["due"], line.tally.due),
                (line.urls["waived"], line.waived),
            ]
        elif line.is_volume:
            numbers.append((line.records, int(line.actual or 0)))
        else:
            numbers += [(line.urls["of"], line.of or 0), (line.urls["hits"], line.hits or 0)]
    responses = response_times(user, MARCH, month.agreement_id)
    numbers += [(url, count) for _, count, url in responses.buckets]
    numbers.append((responses.records, responses.count))
    with time_machine.travel(NOW, tick=False):
        lengths = [(url, client.get(url).context["count"]) for url, _ in numbers]
    assert lengths == numbers
    if who == "stranger":
        assert found.open_late == 2


def test_board_of_a_month_without_an_agreement_says_so(marketing_manager: User, client: Client) -> None:
    client.force_login(marketing_manager)
    response = client.get("/sla/")
    assert response.status_code == 200
    assert b"No agreement was in force" in response.content


def test_course_ends_at_the_counts_of_the_board(month: AgreementVersion, marketing_manager: User) -> None:
    days = course(marketing_manager, MARCH, now=NOW)
    assert days is not None
    today = days.days.index(NOW.date())
    assert (days.qualified[today], days.in_time[today]) == (11, 5)
    assert days.qualified[today + 1] is None
    assert days.pace[-1] == 150


def test_response_times_are_working_time(month: AgreementVersion, marketing_manager: User) -> None:
    found = response_times(marketing_manager, MARCH, month.agreement_id)
    assert found.count == 7
    assert (found.median, found.p90) == (timedelta(hours=2.5), timedelta(hours=7))


def test_figures_are_figures(month: AgreementVersion, marketing_manager: User) -> None:
    days = course(marketing_manager, MARCH, now=NOW)
    assert days is not None
    figures = [
        course_figure(days),
        response_figure(response_times(marketing_manager, MARCH, month.agreement_id)),
    ]
    for figure in figures:
        graph_objects.Figure(_with_real_colours(figure))


def _with_real_colours(figure: dict[str, Any]) -> dict[str, Any]:
    """The page's script puts real colours in the place of the names; here one colour stands for all."""

    def real(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: "#123456" if key in ("color", "fillcolor") else real(inner) for key, inner in value.items()}
        return [real(inner) for inner in value] if isinstance(value, list) else value

    found: dict[str, Any] = real(figure)
    return found


def test_board_asks_no_more_questions_of_more_clocks(
    month: AgreementVersion, sales_team: Team, marketing_manager: User, client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(marketing_manager)
    with time_machine.travel(NOW, tick=False):
        client.get("/sla/")
        cache.clear()  # what is kept for a minute may end between the two
        with CaptureQueriesContext(connection) as before:
            client.get("/sla/")
        for _ in range(3):
            made = make_handoff(team=sales_team, created_at=NOW - timedelta(hours=3, minutes=20))
            settle_handoff(made.pk, now=made.created_at)
        cache.clear()
        with django_assert_num_queries(len(before)):
            client.get("/sla/")


def test_the_api_gives_the_numbers_of_the_page(
    month: AgreementVersion, marketing_manager: User, client: Client
) -> None:
    client.force_login(marketing_manager)
    with time_machine.travel(NOW, tick=False):
        given = client.get("/api/v1/sla/board/?from=2026-03-01&to=2026-03-31").json()
        page = client.get("/sla/?from=2026-03-01&to=2026-03-31").context["board"]
        clocks = client.get("/api/v1/clocks/?kind=first_response&outcome=kept&scope=team").json()
        breaches = client.get("/api/v1/breaches/").json()
    lines = {line["kind"]: line for line in given["lines"]}
    assert {kind: line["actual"] for kind, line in lines.items()} == {line.kind: line.actual for line in page.lines}
    assert lines["first_response"]["kept"] == len(clocks["results"]) == 5
    assert given["breached"] == len(breaches["results"])


def test_a_clock_tells_why_it_is_due(month: AgreementVersion, marketing_manager: User, client: Client) -> None:
    client.force_login(marketing_manager)
    clock = Clock.objects.filter(kind="first_response", scope="team", state="met").first()
    assert clock is not None
    given = client.get(f"/api/v1/clocks/{clock.pk}/").json()
    assert given["why"][0].startswith("arrived Mon 2 Mar 09:00")
    assert given["why"][-1].startswith("due Mon 2 Mar 13:00")
    assert client.get(f"/sla/clocks/{clock.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("first", "last"), [("soon", ""), ("2026-03-02", "2026-03-01"), ("2020-01-01", "2026-01-01"), ("1899-01-01", "")]
)
def test_period_of_refuses_what_is_no_period(db: None, first: str, last: str) -> None:
    with pytest.raises(Invalid):
        period_of(first, last, now=NOW)


def test_period_of_is_this_month_in_the_zone_of_the_organisation(db: None) -> None:
    organisation = Organisation.current()
    organisation.timezone = "Europe/Berlin"
    organisation.save()
    period = period_of("", "", now=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    assert period.label == "April 2026"
    assert period.start == datetime(2026, 3, 31, 22, 0, tzinfo=UTC)


def test_a_rep_is_told_that_the_board_counts_the_own_teams_part(
    month: AgreementVersion, rep: User, marketing_manager: User, login: Callable[[User], Client]
) -> None:
    said = "Counted are the leads that Sales North had, and your own"
    with time_machine.travel(NOW, tick=False):
        assert said in login(rep).get("/sla/").content.decode()
        assert "of those you can see" in login(rep).get("/leads/?stage=mql").content.decode()
        assert said not in login(marketing_manager).get("/sla/").content.decode()
        assert "of those you can see" not in login(marketing_manager).get("/leads/?stage=mql").content.decode()
