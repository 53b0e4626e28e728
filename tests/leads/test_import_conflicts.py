"""Rows that contradict what is known, or each other over several batches: the import comes to its end, and is right."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from leads.models import ImportRun, Spend, Visit
from leads.services.importing import Choices, create_run, execute_run, execution, marketing, preview_run, start_run
from leads.services.importing.execution import stalled_runs
from smarketing.accounts.models import User
from tests.leads.test_import_kinds import bring, counts, reasons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def fates(kind: str, text: str, actor: User) -> dict[int, str]:
    """What the preview says of each row, by its number."""
    run = create_run(kind, filename="file.csv", chunks=[text.encode()], actor=actor, now=NOW)
    names = text.split("\n")[0].split(",")
    found = preview_run(run, {name: name for name in names}, {}, now=NOW)
    return {row.number: row.fate.name if row.fate else " ".join(row.reasons) for row in found.rows}


@pytest.mark.parametrize(
    ("kind", "known", "text", "reason"),
    [
        (
            "campaigns",
            "external_id,name\nC1,Spring\nC2,Autumn\n",
            "external_id,name\nC1,AUTUMN\nC2,Autumn\n",
            "There is another campaign “Autumn”; two cannot have one name.",
        ),
        (
            "campaigns",
            "external_id,name,start_on\nC1,Spring,2026-05-01\nC2,Autumn,\n",
            "external_id,name,end_on\nC1,Spring,2026-04-01\nC2,Autumn,\n",
            "The campaign would end on 2026-04-01 before it starts on 2026-05-01.",
        ),
        (
            "companies",
            "external_id,name,domain\nX1,Acme,\nX2,Beta,beta.example\n",
            "external_id,name,domain\nX1,Acme,Beta.example\nX2,Beta,\n",
            "The domain beta.example belongs to the company “Beta”.",
        ),
    ],
)
def test_a_row_that_contradicts_another_record_stays_out(
    kind: str, known: str, text: str, reason: str, marketer: User
) -> None:
    bring(kind, known, marketer)
    assert fates(kind, text, marketer) == {2: reason, 3: "SAME"}
    assert counts(bring(kind, text, marketer)) == (0, 0, 1, 1)
    assert reasons() == [reason]


def test_rows_that_the_database_refuses_end_the_import(marketer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody foresaw them: tried again by every sweep, it would run for ever."""
    monkeypatch.setattr(marketing, "campaign_problem", lambda *_: "")
    bring("campaigns", "external_id,name\nC1,Spring\nC2,Autumn\n", marketer)
    with pytest.raises(AssertionError, match="campaign_name_unique_ci"):
        bring("campaigns", "external_id,name\nC1,Autumn\n", marketer)
    run = ImportRun.objects.latest("pk")
    assert (run.state, run.rows_read) == ("failed", 0)
    assert not stalled_runs(now=NOW)


@pytest.mark.parametrize(
    ("kind", "known", "text", "told"),
    [
        # What a known record keeps is not what a later row finds it by.
        (
            "companies",
            "external_id,name,domain\nX1,Acme,a.example\n",
            "external_id,name,domain\nX1,Acme,b.example\n,Bell,b.example\n",
            {2: "KEPT", 3: "NEW"},
        ),
        (
            "leads",
            "external_id,email\nL1,a@a.example\n",
            "external_id,email\nL1,b@a.example\nL2,b@a.example\nL3,b@a.example\n",
            {
                2: "KEPT",
                3: "NEW",
                4: "The e-mail b@a.example belongs to the lead with the external id L2.",
            },
        ),
        # What stands in for what the first row does not say is contradicted by the second.
        (
            "deals",
            "external_id,won_at\nD0,2026-04-01\n",
            "external_id,name,opened_at,won_at\nD1,,,2026-05-01\nD1,Turbines,2026-04-01,2026-05-01\n",
            {
                2: "NEW",
                3: "This deal was won on 1 May 2026, and the row says something else of its name and its date of "
                "opening; a file does not rewrite that.",
            },
        ),
    ],
)
def test_of_rows_about_one_record_the_preview_says_what_the_import_does(
    kind: str, known: str, text: str, told: dict[int, str], marketer: User
) -> None:
    bring(kind, known, marketer)
    assert fates(kind, text, marketer) == told
    run = bring(kind, text, marketer)
    assert run.rows_created == sum(fate == "NEW" for fate in told.values())
    assert reasons() == [fate for fate in told.values() if not fate.isupper()]


def test_spend_of_one_day_adds_up_over_batches(marketer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "FIRST", 1)
    monkeypatch.setattr(execution, "BATCH", 1)
    text = "campaign,spent_on,amount,clicks\nA,2026-05-01,10,1\nA,2026-05-01,5,2\nA,2026-05-01,1,\n"
    bring("spend", text, marketer)
    bring("spend", text, marketer)
    day = Spend.objects.get()
    assert (day.amount, day.clicks) == (Decimal(16), 3)
    other = "campaign,spent_on,amount,currency\nA,2026-05-01,7,EUR\nA,2026-05-01,7,USD\n"
    assert counts(bring("spend", other, marketer)) == (0, 1, 0, 1)
    assert reasons() == ["The campaign has spend in EUR on this day already."]
    assert Spend.objects.get().amount == Decimal(7)


def test_visits_of_one_day_add_up_over_batches(marketer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "FIRST", 1)
    monkeypatch.setattr(execution, "BATCH", 1)
    text = "visited_on,channel,sessions,users\n2026-05-01,email,10,1\n2026-05-01,email,5,\n"
    bring("visits", text, marketer)
    bring("visits", text, marketer)
    assert (Visit.objects.get().sessions, Visit.objects.get().users) == (15, 1)


@pytest.mark.parametrize(
    ("kind", "known", "text"),
    [
        ("leads", "external_id,email\nL1,a@a.example\n", "external_id,email\nL1,c@a.example\n,a@a.example\n"),
        (
            "companies",
            "external_id,name,domain\nX1,Acme,a.example\n",
            "external_id,domain,name\nX1,c.example,Acme\n,a.example,Bell\n",
        ),
        ("campaigns", "external_id,name\nC1,Spring\n", "external_id,name\nC1,Summer\n,Spring\n"),
    ],
)
@pytest.mark.parametrize("batch", [1, 10])
def test_who_has_given_up_a_name_is_not_found_by_it_in_a_later_row(
    kind: str, known: str, text: str, batch: int, marketer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the rows are divided into batches: the later row is not about the record that had the name."""
    bring(kind, known, marketer)
    monkeypatch.setattr(execution, "FIRST", batch)
    monkeypatch.setattr(execution, "BATCH", batch)
    run = create_run(kind, filename="file.csv", chunks=[text.encode()], actor=marketer, now=NOW)
    mapping = {name: name for name in text.split("\n")[0].split(",")}
    replace = Choices(known=ImportRun.Known.REPLACE)
    told = preview_run(run, mapping, {}, replace, now=NOW)
    assert [row.fate.name for row in told.rows if row.fate] == ["REPLACES", "NEW"]
    start_run(run.pk, mapping, {}, replace, actor=marketer, now=NOW)
    execute_run(run.pk)
    run.refresh_from_db()
    assert counts(run) == (1, 1, 0, 0)
