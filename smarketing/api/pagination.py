"""Pages by cursor: constant cost however far a program reads, and nothing twice or left out while rows are added.

A cursor names the last row by (value of the ordering column, id), so that any number of equal values is fine.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from smarketing.lib.cursors import BadCursor, read_cursor, write_cursor
from smarketing.lib.errors import Invalid

BAD_CURSOR = "This cursor does not belong to this list. Start again without `cursor`."


class CursorPagination(BasePagination):
    """Newest first by id, unless the view says otherwise; `page_size` up to 500.

    A view permits other orders with `ordering_fields`: names, or a mapping of public names to columns. Programs ask
    with `?ordering=name` or `?ordering=-name`. `ordering` on the view is the order without asking.
    """

    page_size = 50
    max_page_size = 500
    ordering = "-id"

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """The rows of the page that `request` asks for. Raises Invalid for an order or a cursor that is not ours."""
        self._url = request.build_absolute_uri()
        size = self._page_size(request)
        order = self._order(request, view)
        column, descending = order.lstrip("-"), order.startswith("-")
        cursor = request.query_params.get("cursor", "")
        backwards, position = self._read(cursor, order) if cursor else (False, None)
        downwards = descending != backwards

        rows = queryset.order_by(*self._ordering(column, downwards, nulls_last=not backwards))
        if position is not None:
            rows = rows.filter(self._beyond(queryset.model, column, downwards, backwards, position))
        found = list(rows[: size + 1])
        more, page = len(found) > size, found[:size]
        if backwards:
            page.reverse()
        has_next, has_previous = (True, more) if backwards else (more, position is not None)
        self._next = self._write(order, page[-1], column, backwards=False) if page and has_next else None
        self._previous = self._write(order, page[0], column, backwards=True) if page and has_previous else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """`next`, `previous` (addresses or null) and `results`."""
        return Response({"next": self._link(self._next), "previous": self._link(self._previous), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The form of a page, for OpenAPI."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The parameters of every list, for OpenAPI."""
        allowed = sorted(_allowed(view))
        found: list[dict[str, Any]] = [
            _parameter("cursor", {"type": "string"}, "As given in `next` or `previous`."),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size},
                "Rows per page.",
            ),
        ]
        if allowed:
            orders = [order for name in allowed for order in (name, f"-{name}")]
            found.append(_parameter("ordering", {"type": "string", "enum": orders}, "A leading `-`: largest first."))
        return found

    def _page_size(self, request: Request) -> int:
        raw = request.query_params.get("page_size", "")
        if not raw:
            return self.page_size
        if not raw.isdecimal() or len(raw) > 9 or not int(raw):
            raise Invalid("`page_size` must be a number from 1 to 500.", fields={"page_size": ["Not a number."]})
        return min(int(raw), self.max_page_size)

    def _order(self, request: Request, view: APIView | None) -> str:
        asked = request.query_params.get("ordering", "")
        if not asked:
            return str(getattr(view, "ordering", None) or self.ordering)
        allowed = _allowed(view)
        name = asked.removeprefix("-")
        if name not in allowed:
            known = ", ".join(sorted(allowed)) or "none"
            raise Invalid(f"This list cannot be ordered by “{name}”.", fields={"ordering": [f"Permitted: {known}."]})
        return ("-" if asked.startswith("-") else "") + allowed[name]

    @staticmethod
    def _ordering(column: str, downwards: bool, *, nulls_last: bool) -> list[Any]:
        if column in ("id", "pk"):
            return ["-id" if downwards else "id"]
        nulls: dict[str, bool] = {"nulls_last": True} if nulls_last else {"nulls_first": True}
        expression = F(column)
        return [
            expression.desc(**nulls) if downwards else expression.asc(**nulls),
            "-id" if downwards else "id",
        ]

    @staticmethod
    def _beyond(model: type[Model], column: str, downwards: bool, backwards: bool, position: tuple[Any, int]) -> Q:
        raw, pk = position
        compare = "lt" if downwards else "gt"
        beyond_id = Q(**{f"id__{compare}": pk})
        if column in ("id", "pk"):
            return beyond_id
        if raw is None:
            # Rows without a value stand at the end of the list.
            same = Q(**{f"{column}__isnull": True}) & beyond_id
            return same | Q(**{f"{column}__isnull": False}) if backwards else same
        try:
            value = model._meta.get_field(column).to_python(raw)  # type: ignore[union-attr]
        except (ValidationError, TypeError, ValueError, OverflowError) as error:
            raise Invalid(BAD_CURSOR) from error
        past = Q(**{f"{column}__{compare}": value}) | (Q(**{column: value}) & beyond_id)
        return past if backwards else past | Q(**{f"{column}__isnull": True})

    @staticmethod
    def _write(order: str, row: Any, column: str, *, backwards: bool) -> str:
        value = None if column in ("id", "pk") else getattr(row, column)
        return write_cursor(order, value, row.pk, backwards=backwards)

    @staticmethod
    def _read(cursor: str, order: str) -> tuple[bool, tuple[Any, int]]:
        try:
            found = read_cursor(cursor, order)
        except BadCursor as error:
            raise Invalid(BAD_CURSOR) from error
        return found.backwards, (found.value, found.pk)

    def _link(self, cursor: str | None) -> str | None:
        return replace_query_param(remove_query_param(self._url, "cursor"), "cursor", cursor) if cursor else None


def _allowed(view: APIView | None) -> dict[str, str]:
    given = getattr(view, "ordering_fields", ())
    return dict(given) if isinstance(given, dict) else {name: name for name in given}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
