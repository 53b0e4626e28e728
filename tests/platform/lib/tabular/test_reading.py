"""Reading delimited files as people send them: every oddity made small, endless streams."""

import csv
import io
import json
import os
import time
import tracemalloc
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smarketing.lib.tabular import FileRefused, Layout, rows, sniff
from smarketing.lib.tabular.lines import MAX_LINE


def read(data, **options):
    """Layout and rows of a file with these bytes (or this text, as UTF-8)."""
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    layout = sniff(stream, **options)
    return layout, list(rows(stream, layout))


def cells(data, **options):
    layout, found = read(data, **options)
    assert [row.error for row in found] == [""] * len(found)
    return [list(layout.columns), *[row.cells for row in found]]


def refused(data):
    with pytest.raises(FileRefused) as caught:
        read(data)
    return caught.value


class Endless(io.RawIOBase):
    """Makes its content while it is read: ``head``, ``size`` bytes of ``filler``, ``tail``."""

    def __init__(self, head, size, tail=b"", filler=b"x"):
        self.head, self.tail, self.filler = head, tail, filler
        self.size = len(head) + size + len(tail)
        self.at = self.read_so_far = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        self.at = offset if whence == 0 else self.size + offset
        return self.at

    def tell(self):
        return self.at

    def read(self, size=-1):
        size = max(0, min(size, self.size - self.at))
        start, self.at = self.at, self.at + size
        self.read_so_far += size
        if start >= len(self.head) and self.at <= self.size - len(self.tail):
            return self.filler * size
        middle = self.size - len(self.tail)
        return (
            self.head[start : self.at]
            + self.filler * max(0, min(self.at, middle) - max(start, len(self.head)))
            + (self.tail[max(0, start - middle) : self.at - middle] if self.at > middle else b"")
        )


# -- encodings --------------------------------------------------------------------------------------

NAMES = "id;name;city\n1;José García;Málaga\n2;Jürgen Müller;Köln\n3;Søren Ångström;Århus\n"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
        ("mac_roman", "mac_roman"),
    ],
)
def test_encoding_is_found(encoding, expected):
    layout, found = read(NAMES.encode(encoding))
    assert layout.encoding == expected
    assert layout.columns == ("id", "name", "city")
    assert [row.cells[1] for row in found] == ["José García", "Jürgen Müller", "Søren Ångström"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1250", "id;name;city\n1;Łukasz Wójcik;Łódź\n2;Jiří Dvořák;Plzeň\n3;Żaneta Święcka;Kraków\n"),
        ("cp1251", "id;имя;город\n1;Иван Петров;Москва\n2;Мария Иванова;Санкт-Петербург\n"),
        ("cp1253", "id;name;city\n1;Γιώργος Παπαδόπουλος;Αθήνα\n2;Μαρία;Θεσσαλονίκη\n"),
        ("cp932", "id,名前,都市\n1,山田太郎,東京\n2,鈴木花子,大阪\n"),
        ("gb18030", "id,姓名,城市\n1,王小明,北京\n2,李小红,上海\n"),
    ],
)
def test_code_pages_of_other_scripts_are_found_and_said(encoding, text):
    layout, found = read(text.encode(encoding))
    assert layout.encoding == encoding
    assert any(note.startswith("Read as") for note in layout.notes)
    delimiter = layout.delimiter
    assert [row.cells for row in found] == [line.split(delimiter) for line in text.splitlines()[1:]]


def test_a_single_accent_is_read_as_western_european():
    assert cells("id,name\n1,Café\n".encode("cp1252"))[1] == ["1", "Café"]


def test_bytes_that_no_windows_page_has_are_latin_1():
    layout, _ = read(b"id,name\n1,caf\xe9\x81\n2,\x8d\x8f\x90\x9d\n")
    assert layout.encoding in {"latin-1", "mac_roman", "cp932", "cp1251"}


def test_the_encoding_can_be_given():
    assert cells("id,name\n1,Gülşen\n".encode("cp1254"), encoding="cp1254")[1] == ["1", "Gülşen"]


def test_an_encoding_that_does_not_exist_is_refused():
    with pytest.raises(FileRefused, match="klingon"):
        read("a,b\n1,2\n", encoding="klingon")


def ascii_rows(count):
    return b"id,name\n" + b"".join(b"%d,plain name\n" % number for number in range(count))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_an_encoding_that_shows_late_is_decided_late(encoding):
    data = ascii_rows(40_000) + "x,Jürgen Müller\n".encode(encoding)
    layout, found = read(data)
    assert layout.encoding_open
    assert found[-1].cells == ["x", "Jürgen Müller"]
    assert not any(row.error for row in found)


def test_a_damaged_byte_costs_its_own_line_only():
    good = "1,Zoë\n2,Chloë\n".encode()
    layout, found = read(b"id,name\n" + good + b"3,Zo\xeb\n" + good)
    assert layout.encoding == "utf-8-sig"
    assert [row.number for row in found if row.error] == [4]
    assert "encoding" in found[2].error
    assert len(found) == 5


def test_a_damaged_byte_far_behind_costs_its_own_line_only():
    data = b"id,name\n" + "1,Zoë\n".encode() * 60_000 + b"bad,Zo\xeb\n" + b"last,fine\n"
    _, found = read(data)
    assert [row.number for row in found if row.error] == [60_002]
    assert found[-1].cells == ["last", "fine"]


# -- delimiters, line endings, headings -------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_endings(delimiter, ending):
    table = [["id", "name", "note"], ["1", "Ann", "a"], ["2", "Bob", ""], ["3", "Cid", "c"]]
    text = ending.join(delimiter.join(row) for row in table)
    assert cells(text) == table
    assert cells(text + ending) == table


def test_semicolons_win_over_decimal_commas():
    text = "day;spend\n2024-01-01;1,5\n2024-01-02;2,5\n2024-01-03;3,25\n"
    layout, found = read(text)
    assert layout.delimiter == ";"
    assert found[0].cells == ["2024-01-01", "1,5"]
    layout, _ = read("a;b\n1,5;2,5\n3,5;4,5\n5,5;6,5\n")
    assert layout.delimiter == ";"


def test_the_delimiter_that_excel_announces_is_taken():
    layout, found = read("sep=;\na;b\n1,2,3;4\n")
    assert (layout.delimiter, layout.columns, layout.heading_line) == (";", ("a", "b"), 2)
    assert found[0].cells == ["1,2,3", "4"]


def test_one_column_is_a_table_too():
    assert cells("email\nann@site.example\nbob@site.example\n") == [
        ["email"],
        ["ann@site.example"],
        ["bob@site.example"],
    ]


def test_quoted_cells_keep_delimiters_quotes_and_line_breaks():
    text = 'id,note\r\n1,"a, ""b""\r\nc"\r\n2,plain\r\n'
    _, found = read(text)
    assert [tuple(row[:2]) for row in found] == [(2, ["1", 'a, "b"\r\nc']), (4, ["2", "plain"])]


def test_unusual_line_separators_inside_a_cell_do_not_end_the_row():
    assert cells("id,note\n1,a\u2028b\x85c\x0bd\n")[1] == ["1", "a\u2028b\x85c\x0bd"]


def test_blank_and_repeated_headings_get_names():
    layout, found = read("Email,,Email,email\n1,2,3,4\n")
    assert layout.columns == ("Email", "Column 2", "Email (2)", "email (3)")
    assert len(layout.notes) == 2
    assert found[0].cells == ["1", "2", "3", "4"]


def test_trailing_empty_columns_are_dropped():
    assert cells("a,b,,\n1,2,,\n3,4,,\n") == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert cells("a,b,\n1,2,\n3,4,5\n")[0] == ["a", "b", "Column 3"]


def test_blank_rows_and_the_end_mark_of_dos_are_passed_over():
    _, found = read("a,b\n\n1,2\n,\n  , \n\n3,4\n\x1a")
    assert [(row.number, row.cells) for row in found] == [(3, ["1", "2"]), (7, ["3", "4"])]


def test_a_missing_heading_is_pointed_out():
    layout, _ = read("1,ann@site.example,2024-01-01\n2,bob@site.example,2024-01-02\n")
    assert any("looks like data" in note for note in layout.notes)


# -- reports ----------------------------------------------------------------------------------------

GOOGLE_ADS = """Campaign report
"March 1, 2026 - March 3, 2026"
Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks
2026-03-01,Brand,21,USD,412.30,"1,204",41
2026-03-02,"Demand, prospecting",22,USD,0.01,1,--
Total: Campaigns,,,USD,412.31,"1,205",41
Total: Account,,,USD,412.31,"1,205",41
"""

GA4 = """# ----------------------------------------
# Traffic acquisition: Session default channel group
# Start date: 20260301
# ----------------------------------------
#
# All Users

Session default channel group,Sessions,Engaged sessions
Grand total,1000,600
Organic Search,600,400
Direct,400,200

# ----------------------------------------
Date,Sessions
20260301,33
20260302,31
"""


def test_a_report_with_preamble_and_totals():
    layout, found = read(GOOGLE_ADS)
    assert (layout.heading_line, layout.columns[0], len(layout.columns)) == (3, "Day", 7)
    assert [row.cells[1] for row in found if not row.error] == ["Brand", "Demand, prospecting"]
    assert [(row.number, row.left_out) for row in found if row.error] == [(6, True), (7, True)]
    assert all(cells[0].startswith("2026") for cells in layout.sample)


def test_a_report_with_comments_a_grand_total_on_top_and_a_second_table():
    layout, found = read(GA4)
    assert layout.columns == ("Session default channel group", "Sessions", "Engaged sessions")
    assert [row.cells[0] for row in found if not row.error] == ["Organic Search", "Direct"]
    left_out = [row for row in found if row.left_out]
    assert [row.number for row in left_out] == [9, 13]
    assert "sums up" in left_out[0].error
    assert "Another table" in left_out[1].error


def test_totals_are_recognised_at_the_end_of_a_long_file():
    data = b"campaign,spend\n" + b"Brand,1.50\n" * 50_000 + b"Total: all,75000\n"
    layout, found = read(data)
    assert layout.totals
    assert [row.number for row in found if row.left_out] == [50_002]


def test_a_company_named_total_is_no_sum():
    _, found = read("name,domain\nTotal,total.example\nAcme,acme.example\nTotal Rewards,rewards.example\n")
    assert [row.left_out for row in found] == [False] * 3


def test_totals_in_the_middle_are_data():
    _, found = read("name,x\nAcme,1\nTotal: strange name,\nBeta,2\nTotal: all,\n")
    assert [row.left_out for row in found] == [False, False, False, True]


# -- rows that cannot be used -----------------------------------------------------------------------


def test_ragged_rows_are_errors_and_cost_no_other_row():
    _, found = read("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n4,5,6\n")
    assert [row.number for row in found if row.error] == [3, 4]
    assert "2 cells" in found[1].error
    assert "4 cells" in found[2].error
    assert found[1].cells == ["1", "2"]
    assert [row.cells for row in found if not row.error] == [["1", "2", "3"]] * 2 + [["4", "5", "6"]]


def test_a_file_cut_off_inside_a_quoted_cell_says_where():
    _, found = read('id,note\n1,"fine"\n2,"cut off he')
    assert [row.cells for row in found if not row.error] == [["1", "fine"]]
    assert found[-1].number == 3
    assert "never closed" in found[-1].error


def test_a_file_cut_off_inside_a_row_says_where():
    _, found = read("id,name,city\n1,Ann,Rome\n2,Bo")
    assert found[-1].number == 3
    assert "cut off" in found[-1].error


def test_a_stray_quotation_mark_costs_its_own_row_only():
    lines = [f"{number},name {number}\n" for number in range(30_000)]
    lines[10] = '10,"never closed\n'
    lines[20_000] = '20000,"never "closed\n'
    _, found = read("id,name\n" + "".join(lines))
    assert [row.number for row in found if row.error] == [12, 20_002]
    assert len(found) == 30_000
    assert "never closed" in found[10].error
    assert "doubled" in found[20_000].error


@pytest.mark.parametrize("line", ['"a\n', 'x","y\n', 'x","y\n' * 9 + 'z"z\n', '"a,"b\n', '"\n', '""""a\n'], ids=repr)
def test_a_file_made_of_quoting_mistakes_is_read_in_reasonable_time(line):
    data = f"id,name\n1,ok\n{line * (600_000 // len(line))}"
    started = time.process_time()
    _, found = read(data, delimiter=",")
    assert time.process_time() - started < 10
    assert found[0].cells == ["1", "ok"]
    assert all(row.error for row in found if '"' in row.cells[0])


def test_a_quoted_cell_over_several_pieces_of_the_stream():
    text = "line\n" * 20_000
    _, found = read('id,note\n1,x\n2,"' + text + '"\n3,y\n')
    assert [row.number for row in found if not row.error] == [2, 3, 20_004]
    assert found[1].cells == ["2", text]


def test_nul_bytes_cost_their_own_line_only():
    _, found = read("id,name\n" + "1,ok\n" * 100 + "2,a\0b\n3,c\n")
    assert [(row.number, row.error.split(",")[0]) for row in found if row.error] == [
        (102, "The line contains NUL bytes")
    ]


def test_a_cell_beyond_the_limit_costs_its_own_row_only():
    _, found = read("id,name\n1,ok\n2," + "x" * 200_000 + "\n3,ok\n")
    assert [(row.number, bool(row.error)) for row in found] == [(2, False), (3, True), (4, False)]
    assert "longer than" in found[1].error
    assert len(found[1].cells[0]) <= 1000


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_an_overlong_line_in_the_middle_is_skipped(ending):
    head = f"id,name{ending}1,ok{ending}2,"
    stream = Endless(head.encode(), 3 * MAX_LINE, f"{ending}3,ok{ending}".encode())
    found = list(rows(stream, sniff(stream)))
    assert [(row.number, bool(row.error)) for row in found] == [(2, False), (3, True), (4, False)]
    assert found[2].cells == ["3", "ok"]


@given(st.integers(0, 4))
def test_an_overlong_line_ends_wherever_a_piece_of_the_stream_ends(shift):
    size = 8 * 262_144 - len("id,name\r\n1,ok\r\n2,") - 3 + shift
    stream = Endless(b"id,name\r\n1,ok\r\n2,", size, b"\r\n3,ok\r\n")
    found = list(rows(stream, sniff(stream)))
    assert [(row.number, row.cells) for row in found if not row.error] == [(2, ["1", "ok"]), (4, ["3", "ok"])]


def test_an_overlong_line_at_the_end_is_one_rejected_row():
    stream = Endless(b"id,name\n1,ok\n2,", 3 * MAX_LINE)
    found = list(rows(stream, sniff(stream)))
    assert [(row.number, bool(row.error)) for row in found] == [(2, False), (3, True)]


def test_a_row_of_many_quoted_cells_that_never_ends_is_given_up():
    """No single cell is too long, but the row is: its lines are read again one by one, then given up together."""
    _, found = read("id,name\n1,ok\n" + 'x","y\n' * 400_000 + "2,ok\n", delimiter=",")
    assert found[0].cells == ["1", "ok"]
    assert any("cannot be told apart" in row.error for row in found)
    assert all(row.error for row in found[1:])


def test_damage_above_the_heading_does_no_harm():
    layout, found = read(b"Bericht f\xfc\0r M\xe4rz\nid,name,city\n" + "1,Zoë,Århus\n".encode() * 9)
    assert layout.columns == ("id", "name", "city")
    assert [row.error for row in found] == [""] * 9


def test_comments_under_the_heading_are_passed_over():
    text = "# report\nid,name\n# units: none\n1,a\n"
    assert [row.cells for row in read(text)[1]] == [["1", "a"]]


# -- files that are no tables -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty", "empty"),
        (b"\n\n  \r\n", "empty", "blank lines"),
        (b"\xef\xbb\xbf", "empty", "blank lines"),
        (b"id,name\n", "no_rows", "no rows"),
        (b"id,name", "no_rows", "no rows"),
        (b"id,name\n,\n\n", "no_rows", "no rows"),
        (b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml xl/workbook.xml", "not_text", "Excel"),
        (
            b"PK\x03\x04\x14\0\0\x08\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            "not_text",
            "LibreOffice",
        ),
        (b"PK\x03\x04\x14\0\0\0holiday.jpg", "not_text", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_text", "xls"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "not_text", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_text", "picture"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "not_text", "compressed"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "not_text", "web page"),
        (b'{"leads": [{"email": "ann@site.example"}]}', "not_text", "JSON"),
        (b'[\n  {"email": "ann@site.example"}]', "not_text", "JSON"),
        (bytes(range(256)) * 40, "not_text", "not a text file"),
    ],
)
def test_wrong_files_are_refused_with_a_sentence(data, code, words):
    error = refused(data)
    assert error.code == code
    assert words in str(error)
    assert str(error).endswith(".")


def test_ten_thousand_columns_are_refused():
    heading = ",".join(f"column_{number}" for number in range(10_000))
    error = refused(f"{heading}\n{'1,' * 9_999}1\n")
    assert error.code == "too_many_columns"
    assert "10,000 columns" in str(error)


def test_ten_thousand_columns_on_a_line_that_is_longer_than_the_sample_are_refused():
    heading = ",".join(f"a_rather_long_name_for_a_column_{number}" for number in range(10_000))
    error = refused(f"{heading}\n1\n")
    assert error.code == "too_many_columns"
    assert "more than" in str(error)


def test_five_hundred_columns_are_read():
    heading = ",".join(f"c{number}" for number in range(500))
    assert len(cells(f"{heading}\n{'1,' * 499}1\n")[0]) == 500


def test_a_gigabyte_of_one_line_is_refused_without_reading_it():
    stream = Endless(b"", 1_000_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused) as caught:
            sniff(stream)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == "line_too_long"
    assert stream.read_so_far < 1_000_000
    assert peak < 10_000_000


def test_a_gigabyte_of_one_line_under_a_heading_is_one_rejected_row_in_bounded_memory():
    stream = Endless(b"id,name\n1,ok\n2,", 100_000_000, b"\n3,ok\n")
    layout = sniff(stream)
    tracemalloc.start()
    try:
        found = list(rows(stream, layout))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(row.number, bool(row.error)) for row in found] == [(2, False), (3, True), (4, False)]
    assert peak < 12_000_000


def test_rows_are_streamed():
    stream = Endless(b"id\n", 50_000_000, filler=b"\n")
    stream.head = b"id\n" + b"1\n" * 1000
    stream.size += 2000
    found = rows(stream, sniff(stream))
    stream.read_so_far = 0
    assert [row.cells for row in islice(found, 3)] == [["1"]] * 3
    assert stream.read_so_far <= 262_144


def test_a_stream_that_gives_a_little_at_a_time():
    class Dripping(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 7))

    stream = Dripping(NAMES.encode("utf-16"))
    assert [row.cells[2] for row in rows(stream, sniff(stream))] == ["Málaga", "Köln", "Århus"]


def test_sniff_leaves_the_stream_at_its_beginning():
    stream = io.BytesIO(b"a,b\n1,2\n")
    sniff(stream)
    assert stream.tell() == 0


def test_the_sample_reaches_through_the_whole_file():
    lines = b"".join(b"%d,01/02/2024\n" % number for number in range(60_000))
    layout, _ = read(b"id,day\n" + lines + b"last,31/12/2024\n")
    assert any(cells[1] == "31/12/2024" for cells in layout.sample)
    assert layout.estimated_rows == pytest.approx(60_000, rel=0.1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_the_sample_reaches_through_wide_encodings_too(encoding):
    lines = "".join(f"{number},01/02/2024\n" for number in range(60_000))
    mark = "" if encoding != "utf-16-be" else "\ufeff"
    layout, found = read((mark + "id,day\n" + lines + "last,31/12/2024\n").encode(encoding))
    assert layout.columns == ("id", "day")
    assert any(cells[1] == "31/12/2024" for cells in layout.sample)
    assert len(found) == 60_001


def test_a_layout_can_be_kept_as_json():
    layout, _ = read(GA4)
    assert Layout.from_json(json.loads(json.dumps(layout.to_json()))) == layout


# -- laws -------------------------------------------------------------------------------------------

_CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\ufeff\ufffd\x1a", exclude_categories=["Cc", "Cs"]),
    max_size=12,
)


@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=1, max_size=8)
    ),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_spreadsheet_writes_is_what_is_read(table, delimiter, ending, encoding):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow([f"heading {number}" for number in range(len(table[0]))])
    writer.writerow(["x"] * len(table[0]))
    writer.writerows(table)
    stream = io.BytesIO(out.getvalue().encode(encoding))
    layout = sniff(stream, delimiter=delimiter)
    found = [row.cells for row in rows(stream, layout) if not row.left_out]
    expected = [row for row in table if any(cell.strip(" \t\r\n\xa0") for cell in row)]
    assert found == [["x"] * len(table[0]), *expected]


@given(st.binary(max_size=400))
@example(b'"\n"')
@example(b'a,b\n"\r')
@example(b"\xff\xfea\0,\0b\0\n\0c\0,\0\xd8")
@example(b"sep=;\n")
def test_no_bytes_whatever_do_more_than_be_refused(data):
    try:
        layout, found = read(data)
    except FileRefused:
        return
    for row in found:
        assert row.error or len(row.cells) == len(layout.columns)


@given(st.text('a",;\n\r', max_size=60))
def test_quotation_marks_anywhere_lose_no_line(body):
    """Every line with something on it is in a row: read, or rejected with a sentence."""
    data = "id,name\n1,x\n" + body
    try:
        _, found = read(data, delimiter=",")
    except FileRefused:
        return
    last = max(row.number for row in found)
    filled = [
        number
        for number, line in enumerate(io.StringIO(data, newline=""), start=1)
        if line.strip('",\r\n') and number > 1
    ]
    assert not filled or filled[-1] <= last + max(
        (cell.count("\n") + cell.count("\r") for cell in found[-1].cells), default=0
    )


# -- real files, where they are at hand -------------------------------------------------------------

_HERE = Path(__file__).resolve().parents[4]
_REAL = Path(os.environ.get("SMARKETING_DATA", _HERE.parent / "shared" / "data"))
_COUNTS = {
    "olist/olist_marketing_qualified_leads_dataset.csv": (",", 4, 8000, 0),
    "olist/olist_closed_deals_dataset.csv": (",", 14, 842, 0),
    "maven_crm/sales_pipeline.csv": (",", 8, 8800, 0),
    "maven_crm/accounts.csv": (",", 7, 85, 0),
    "uci_bank/bank-full.csv": (";", 17, 45_211, 0),
    "ad_cost_exports/ga4_traffic_acquisition.csv": (",", 9, 4, 2),
    "ad_cost_exports/google_ads_campaign_report.csv": (",", 9, 6, 2),
    "ad_cost_exports/meta_ads_manager.csv": (",", 11, 6, 0),
    "ad_cost_exports/microsoft_advertising.csv": (",", 7, 2, 0),
    "crm_headings/pipedrive_sample_import.csv": (",", 13, 1, 0),
}


@pytest.mark.parametrize("name", [name for name in _COUNTS if (_REAL / name).exists()] or [None])
def test_real_files_are_read_whole(name):
    if name is None:  # the data is not part of the project; the files above have the same oddities
        return
    with (_REAL / name).open("rb") as stream:
        layout = sniff(stream)
        found = list(rows(stream, layout))
    good = sum(1 for row in found if not row.error)
    assert (layout.delimiter, len(layout.columns), good, len(found) - good) == _COUNTS[name]


class Trickle(io.BytesIO):
    """A stream that gives three bytes at a time, as pipes may."""

    def read(self, size=-1):
        return super().read(min(size, 3) if size >= 0 else 3)


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end():
    data = b"name,city\n" + b"Ida,Oslo\n" * 30_000
    layout = sniff(Trickle(data))
    assert sum(1 for _ in rows(Trickle(data), layout)) == 30_000


def test_endless_row_under_a_heading_is_not_told_as_a_heading_alone() -> None:
    with pytest.raises(FileRefused) as caught:
        sniff(io.BytesIO(b"email,name\n" + b"a" * 1_000_000))
    assert caught.value.code == "line_too_long"
    assert "under the heading" in str(caught.value)
