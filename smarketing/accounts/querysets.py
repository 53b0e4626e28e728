"""What rows that people work on can do: be locked for a write, and be shown to whoever may see them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Self, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import BooleanField, F, Func

from smarketing.accounts.models import Team, User
from smarketing.lib.errors import NotFound

M = TypeVar("M", bound=models.Model)


class LockingQuerySet(models.QuerySet[Any]):
    """Adds the one way to lock a row for a write."""

    def lock(self, pk: int) -> Any:
        """The row, locked until the transaction ends. Raises NotFound where it is not among these rows."""
        row = self.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None:
            raise NotFound(f"There is no such {self.model._meta.verbose_name}, or you may not see it.")
        return row


class OpenToAllQuerySet(LockingQuerySet):
    """Rows that everybody with a role may see."""

    def visible_to(self, user: User) -> Self:
        """All rows for anybody with a role, none otherwise."""
        return self.all() if user.roles else self.none()


class _Ids(ArraySubquery):
    # Where it is known that there are none, as for who may see nothing, the whole query finds nothing.
    empty_result_set_value = NotImplemented


class AmongIds(Func):
    """`column = ANY (ARRAY(ids))`: the ids are found once and their rows read in the order of the index.

    As an IN they would be a join of some ten thousand steps, because PostgreSQL cannot know how many there are.
    """

    template = "%(expressions)s"
    arg_joiner = " = ANY "
    output_field = BooleanField()

    def __init__(self, column: str, ids: models.QuerySet[Any]) -> None:
        super().__init__(F(column), _Ids(ids, template="(ARRAY(%(subquery)s))"))


def counts_of(*querysets: models.QuerySet[Any]) -> list[int]:
    """How many rows each of these has, in one query. They must not be cut (`[:n]`)."""
    counts: list[str] = []
    given: list[Any] = []
    for queryset in querysets:
        try:
            rows, its = queryset.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:  # as for who may see nothing
            counts.append("0")
            continue
        counts.append(f"(SELECT count(*) FROM ({rows}) AS found)")  # noqa: S608 (the queryset's own SQL)
        given += its
    if not given and set(counts) <= {"0"}:
        return [0] * len(counts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", given)
        return list(cursor.fetchone())


def ids_of(*querysets: models.QuerySet[Any]) -> list[list[int]]:
    """The ids of the rows of each of these, in their order, in one query."""
    parts: list[str] = []
    given: list[Any] = []
    for queryset in querysets:
        try:
            rows, its = queryset.values("pk").query.sql_with_params()
        except EmptyResultSet:
            parts.append("ARRAY[]::bigint[]")
            continue
        parts.append(f"ARRAY({rows})")
        given += its
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", given)
        return list(cursor.fetchone())


def rows_by_id(model: type[M], ids: Iterable[int]) -> list[M]:
    """The rows with these ids, in no order.

    For what every page looks up: to build a query by id takes three times as long as to run it.
    """
    wanted = list(ids)
    table = connection.ops.quote_name(model._meta.db_table)
    by_id = f"SELECT * FROM {table} WHERE id = ANY (%s)"  # noqa: S608 (the model's own table)
    return list(model._default_manager.raw(by_id, [wanted])) if wanted else []


def give_people(rows: Iterable[Any], *paths: str) -> None:
    """Gives rows the people that they name, all in one query: `owner`, `handoff__owner`, … are their foreign keys.

    For a page's rows: to join each of them takes the database longer than to look them up, and more so with each join.
    """
    _give(rows, paths, User)


def give_teams(rows: Iterable[Any], *paths: str) -> None:
    """The same for teams; `team` unless said."""
    _give(rows, paths or ("team",), Team)


def _give(rows: Iterable[Any], paths: Iterable[str], model: type[models.Model]) -> None:
    listed = list(rows)
    places: list[tuple[Any, str, int]] = []
    for path in paths:
        *way, name = path.split("__")
        for row in listed:
            place = attrgetter(".".join(way))(row) if way else row
            if (pk := getattr(place, f"{name}_id")) is not None:
                places.append((place, name, pk))
    known = {row.pk: row for row in rows_by_id(model, {pk for _, _, pk in places})}
    for place, name, pk in places:
        setattr(place, name, known[pk])
