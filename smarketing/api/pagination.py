"""Pages by cursor: constant cost however far a program reads."""

from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    """Newest first by id, unless a view says otherwise; `page_size` up to 500."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = "-id"
