"""Files that come in: whole rows or none, the same file twice as if once, reasons for what stays out."""

from __future__ import annotations

import csv
import io
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from rest_framework.test import APIClient

from leads.domain.lifecycle import LifecycleStage, stage_of_history
from leads.models import (
    Campaign,
    Company,
    Deal,
    ImportReject,
    ImportRun,
    Lead,
    Score,
    ScoreChange,
    Spend,
    StageTransition,
    Touchpoint,
    Visit,
)
from leads.services import scoring
from leads.services.importing import (
    Choices,
    cancel_run,
    create_run,
    execute_run,
    execution,
    histories,
    preview_run,
    resume_stalled_runs,
    start_run,
)
from leads.services.importing.outlook import Fate
from leads.services.importing.preview import Preview
from leads.services.scoring import score_leads
from leads.services.scoring.model import LOCK
from reporting.domain.periods import Period
from reporting.selectors.funnel import funnel_rows
from smarketing.accounts.models import Organisation, User
from smarketing.activity.models import ActivityEntry
from smarketing.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import make_campaign, make_lead

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def bring(kind: str, text: str | bytes, actor: User, **options: object) -> ImportRun:
    """Uploads, starts with the guessed (or given) mapping and reads to the end."""
    data = text.encode() if isinstance(text, str) else text
    run = create_run(kind, filename="file.csv", chunks=[data], actor=actor, now=now())
    mapping = {**run.mapping, **options.get("mapping", {})}
    choices = Choices(**{name: options[name] for name in ("dates", "decimal", "known") if name in options})
    start_run(run.pk, mapping, {**run.defaults, **options.get("defaults", {})}, choices, actor=actor, now=now())
    execute_run(run.pk)
    run.refresh_from_db()
    return run


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.rows_created, run.rows_updated, run.rows_unchanged, run.rows_rejected


def everything() -> list[object]:
    """The state of the world that an import may change."""
    models = (Lead, Company, Campaign, StageTransition, Touchpoint, Deal, Spend, Visit)
    hidden = {"recorded_at", "created_at", "stated_by_id"}
    return [
        sorted(
            (tuple(sorted((k, str(v)) for k, v in row.items() if k not in hidden)) for row in model.objects.values()),
        )
        for model in models
    ]


LEADS = "email,first name,company,source\nida@fjord.example,Ida,Fjord AS,google / cpc\nmax@lum.example,Max,Lum,\n"


def test_a_file_of_leads_goes_in_with_company_channel_and_first_transition(
    marketer: User, organisation: Organisation
) -> None:
    run = bring("leads", LEADS, marketer)
    assert (run.state, counts(run)) == ("done", (2, 0, 0, 0))
    ida = Lead.objects.get(email="ida@fjord.example")
    assert (ida.first_name, ida.company.name, ida.source, ida.channel) == (
        "Ida",
        "Fjord AS",
        "google / cpc",
        "paid_search",
    )
    assert [move.to_stage for move in ida.transitions.all()] == ["lead"]
    assert ActivityEntry.objects.filter(verb="leads.import_finished", actor=marketer).count() == 1


CASES = {
    "leads": LEADS,
    "companies": "name,domain,industry\nFjord AS,fjord.example,Energy\nLum,lum.example,Light\n",
    "campaigns": "name,channel,start date,budget\nExpo,event,2026-03-01,1500.00\nSearch,paid_search,2026-01-01,\n",
    "spend": "campaign,date,cost\nExpo,2026-03-01,10.50\nExpo,2026-03-02,11\n",
    "visits": "date,source,sessions\n2026-03-01,google / organic,12\n2026-03-02,(direct),3\n",
    "touchpoints": "email,kind,occurred at\nknown@b.example,webinar_attended,2026-02-01 10:00\n",
    "deals": "email,amount,won date\nknown@b.example,1200.50,2026-04-01\n",
}


@pytest.mark.parametrize("kind", list(CASES))
def test_the_same_file_twice_is_as_if_once(kind: str, marketer: User, organisation: Organisation) -> None:
    make_lead(email="known@b.example")
    first = bring(kind, CASES[kind], marketer)
    assert (first.state, first.rows_rejected, list(first.rejects.all())) == ("done", 0, [])
    assert first.rows_created > 0
    before = everything()
    second = bring(kind, CASES[kind], marketer)
    assert (second.rows_created, second.rows_updated) == (0, 0)
    assert everything() == before


def test_of_a_known_lead_only_what_is_empty_is_filled(marketer: User, organisation: Organisation) -> None:
    text = "email,first name,job title,company,campaign,created,source\nida@fjord.example,Ida,{},Fjord,{},{},\n"
    bring("leads", text.format("", "", "2026-03-02"), marketer)
    Lead.objects.update(first_name="Corrected")
    again = bring("leads", text.format("", "", "2026-03-02"), marketer)
    assert (counts(again), again.rows_kept) == ((0, 0, 1, 0), 1)
    assert Lead.objects.get().first_name == "Corrected"
    other = text.replace("Fjord", "Lum").format("Engineer", "Expo", "2026-03-01")
    run = bring("leads", other, marketer)
    ida = Lead.objects.get()
    assert (counts(run), run.rows_kept) == ((0, 1, 0, 0), 1)
    assert (ida.first_name, ida.job_title, ida.company.name, ida.campaign.name) == (
        "Corrected",
        "Engineer",
        "Fjord",
        "Expo",
    )
    # A date of the history is a fact of the file; a company that the lead does not get is not added.
    assert ida.created_at.date() == date(2026, 3, 1)
    assert [company.name for company in Company.objects.all()] == ["Fjord"]
    bring("leads", other.replace("Expo", "Fair"), marketer)
    assert [campaign.name for campaign in Campaign.objects.all()] == ["Expo"]


def test_of_a_known_lead_what_a_row_leaves_blank_stays_and_what_it_says_replaces_if_so_chosen(
    marketer: User, organisation: Organisation
) -> None:
    bring("leads", "email,first name,job title,company\nida@fjord.example,Ida,Engineer,Fjord\n", marketer)
    text = "email,first name,job title,company\nIDA@fjord.example,,Head of Grid,Lum\n"
    run = bring("leads", text, marketer, known="replace")
    ida = Lead.objects.get()
    assert (counts(run), run.rows_kept) == ((0, 1, 0, 0), 0)
    assert (ida.first_name, ida.job_title, ida.company.name) == ("Ida", "Head of Grid", "Lum")


def test_of_a_known_company_only_what_is_empty_is_filled_unless_chosen_otherwise(
    marketer: User, organisation: Organisation
) -> None:
    text = "name,domain,industry,city\nFjord,fjord.example,{},Oslo\n"
    bring("companies", text.format(""), marketer)
    Company.objects.update(city="Bergen")
    run = bring("companies", text.format("Energy"), marketer)
    assert (counts(run), run.rows_kept) == ((0, 1, 0, 0), 1)
    assert Company.objects.values_list("industry", "city").get() == ("Energy", "Bergen")
    run = bring("companies", text.format("Grid"), marketer)
    assert (counts(run), run.rows_kept) == ((0, 0, 1, 0), 1)
    run = bring("companies", text.format("Grid"), marketer, known="replace")
    assert (counts(run), run.rows_kept) == ((0, 1, 0, 0), 0)
    assert Company.objects.values_list("industry", "city").get() == ("Grid", "Oslo")


@pytest.mark.parametrize(("known", "name", "kept"), [("complete", "A", 1), ("replace", "Anna", 0)])
def test_the_same_person_twice_in_one_file_is_one_lead(
    marketer: User, organisation: Organisation, known: str, name: str, kept: int
) -> None:
    run = bring("leads", "email,first name\na@b.example,A\nA@B.example,Anna\n", marketer, known=known)
    assert (Lead.objects.get().first_name, run.rows_kept) == (name, kept)
    assert counts(run) == (1, 1 - kept, kept, 0)


DATED = "email,created,mql date\na@b.example,02/04/2026,03/04/2026\nb@b.example,04/04/2026,05/04/2026\n"


@pytest.mark.parametrize(("dates", "month", "day"), [("", 4, 3), ("day-first", 4, 3), ("month-first", 2, 4)])
def test_who_brings_a_file_says_which_number_is_the_day(
    marketer: User, organisation: Organisation, dates: str, month: int, day: int
) -> None:
    run = bring("leads", DATED, marketer, dates=dates)
    assert run.dates == dates
    lead = Lead.objects.get(email="a@b.example")
    assert (lead.created_at.month, lead.transitions.get(to_stage="mql").occurred_at.day) == (month, day)


def test_who_brings_a_file_says_which_mark_is_the_decimal_one(marketer: User, organisation: Organisation) -> None:
    text = "campaign,date,cost\nExpo,2026-03-01,1.234\n"
    for decimal, amount in (("", "1234.00"), ("point", "1.23"), ("comma", "1234.00")):
        bring("spend", text, marketer, decimal=decimal)
        assert Spend.objects.get().amount == Decimal(amount)


def test_what_was_said_of_a_file_with_the_same_headings_holds_again_but_replacing_does_not(
    marketer: User, organisation: Organisation
) -> None:
    bring("leads", DATED, marketer, dates="month-first", known="replace")
    again = create_run("leads", filename="b.csv", chunks=[DATED.encode()], actor=marketer, now=now())
    assert (again.dates, again.known) == ("month-first", "complete")


def test_the_page_asks_what_the_values_leave_open(marketer: User, organisation: Organisation, client: Client) -> None:
    client.force_login(marketer)
    run = create_run("leads", filename="us.csv", chunks=[DATED.encode()], actor=marketer, now=now())
    shown = client.get(run.get_absolute_url()).content.decode()
    assert 'name="dates"' in shown
    assert 'name="decimal"' not in shown
    assert "2 April 2026" in shown
    answers = {"column_0": "email", "column_1": "created_at", "column_2": "mql_at", "dates": "month-first"}
    part = client.post(f"/imports/{run.pk}/preview/", answers, headers={"HX-Request": "true"}).content.decode()
    assert re.search(r'value="month-first" selected', part)
    run.refresh_from_db()
    assert run.dates == "month-first"
    shown = client.get(run.get_absolute_url()).content.decode()
    assert re.search(r'value="month-first" selected', shown)
    plain = create_run(
        "leads", filename="iso.csv", chunks=[b"email,created\na@b.example,2026-02-03\n"], actor=marketer, now=now()
    )
    assert 'name="dates"' not in client.get(plain.get_absolute_url()).content.decode()
    client.post(f"/imports/{run.pk}/start/", {**answers, "known": "replace"})
    run.refresh_from_db()
    assert (run.state, run.dates, run.known) == ("queued", "month-first", "replace")
    spend = create_run(
        "spend", filename="s.csv", chunks=[b"campaign,date,cost\nA,2026-02-03,1.234\n"], actor=marketer, now=now()
    )
    shown = client.get(spend.get_absolute_url()).content.decode()
    assert 'name="decimal"' in shown
    assert 'name="known"' not in shown


def test_the_result_says_how_many_rows_differed_and_were_kept(
    marketer: User, organisation: Organisation, client: Client
) -> None:
    make_lead(email="a@b.example", first_name="Ada")
    run = bring("leads", "email,first name\na@b.example,Eva\n", marketer)
    client.force_login(marketer)
    assert "1 row says something else than is known of its lead" in client.get(run.get_absolute_url()).content.decode()


def test_an_email_of_another_lead_is_refused_with_the_reason(marketer: User, organisation: Organisation) -> None:
    make_lead(external_id="A1", email="a@b.example")
    run = bring(
        "leads", "lead id,email\nB2,a@b.example\nC3,c@d.example\n", marketer, mapping={"lead id": "external_id"}
    )
    assert counts(run) == (1, 0, 0, 1)
    assert "A1" in ImportReject.objects.get().reasons[0]


def test_stage_dates_become_facts_and_skipped_stages_are_flagged(marketer: User, organisation: Organisation) -> None:
    text = "id,created at,mql at,customer at\nX1,2026-01-05,2026-01-10,2026-03-01\n"
    run = bring(
        "leads",
        text,
        marketer,
        mapping={"id": "external_id", "created at": "created_at", "mql at": "mql_at", "customer at": "customer_at"},
    )
    lead = Lead.objects.get()
    assert (run.rows_created, lead.stage) == (1, "customer")
    facts = [(m.to_stage, m.occurred_at.date(), m.imputed) for m in lead.transitions.order_by("id")]
    won = date(2026, 3, 1)
    assert facts == [
        ("mql", date(2026, 1, 10), False),
        ("sal", won, True),
        ("sql", won, True),
        ("opportunity", won, True),
        ("customer", won, False),
    ]


def test_a_won_deal_makes_its_lead_a_customer_even_when_won_before_the_lead_came(
    marketer: User, organisation: Organisation
) -> None:
    lead = make_lead(email="a@b.example", created_at=datetime(2026, 5, 1, tzinfo=UTC))
    run = bring("deals", "email,won date,amount\na@b.example,2026-04-01,99.90\n", marketer)
    lead.refresh_from_db()
    assert (lead.stage, Deal.objects.get().amount, counts(run)) == ("customer", Decimal("99.90"), (1, 0, 0, 0))
    assert "before the date at which their lead came" in run.message


def test_a_deal_of_an_unknown_lead_stays_out_and_says_why(marketer: User, organisation: Organisation) -> None:
    run = bring("deals", "email,won date\nnobody@b.example,2026-04-01\n", marketer)
    assert (counts(run), Deal.objects.count()) == ((0, 0, 0, 1), 0)
    assert "There is no lead" in ImportReject.objects.get().reasons[0]


def test_spend_of_one_campaign_and_day_adds_up_in_a_file_and_is_replaced_by_another(
    marketer: User, organisation: Organisation
) -> None:
    bring("spend", "campaign,date,cost\nExpo,2026-03-01,10\nExpo,2026-03-01,5.50\n", marketer)
    assert Spend.objects.get().amount == Decimal("15.50")
    bring("spend", "campaign,date,cost\nExpo,2026-03-01,20\n", marketer)
    assert Spend.objects.get().amount == Decimal("20")


GOOD = "ok@b.example,2026-01-01\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no-email,2026-01-01\n", "e-mail"),
        (",2026-01-01\n", "neither"),
        ("a@b.example,1899-12-31\n", "1899"),
        ("a@b.example,2999-01-01\n", "2999"),
        ("a@b.example,someday\n", "someday"),
        ("a@b.example,2026-01-01,surplus\n", "cells"),
    ],
)
def test_a_bad_row_stays_out_whole_with_a_reason_and_the_others_go_in(
    line: str, said: str, marketer: User, organisation: Organisation
) -> None:
    run = bring("leads", f"email,created at\n{GOOD}{line}", marketer, mapping={"created at": "created_at"})
    assert counts(run) == (1, 0, 0, 1)
    reject = ImportReject.objects.get()
    assert (reject.row_number, said in " ".join(reject.reasons)) == (3, True), reject.reasons


def test_an_amount_written_as_on_the_continent_is_read_exactly(marketer: User, organisation: Organisation) -> None:
    bring("spend", 'campaign;date;cost\nExpo;01.03.2026;"1.234,56"\n', marketer)
    assert Spend.objects.get().amount == Decimal("1234.56")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 not a table", "CSV"),
        (b"\x89PNG\r\n\x1a\n", "CSV"),
        (b",".join(b"c%d" % n for n in range(10_000)) + b"\n1\n", "columns"),
        (b"x" * 3_000_000, "line"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence_and_leaves_nothing(
    data: bytes, said: str, marketer: User, organisation: Organisation, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_run("leads", filename="x.csv", chunks=[data], actor=marketer, now=now())
    assert said in refusal.value.message, refusal.value.message
    assert not ImportRun.objects.exists()
    assert not list((tmp_path / "media" / "imports").iterdir())


def test_an_upload_that_breaks_off_leaves_nothing(marketer: User, organisation: Organisation, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"email\na@b.example\n"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        create_run("leads", filename="x.csv", chunks=broken(), actor=marketer, now=now())
    assert not ImportRun.objects.exists()
    assert not list((tmp_path / "media" / "imports").iterdir())


def test_an_upload_over_the_limit_is_refused(marketer: User, organisation: Organisation, settings: object) -> None:
    settings.IMPORT_MAX_BYTES = 10
    with pytest.raises(Invalid) as refusal:
        create_run("leads", filename="x.csv", chunks=[b"x" * 6, b"x" * 6], actor=marketer, now=now())
    assert refusal.value.code == "file_too_large"


def test_a_formula_is_kept_as_text_and_neutralised_in_the_file_of_rejects(
    marketer: User, organisation: Organisation, client: Client
) -> None:
    text = 'email,first name\na@b.example,"=HYPERLINK(""http://x"")"\nbad,"=1+1"\n'
    run = bring("leads", text, marketer)
    assert Lead.objects.get().first_name == '=HYPERLINK("http://x")'
    client.force_login(marketer)
    body = b"".join(client.get(f"/imports/{run.pk}/rejects.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[0] == ["email", "first name", "Reason"]
    assert rows[1][1] == "'=1+1"


def test_a_run_that_died_goes_on_where_it_stood(
    marketer: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "BATCH", 10)
    text = "email\n" + "".join(f"p{n}@b.example\n" for n in range(35))
    run = create_run("leads", filename="f.csv", chunks=[text.encode()], actor=marketer, now=now())
    start_run(run.pk, run.mapping, {}, actor=marketer, now=now())

    class Killed(BaseException):
        pass

    def die(current: ImportRun) -> None:
        if current.rows_read >= 20:
            raise Killed

    with pytest.raises(Killed):
        execute_run(run.pk, on_batch=die)
    assert Lead.objects.count() == 20
    assert resume_stalled_runs(now=now()) == 0
    ImportRun.objects.filter(pk=run.pk).update(heartbeat_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert resume_stalled_runs(now=now()) == 1
    run.refresh_from_db()
    assert (run.state, run.rows_read, run.rows_created, Lead.objects.count()) == ("done", 35, 35, 35)
    assert ActivityEntry.objects.filter(verb="leads.import_finished").count() == 1


def test_a_batch_that_a_crash_of_the_server_took_away_is_read_again(
    marketer: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "BATCH", 10)
    text = "email\n" + "".join(f"p{n}@b.example\n" for n in range(35))
    run = create_run("leads", filename="f.csv", chunks=[text.encode()], actor=marketer, now=now())
    start_run(run.pk, run.mapping, {}, actor=marketer, now=now())
    crashes = [35, 20]

    def crash(current: ImportRun) -> None:
        if crashes and current.rows_read >= crashes[-1]:
            crashes.pop()
            lost = Lead.objects.order_by("-pk").values_list("pk", flat=True)[:10]
            Lead.objects.filter(pk__in=list(lost)).delete()
            ImportRun.objects.filter(pk=run.pk).update(
                rows_read=current.rows_read - 10, rows_created=current.rows_created - 10
            )

    assert execute_run(run.pk, on_batch=crash).state == "done"
    run.refresh_from_db()
    assert (crashes, run.rows_read, run.rows_created, Lead.objects.count()) == ([], 35, 35, 35)


def test_two_workers_do_not_read_one_run_at_the_same_time(marketer: User, organisation: Organisation) -> None:
    run = create_run("leads", filename="f.csv", chunks=[LEADS.encode()], actor=marketer, now=now())
    start_run(run.pk, run.mapping, {}, actor=marketer, now=now())
    rival, lock = connection.copy(), [execution.ATTENDING, run.pk]
    try:
        with rival.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", lock)
            assert execute_run(run.pk).state == "busy"
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", lock)
    finally:
        rival.close()
    assert execute_run(run.pk).state == "done"
    assert Lead.objects.count() == 2


def test_the_page_says_when_a_run_waits_to_be_taken_up_again(
    marketer: User, organisation: Organisation, client: Client
) -> None:
    run = create_run("leads", filename="f.csv", chunks=[LEADS.encode()], actor=marketer, now=now())
    start_run(run.pk, run.mapping, {}, actor=marketer, now=now())
    client.force_login(marketer)
    page = run.get_absolute_url()
    assert "Waiting for a worker" in client.get(page).content.decode()
    ImportRun.objects.filter(pk=run.pk).update(state="running", heartbeat_at=now())
    assert "Waiting to go on" in client.get(page).content.decode()
    rival, lock = connection.copy(), [execution.ATTENDING, run.pk]
    try:
        with rival.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", lock)
            assert "Waiting to go on" not in (shown := client.get(page).content.decode())
            assert "Importing" in shown
    finally:
        rival.close()


def test_a_cancelled_run_keeps_what_is_in_and_reads_no_further(
    marketer: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "BATCH", 1)
    run = create_run("leads", filename="f.csv", chunks=[LEADS.encode()], actor=marketer, now=now())
    start_run(run.pk, run.mapping, {}, actor=marketer, now=now())
    result = execute_run(run.pk, on_batch=lambda current: cancel_run(current.pk, actor=marketer, now=now()))
    assert (result.state, Lead.objects.count()) == ("cancelled", 1)
    with pytest.raises(Conflict):
        cancel_run(run.pk, actor=marketer, now=now())


def test_a_rep_may_not_import(rep: User, organisation: Organisation, client: Client) -> None:
    with pytest.raises(NotAllowed):
        create_run("leads", filename="f.csv", chunks=[b"email\n"], actor=rep, now=now())
    client.force_login(rep)
    assert client.get("/imports/new/").status_code == 403
    assert not ImportRun.objects.exists()


def test_by_the_page_upload_map_preview_start_and_result(
    marketer: User, organisation: Organisation, client: Client
) -> None:
    client.force_login(marketer)
    upload = SimpleUploadedFile("mine.csv", b"E-Mail,Wann\na@b.example,2026-02-03\nbad,2026-02-03\n")
    answer = client.post("/imports/new/", {"kind": "leads", "file": upload})
    run = ImportRun.objects.get()
    assert answer.headers["Location"] == f"/imports/{run.pk}/"
    page = client.get(f"/imports/{run.pk}/")
    assert page.context["preview"].refused == 1
    mapping = {"column_0": "email", "column_1": "created_at", "also_1": "mql_at"}
    preview = client.post(f"/imports/{run.pk}/preview/", mapping, headers={"HX-Request": "true"})
    assert b"would stay out" in preview.content
    key = re.search(r'name="form_key" value="([^"]+)"', page.content.decode())
    assert key is not None
    answers = [client.post(f"/imports/{run.pk}/start/", {**mapping, "form_key": key[1]}) for _ in range(2)]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, f"/imports/{run.pk}/")}
    execute_run(run.pk)
    lead = Lead.objects.get()
    assert (lead.stage, lead.created_at.date()) == ("mql", date(2026, 2, 3))
    result = client.get(f"/imports/{run.pk}/")
    assert b"Download all with reasons" in result.content


def test_by_api_a_file_with_a_mapping_is_queued(marketer: User, organisation: Organisation) -> None:
    program = APIClient()
    program.force_authenticate(marketer)
    body = {
        "kind": "leads",
        "file": SimpleUploadedFile("f.csv", b"Mail\na@b.example\n"),
        "mapping": '{"Mail": "email"}',
        "dates": "month-first",
        "known": "replace",
    }
    answer = program.post("/api/v1/imports/", body, format="multipart")
    assert (answer.status_code, answer.json()["state"]) == (201, "queued"), answer.content
    said = {name: answer.json()[name] for name in ("dates", "decimal", "known", "rows_kept")}
    assert said == {"dates": "month-first", "decimal": "", "known": "replace", "rows_kept": 0}
    execute_run(answer.json()["id"])
    assert program.get(f"/api/v1/imports/{answer.json()['id']}/").json()["rows_created"] == 1


def test_import_csv_exits_0_1_and_2_and_writes_rejects_beside_the_file(
    tmp_path: Path, organisation: Organisation
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\na@b.example\n")
    call_command("import_csv", "leads", str(file))
    file.write_text("email\nc@d.example\nbad\n")
    with pytest.raises(SystemExit) as ended:
        call_command("import_csv", "leads", str(file))
    assert ended.value.code == 1
    assert "bad" in (tmp_path / "people.rejected.csv").read_text("utf-8-sig")
    file.write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError) as refused:
        call_command("import_csv", "leads", str(file))
    assert refused.value.returncode == 2
    assert Lead.objects.count() == 2


def test_import_csv_takes_what_the_page_asks(
    tmp_path: Path, organisation: Organisation, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,created,first name\na@b.example,02/04/2026,Ada\n")
    call_command("import_csv", "leads", str(file))
    assert "--dates month-first" in capsys.readouterr().out
    assert Lead.objects.get().created_at.month == 4
    file.write_text("email,created,first name\na@b.example,02/04/2026,Eva\n")
    call_command("import_csv", "leads", str(file), "--dates", "month-first")
    assert "--known replace" in capsys.readouterr().out
    lead = Lead.objects.get()
    assert (lead.created_at.month, lead.first_name) == (2, "Ada")
    call_command("import_csv", "leads", str(file), "--dates", "month-first", "--known", "replace")
    assert Lead.objects.get().first_name == "Eva"
    file.write_text("campaign,date,cost\nA,2026-02-03,1.234\n")
    call_command("import_csv", "spend", str(file), "--decimal", "point")
    assert Spend.objects.get().amount == Decimal("1.23")


def test_a_dry_run_writes_nothing(tmp_path: Path, organisation: Organisation) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email\na@b.example\n")
    call_command("import_csv", "leads", str(file), "--dry-run")
    assert not Lead.objects.exists()
    assert not ImportRun.objects.exists()
    assert not ActivityEntry.objects.exists()


OLIST_HEAD = "mql_id,first_contact_date,landing_page_id,origin\n"


def olist_files(tmp_path: Path) -> tuple[Path, Path]:
    """The real files where they are at hand, else a file of the same shape and oddities."""
    real = Path(os.environ.get("SMARKETING_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "olist"
    names = ("olist_marketing_qualified_leads_dataset.csv", "olist_closed_deals_dataset.csv")
    if all((real / name).is_file() for name in names):
        return real / names[0], real / names[1]
    leads, deals = tmp_path / names[0], tmp_path / names[1]
    origins = ["", "unknown", "organic_search", "social", "paid_search", "other_publicities"]
    leads.write_text(
        OLIST_HEAD + "".join(f"{n:032x},2018-01-{n % 28 + 1:02d},page,{origins[n % 6]}\n" for n in range(300))
    )
    deals.write_text(
        "mql_id,seller_id,won_date,business_segment\n"
        + "".join(f"{n:032x},s{n},2017-12-31 10:00:0{n % 10},pet\n" for n in range(0, 300, 7))
    )
    return leads, deals


def test_a_real_companys_leads_and_deals_give_the_counts_that_its_files_give(
    tmp_path: Path, organisation: Organisation
) -> None:
    leads, deals = olist_files(tmp_path)
    origin = {row["mql_id"]: row["origin"] for row in csv.DictReader(leads.read_text().splitlines())}
    won = Counter(origin[row["mql_id"]] for row in csv.DictReader(deals.read_text().splitlines()))
    lead_map = ("mql_id=external_id", "first_contact_date=created_at", "first_contact_date=mql_at", "origin=source")
    call_command("import_csv", "leads", str(leads), map=[*lead_map, "landing_page_id=landing_page"])
    call_command(
        "import_csv",
        "deals",
        str(deals),
        map=["mql_id=external_id", "mql_id=lead_external_id", "won_date=won_at", "business_segment=segment"],
    )
    rows = funnel_rows(Period(date(2016, 1, 1), date(2019, 12, 31), "UTC"), by="source")
    assert {row.key: row.values["mql"] for row in rows} == Counter(origin.values())
    assert {row.key: row.values["customer"] for row in rows if row.values["customer"]} == won


SCORED = """email,first name,job title,seniority,consent,company,company domain
a@fjord.example,Ada,Head of Grid,director,yes,Fjord,fjord.example
b@gmail.com,Bo,Student,,no,,
c@fjord.example,Cleo,Buyer,manager,,Fjord,fjord.example
d@lum.example,,,,,,
A@fjord.example,,,,no,,
"""


def test_leads_of_a_file_come_scored_as_if_scored_one_by_one(marketer: User, organisation: Organisation) -> None:
    Company.objects.create(name="Fjord", domain="fjord.example", industry="Energy", employees=400, created_at=now())
    bring("leads", SCORED, marketer, known="replace")
    stored = dict(Lead.objects.values_list("email", "current_score__score"))
    assert stored["c@fjord.example"] > stored["d@lum.example"] == stored["b@gmail.com"] == 0
    history = dict(ScoreChange.objects.values_list("lead__email", "score"))
    assert history == {email: score for email, score in stored.items() if score}
    # Whoever a later row of the file completed waits to be scored again; for the others nothing changes.
    assert list(Score.objects.filter(scored_at=None).values_list("lead__email", flat=True)) == ["a@fjord.example"]
    assert score_leads(list(Lead.objects.values_list("pk", flat=True)), now()) == 1
    assert dict(Lead.objects.values_list("email", "current_score__score")) == stored | {
        "a@fjord.example": stored["a@fjord.example"] - 4
    }


def test_while_everybody_is_scored_anew_a_file_goes_in_unscored(marketer: User, organisation: Organisation) -> None:
    rival = connection.copy()
    try:
        with rival.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            run = bring("leads", LEADS, marketer)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    finally:
        rival.close()
    assert (run.state, Score.objects.filter(scored_at=None).count()) == ("done", 2)
    assert sum(map(len, scoring.score_pending(now()))) == 2


def test_the_address_of_the_preview_leads_to_the_import_and_the_mapping_is_kept(
    marketer: User, organisation: Organisation, client: Client
) -> None:
    client.force_login(marketer)
    run = create_run("leads", filename="a.csv", chunks=[b"Mail,Thing\na@example.com,x\n"], actor=marketer, now=now())
    address = f"/imports/{run.pk}/preview/"
    assert client.get(address)["Location"] == f"/imports/{run.pk}/"
    client.post(address, {"column_0": "email", "column_1": "job_title", "default_source": "Fair"})
    run.refresh_from_db()
    assert run.mapping == {"Mail": "email", "Thing": "job_title"}
    assert run.defaults == {"source": "Fair"}


def test_a_file_with_the_same_headings_is_mapped_as_the_last_one_was(
    marketer: User, organisation: Organisation, marketing_manager: User
) -> None:
    bring("leads", "Mail,Thing\na@example.com,x\n", marketer, mapping={"Mail": "email", "Thing": "job_title"})
    data = b"Mail,Thing\nb@example.com,y\n"
    again = create_run("leads", filename="b.csv", chunks=[data], actor=marketer, now=now())
    other = create_run("leads", filename="b.csv", chunks=[data], actor=marketing_manager, now=now())
    assert again.mapping == {"Mail": "email", "Thing": "job_title"}
    assert "Thing" not in other.mapping


def test_refused_rows_come_back_as_the_file_came(marketer: User, organisation: Organisation, client: Client) -> None:
    run = bring("leads", "E-Mail;Vorname\nkeine;Ada\n", marketer)
    client.force_login(marketer)
    file = b"".join(client.get(f"/imports/{run.pk}/rejects.csv").streaming_content)
    assert file.startswith(b"\xef\xbb\xbfE-Mail;Vorname;Reason\r\nkeine;Ada;")


def test_german_headings_are_known(marketer: User, organisation: Organisation) -> None:
    heading = "E-Mail;Firma;Kampagne;Quelle;Abteilung;Erstkontakt"
    leads = create_run(
        "leads", filename="a.csv", chunks=[f"{heading}\na@b.de;;;;;\n".encode()], actor=marketer, now=now()
    )
    assert leads.mapping == {
        "E-Mail": "email",
        "Firma": "company_name",
        "Kampagne": "campaign",
        "Quelle": "source",
        "Abteilung": "department",
        "Erstkontakt": "created_at",
    }
    data = b"Kampagne;Datum;Ausgaben\nA;1.2.2026;5\n"
    spend = create_run("spend", filename="a.csv", chunks=[data], actor=marketer, now=now())
    assert spend.mapping == {"Kampagne": "campaign", "Datum": "spent_on", "Ausgaben": "amount"}


def test_the_new_leads_of_an_import_are_the_list_behind_their_number(
    marketer: User, rep: User, organisation: Organisation, client: Client
) -> None:
    bring("leads", "email\nold@b.example\n", marketer)
    text = "email,first name\nnew@b.example,Ida\nold@b.example,Max\nwrong,\nnew@b.example,Eva\nlast@b.example,Tor\n"
    run = bring("leads", text, marketer, known="replace")
    assert counts(run) == (2, 2, 0, 1)
    client.force_login(marketer)
    page = client.get(run.get_absolute_url())
    address = f"/leads/?imported={run.pk}"
    assert page.content.decode().count(f'href="{address}"') == 2
    found = client.get(address)
    assert {lead.email for lead in found.context["page"].rows} == {"new@b.example", "last@b.example"}
    assert found.context["count"] == run.rows_created
    assert f'href="{run.get_absolute_url()}"' in found.content.decode()
    nothing_new = bring("leads", "email\nold@b.example\n", marketer)
    assert "imported=" not in client.get(nothing_new.get_absolute_url()).content.decode()
    assert client.get(f"/leads/?imported={nothing_new.pk}").context["count"] == 0
    client.force_login(rep)
    seen = client.get(address)
    assert (seen.context["count"], "file.csv" in seen.content.decode()) == (0, False)


def test_the_preview_counts_what_the_file_would_add_and_what_it_says_twice(
    marketer: User, organisation: Organisation
) -> None:
    make_campaign(name="Spring fair", external_id="c-1")
    names = ["Spring Fair", "c-1", "", "Sprng fair", "SPRNG FAIR", *(f"Trip {number}" for number in range(9))]
    lines = [f"{number},p{number}@b.example,{name}" for number, name in enumerate(names)]
    text = "\n".join(["id,email,campaign", *lines, "3,,", ",P4@b.example,", ""])
    run = create_run("leads", filename="a.csv", chunks=[text.encode()], actor=marketer, now=now())
    assert preview_run(run, run.mapping, run.defaults, now=now()).notes == [
        "Of the first rows, 14 are new, 2 say nothing new.",
        "2 of the first 16 rows name a person of an earlier row again; none is added twice.",
        "10 campaigns that do not exist yet will be added: “Sprng fair”, “Trip 0”, “Trip 1”, “Trip 2”, “Trip 3”,"
        " “Trip 4”, “Trip 5”, “Trip 6” and 2 more.",
        "By “Sprng fair”, did you mean “Spring fair”?",
    ]
    done = bring("leads", text, marketer)
    assert (done.rows_created, Campaign.objects.count()) == (14, 11)
    touches = "email,kind,date,content\n" + "p1@b.example,demo,2026-01-02,Guide\n" * 2
    touches += "nobody@b.example,demo,2026-01-02,Other\n"
    run = create_run("touchpoints", filename="a.csv", chunks=[touches.encode()], actor=marketer, now=now())
    assert preview_run(run, run.mapping, run.defaults, now=now()).notes == [
        "Of the first rows, 1 is new, 1 says nothing new.",
        "1 of the first 3 rows names a touchpoint of an earlier row again; each counts once.",
        "1 content asset that does not exist yet will be added: “Guide”.",
    ]
    assert counts(bring("touchpoints", touches, marketer)) == (1, 0, 1, 1)


def test_the_preview_tells_of_misspelt_campaigns_and_of_an_email_that_comes_with_two_ids(
    marketer: User, organisation: Organisation
) -> None:
    make_campaign(name="Autumn webinar")
    text = "id,email,campaign\n1,a@example.com,Autum webinar\n2,A@example.com,Autumn webinar\n3,c@example.com,Fair\n"
    run = create_run("leads", filename="a.csv", chunks=[text.encode()], actor=marketer, now=now())
    preview = preview_run(run, run.mapping, run.defaults, now=now())
    assert preview.notes == [
        "2 campaigns that do not exist yet will be added: “Autum webinar”, “Fair”.",
        "By “Autum webinar”, did you mean “Autumn webinar”?",
    ]
    assert preview.refused == 1
    assert preview.rows[0].reasons == ["The e-mail a@example.com belongs to the lead with the external id 1."]
    done = bring("leads", text, marketer)
    assert done.rows_rejected == preview.refused


def previewed(kind: str, text: str, actor: User, **choices: str) -> Preview:
    run = create_run(kind, filename="a.csv", chunks=[text.encode()], actor=actor, now=now())
    return preview_run(run, run.mapping, run.defaults, Choices(**choices), now=now())


FATES = {
    "leads": "email,id,first name,company,mql date\n"
    "known@b.example,,Eva,,\nknown@b.example,,Ada,,\nknown@b.example,k-1,,,\nnew@b.example,,Max,Lum,\n"
    "new@b.example,,Tor,Lum,2026-03-01\nother@b.example,k-1,,,\nnew@b.example,,,,2026-03-01\n",
    "companies": "name,domain,industry\nFjord,fjord.example,Light\nFjord,fjord.example,Grid\nLum,,\nLum,,Light\n",
    "campaigns": "name,channel,budget,owner e-mail\nExpo,event,10,\nExpo,event,10,\nFair,event,5,\n"
    "X,event,1,no@b.example\n",
    "spend": "campaign,date,cost,currency\nExpo,2026-03-01,5,EUR\n"
    "Expo,2026-03-02,5,EUR\nExpo,2026-03-02,5,USD\nY,2026-03-02,5,\n",
    "visits": "date,source,sessions,campaign\n2026-03-01,google / organic,12,\n2026-03-02,(direct),3,Nowhere\n",
    "touchpoints": "email,kind,occurred at\nknown@b.example,chat,2026-02-01\nknown@b.example,chat,2026-02-01\n"
    "none@b.example,chat,2026-02-01\n",
    "deals": "id,email,amount,won date,owner e-mail\nd-1,known@b.example,7,2026-04-01,\n"
    "d-2,known@b.example,9,2026-04-01,\n"
    "d-2,known@b.example,9,2026-04-01,\nd-3,none@b.example,9,2026-04-01,\n"
    "d-4,known@b.example,9,2026-04-01,no@b.example\n",
}


@pytest.mark.parametrize("kind", list(FATES))
def test_the_preview_says_what_the_import_will_say(kind: str, marketer: User, organisation: Organisation) -> None:
    make_lead(email="known@b.example", first_name="Ada", external_id=None)
    Company.objects.create(name="Fjord", domain="fjord.example", industry="Energy", created_at=now())
    bring("spend", "campaign,date,cost,currency\nExpo,2026-03-01,4,EUR\n", marketer)
    bring("visits", "date,source,sessions\n2026-03-01,google / organic,2\n", marketer)
    bring("deals", "id,email,amount,won date\nd-1,known@b.example,5,2026-04-01\n", marketer)
    bring("touchpoints", "email,kind,occurred at\nknown@b.example,webinar_attended,2026-02-01 10:00\n", marketer)
    before = everything()
    preview = previewed(kind, FATES[kind], marketer)
    assert everything() == before
    fates = Counter(row.fate for row in preview.rows if row.fate)
    run = bring(kind, FATES[kind], marketer)
    assert run.state == "done"
    assert {row.number: row.reasons for row in preview.rows if row.reasons} == {
        reject.row_number: reject.reasons for reject in run.rejects.all()
    }
    assert preview.refused == run.rows_rejected
    assert fates[Fate.NEW] == run.rows_created
    if kind in ("leads", "companies", "campaigns", "deals"):
        assert fates[Fate.COMPLETES] + fates[Fate.REPLACES] == run.rows_updated
        assert fates[Fate.SAME] + fates[Fate.KEPT] == run.rows_unchanged
        assert fates[Fate.KEPT] <= run.rows_kept


def test_the_preview_tells_which_values_differ(marketer: User, organisation: Organisation) -> None:
    make_lead(email="a@b.example", first_name="Ada", last_name="")
    text = "email,first name\na@b.example,Eva\n"
    assert previewed("leads", text, marketer).notes == [
        "Of the first rows, 1 differs from what is known, which is kept.",
        "First name of a@b.example stays “Ada”; the file says “Eva”.",
    ]
    assert previewed("leads", text, marketer, known="replace").notes == [
        "Of the first rows, 1 replaces what is known.",
        "First name of a@b.example was “Ada”; the file says “Eva”.",
    ]
    assert Lead.objects.get().first_name == "Ada"
    many = "email,first name,last name,job title\n" + "".join(f"p{n}@b.example,A,B,C\n" for n in range(7))
    bring("leads", many, marketer)
    notes = previewed("leads", many.replace(",A,", ",Z,"), marketer).notes
    assert (notes[-1], len(notes)) == ("2 more values differ.", 7)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("email\na@b.example\n", "The first row can go in."),
        ("email\nwrong\n", "The first row stays out."),
        ("email\nwrong\nwrong\n", "All of the first 2 rows stay out."),
        ("email\na@b.example\nc@b.example\n", "All of the first 2 rows can go in."),
        (
            "email\na@b.example\nwrong\n",
            "1 of the first 2 rows. The other one goes in; the refused can be downloaded with reasons.",
        ),
        (
            "email\na@b.example\nb@b.example\nwrong\n",
            "1 of the first 3 rows. The others go in; the refused can be downloaded with reasons.",
        ),
    ],
)
def test_the_preview_counts_in_words_that_fit(
    marketer: User, organisation: Organisation, text: str, verdict: str
) -> None:
    assert previewed("leads", text, marketer).verdict == verdict


def test_a_short_row_is_shown_with_a_cell_for_every_column(
    marketer: User, organisation: Organisation, client: Client
) -> None:
    text = "email,first name,last name\na@b.example,Ada,Aas\nb@b.example\n"
    assert [len(row.cells) for row in previewed("leads", text, marketer).rows] == [3, 3]
    run = bring("leads", text, marketer)
    client.force_login(marketer)
    result = client.get(run.get_absolute_url())
    assert [len(reject.cells) for reject in result.context["rejects"]] == [3]
    shown = re.sub(r"<[^>]+>|\s+", " ", result.content.decode())
    assert re.search(r"New\s+1\s+lead\b", shown)
    assert re.search(r"Refused\s+1\s+row\b", shown)


def test_an_import_that_was_discarded_in_another_tab_says_so(
    marketer: User, organisation: Organisation, client: Client
) -> None:
    run = create_run("leads", filename="a.csv", chunks=[b"email\na@b.example\n"], actor=marketer, now=now())
    client.force_login(marketer)
    page = client.get(run.get_absolute_url()).content.decode()
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key is not None
    answers = {"column_0": "email", "form_key": key[1]}
    Path(run.path).unlink()
    assert "The file is gone; upload it again." in client.get(run.get_absolute_url()).content.decode()
    cancel_run(run.pk, actor=marketer, now=now())
    for action in ("start", "preview"):
        answer = client.post(f"/imports/{run.pk}/{action}/", answers)
        assert (answer.status_code, "This import is cancelled already." in answer.content.decode()) == (409, True)
        part = client.post(f"/imports/{run.pk}/{action}/", answers, headers={"HX-Request": "true"})
        assert (part.status_code, "This import is cancelled already." in part.content.decode()) == (409, True)


def test_histories_of_the_same_stages_have_the_same_moves_whatever_their_dates() -> None:
    """Said once for each set of stages instead of worked out for each row: the same, in every order of dates."""
    draw = random.Random(3)
    days = [datetime(2026, 3, 1 + number, tzinfo=UTC) for number in range(6)]
    for size in range(1, len(LifecycleStage) + 1):
        for stages in combinations(LifecycleStage, size):
            for _ in range(4):
                reached = {stage: draw.choice(days) for stage in draw.sample(stages, size)}
                assert histories.chain(reached) == histories._chain(reached)
                assert histories.last_stage(reached) is stage_of_history(reached)
    assert (histories.chain({}), histories.last_stage({})) == ([], None)


def test_a_company_that_a_file_of_leads_names_goes_in_by_its_domain_however_long_it_is(
    marketer: User, organisation: Organisation
) -> None:
    domain = ".".join(["a" * 60] * 4)[:240] + ".example"
    run = bring(
        "leads", f"email,company,company domain\na@b.example,,{domain}\nb@b.example,Fjord\tAS\\,f.example\n", marketer
    )
    assert (run.state, run.rows_created) == ("done", 2)
    found = Company.objects.values_list("name", "domain", "industry", "country", "city", "employees", "external_id")
    assert set(found) == {
        (domain[:200], domain, "", "", "", None, None),
        ("Fjord AS\\", "f.example", "", "", "", None, None),
    }
