"""Reads delimited text files as people really send them, in bounded memory.

`sniff` looks at a bounded part of the file and returns a `Layout`; `rows` then streams the rows of the
table. Neither ever holds more than a few megabytes, whatever the file contains, and everything that is
wrong with one row is told in that row and costs no other.

What is understood besides plain CSV: any of the encodings in `encoding`, comma, semicolon, tab and pipe,
all three line endings, Excel's ``sep=`` line, reports with a preamble above the heading (Google Ads, GA4),
totals below or directly under the heading, comment lines, and trailing empty columns.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain, islice
from typing import Any, BinaryIO, Final, NamedTuple

from smarketing.lib.tabular.encoding import DAMAGED, PieceDecoder, detect, label
from smarketing.lib.tabular.errors import FileRefused

__all__ = ["MAX_CELL", "MAX_COLUMNS", "MAX_LINE", "Layout", "Row", "rows", "sniff"]

#: More columns than this and the file is refused.
MAX_COLUMNS: Final = 500
#: Characters in one cell: the limit of Python's csv module.
MAX_CELL: Final = 131_072
#: Characters in one line or in one row that runs over several lines; the limit is held to within one piece.
MAX_LINE: Final = 1_000_000

_PIECE: Final = 262_144
_SAMPLE_ROWS: Final = 1000
_PROBES: Final = 8
_PROBE_BYTES: Final = 16_384
_PROBE_ROWS: Final = 100
_DELIMITERS: Final = (",", ";", "\t", "|")
_SHOWN: Final = 1000
_MOST_PREAMBLE: Final = 100
_DELIMITER_LINES: Final = 200
_TOTALS_ROWS: Final = 10
_LONGEST_NAME: Final = 200


class Row(NamedTuple):
    """One row of the table.

    ``number`` is the line of the file on which the row begins, counted from 1. ``error`` is empty for a row
    that can be used; otherwise it is the sentence that says why not, and ``cells`` holds what could be
    read. ``left_out`` marks rows that are no data by nature (totals, a second table): they are told,
    but they are not the sender's mistake.
    """

    number: int
    cells: list[str]
    error: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read.

    ``columns`` are unique names, in order: a blank heading is called "Column 3", a repeated one gets a
    number. ``sample`` holds rows from the beginning of the file first, then from places spread all over it.
    ``data_line`` is the line after the heading; ``estimated_rows`` is good enough for a progress bar only.
    ``notes`` are sentences for the person who looks at the preview.
    """

    encoding: str
    encoding_open: bool
    delimiter: str
    heading_line: int
    data_line: int
    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    comments: bool = False
    totals: bool = False
    estimated_rows: int = 0

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold, for keeping the layout until the rows are read; the inverse of `from_json`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Layout":
        """The layout that `to_json` wrote."""
        return cls(
            **{
                **data,
                "columns": tuple(data["columns"]),
                "sample": tuple(tuple(cells) for cells in data["sample"]),
                "notes": tuple(data["notes"]),
            }
        )


# -- lines ------------------------------------------------------------------------------------------


class _BadLine(NamedTuple):
    text: str
    sentence: str


_LINE_END = re.compile(r"[\r\n]")


def _split(text: str) -> list[str]:
    """Physical lines with their endings; unlike str.splitlines, only CR, LF and CRLF end a line."""
    return list(io.StringIO(text, newline=""))


def _read(stream: BinaryIO, size: int) -> bytes:
    """Exactly ``size`` bytes unless the stream ends before; streams may return less at a time."""
    data = stream.read(size) or b""
    if len(data) == size or not data:
        return data
    parts, missing = [data], size - len(data)
    while missing:
        data = stream.read(missing)
        if not data:
            break
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


def _pieces(stream: BinaryIO, decoder: PieceDecoder) -> Iterator[list[str] | _BadLine]:
    """The lines of the stream, piece by piece; a line that cannot be used comes as a `_BadLine`."""
    rest = ""  # the last line of the piece before, which is not complete yet
    rest_damaged = False
    overlong = False  # inside a line that was refused already and is being skipped
    while True:
        data = _read(stream, _PIECE)
        final = not data
        text, damaged = decoder.decode(data, final)
        if rest:
            text = rest + text
        damaged = damaged or rest_damaged
        rest, rest_damaged = "", False
        if overlong:
            end = _LINE_END.search(text)
            if end is None or (text[end.start() :] == "\r" and not final):
                # A carriage return at the very end may be half of a line ending: look at it again.
                rest = "\r" if end else ""
                if final:
                    return
                continue
            skip = 2 if text.startswith("\r\n", end.start()) else 1
            text, overlong = text[end.start() + skip :], False
        if not final:
            last = len(text) - 1 if text.endswith("\r") else len(text)
            cut = max(text.rfind("\n", 0, last), text.rfind("\r", 0, last)) + 1
            rest, text = text[cut:], text[:cut]
            rest_damaged = damaged and DAMAGED in rest
        if text:
            if damaged or "\0" in text:
                yield from _set_apart(_split(text), damaged)
            else:
                yield _split(text)
        if len(rest) > MAX_LINE:
            yield _BadLine(rest[:_SHOWN], f"The line is longer than {MAX_LINE:,} characters.")
            rest, rest_damaged, overlong = "", False, True
        if final:
            return


def _set_apart(lines: list[str], damaged: bool) -> Iterator[list[str] | _BadLine]:
    start = 0
    for index, line in enumerate(lines):
        if "\0" in line:
            sentence = "The line contains NUL bytes, which no text has: the file is damaged here."
        elif damaged and DAMAGED in line:
            sentence = (
                "The line contains bytes that do not belong to the encoding of the file. "
                "Save the file as CSV UTF-8 and send it again."
            )
        else:
            continue
        if start < index:
            yield lines[start:index]
        yield _BadLine(line[:_SHOWN].rstrip("\r\n"), sentence)
        start = index + 1
    if start < len(lines):
        yield lines[start:]


def _drop(pieces: Iterator[list[str] | _BadLine], count: int) -> Iterator[list[str] | _BadLine]:
    """The same pieces without their first ``count`` lines."""
    for piece in pieces:
        if not count:
            yield piece
        elif isinstance(piece, _BadLine):
            count -= 1
        elif len(piece) <= count:
            count -= len(piece)
        else:
            yield piece[count:]
            count = 0


# -- records ----------------------------------------------------------------------------------------

_Record = tuple[int, list[str], str]

_NEVER_CLOSED: Final = (
    "A quotation mark is opened in this row and never closed. "
    "The file may have been cut off here, or the quotation mark should be doubled."
)
_BADLY_QUOTED: Final = (
    "The quotation marks of this row do not match: inside a quoted cell, a quotation mark must be doubled."
)
_CELL_TOO_LONG: Final = f"A cell is longer than {MAX_CELL:,} characters."


class _Ending:
    """An iterator without items that remembers having been asked for one."""

    asked = False

    def __iter__(self) -> "_Ending":
        return self

    def __next__(self) -> str:
        self.asked = True
        raise StopIteration


class _RecordReader:
    """Takes lines and gives records: the line on which each begins, its cells and, if unreadable, the reason.

    A record that goes wrong over several lines (a stray quotation mark) costs its first line only: reading
    goes on with the next one, so that a single mistake does not swallow what follows it. Reading lines again
    is paid from a credit that grows with the file, so that a file made of such mistakes takes no longer than
    a few readings; when it is used up, all lines of the record are rejected together.
    """

    def __init__(self, delimiter: str, first: int) -> None:
        self._delimiter = delimiter
        self._line = first  # the number of the first line that is not dealt with yet
        self._credit = 50_000

    def records(self, pieces: Iterable[list[str] | _BadLine]) -> Iterator[_Record]:
        carry: list[str] = []
        for piece in pieces:
            if isinstance(piece, _BadLine):
                yield from self._parse(carry, final=True)
                carry = []
                yield self._line, [piece.text], piece.sentence
                self._line += 1
                continue
            self._credit += 2 * len(piece)
            carry = yield from self._parse(carry + piece if carry else piece, final=False)
            while sum(map(len, carry)) > MAX_LINE:
                lost = self._lost_lines(len(carry))
                yield self._line, [_shown(carry[0])], _unreadable(_NEVER_CLOSED, self._line, lost)
                self._line += lost
                carry = yield from self._parse(carry[lost:], final=False)
        yield from self._parse(carry, final=True)

    def _lost_lines(self, span: int) -> int:
        """How many of the ``span`` lines of an unreadable record are given up: its first, or all."""
        if span <= self._credit:
            self._credit -= span
            return 1
        return span

    def _parse(self, window: list[str], *, final: bool) -> Generator[_Record, None, list[str]]:
        """The records of ``window``; returns the lines of a last record that goes on in the next one."""
        first, count = self._line, len(window)
        at = 0  # lines of the window that are dealt with
        while at < count:
            start = at
            ending = _Ending()
            lines = chain(map(window.__getitem__, range(start, count)), ending)
            reader = csv.reader(lines, delimiter=self._delimiter, doublequote=True, strict=True)
            while True:
                try:
                    for cells in reader:
                        yield first + at, cells, ""
                        at = start + reader.line_num
                    break
                except csv.Error as error:
                    if ending.asked and not final:
                        self._line = first + at
                        return window[at:]
                    span = start + reader.line_num - at
                    if ending.asked or (span > 1 and "limit" in str(error)):
                        sentence = _NEVER_CLOSED
                    elif "limit" in str(error):
                        sentence = _CELL_TOO_LONG
                    else:
                        sentence = _BADLY_QUOTED
                    lost = self._lost_lines(span) if span > 1 else 1
                    yield first + at, [_shown(window[at])], _unreadable(sentence, first + at, lost)
                    at += lost
                    if lost < span or ending.asked:
                        break
        self._line = first + count
        return []


def _shown(line: str) -> str:
    return line[:_SHOWN].rstrip("\r\n")


def _unreadable(sentence: str, first: int, count: int) -> str:
    if count == 1:
        return sentence
    return f"{sentence} Lines {first:,} to {first + count - 1:,} cannot be told apart and are all rejected."


def _is_blank(cells: Sequence[str]) -> bool:
    # Ctrl-Z is how DOS programs end a text file.
    return not any(cell.strip(" \t\r\n\xa0\x1a\ufeff") for cell in cells)


# -- rows -------------------------------------------------------------------------------------------

_TOTALS = re.compile(
    r"(?:grand\s+totals?\b.*|(?:sub)?totals?\s*:.*|totals|report\s+totals?|(?:account|overall)\s+totals?)\Z",
    re.IGNORECASE | re.DOTALL,
)
_TOTALS_ALONE = frozenset({"total", "sum", "summe", "gesamt", "gesamtsumme", "somme", "totale", "итого"})


def _is_totals(cells: Sequence[str]) -> bool:
    """Whether a row sums up the others: by its first cell, and for a bare word also by blank cells.

    A bare "Total" may be the name of a company, so that a row which is filled in everywhere stays data.
    """
    head = cells[0].strip()
    if _TOTALS.match(head):
        return True
    return head.casefold() in _TOTALS_ALONE and any(cell.strip() in {"", "-", "--"} for cell in cells[1:])


_TOTALS_SENTENCE: Final = "This row sums up the others and is not data itself."


def rows(stream: BinaryIO, layout: Layout) -> Iterator[Row]:
    """The rows below the heading, from a stream that stands at the beginning of the file.

    Blank rows and comment lines are passed over. A row whose number of cells differs from that of the
    headings is an error, except for surplus cells that are all blank. Rows of totals are recognised only
    directly under the heading and at the end of the file, where reports put them.
    """
    decoder = PieceDecoder(layout.encoding, layout.encoding_open)
    pieces = _drop(_pieces(stream, decoder), layout.data_line - 1)
    records = _RecordReader(layout.delimiter, layout.data_line).records(pieces)
    width = len(layout.columns)
    comments, totals = layout.comments, layout.totals
    held: list[Row] = []  # rows that look like totals, until it is known what follows them
    begun = False
    for number, cells, error in records:
        if error:
            yield from held
            held.clear()
            yield Row(number, cells, error)
            continue
        count = len(cells)
        if not count or cells == ["\x1a"] or (not cells[0].strip() and _is_blank(cells)):
            continue
        if comments and cells[0].startswith("#"):
            if begun:
                yield from _left_out(held)
                held.clear()
                yield Row(number, cells, "Another table begins here; only the first one is read.", True)
                return
            continue
        if count != width:
            if count > width and _is_blank(cells[width:]):
                del cells[width:]
            else:
                yield from held
                held.clear()
                yield Row(number, cells, _ragged(count, width))
                continue
        if totals:
            if _is_totals(cells):
                if begun:
                    held.append(Row(number, cells))
                else:
                    yield Row(number, cells, _TOTALS_SENTENCE, True)
                continue
            if held:
                yield from held
                held.clear()
        begun = True
        yield Row(number, cells)
    yield from _left_out(held)


def _left_out(held: Iterable[Row]) -> Iterator[Row]:
    for row in held:
        yield row._replace(error=_TOTALS_SENTENCE, left_out=True)


def _ragged(count: int, width: int) -> str:
    cells = "1 cell" if count == 1 else f"{count:,} cells"
    columns = "1 column" if width == 1 else f"{width:,} columns"
    hint = (
        "The row may have been cut off."
        if count < width
        else "A cell that contains the delimiter must stand in quotation marks."
    )
    return f"This row has {cells}, but the heading has {columns}. {hint}"


# -- layout -----------------------------------------------------------------------------------------

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


def _sniff(stream: BinaryIO, encoding: str | None, delimiter: str | None) -> Layout:
    head = _read(stream, _PIECE)
    complete = len(head) < _PIECE
    if not head:
        raise FileRefused("empty", "The file is empty.")
    _refuse_other_files(head)

    notes: list[str] = []
    found, open_question = (encoding, False) if encoding else detect(head)
    text, _ = PieceDecoder(found).decode(head, complete)
    if len(_CONTROL.findall(text)) > 0.01 * len(text):
        raise FileRefused("not_text", "This is not a text file. Save or export the table as CSV.")
    if not found.startswith("utf") and not encoding:
        notes.append(f"Read as {label(found)}. If letters look wrong, save the file as CSV UTF-8.")

    lines = _split(text)
    if not complete:
        if len(lines) == 1:
            _refuse_endless_line(text)
        del lines[-1]  # most likely cut off by the end of the sample
    if _is_blank(lines):
        raise FileRefused("empty", "The file contains nothing but blank lines.")
    announced = _ANNOUNCED_DELIMITER.match(lines[0])
    skipped = 1 if announced else 0
    if announced and not delimiter:
        delimiter = announced.group(1)
    comments = any(line.startswith("#") for line in lines[:50])
    delimiter = delimiter or _find_delimiter(lines[skipped:], comments=comments)

    records = list(
        islice(_RecordReader(delimiter, skipped + 1).records([lines[skipped:]]), _SAMPLE_ROWS + _MOST_PREAMBLE)
    )
    table = [
        position
        for position, (_, cells, error) in enumerate(records)
        if not error and not _is_blank(cells) and not (comments and cells[0].startswith("#"))
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
        if not complete:
            raise FileRefused(
                "line_too_long",
                f"The row under the heading is longer than {_PIECE:,} characters and does not end there: this is not a "
                "table with one row a line.",
            )
        raise FileRefused("no_rows", "The file has a heading, but no rows under it.")
    data_line = records[after][0]
    body = [records[position][1] for position in table[index + 1 :]][:_SAMPLE_ROWS]
    if not body and complete and not any(error for _, _, error in records[after:]):
        raise FileRefused("no_rows", "The file has a heading, but no rows under it.")
    width = _width(heading, body)
    columns = _names(heading[:width], notes)

    sample = [tuple(cells[:width]) for cells in body if len(cells) >= width]
    totals = bool(sample) and (_is_totals(sample[0]) or any(map(_is_totals, sample[-_TOTALS_ROWS:])))
    estimated = len(body)
    if not complete:
        size = stream.seek(0, io.SEEK_END)
        estimated = round((len(lines) - data_line + 1) * size / len(head))
        for position in range(1, _PROBES + 1):
            probed = _probe(stream, size * position // _PROBES, found, delimiter, width)
            sample += probed[-_PROBE_ROWS:]
        totals = totals or any(map(_is_totals, sample[-_TOTALS_ROWS:]))
    if totals:
        sample = [cells for cells in sample if not _is_totals(cells)]
        notes.append("Rows that sum up the others are left out.")
    return Layout(
        encoding=found,
        encoding_open=open_question,
        delimiter=delimiter,
        heading_line=heading_line,
        data_line=data_line,
        columns=columns,
        sample=tuple(sample),
        notes=tuple(notes),
        comments=comments,
        totals=totals,
        estimated_rows=estimated,
    )


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
                if not _is_blank(cells) and not (comments and cells[0].startswith("#")):
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
    data = _read(stream, _PROBE_BYTES)
    # Without the mark at the beginning, the codec has to be told which of the two byte orders it is.
    if encoding in {"utf-16", "utf-32"}:
        stream.seek(0)
        mark = stream.read(4)
        big = mark.startswith((b"\xfe\xff", b"\0\0\xfe\xff"))
        encoding += "-be" if big else "-le"
    lines = _split(data.decode(encoding, "replace"))[1:]
    # No cell in so few bytes is long enough for the parser, which is not strict here, to fail.
    return [
        tuple(cells)
        for cells in csv.reader(lines, delimiter=delimiter)
        if len(cells) == width and not any(DAMAGED in cell for cell in cells)
    ]
