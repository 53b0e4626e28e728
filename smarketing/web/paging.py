"""Pages of long lists by position, not by number: page 4,000 costs what page 1 costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.constants import LOOKUP_SEP

from smarketing.accounts.querysets import AmongIds
from smarketing.lib.cursors import BadCursor, read_cursor, write_cursor
from smarketing.lib.errors import Invalid

BAD_CURSOR = "This page address is not valid any more; start from the first page."


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page with the cursors of its neighbours (None where there is none)."""

    rows: Sequence[Any]
    next_cursor: str | None
    previous_cursor: str | None


Load = Callable[[QuerySet[Any]], QuerySet[Any]]


def page_of(queryset: QuerySet[Any], *, order: str, cursor: str = "", size: int = 50, load: Load | None = None) -> Page:
    """The page of `queryset` at `cursor`, ordered by the column `order` (a leading "-": descending), then by id.

    The column may be an annotation that is never empty, or lead to another row that every row has, as in
    "current_score__score". Rows whose column is empty come last in both directions.
    `load` adds what a row shows (select_related, annotations) to a queryset of the page's rows: they are found first,
    so that a long list is not joined with everything before it is cut. Raises Invalid for a cursor that this list did
    not give.
    """
    column, descending = order.lstrip("-"), order.startswith("-")
    backwards, position = _read(cursor, order) if cursor else (False, None)
    found: list[Any] = []
    for part in _parts(queryset, column, descending, backwards, position):
        wanted = part[: size + 1 - len(found)]
        if load is not None:
            wanted = load(first_rows(part, size + 1 - len(found)))
        found += wanted
        if len(found) > size:
            break
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = bool(found) and (more if not backwards else True)
    has_previous = bool(found) and (more if backwards else position is not None)
    return Page(
        rows=found,
        next_cursor=_write(order, found[-1], column, backwards=False) if has_next else None,
        previous_cursor=_write(order, found[0], column, backwards=True) if has_previous else None,
    )


def counted_page_of(
    queryset: QuerySet[Any], *, order: str, size: int = 50, load: Load | None = None, most: int | None = None
) -> tuple[Page | None, int]:
    """The first page of `queryset` and the number of its rows, both from finding the rows once.

    For lists that no index leads to in their order, as what a text matches: to order them all have to be found, and
    then they are counted as well. `order` and `load` as for `page_of`. At most `most` rows are looked for; where there
    are as many, which ones come first is not known, and there is no page.
    """
    column, descending = order.lstrip("-"), order.startswith("-")
    direction = "DESC" if descending else "ASC"
    try:
        rows, given = queryset.order_by().values_list("pk", column)[:most].query.sql_with_params()
    except EmptyResultSet:  # as for who may see nothing
        return Page([], None, None), 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found (id, place) AS MATERIALIZED ({rows}) SELECT (SELECT count(*) FROM found),"  # noqa: S608 (the queryset's own SQL)
            f" ARRAY(SELECT id FROM found ORDER BY place {direction} NULLS LAST, id {direction} LIMIT %s)",
            [*given, size + 1],
        )
        count, ids = cursor.fetchone()
    if most is not None and count >= most:
        return None, count
    wanted = queryset.model._default_manager.filter(pk__in=ids[:size])
    by_id = {row.pk: row for row in (load(wanted) if load is not None else wanted)}
    found = [by_id[pk] for pk in ids[:size] if pk in by_id]
    more = len(ids) > size and bool(found)
    return Page(found, _write(order, found[-1], column, backwards=False) if more else None, None), count


def first_rows(queryset: QuerySet[Any], limit: int) -> QuerySet[Any]:
    """The first rows of an ordered queryset, in its order, ready to be joined with what they show."""
    ids = queryset.select_related(None).prefetch_related(None).values("pk")[:limit]
    return queryset.model._default_manager.filter(AmongIds("pk", ids)).order_by(*queryset.query.order_by)


def _parts(
    queryset: QuerySet[Any], column: str, descending: bool, backwards: bool, position: list[Any] | None
) -> Iterator[QuerySet[Any]]:
    """What follows the position (backwards: goes before it), nearest first, in one or two ordered querysets.

    Rows with and without a value are asked for apart: in one query they would need an index that says where empty ones
    go, for each direction one of its own.
    """
    falls = descending != backwards
    by_id = "-id" if falls else "id"
    raw, pk = position or (None, None)
    beyond_id = Q() if pk is None else Q(id__lt=pk) if falls else Q(id__gt=pk)
    if column in ("id", "pk"):
        yield queryset.order_by(by_id).filter(beyond_id)
        return
    may_be_empty = column not in queryset.query.annotations and _field(queryset, column).null
    if LOOKUP_SEP in column:
        # Each row has the other one; without this they would be joined from one side alone, past its indexes.
        queryset = queryset.filter(**{f"{column.rpartition(LOOKUP_SEP)[0]}__isnull": False})
    filled = queryset.order_by(f"-{column}" if falls else column, by_id)
    if may_be_empty:
        filled = filled.filter(**{f"{column}__isnull": False})
    empty = queryset.order_by(by_id).filter(**{f"{column}__isnull": True})
    if position is None:
        yield filled
        if may_be_empty:
            yield empty
    elif raw is None and may_be_empty:
        yield empty.filter(beyond_id)
        if backwards:
            yield filled
    else:
        yield filled.filter(_past(queryset, column, falls, raw, beyond_id))
        if may_be_empty and not backwards:
            yield empty


def _past(queryset: QuerySet[Any], column: str, falls: bool, raw: Any, beyond_id: Q) -> Q:
    """Rows beyond a value of the column. The first condition, which the others imply, is where an index can start."""
    try:
        value = _field(queryset, column).to_python(raw)
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise Invalid(BAD_CURSOR) from error
    if value is None:
        raise Invalid(BAD_CURSOR)
    return Q(**{f"{column}__{'lte' if falls else 'gte'}": value}) & (
        Q(**{f"{column}__{'lt' if falls else 'gt'}": value}) | beyond_id
    )


def _field(queryset: QuerySet[Any], column: str) -> Any:
    made = queryset.query.annotations.get(column)
    if made is not None:
        return made.output_field
    model = queryset.model
    *through, name = column.split(LOOKUP_SEP)
    for step in through:
        model = model._meta.get_field(step).related_model
    return model._meta.get_field(name)


def _write(order: str, row: Any, column: str, *, backwards: bool) -> str:
    return write_cursor(order, reduce(getattr, column.split(LOOKUP_SEP), row), row.pk, backwards=backwards)


def _read(cursor: str, order: str) -> tuple[bool, list[Any]]:
    try:
        found = read_cursor(cursor, order)
    except BadCursor as error:
        raise Invalid(BAD_CURSOR) from error
    return found.backwards, [found.value, found.pk]
