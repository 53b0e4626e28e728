"""Finds out how a file is to be read: its encoding, its delimiter, its heading, from a bounded part of it."""

import csv
import io
import re
from collections import Counter
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

from smarketing.lib.tabular.encoding import DAMAGED, PieceDecoder, detect, label
from smarketing.lib.tabular.errors import FileRefused
from smarketing.lib.tabular.lines import PIECE, RecordReader, is_blank, read_bytes, split_lines
from smarketing.lib.tabular.reading import Layout, is_totals

__all__ = ["MAX_COLUMNS", "sniff"]

#: More columns than this and the file is refused.
MAX_COLUMNS: Final = 500
_SAMPLE_ROWS: Final = 1000
_PROBES: Final = 8
_PROBE_BYTES: Final = 16_384
_PROBE_ROWS: Final = 100
_DELIMITERS: Final = (",", ";", "\t", "|")
_MOST_PREAMBLE: Final = 100
_DELIMITER_LINES: Final = 200
_TOTALS_ROWS: Final = 10
_LONGEST_NAME: Final = 200

_KINDS_OF_FILE: Final = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"RIFF", "a media file"),
    (b"\x1f\x8b", "a compressed file (.gz)"),
    (b"7z\xbc\xaf", "a compressed file (.7z)"),
    (b"Rar!", "a compressed file (.rar)"),
    (b"BZh", "a compressed file (.bz2)"),
    (b"\xfd7zXZ", "a compressed file (.xz)"),
    (b"\x28\xb5\x2f\xfd", "a compressed file (.zst)"),
    (b"SQLite format 3", "a database file"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "a text document (.rtf)"),
)


def _refuse_other_files(head: bytes) -> None:
    kind = None
    if head.startswith(b"PK\x03\x04"):
        kind = "a compressed file (.zip)"
        if b"opendocument.spreadsheet" in head[:200]:
            kind = "a LibreOffice spreadsheet (.ods)"
        elif b"xl/" in head or b"[Content_Types].xml" in head[:200]:
            kind = "an Excel workbook (.xlsx)"
    else:
        kind = next((name for magic, name in _KINDS_OF_FILE if head.startswith(magic)), None)
    if kind is None:
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
        if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
            kind = "a web page or an XML file"
        elif re.match(rb'\{\s*["}]|\[\s*[{\[\]"]', start):
            kind = "a JSON file"
    if kind is not None:
        raise FileRefused(
            "not_text",
            f"This is {kind}, not a table in text form. Open it in the program that made it "
            "and save or export the table as CSV.",
        )


_CONTROL = re.compile(r"[\0-\x08\x0e-\x19\x1b-\x1f\x7f]")


def sniff(stream: BinaryIO, *, encoding: str | None = None, delimiter: str | None = None) -> Layout:
    """How the table in ``stream`` is to be read. The stream must be seekable and is left at its beginning.

    ``encoding`` and ``delimiter`` overrule what would be found. Reads at most about half a megabyte. Raises
    `FileRefused` for what is no table: an empty file, a workbook, a picture, a single endless line, more than
    `MAX_COLUMNS` columns, a heading with nothing under it.
    """
    stream.seek(0)
    try:
        return _sniff(stream, encoding, delimiter)
    finally:
        stream.seek(0)


class _Head(NamedTuple):
    """The beginning of a file: its lines, how they were decoded, how many bytes they are and whether that is all."""

    lines: list[str]
    encoding: str
    is_open: bool
    size: int
    complete: bool


class _Table(NamedTuple):
    """Where the table stands: its heading and the line of it, the line after, and the rows that can be read."""

    heading: list[str]
    heading_line: int
    data_line: int
    body: list[list[str]]


def _sniff(stream: BinaryIO, encoding: str | None, delimiter: str | None) -> Layout:
    notes: list[str] = []
    head = _head(stream, encoding, notes)
    announced = _ANNOUNCED_DELIMITER.match(head.lines[0])
    skipped = 1 if announced else 0
    if announced and not delimiter:
        delimiter = announced.group(1)
    comments = any(line.startswith("#") for line in head.lines[:50])
    delimiter = delimiter or _find_delimiter(head.lines[skipped:], comments=comments)
    table = _table(head, skipped, delimiter, notes, comments=comments)
    width = _width(table.heading, table.body)
    columns = _names(table.heading[:width], notes)

    sample = [tuple(cells[:width]) for cells in table.body if len(cells) >= width]
    totals = bool(sample) and (is_totals(sample[0]) or any(map(is_totals, sample[-_TOTALS_ROWS:])))
    estimated = len(table.body)
    if not head.complete:
        size = stream.seek(0, io.SEEK_END)
        estimated = round((len(head.lines) - table.data_line + 1) * size / head.size)
        for position in range(1, _PROBES + 1):
            probed = _probe(stream, size * position // _PROBES, head.encoding, delimiter, width)
            sample += probed[-_PROBE_ROWS:]
        totals = totals or any(map(is_totals, sample[-_TOTALS_ROWS:]))
    if totals:
        sample = [cells for cells in sample if not is_totals(cells)]
        notes.append("Rows that sum up the others are left out.")
    return Layout(
        encoding=head.encoding,
        encoding_open=head.is_open,
        delimiter=delimiter,
        heading_line=table.heading_line,
        data_line=table.data_line,
        columns=columns,
        sample=tuple(sample),
        notes=tuple(notes),
        comments=comments,
        totals=totals,
        estimated_rows=estimated,
    )


def _head(stream: BinaryIO, encoding: str | None, notes: list[str]) -> _Head:
    """Whole lines from the beginning of the file. Raises FileRefused where there are none, or none of text."""
    data = read_bytes(stream, PIECE)
    complete = len(data) < PIECE
    if not data:
        raise FileRefused("empty", "The file is empty.")
    _refuse_other_files(data)
    found, is_open = (encoding, False) if encoding else detect(data)
    text, _ = PieceDecoder(found).decode(data, complete)
    if len(_CONTROL.findall(text)) > 0.01 * len(text):
        raise FileRefused("not_text", "This is not a text file. Save or export the table as CSV.")
    if not found.startswith("utf") and not encoding:
        notes.append(f"Read as {label(found)}. If letters look wrong, save the file as CSV UTF-8.")
    lines = split_lines(text)
    if not complete:
        if len(lines) == 1:
            _refuse_endless_line(text)
        del lines[-1]  # most likely cut off by the end of the sample
    if is_blank(lines):
        raise FileRefused("empty", "The file contains nothing but blank lines.")
    return _Head(lines, found, is_open, len(data), complete)


def _table(head: _Head, skipped: int, delimiter: str, notes: list[str], *, comments: bool) -> _Table:
    """The heading and the rows under it. Raises FileRefused where there is no table, or one without rows."""
    reader = RecordReader(delimiter, skipped + 1).records([head.lines[skipped:]])
    records = list(islice(reader, _SAMPLE_ROWS + _MOST_PREAMBLE))
    table = [
        position
        for position, (_, cells, error) in enumerate(records)
        if not error and not is_blank(cells) and not (comments and cells[0].startswith("#"))
    ]
    if not table:
        raise FileRefused("not_text", "No row of this file can be read: its quotation marks do not match.")
    index = _find_heading([records[position][1] for position in table])
    heading_line, heading, _ = records[table[index]]
    if len(heading) > MAX_COLUMNS:
        _refuse_columns(len(heading))
    if index:
        notes.append(f"The heading was found on line {heading_line}; what stands above it is left out.")
    if _looks_like_data(heading):
        notes.append("The first row looks like data rather than headings. Add a heading row if it is missing.")
    after = table[index] + 1
    if after == len(records):
        if not head.complete:
            raise FileRefused(
                "line_too_long",
                f"The row under the heading is longer than {PIECE:,} characters and does not end there: this is not a "
                "table with one row a line.",
            )
        raise FileRefused("no_rows", "The file has a heading, but no rows under it.")
    body = [records[position][1] for position in table[index + 1 :]][:_SAMPLE_ROWS]
    if not body and head.complete and not any(error for _, _, error in records[after:]):
        raise FileRefused("no_rows", "The file has a heading, but no rows under it.")
    return _Table(heading, heading_line, records[after][0], body)


_ANNOUNCED_DELIMITER = re.compile(r"\"?sep=([,;\t|])\"?\s*\Z", re.IGNORECASE)


def _refuse_endless_line(text: str) -> None:
    columns = max(text.count(delimiter) for delimiter in _DELIMITERS) + 1
    if columns > MAX_COLUMNS:
        _refuse_columns(columns, at_least=True)
    raise FileRefused(
        "line_too_long",
        f"The first line is longer than {len(text):,} characters and does not end there: "
        "this is not a table with one row a line.",
    )


def _refuse_columns(count: int, *, at_least: bool = False) -> None:
    raise FileRefused(
        "too_many_columns",
        f"The file has {'more than ' if at_least else ''}{count:,} columns; at most {MAX_COLUMNS} are read. "
        "Keep the columns that matter and send it again.",
    )


def _find_delimiter(lines: list[str], *, comments: bool) -> str:
    """The delimiter under which the lines look most like one table: many rows of one width, a heading."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        table: list[list[str]] = []
        try:
            for cells in csv.reader(lines[:_DELIMITER_LINES], delimiter=delimiter):
                if not is_blank(cells) and not (comments and cells[0].startswith("#")):
                    table.append(cells)  # noqa: PERF401 (what was read before a mistake stays)
        except csv.Error:
            pass  # what was read before the mistake is evidence enough
        widths = Counter(len(cells) for cells in table if len(cells) > 1)
        if not widths:
            continue
        score = max(count / len(table) * (1 - 1 / width) for width, count in widths.items())
        index = _find_heading(table)
        if _looks_like_data(table[index]):
            score /= 2
        if index:
            score *= 0.9
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _find_heading(table: list[list[str]]) -> int:
    """The first row that is filled in about as widely as most rows are; titles of reports are narrower."""
    counts = Counter(len(cells) for cells in table[:_DELIMITER_LINES])
    usual = max(counts, key=lambda width: (counts[width], width))
    if usual == 1:
        return 0
    needed = max(2.0, 0.6 * usual)
    for index, cells in enumerate(table[:_MOST_PREAMBLE]):
        if sum(1 for cell in cells if cell.strip()) >= needed:
            return index
    return 0


_DATA = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[-+]?\d[\d.,:/ TZ+-]*")


def _looks_like_data(cells: list[str]) -> bool:
    filled = [cell.strip()[:100] for cell in cells if cell.strip()]
    like_data = sum(1 for cell in filled if _DATA.fullmatch(cell))
    return any("@" in cell and _DATA.fullmatch(cell) for cell in filled) or 2 * like_data > len(filled)


def _width(heading: list[str], body: list[list[str]]) -> int:
    """Columns of the table: those with a heading, and those without one that hold something."""
    width = len(heading)
    while width > 1 and not heading[width - 1].strip():
        if any(len(cells) >= width and cells[width - 1].strip() for cells in body):
            break
        width -= 1
    return width


def _names(heading: list[str], notes: list[str]) -> tuple[str, ...]:
    names: list[str] = []
    taken: set[str] = set()
    blank = repeated = False
    for position, cell in enumerate(heading, start=1):
        name = " ".join(_CONTROL.sub("", cell).replace("\ufeff", "").split())[:_LONGEST_NAME]
        if not name:
            blank, name = True, f"Column {position}"
        plain, number = name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain} ({number})"
        repeated = repeated or number > 1
        taken.add(name.casefold())
        names.append(name)
    if blank:
        notes.append("A column without a heading is named after its position.")
    if repeated:
        notes.append("Some headings occur more than once; the later ones have a number added.")
    return tuple(names)


def _probe(stream: BinaryIO, end: int, encoding: str, delimiter: str, width: int) -> list[tuple[str, ...]]:
    """Rows out of the bytes before ``end``, for judging how dates and amounts are written.

    Reading begins in the middle of a line, perhaps of a quoted cell: rows of another width are dropped.
    """
    stream.seek(max(0, end - _PROBE_BYTES) // 4 * 4)
    data = read_bytes(stream, _PROBE_BYTES)
    # Without the mark at the beginning, the codec has to be told which of the two byte orders it is.
    if encoding in {"utf-16", "utf-32"}:
        stream.seek(0)
        mark = stream.read(4)
        big = mark.startswith((b"\xfe\xff", b"\0\0\xfe\xff"))
        encoding += "-be" if big else "-le"
    lines = split_lines(data.decode(encoding, "replace"))[1:]
    # No cell in so few bytes is long enough for the parser, which is not strict here, to fail.
    return [
        tuple(cells)
        for cells in csv.reader(lines, delimiter=delimiter)
        if len(cells) == width and not any(DAMAGED in cell for cell in cells)
    ]
