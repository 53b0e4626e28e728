"""An import never reopens or rewrites a deal that was closed, and tells the history what it changed of an open one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.domain.importing import ends_before_opening
from leads.models import Deal, ImportReject
from leads.selectors.deals import deal_history
from leads.services.deals import lose_deal, move_deal, win_deal
from leads.services.importing import create_run, preview_run
from leads.services.importing.outlook import Fate
from smarketing.accounts.models import User
from tests.factories import make_deal, make_lead
from tests.leads.test_import_kinds import bring, counts, reasons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

WON_AT = datetime(2026, 5, 5, 14, 32, tzinfo=UTC)
OPEN_FILE = "external_id,lead_email,name,amount,opened_at,won_at\nD1,a@b.example,Beta,1234.56,2026-03-01,\n"


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def beta(marketer: User) -> Deal:
    """A deal that came open with a file, of a lead."""
    make_lead(email="a@b.example", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    bring("deals", OPEN_FILE, marketer)
    return Deal.objects.get()


def facts(deal: Deal) -> tuple[str, Decimal | None, datetime | None]:
    deal.refresh_from_db()
    return deal.stage, deal.amount, deal.won_at


def test_the_same_file_again_does_not_take_back_a_win(beta: Deal, marketer: User, sales_manager: User) -> None:
    win_deal(beta.pk, amount=Decimal("2000.00"), actor=sales_manager, now=WON_AT)
    before = deal_history(beta)
    assert counts(bring("deals", OPEN_FILE, marketer)) == (0, 0, 0, 1)
    assert facts(beta) == ("won", Decimal("2000.00"), WON_AT)
    assert beta.lead is not None
    assert beta.lead.stage == "customer"
    assert reasons() == [
        "This deal was won on 5 May 2026, and the row says something else of its amount; correct it on the deal's page."
    ]
    assert deal_history(beta) == before


def test_the_preview_says_what_the_import_will_do_to_a_closed_deal(
    beta: Deal, marketer: User, sales_manager: User
) -> None:
    win_deal(beta.pk, actor=sales_manager, now=WON_AT)
    text = "external_id,amount,company_name\nD1,1234.56,\nD1,5,\nD1,,New one\nD2,7,\n"
    run = create_run("deals", filename="file.csv", chunks=[text.encode()], actor=marketer, now=WON_AT)
    found = preview_run(run, {name: name for name in ("external_id", "amount", "company_name")}, {}, now=WON_AT)
    assert {row.number: row.fate for row in found.rows} == {2: Fate.SAME, 3: None, 4: None, 5: Fate.NEW}
    assert "was won on 5 May 2026" in found.rows[0].reasons[0]
    assert "its company;" in found.rows[1].reasons[0]


@pytest.mark.parametrize(
    "text",
    [
        OPEN_FILE,
        "external_id,amount\nD1,1234.56\n",
        "external_id,stage\nD1,negotiation\n",
        "external_id,closed_at\nD1,2026-09-30\n",
        "external_id,won_at\nD1,2026-05-05\n",
        "external_id,won_at\nD1,2026-05-05 14:32Z\n",
    ],
    ids=["the same", "no column of the end", "an open stage", "expected", "the day of the win", "its moment"],
)
def test_a_row_that_contradicts_nothing_leaves_a_won_deal_alone(
    beta: Deal, marketer: User, sales_manager: User, text: str
) -> None:
    win_deal(beta.pk, actor=sales_manager, now=WON_AT)
    assert counts(bring("deals", text, marketer)) == (0, 0, 1, 0)
    assert facts(beta) == ("won", Decimal("1234.56"), WON_AT)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("external_id,amount\nD1,5\n", "its amount;"),
        ("external_id,won_at\nD1,2026-05-06\n", "its date of the win; a file does not rewrite that."),
        ("external_id,lost_at,currency\nD1,2026-05-06,USD\n", "its currency and its outcome;"),
        ("external_id,name,amount,segment\nD1,Other,5,Energy\n", "its name, its amount and its segment;"),
    ],
)
def test_a_row_that_contradicts_a_closed_deal_stays_out_and_says_why(
    beta: Deal, marketer: User, sales_manager: User, text: str, words: str
) -> None:
    win_deal(beta.pk, actor=sales_manager, now=WON_AT)
    assert counts(bring("deals", text, marketer)) == (0, 0, 0, 1)
    assert words in reasons()[0]
    assert facts(beta) == ("won", Decimal("1234.56"), WON_AT)


def test_a_lost_deal_stays_lost_as_it_was_told(beta: Deal, marketer: User, sales_manager: User) -> None:
    lose_deal(beta.pk, reason="price", note="Too dear.", actor=sales_manager, now=WON_AT)
    assert counts(bring("deals", OPEN_FILE, marketer)) == (0, 0, 1, 0)
    assert counts(bring("deals", "external_id,won_at\nD1,2026-05-06\n", marketer)) == (0, 0, 0, 1)
    assert "was lost on 5 May 2026" in reasons()[0]
    beta.refresh_from_db()
    assert (beta.stage, beta.lost_at, beta.won_at) == ("lost", WON_AT, None)


def test_a_deal_that_an_import_closed_is_completed_and_not_rewritten(marketer: User) -> None:
    won = "external_id,won_at{}\nD1,2026-05-05{}\n"
    lost = "external_id,lost_at,lost_reason\nD2,2026-05-05,{}\n"
    bring("deals", won.format("", ""), marketer)
    bring("deals", lost.format(""), marketer)
    assert counts(bring("deals", won.format(",amount,product", ",99.50,Turbines"), marketer)) == (0, 1, 0, 0)
    assert counts(bring("deals", won.format(",amount,product", ",99.50,Turbines"), marketer)) == (0, 0, 1, 0)
    assert counts(bring("deals", won.format(",amount", ",100"), marketer)) == (0, 0, 0, 1)
    assert [counts(bring("deals", lost.format("PRICE"), marketer)) for _ in range(2)] == [(0, 1, 0, 0), (0, 0, 1, 0)]
    first, second = Deal.objects.order_by("external_id")
    assert (first.amount, first.product) == (Decimal("99.50"), "Turbines")
    assert second.loss_reason is not None
    assert second.loss_reason.code == "price"
    assert [(item.title, item.detail) for item in deal_history(first)] == [
        (
            f"{marketer.name} changed the deal {first.name} by importing file.csv",
            "amount: none → 99.50 · product: none → Turbines",
        )
    ]


def test_an_open_deal_is_won_by_a_row_and_its_history_says_so(beta: Deal, marketer: User, sales_manager: User) -> None:
    move_deal(beta.pk, stage="negotiation", actor=sales_manager, now=WON_AT)
    assert counts(bring("deals", OPEN_FILE, marketer)) == (0, 0, 1, 0)
    assert facts(beta)[0] == "negotiation"
    assert counts(bring("deals", "external_id,lead_email,won_at\nD1,a@b.example,2026-05-07\n", marketer))[1] == 1
    assert facts(beta)[0] == "won"
    assert beta.lead is not None
    assert beta.lead.stage == "customer"
    assert deal_history(beta)[0].detail == "stage: negotiation → won · won at: none → 7 May 2026 00:00"


def test_what_is_kept_in_the_histories_takes_no_query_a_row(marketer: User) -> None:
    rows = [f"D{number},2026-03-01,{{}}" for number in range(40)]
    bring("deals", "\n".join(["external_id,opened_at,won_at", *(row.format("") for row in rows)]), marketer)
    few, many = "\n".join(rows[:2]).format(*["2026-05-01"] * 2), "\n".join(rows[2:]).format(*["2026-05-01"] * 38)
    spent = []
    for text in (few, many):
        with CaptureQueriesContext(connection) as queries:
            assert bring("deals", f"external_id,opened_at,won_at\n{text}\n", marketer).rows_updated > 1
        spent.append(len(queries))
    assert spent[0] == spent[1]


# --- The order of dates ----------------------------------------------------------------------------------------


def test_a_deal_that_ends_before_it_was_opened_stays_out(marketer: User) -> None:
    make_deal(external_id="D4", opened_at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    text = (
        "external_id,opened_at,won_at,lost_at\n"
        "D1,2026-03-01,2026-01-05,\n"
        "D2,2026-03-01,,2026-02-28\n"
        "D3,2026-03-01 14:00,2026-03-01,\n"
        "D4,,2026-01-05,\n"
        "D5,,2026-01-05,\n"
    )
    assert counts(bring("deals", text, marketer)) == (2, 0, 0, 3)
    rejected = ImportReject.objects.order_by("row_number").values_list("row_number", "reasons")
    assert [(number, told[0].split(";")[0]) for number, told in rejected] == [
        (2, "The deal would have been won on 5 January 2026, before it was opened on 1 March 2026"),
        (3, "The deal would have been lost on 28 February 2026, before it was opened on 1 March 2026"),
        (5, "The deal would have been won on 5 January 2026, before it was opened on 1 March 2026"),
    ]
    assert set(Deal.objects.filter(won_at__isnull=False).values_list("external_id", flat=True)) == {"D3", "D5"}


def test_the_days_of_a_deal_are_those_of_the_organisation() -> None:
    opened, ended = datetime(2026, 3, 1, 23, 30, tzinfo=UTC), datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert not ends_before_opening(opened, ended, UTC)
    assert not ends_before_opening(None, ended, UTC)
    assert ends_before_opening(opened, ended - timedelta(days=1), UTC)
