"""Lines out of bytes, and records out of lines: what is wrong with one is told with it and costs no other."""

import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO, Final, NamedTuple

from smarketing.lib.tabular.encoding import DAMAGED, PieceDecoder

__all__ = [
    "MAX_CELL",
    "MAX_LINE",
    "PIECE",
    "BadLine",
    "RecordReader",
    "is_blank",
    "pieces_of",
    "read_bytes",
    "split_lines",
    "without_first",
]

#: Characters in one cell: the limit of Python's csv module.
MAX_CELL: Final = 131_072
#: Characters in one line or in one row that runs over several lines; the limit is held to within one piece.
MAX_LINE: Final = 1_000_000
#: Bytes read at a time.
PIECE: Final = 262_144
_SHOWN: Final = 1000


class BadLine(NamedTuple):
    """The beginning of a line that cannot be used, and why."""

    text: str
    sentence: str


_LINE_END = re.compile(r"[\r\n]")


def split_lines(text: str) -> list[str]:
    """Physical lines with their endings; unlike str.splitlines, only CR, LF and CRLF end a line."""
    return list(io.StringIO(text, newline=""))


def read_bytes(stream: BinaryIO, size: int) -> bytes:
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


def pieces_of(stream: BinaryIO, decoder: PieceDecoder) -> Iterator[list[str] | BadLine]:
    """The lines of the stream, piece by piece; a line that cannot be used comes as a `BadLine`."""
    rest = ""  # the last line of the piece before, which is not complete yet
    rest_damaged = False
    overlong = False  # inside a line that was refused already and is being skipped
    while True:
        data = read_bytes(stream, PIECE)
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
                yield from _set_apart(split_lines(text), damaged)
            else:
                yield split_lines(text)
        if len(rest) > MAX_LINE:
            yield BadLine(rest[:_SHOWN], f"The line is longer than {MAX_LINE:,} characters.")
            rest, rest_damaged, overlong = "", False, True
        if final:
            return


def _set_apart(lines: list[str], damaged: bool) -> Iterator[list[str] | BadLine]:
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
        yield BadLine(line[:_SHOWN].rstrip("\r\n"), sentence)
        start = index + 1
    if start < len(lines):
        yield lines[start:]


def without_first(pieces: Iterator[list[str] | BadLine], count: int) -> Iterator[list[str] | BadLine]:
    """The same pieces without their first ``count`` lines."""
    for piece in pieces:
        if not count:
            yield piece
        elif isinstance(piece, BadLine):
            count -= 1
        elif len(piece) <= count:
            count -= len(piece)
        else:
            yield piece[count:]
            count = 0


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


class RecordReader:
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

    def records(self, pieces: Iterable[list[str] | BadLine]) -> Iterator[_Record]:
        """The records of these pieces, to be asked once."""
        carry: list[str] = []
        for piece in pieces:
            if isinstance(piece, BadLine):
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


def is_blank(cells: Sequence[str]) -> bool:
    """Whether nothing but blanks stands in these cells."""
    # Ctrl-Z is how DOS programs end a text file.
    return not any(cell.strip(" \t\r\n\xa0\x1a\ufeff") for cell in cells)
