"""What one batch of an import does to the database, and what every loader needs to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from threading import Lock
from typing import Any, NamedTuple

from django.db import connection

from leads.domain.importing import ParsedRow
from leads.services.importing.lanes import ALONE, Turn


class NumberedRow(NamedTuple):
    """A row that can go in, with the line of the file it stands on and the cells as they came."""

    number: int
    cells: list[str]
    parsed: ParsedRow


class Rejection(NamedTuple):
    """A row that did not go in, and why, in sentences."""

    number: int
    cells: list[str]
    reasons: list[str]


@dataclass(slots=True)
class Outcome:
    """What became of the rows of a batch. `days`: the first and the last on which something happened are among them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    created_lead_ids: list[int] = field(default_factory=list)
    lead_ids: set[int] = field(default_factory=set)
    days: set[date] = field(default_factory=set)

    def refuse(self, row: NumberedRow, reason: str) -> None:
        """The row stays out."""
        self.rejections.append(Rejection(row.number, row.cells, [reason]))


@dataclass(frozen=True, slots=True)
class Context:
    """What a batch is loaded under: the organisation's currency, the moment, who imports, which run, in which turn.

    ``replaces``: whether values of leads and companies that are known already give way to those of the file.
    """

    run_id: int
    actor_id: int | None
    currency: str
    now: datetime
    turn: Turn = ALONE
    replaces: bool = False


Loader = Callable[[Sequence[NumberedRow], Context, Outcome], None]


def span_of(moments: Iterable[datetime]) -> set[date]:
    """The first and the last day (UTC) of these moments; nothing of none."""
    known = list(moments)
    return {min(known).date(), max(known).date()} if known else set()


def in_passes(rows: Sequence[NumberedRow], keys: Callable[[NumberedRow], Sequence[str]]) -> list[list[NumberedRow]]:
    """The rows in passes of which none holds two rows with a common key, in the order of the file.

    A later row about the same record comes after the earlier one is written, as if it had come in another file.
    """
    named = [keys(row) for row in rows]
    repeated = {key for key, times in Counter(chain.from_iterable(named)).items() if times > 1}
    if not repeated:
        return [list(rows)] if rows else []
    passes: list[list[NumberedRow]] = [[]]
    last: dict[str, int] = {}
    for row, own in zip(rows, named, strict=True):
        if repeated.isdisjoint(own):
            passes[0].append(row)
            continue
        place = max(last.get(key, 0) for key in own)
        last.update(dict.fromkeys(own, place + 1))
        if place == len(passes):
            passes.append([])
        passes[place].append(row)
    return passes


def also_named(
    keys: Callable[[NumberedRow], Sequence[str]], known: Mapping[str, Any], names: Callable[[Any], Sequence[str]]
) -> Callable[[NumberedRow], Sequence[str]]:
    """The keys of a row, and those of the records it is about, for `in_passes`: a row may take a name from one of
    these, and a later row by that name is about another record then.
    """

    def found(row: NumberedRow) -> Sequence[str]:
        own = keys(row)
        return [*dict.fromkeys((*own, *(name for key in own if key in known for name in names(known[key]))))]

    return found


def fact_id(identity: Sequence[str]) -> str:
    """The id under which a fact that came without one is kept, so that the same fact is known when it comes again."""
    if identity[0] == "external_id":
        return identity[1]
    return "fact:" + blake2b("\x1f".join(identity).encode(), digest_size=16).hexdigest()


_IDS = Lock()
"""One batch at a time takes its ids, so that they follow each other: a run keeps those that it added as spans."""


def new_ids(table: str, count: int) -> list[int]:
    """Fresh ids of a table, so that rows can refer to each other before they are written."""
    with _IDS, connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(found)"
            " FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass OFFSET 0) AS s (found), generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})
_PIECE = 2_000
"""Rows sent at a time: while the database stores one piece, the next one is put into words."""


def copy_columns(table: str, columns: Mapping[str, Sequence[Any]]) -> None:
    """Writes rows by COPY, several times faster than INSERT: the values of each column, by the column's name.

    Table and column names are the code's own.
    """
    # Django wraps what statements raise, not what COPY does; and whoever tries again goes by the wrapped kinds.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", _Pieces(list(columns.values())))


class _Pieces:
    """Rows in the text form of COPY, piece by piece, as a file that is read."""

    def __init__(self, columns: Sequence[Sequence[Any]]) -> None:
        self._columns = columns
        self._places = iter(range(0, len(columns[0]), _PIECE))

    def read(self, size: int = -1) -> bytes:
        """The next piece, whole whatever `size` is; nothing at the end."""
        start = next(self._places, None)
        if start is None:
            return b""
        copied = [_copied_all(values[start : start + _PIECE]) for values in self._columns]
        lines = "\n".join(map("\t".join, zip(*copied, strict=True)))
        return f"{lines}\n".encode()


def _copied_all(values: Sequence[Any]) -> Sequence[str]:
    """A column as COPY reads it. Plain texts are what they are; of what repeats itself, each is put into words once."""
    types = set(map(type, values))
    if types == {str} and _is_plain("".join(values)):
        return values
    if types == {int}:
        return list(map(str, values))
    if types == {datetime}:
        return list(map(_moment, values))
    words = {value: _copied(value) for value in set(values)}
    return list(map(words.__getitem__, values))


def _copied(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, str):
        return value if _is_plain(value) else value.translate(_ESCAPES)
    return _moment(value) if isinstance(value, datetime) else str(value)


@lru_cache(50_000)
def _moment(at: datetime) -> str:
    """A lead's first date stands in three columns of two tables; to write it down takes a microsecond."""
    return str(at)


def _is_plain(text: str) -> bool:
    """What COPY gives a meaning is the backslash and characters that do not print."""
    return text.isprintable() and "\\" not in text


def update_rows(table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Sets columns of many rows, each given as (id, value of each column), in one statement.

    `columns`: names with their SQL types. Table, names and types are the code's own.
    """
    if not rows:
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *columns.values()))
    setting = ", ".join(f"{name} = given.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS kept SET {setting} FROM unnest({arrays}) AS given (id, {', '.join(columns)})"  # noqa: S608
            " WHERE kept.id = given.id",
            [list(column) for column in zip(*rows, strict=True)],
        )
