"""Reads delimited text files as people really send them, in bounded memory.

`sniff` looks at a bounded part of the file and returns a `Layout`; `rows` then streams the rows of the
table. Neither ever holds more than a few megabytes, whatever the file contains, and everything that is
wrong with one row is told in that row and costs no other.

What is understood besides plain CSV: any of the encodings in `encoding`, comma, semicolon, tab and pipe,
all three line endings, Excel's ``sep=`` line, reports with a preamble above the heading (Google Ads, GA4),
totals below or directly under the heading, comment lines, and trailing empty columns.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, BinaryIO, Final, NamedTuple

from smarketing.lib.tabular.encoding import PieceDecoder
from smarketing.lib.tabular.lines import RecordReader, is_blank, pieces_of, without_first

__all__ = ["Layout", "Row", "is_totals", "rows"]


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


_TOTALS = re.compile(
    r"(?:grand\s+totals?\b.*|(?:sub)?totals?\s*:.*|totals|report\s+totals?|(?:account|overall)\s+totals?)\Z",
    re.IGNORECASE | re.DOTALL,
)
_TOTALS_ALONE = frozenset({"total", "sum", "summe", "gesamt", "gesamtsumme", "somme", "totale", "итого"})


def is_totals(cells: Sequence[str]) -> bool:
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
    pieces = without_first(pieces_of(stream, decoder), layout.data_line - 1)
    records = RecordReader(layout.delimiter, layout.data_line).records(pieces)
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
        if not count or cells == ["\x1a"] or (not cells[0].strip() and is_blank(cells)):
            continue
        if comments and cells[0].startswith("#"):
            if begun:
                yield from _left_out(held)
                held.clear()
                yield Row(number, cells, "Another table begins here; only the first one is read.", True)
                return
            continue
        if count != width:
            if count > width and is_blank(cells[width:]):
                del cells[width:]
            else:
                yield from held
                held.clear()
                yield Row(number, cells, _ragged(count, width))
                continue
        if totals:
            if is_totals(cells):
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
