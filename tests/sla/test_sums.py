"""Sums kept by touching only what facts touched equal sums made anew, and both equal the lists behind them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils.timezone import now as current

from leads.models import Attempt, Delivery, Handoff
from sla.models import AgreementVersion, BoardSum, Clock, StaleBoardDay
from sla.selectors.board import Board, board, response_times
from sla.selectors.clocks import ClockFilter, clock_list
from sla.selectors.periods import Period, month_of
from sla.services.clocks import settle_handoff
from sla.services.sums import rebuild, refresh
from sla.services.sweep import sweep
from sla.tasks import refresh_sums
from smarketing.accounts.models import Organisation, Team, User
from smarketing.people.services import update_organisation
from tests.factories import make_handoff, make_lead

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"
START = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
MARCH = month_of(NOW.date(), ZONE)


@pytest.fixture(autouse=True)
def zone(agreement: AgreementVersion) -> None:
    Organisation.objects.update_or_create(id=1, defaults={"name": "N", "timezone": ZONE})


@pytest.fixture
def teams(sales_team: Team, other_sales_team: Team) -> list[Team]:
    return [sales_team, other_sales_team]


def add(chance: random.Random, teams: list[Team], owners: list[User | None], by: User) -> Handoff:
    """A lead handed off at an odd instant, answered in time, late or not at all, accepted, rejected or waiting."""
    came = START + timedelta(minutes=chance.randrange(60 * 24 * 20))
    lead = make_lead(stage="mql", created_at=came, stage_changed_at=came, owner=chance.choice(owners))
    decided = came + timedelta(hours=chance.randrange(1, 90))
    status = chance.choice(["pending", "accepted", "rejected"])
    handoff: Handoff = make_handoff(
        lead,
        team=chance.choice(teams),
        owner=chance.choice(owners),
        created_by=by,
        created_at=came,
        status=status,
        decided_at=None if status == "pending" else decided,
    )
    settle_handoff(handoff.pk, now=came)
    if chance.random() < 0.6:
        at = came + timedelta(hours=chance.randrange(80))
        Attempt.objects.create(handoff=handoff, lead=lead, kind="call", outcome="reached", occurred_at=at, by=by)
        settle_handoff(handoff.pk, now=at)
    return handoff


def sums() -> set[tuple[Any, ...]]:
    parts = ("day", "fact", "commitment", "done_on", "teams", "number", "seconds")
    return {(*row[:4], tuple(row[4]), row[5], tuple(row[6] or ())) for row in BoardSum.objects.values_list(*parts)}


def numbers(user: User, version: AgreementVersion) -> list[Any]:
    found: Board = board(user, MARCH, now=NOW)
    lines = [(line.kind, line.tally, line.actual, line.hits, line.of) for line in found.lines]
    return [lines, dict(found.qualified_on), dict(found.in_time_on), response_times(user, MARCH, version.agreement_id)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incrementally_kept_sums_equal_rebuilt_ones(
    seed: int, teams: list[Team], rep: User, stranger: User, marketer: User
) -> None:
    chance = random.Random(seed)
    made: list[Handoff] = []
    for step in range(24):
        made.append(add(chance, teams, [rep, stranger, None], marketer))
        if step % 5 == 4:
            refresh(limit=3)
        if step % 7 == 6:
            sweep(now=made[-1].created_at + timedelta(days=1))
            if step == 20:
                Handoff.objects.get(pk=made.pop(3).pk).lead.delete()
            Handoff.objects.filter(pk=chance.choice(made).pk).update(team=chance.choice(teams))
    while refresh(limit=5):
        pass
    kept = sums()
    assert {fact for _, fact, *_ in kept} == set(BoardSum.Fact.values)
    assert not StaleBoardDay.objects.exists()
    rebuild()
    assert kept == sums()


@pytest.mark.parametrize("who", ["marketing_manager", "rep", "stranger", "executive", "nobody"])
def test_the_board_reads_the_same_before_while_and_after_its_days_are_summed(
    who: str, agreement: AgreementVersion, teams: list[Team], marketer: User, request: pytest.FixtureRequest
) -> None:
    user, rep = request.getfixturevalue(who), request.getfixturevalue("rep")
    chance = random.Random(5)
    for _ in range(20):
        add(chance, teams, [rep, None], marketer)
    sweep(now=NOW)
    counted = numbers(user, agreement)
    refresh(limit=4)
    assert (BoardSum.objects.exists(), StaleBoardDay.objects.exists()) == (True, True)
    assert numbers(user, agreement) == counted
    rebuild()
    assert numbers(user, agreement) == counted
    line = board(user, MARCH, now=NOW).line("first_response")
    assert line is not None
    assert line.tally is not None
    of_line = ClockFilter(
        agreement_id=agreement.agreement_id,
        kind="first_response",
        scope="team",
        due_from=MARCH.start,
        due_before=MARCH.end,
    )
    for outcome, number in (("kept", line.tally.kept), ("late", line.tally.late)):
        listed = clock_list(user, ClockFilter(**{**_fields(of_line), "outcome": outcome}), now=NOW)
        assert listed.count() == number


def _fields(narrowed: ClockFilter) -> dict[str, Any]:
    return {name: getattr(narrowed, name) for name in ClockFilter.__slots__}


def test_a_handoff_that_changes_hands_moves_with_its_clocks_and_its_lead(
    teams: list[Team], rep: User, stranger: User, marketer: User, agreement: AgreementVersion
) -> None:
    chance = random.Random(9)
    made = [add(chance, teams[:1], [None], marketer) for _ in range(8)]
    sweep(now=NOW)
    rebuild()
    before = numbers(rep, agreement)
    assert not any(numbers(stranger, agreement)[1].values())
    Handoff.objects.filter(pk__in=[each.pk for each in made]).update(team=teams[1])
    assert numbers(stranger, agreement)[1] == before[1]
    rebuild()
    assert numbers(stranger, agreement)[1] == before[1]
    assert not any(numbers(rep, agreement)[1].values())


def test_what_is_open_marks_no_day_and_what_ends_does(teams: list[Team], marketer: User) -> None:
    at = START + timedelta(days=1)
    handoff = make_handoff(team=teams[0], created_by=marketer, created_at=at)
    refresh()
    settle_handoff(handoff.pk, now=at)
    assert Clock.objects.filter(handoff=handoff, state="running").exists()
    assert not StaleBoardDay.objects.exists()
    Attempt.objects.create(
        handoff=handoff, lead=handoff.lead, kind="call", outcome="reached", occurred_at=at, by=marketer
    )
    settle_handoff(handoff.pk, now=at)
    ended = Clock.objects.get(handoff=handoff, kind="first_response", scope="team")
    assert set(StaleBoardDay.objects.values_list("day", flat=True)) == {ended.due.date()}


def test_refresh_leaves_it_to_the_one_that_is_at_work(teams: list[Team], rep: User, marketer: User) -> None:
    add(random.Random(1), teams, [rep], marketer)
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7304)")
    waiting = StaleBoardDay.objects.count()
    assert waiting
    assert (refresh(), StaleBoardDay.objects.count(), sums()) == (0, waiting, set())
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(7304)")
    other.close()
    assert refresh_sums() > 0
    assert refresh_sums() == 0


def test_another_zone_sums_every_day_again(teams: list[Team], rep: User, marketer: User, admin: User) -> None:
    for _ in range(9):
        add(random.Random(4), teams, [rep], marketer)
    rebuild()
    company = {"name": "N", "currency": "EUR", "actor": admin, "now": current()}
    update_organisation(timezone=ZONE, **company)
    assert not StaleBoardDay.objects.exists(), "only another zone moves facts to other days"
    update_organisation(timezone="Asia/Tokyo", **company)
    while refresh():
        pass
    kept = sums()
    rebuild()
    assert kept == sums()


def test_rebuild_without_a_fact_keeps_nothing() -> None:
    assert (rebuild(), StaleBoardDay.objects.count()) == (0, 0)


def test_another_zone_moves_what_waits_to_be_summed_too(admin: User) -> None:
    at = datetime(2026, 3, 10, 18, tzinfo=UTC)
    make_lead(stage="mql", created_at=at, stage_changed_at=at)
    zone = "Pacific/Kiritimati"
    update_organisation(name="N", currency="EUR", timezone=zone, actor=admin, now=current())
    march = month_of(NOW.date(), zone)
    assert dict(board(admin, march, now=NOW).qualified_on) == {date(2026, 3, 11): 1}
    refresh_sums()
    assert dict(board(admin, march, now=NOW).qualified_on) == {date(2026, 3, 11): 1}


def test_what_happens_in_the_first_of_two_midnight_hours_counts_on_the_day_of_its_list(admin: User) -> None:
    zone, day = "Atlantic/Azores", date(2026, 10, 25)
    Organisation.objects.update(timezone=zone)
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    make_lead(stage="mql", created_at=at, stage_changed_at=at)
    period = Period(day, day, zone)
    assert Delivery.objects.filter(delivered_at__gte=period.start, delivered_at__lt=period.end).count() == 1
    for _ in ("while it waits to be summed", "once it is"):
        assert dict(board(admin, period, now=at).qualified_on) == {day: 1}
        refresh_sums()
