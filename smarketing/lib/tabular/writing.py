"""Writes tables that are safe to open in a spreadsheet.

A spreadsheet executes a cell that begins like a formula, whoever wrote it. What people typed or imported
is shown as it is everywhere in the product; on its way into a file, such a cell gets an apostrophe in front,
which makes the spreadsheet show it as text (the measure that OWASP describes under "CSV Injection").
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO, Final

__all__ = ["RowWriter", "neutralise", "stream_rows", "write_rows"]

# The wide forms are what East Asian spreadsheets accept for the same signs.
_DANGEROUS: Final = frozenset("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?(?=[.,]?[0-9])[0-9.,' \xa0\u202f]+(?:[eE][+-]?[0-9]+)? ?%?\Z")

#: Makes Excel read the file as UTF-8.
_MARK: Final = b"\xef\xbb\xbf"
_PIECE: Final = 65_536

Cell = str | int | float | Decimal | bool | date | datetime | None


def neutralise(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula; what cannot be one stays as it is.

    Cells that begin, behind any blanks, with ``= + - @``, a tab or a line break get an apostrophe in front;
    numbers such as -5 and +49 30 1234 do not. Applying it twice changes nothing.
    """
    if not text or (text[0].isalnum() and text[0].isascii()):
        return text
    stripped = text.lstrip(" \xa0\ufeff")
    if stripped[:1] in _DANGEROUS and stripped and not _NUMBER.match(stripped):
        return f"'{text}"
    return text


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return neutralise(cell.replace("\0", ""))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, datetime | date):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell)


class RowWriter:
    """Writes rows one by one into a binary stream as UTF-8 with a byte-order mark, for files of rejects.

    The heading is written when the writer is made. ``count`` is the number of rows written so far. Call
    `flush` (or use it as a context manager) before the stream is read or closed.
    """

    def __init__(self, stream: BinaryIO, heading: Sequence[str], *, delimiter: str = ",") -> None:
        self.count = 0
        self._width = len(heading)
        self._stream = stream
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, delimiter=delimiter, lineterminator="\r\n")
        stream.write(_MARK)
        self._writer.writerow([neutralise(cell) for cell in heading])

    def write(self, cells: Iterable[Cell]) -> None:
        """One row. It is not shortened or filled up."""
        self._writer.writerow([_as_text(cell) for cell in cells])
        self.count += 1
        if self._text.tell() >= _PIECE:
            self.flush()

    def reject(self, cells: Sequence[str], reason: str) -> None:
        """The original cells of a row in their columns, and the reason in the last column of the heading.

        Missing cells are filled up with blanks; surplus ones stand behind the reason: nothing is lost.
        """
        room = self._width - 1
        filled = [*cells[:room], *[""] * (room - len(cells))]
        self.write([*filled, reason, *cells[room:]])

    def flush(self) -> None:
        """Hands everything written so far to the stream."""
        self._stream.write(self._text.getvalue().encode("utf-8", "replace"))
        self._text.seek(0)
        self._text.truncate()

    def __enter__(self) -> "RowWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()


def write_rows(
    stream: BinaryIO, heading: Sequence[str], rows: Iterable[Iterable[Cell]], *, delimiter: str = ","
) -> int:
    """Writes a whole table into a binary stream without holding it; returns the number of rows."""
    with RowWriter(stream, heading, delimiter=delimiter) as writer:
        for row in rows:
            writer.write(row)
    return writer.count


def stream_rows(heading: Sequence[str], rows: Iterable[Iterable[Cell]], *, delimiter: str = ",") -> Iterator[bytes]:
    """The same table as pieces of bytes, for an answer that is sent while it is being made."""
    piece = io.BytesIO()
    writer = RowWriter(piece, heading, delimiter=delimiter)
    for row in rows:
        writer.write(row)
        if piece.tell() >= _PIECE:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    writer.flush()
    yield piece.getvalue()
