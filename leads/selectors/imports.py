"""Reads of imports: the list, one run's progress, its refused rows."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from leads.models import ImportReject, ImportRun
from leads.permissions import can_import
from smarketing.accounts.models import User
from smarketing.lib.tabular import Layout


def import_list(user: User) -> QuerySet[ImportRun]:
    """Imports, newest first, for those who may import."""
    runs = ImportRun.objects.select_related("created_by").prefetch_related("created_by__memberships__team")
    return runs if can_import(user) else runs.none()


def reject_columns(run: ImportRun) -> list[str]:
    """Headings of the file of refused rows: the file's own, and the reason."""
    return [*Layout.from_json(run.layout).columns, "Reason"]


def rejected_rows(run: ImportRun) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells as they came, why) of every refused row, in the order of the file, without holding them all."""
    rows = ImportReject.objects.filter(run=run).order_by("row_number", "id").iterator(chunk_size=2000)
    for reject in rows:
        yield reject.row_number, reject.cells, " ".join(reject.reasons)
