"""Calendars are checked before they are published, and corrections move open clocks only."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.timezone import now

from sla.forms.calendars import windows_of
from sla.models import AgreementVersion, CalendarRevision, Clock, TeamCalendar, WorkingCalendar
from sla.services.calendars import (
    create_calendar,
    recompute_open_clocks,
    revise_calendar,
    set_team_calendar,
)
from sla.services.sweep import sweep
from smarketing.accounts.models import Team, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories import make_handoff
from tests.sla.factories import OFFICE, start_clocks

pytestmark = pytest.mark.django_db

TUE = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


def test_create_calendar_makes_the_first_the_default(calendar: WorkingCalendar, admin: User) -> None:
    second = create_calendar(name="Night", content=OFFICE, actor=admin, now=TUE)
    assert (calendar.is_default, second.is_default) == (True, False)
    third = create_calendar(name="New", content=OFFICE, is_default=True, actor=admin, now=TUE)
    assert list(WorkingCalendar.objects.filter(is_default=True)) == [third]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (replace(OFFICE, hours={}), "calendar_never_open"),
        (replace(OFFICE, timezone="Moon/Base"), "unknown_timezone"),
        (replace(OFFICE, hours={"0": [["09:00", "25:00"]]}), "bad_window"),
        (replace(OFFICE, hours={"0": [["09:00", "12:00"], ["11:00", "13:00"]]}), "overlapping_windows"),
        (replace(OFFICE, holidays={"tomorrow": "Feast"}), "bad_window"),
    ],
)
def test_create_calendar_refuses_what_makes_no_sense(admin: User, content: object, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_calendar(name="Odd", content=content, actor=admin, now=TUE)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert not WorkingCalendar.objects.exists()


def test_calendars_are_for_admins_and_names_are_unique(
    calendar: WorkingCalendar, admin: User, sales_manager: User
) -> None:
    with pytest.raises(NotAllowed):
        create_calendar(name="Mine", content=OFFICE, actor=sales_manager, now=TUE)
    with pytest.raises(Invalid, match="already"):
        create_calendar(name="office", content=OFFICE, actor=admin, now=TUE)
    with pytest.raises(NotFound):
        revise_calendar(0, content=OFFICE, why="?", actor=admin, now=TUE)


def test_the_database_refuses_a_calendar_without_hours_and_a_changed_revision(calendar: WorkingCalendar) -> None:
    with pytest.raises(IntegrityError, match="calendar_has_open_window"), transaction.atomic():
        CalendarRevision.objects.create(
            calendar=calendar, number=2, timezone="UTC", hours={"0": []}, created_at=TUE, superseded_at=TUE
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarRevision.objects.update(timezone="Europe/Berlin")


def test_a_correction_moves_open_clocks_in_chunks_and_leaves_closed_ones(
    agreement: AgreementVersion, calendar: WorkingCalendar, sales_team: Team, admin: User
) -> None:
    for _ in range(3):
        start_clocks(make_handoff(team=sales_team, created_at=TUE))
    done = Clock.objects.filter(kind="first_response").first()
    assert done is not None
    Clock.objects.filter(pk=done.pk).update(state="met", stopped_at=TUE)
    holiday = replace(OFFICE, holidays={"2026-03-10": "Founders’ day"})
    with pytest.raises(Invalid):
        revise_calendar(calendar.pk, content=holiday, why="", actor=admin, now=TUE)
    revision = revise_calendar(calendar.pk, content=holiday, why="We forgot it.", actor=admin, now=TUE)
    assert recompute_open_clocks(now=TUE, chunk=2) == 5
    assert recompute_open_clocks(now=TUE) == 0
    moved = Clock.objects.filter(kind="first_response", state="running")
    assert {clock.due_at for clock in moved} == {datetime(2026, 3, 11, 13, 0, tzinfo=UTC)}
    assert {clock.calendar_revision_id for clock in moved} == {revision.pk}
    done.refresh_from_db()
    assert (done.due_at, done.calendar_revision.number) == (TUE + timedelta(hours=4), 1)
    entries = ActivityEntry.objects.filter(verb="sla.clock_due_changed")
    assert entries.count() == 5
    assert ActivityEntry.objects.filter(verb="sla.calendar_revised").count() == 1


def test_the_sweep_follows_a_correction_before_it_judges(
    agreement: AgreementVersion, calendar: WorkingCalendar, sales_team: Team, admin: User
) -> None:
    start_clocks(make_handoff(team=sales_team, created_at=TUE))
    holiday = replace(OFFICE, holidays={"2026-03-10": "Founders’ day"})
    revise_calendar(calendar.pk, content=holiday, why="We forgot it.", actor=admin, now=TUE)
    assert sweep(now=TUE + timedelta(hours=6)).breached == 0


def test_a_correction_that_makes_promises_late_has_to_be_meant(
    agreement: AgreementVersion, calendar: WorkingCalendar, sales_team: Team, admin: User
) -> None:
    monday_night, tuesday = TUE - timedelta(hours=14), TUE - timedelta(hours=2)
    handoff = start_clocks(make_handoff(team=sales_team, created_at=monday_night))
    evenings = replace(OFFICE, hours={**OFFICE.hours, "0": [["09:00", "24:00"]]})
    with pytest.raises(Invalid) as refused:
        revise_calendar(calendar.pk, content=evenings, why="We work late.", actor=admin, now=tuesday)
    assert refused.value.code == "promises_become_late"
    assert f"1 promise that is not late now would have been missed already: {handoff.lead.label}" in str(refused.value)
    assert CalendarRevision.objects.count() == 1
    revise_calendar(calendar.pk, content=evenings, why="We work late.", late_allowed=True, actor=admin, now=tuesday)
    assert sweep(now=tuesday).breached == 1


def test_promises_that_become_late_are_counted_and_named_once(
    agreement: AgreementVersion, calendar: WorkingCalendar, sales_team: Team, rep: User, admin: User
) -> None:
    monday_night, tuesday = TUE - timedelta(hours=14), TUE - timedelta(hours=2)
    handoff = make_handoff(team=sales_team, owner=rep, created_at=monday_night)
    start_clocks(handoff)
    assert Clock.objects.filter(handoff=handoff, kind="first_response").count() == 2
    always = replace(OFFICE, hours={**OFFICE.hours, "0": [["00:00", "24:00"]], "1": [["00:00", "24:00"]]})
    with pytest.raises(Invalid) as refused:
        revise_calendar(calendar.pk, content=always, why="We never sleep.", actor=admin, now=tuesday)
    late = f"2 promises that are not late now would have been missed already: {handoff.lead.label} "
    assert late in str(refused.value)
    assert str(refused.value).count(handoff.lead.label) == 1


def test_the_page_asks_whether_promises_may_become_late_and_then_saves_it(
    agreement: AgreementVersion, calendar: WorkingCalendar, sales_team: Team, client: Client, admin: User
) -> None:
    night = now() - timedelta(hours=14)
    always = {f"day{day}": "00:00-24:00" for day in range(7)}
    handoff = start_clocks(make_handoff(team=sales_team, created_at=night))
    tomorrow = (now() + timedelta(days=2), now() + timedelta(days=1))
    handoff.clocks.update(due_at=tomorrow[0], warn_at=tomorrow[1])
    client.force_login(admin)
    url = f"/calendars/{calendar.pk}/edit/"
    page = client.get(url).content.decode()
    hidden = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page)
    assert "form_key" in dict(hidden)
    assert 'type="checkbox"' not in page
    given = {**dict(hidden), "timezone": "UTC", **always, "why": "We never sleep."}
    # As the page sends it: the form takes the place of itself.
    htmx = {"HX-Request": "true", "HX-Trigger": "calendar-form", "HX-Target": "calendar-form"}
    refused = client.post(url, given, headers=htmx)
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "X-Problem" not in refused
    assert re.search(r'<input type="checkbox" name="late_allowed"', text)
    assert text.count("By these hours") == 1
    assert "late_allowed:" not in text
    assert "data-focus" in text
    assert 'href="#id_late_allowed"' in text
    assert CalendarRevision.objects.count() == 1
    assert 'name="late_allowed"' in client.post(url, given).content.decode()
    saved = client.post(url, {**given, "late_allowed": "on"}, headers=htmx)
    assert (saved.status_code, saved["HX-Redirect"]) == (204, "/calendars/")
    assert CalendarRevision.objects.count() == 2


def test_revise_calendar_without_a_change_keeps_the_revision(calendar: WorkingCalendar, admin: User) -> None:
    assert revise_calendar(calendar.pk, content=OFFICE, why="", actor=admin, now=TUE).number == 1


def test_a_team_works_by_its_own_calendar(
    agreement: AgreementVersion, sales_team: Team, other_sales_team: Team, admin: User
) -> None:
    late = create_calendar(
        name="Late", content=replace(OFFICE, hours={"1": [["14:00", "22:00"]]}), actor=admin, now=TUE
    )
    set_team_calendar(sales_team.pk, calendar_id=late.pk, actor=admin, now=TUE)
    due = {}
    for team in (sales_team, other_sales_team):
        handoff = start_clocks(make_handoff(team=team, created_at=TUE))
        due[team] = handoff.clocks.get(kind="first_response").due_at
    assert due == {sales_team: TUE + timedelta(hours=8), other_sales_team: TUE + timedelta(hours=4)}


def test_another_team_calendar_counts_for_clocks_that_start_from_then_on(
    agreement: AgreementVersion, calendar: WorkingCalendar, sales_team: Team, sales_manager: User, admin: User
) -> None:
    before = start_clocks(make_handoff(team=sales_team, created_at=TUE))
    late = create_calendar(
        name="Late", content=replace(OFFICE, hours={"1": [["14:00", "22:00"]]}), actor=admin, now=TUE
    )
    set_team_calendar(sales_team.pk, calendar_id=late.pk, actor=sales_manager, now=TUE)
    set_team_calendar(sales_team.pk, calendar_id=late.pk, actor=sales_manager, now=TUE)
    assert recompute_open_clocks(now=TUE) == 0
    during = start_clocks(make_handoff(team=sales_team, created_at=TUE))
    set_team_calendar(sales_team.pk, calendar_id=None, actor=sales_manager, now=TUE)
    after = start_clocks(make_handoff(team=sales_team, created_at=TUE))
    kinds = {"kind": "first_response", "scope": "team"}
    assert [made.clocks.get(**kinds).due_at - TUE for made in (before, during, after)] == [
        timedelta(hours=4),
        timedelta(hours=8),
        timedelta(hours=4),
    ]
    entries = ActivityEntry.objects.filter(verb="sla.team_calendar_set").order_by("id")
    assert [(entry.data["old"], entry.data["calendar"]) for entry in entries] == [
        ("the default", "Late"),
        ("Late", "the default"),
    ]


def test_a_team_calendar_is_for_its_managers_and_admins(
    calendar: WorkingCalendar,
    sales_team: Team,
    other_sales_team: Team,
    rep: User,
    sales_manager: User,
    marketing_manager: User,
    admin: User,
) -> None:
    for person in (rep, marketing_manager):
        with pytest.raises(NotAllowed):
            set_team_calendar(sales_team.pk, calendar_id=calendar.pk, actor=person, now=TUE)
    with pytest.raises(NotAllowed):
        set_team_calendar(other_sales_team.pk, calendar_id=calendar.pk, actor=sales_manager, now=TUE)
    with pytest.raises(NotFound):
        set_team_calendar(0, calendar_id=calendar.pk, actor=admin, now=TUE)
    with pytest.raises(Invalid):
        set_team_calendar(sales_team.pk, calendar_id=0, actor=admin, now=TUE)
    assert not TeamCalendar.objects.exists()


def test_the_page_says_what_it_means_for_promises_that_run(
    agreement: AgreementVersion, sales_team: Team, sales_manager: User, admin: User, client: Client
) -> None:
    start_clocks(make_handoff(team=sales_team, created_at=TUE))
    late = create_calendar(name="Late", content=OFFICE, actor=admin, now=TUE)
    client.force_login(sales_manager)
    address = f"/calendars/teams/{sales_team.pk}/"
    assert address in client.get("/calendars/").content.decode()
    page = client.get(address).content.decode()
    assert "2 promises on handoffs to this team run now. They keep the calendar by which they started" in page
    assert client.post(address, {"calendar": "0"}).status_code == 422
    assert client.post(address, {"calendar": late.pk}).status_code == 302
    assert TeamCalendar.objects.get().calendar == late
    assert "The team's own choice" in client.get("/calendars/").content.decode()
    assert client.post(address, {"calendar": ""}).status_code == 302
    assert not TeamCalendar.objects.exists()


def test_programs_read_calendars_and_set_those_of_teams(
    agreement: AgreementVersion,
    calendar: WorkingCalendar,
    sales_team: Team,
    rep: User,
    sales_manager: User,
    admin: User,
    api: Any,
) -> None:
    late = create_calendar(name="Late", content=replace(OFFICE, timezone="Europe/Oslo"), actor=admin, now=TUE)
    listed = api(rep).get("/api/v1/calendars/").data["results"]
    assert {row["name"]: (row["id"], row["timezone"], row["is_default"]) for row in listed} == {
        "Office": (calendar.pk, "UTC", True),
        "Late": (late.pk, "Europe/Oslo", False),
    }
    assert api(rep).get(f"/api/v1/calendars/{late.pk}/").data["hours"] == OFFICE.hours
    address = f"/api/v1/team-calendars/{sales_team.pk}/"
    changed = api(sales_manager).put(address, {"calendar": late.pk}, format="json")
    assert changed.data == {
        "team": sales_team.pk,
        "name": sales_team.name,
        "calendar": late.pk,
        "agreed": None,
        "counts": late.pk,
    }
    assert api(rep).put(address, {"calendar": None}, format="json").status_code == 403
    assert api(sales_manager).put(address, {"calendar": 0}, format="json").status_code == 400
    assert api(sales_manager).put(address, {"calendar": None}, format="json").data["counts"] == calendar.pk
    assert sales_team.pk in [row["team"] for row in api(rep).get("/api/v1/team-calendars/").data]


def test_pages_try_publish_and_correct(admin: User, client: Client) -> None:
    client.force_login(admin)
    fields = {"name": "Office", "timezone": "UTC", "day0": "9-12, 13:00-17:00", "holidays": "2026-12-25 Christmas Day"}
    tried = client.post("/calendars/new/", {**fields, "preview": "1", "try_from": "2026-03-07T14:00", "try_hours": "4"})
    assert "Due Mon 9 Mar 14:00" in tried.content.decode()
    assert not WorkingCalendar.objects.exists()
    assert client.post("/calendars/new/", {**fields, "day0": "nine to five"}).status_code == 422
    assert client.post("/calendars/new/", {**fields, "day0": "closed"}).status_code == 422
    assert client.post("/calendars/new/", fields).status_code == 302
    made = WorkingCalendar.objects.get()
    assert made.current.hours == {"0": [["09:00", "12:00"], ["13:00", "17:00"]]}
    assert b"Christmas Day" in client.get("/calendars/").content
    client.post(f"/calendars/{made.pk}/edit/", {**fields, "day1": "9-17", "why": "Tuesdays too."})
    assert made.current.number == 2


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("", []),
        ("closed", []),
        ("9-17", [["09:00", "17:00"]]),
        ("09:00–12:30 and 13:30–18:00", [["09:00", "12:30"], ["13:30", "18:00"]]),
        ("22:00-6", [["22:00", "06:00"]]),
    ],
)
def test_windows_of_reads_hours_as_people_write_them(text: str, windows: list[list[str]]) -> None:
    assert windows_of(text) == windows
