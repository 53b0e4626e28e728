"""Files that are safe to open in a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.lib.tabular import RowWriter, neutralise, rows, sniff, stream_rows, write_rows


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|'/C calc'!A0",
        "+cmd",
        "-cmd",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1+1",
        "＝1",
        "-1+1|x",
        "--",
        "-2+3",
        "+",
        "@",
        "=5",
    ],
)
def test_formulas_are_neutralised(text):
    assert neutralise(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "-5",
        "-5.00",
        "-1.234,56",
        "+5",
        "+49 30 1234",
        "-1.2E+06",
        "-12 %",
        "5-3",
        "a=b",
        "'=1",
        "é",
        "(12)",
        " padded",
        "#5",
    ],
)
def test_what_is_no_formula_stays(text):
    assert neutralise(text) == text


@given(st.text())
def test_neutralising_is_idempotent_and_loses_nothing(text):
    once = neutralise(text)
    assert neutralise(once) == once
    assert once in {text, f"'{text}"}


@given(st.text("=+-@\t\r 0123456789.,ea'", max_size=8))
def test_whatever_still_begins_with_a_sign_holds_no_more_than_a_number(text):
    once = neutralise(text).lstrip(" ")
    if once[:1] in {"=", "@", "\t", "\r"}:
        pytest.fail(f"{once!r} may be executed")
    if once[:1] in {"+", "-"}:
        assert set(once) <= set("+-0123456789., 'e")


def test_write_rows_writes_every_kind_of_value():
    out = io.BytesIO()
    moment = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
    count = write_rows(
        out,
        ["text", "number", "amount", "yes", "day", "time", "nothing"],
        [['a "quoted", cell', 3, Decimal("-1E+2"), True, date(2024, 3, 1), moment, None], ["=1+1"]],
    )
    assert count == 2
    assert out.getvalue().decode("utf-8") == (
        "\ufefftext,number,amount,yes,day,time,nothing\r\n"
        '"a ""quoted"", cell",3,-100,yes,2024-03-01,2024-03-01 09:30:00+00:00,\r\n'
        "'=1+1\r\n"
    )


def test_rejects_keep_their_cells_and_say_why():
    out = io.BytesIO()
    with RowWriter(out, ["id", "name", "Reason"], delimiter=";") as writer:
        writer.reject(["1", "=evil()"], "No e-mail address.")
        writer.reject(["2"], "Too short.")
        writer.reject(["3", "x", "surplus"], "Too long.")
    assert writer.count == 3
    assert out.getvalue().decode("utf-8-sig").splitlines() == [
        "id;name;Reason",
        "1;'=evil();No e-mail address.",
        "2;;Too short.",
        "3;x;Too long.;surplus",
    ]


def test_a_file_of_rejects_can_be_read_again():
    out = io.BytesIO()
    with RowWriter(out, ["id", "name", "Reason"]) as writer:
        writer.reject(["1", "Zoë\nline"], "Because.")
    layout = sniff(out)
    assert layout.columns == ("id", "name", "Reason")
    assert [row.cells for row in rows(out, layout)] == [["1", "Zoë\nline", "Because."]]


def test_a_long_table_is_streamed_in_pieces():
    made = 0

    def table():
        nonlocal made
        for made in range(1, 50_001):
            yield [made, "some text"]

    pieces = stream_rows(["number", "text"], table())
    first = next(pieces)
    assert made < 10_000
    text = (first + b"".join(pieces)).decode("utf-8-sig")
    assert sum(1 for _ in csv.reader(io.StringIO(text))) == 50_001


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)))
def test_any_text_survives_but_for_its_neutralisation(table):
    out = io.BytesIO()
    write_rows(out, ["a", "b"], table)
    text = out.getvalue().decode("utf-8-sig")
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    assert found == [[neutralise(cell.replace("\0", "")) for cell in row] for row in table]


def test_half_a_character_pair_does_not_stop_an_export():
    out = io.BytesIO()
    write_rows(out, ["a"], [["\ud83d"]])
    assert out.getvalue().endswith(b"?\r\n")
