"""Reads of imports: the list, one run's progress, its refused rows."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import QuerySet

from leads.models import ImportReject, ImportRun
from leads.models.imports import ATTENDING
from leads.permissions import can_import
from smarketing.accounts.models import User
from smarketing.lib.tabular import Layout


def import_list(user: User) -> QuerySet[ImportRun]:
    """Imports, newest first, for those who may import."""
    runs = ImportRun.objects.select_related("created_by").prefetch_related("created_by__memberships__team")
    return runs if can_import(user) else runs.none()


def is_waiting_to_go_on(run: ImportRun) -> bool:
    """Whether the run was begun and no worker is at it now, for the one that was has died.

    Whoever executes a run holds an advisory lock on it, which ends with the worker's connection.
    """
    if run.state != ImportRun.State.RUNNING:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objid = %s AND l.objsubid = 2"
            " AND d.datname = current_database())",
            [ATTENDING, run.pk],
        )
        return not cursor.fetchone()[0]


_UNITS = {
    ImportRun.Kind.COMPANIES: ("company", "companies"),
    ImportRun.Kind.CAMPAIGNS: ("campaign", "campaigns"),
    ImportRun.Kind.LEADS: ("lead", "leads"),
    ImportRun.Kind.TOUCHPOINTS: ("touchpoint", "touchpoints"),
    ImportRun.Kind.DEALS: ("deal", "deals"),
    ImportRun.Kind.SPEND: ("row of spend", "rows of spend"),
    ImportRun.Kind.VISITS: ("row of visits", "rows of visits"),
}


def counted(run: ImportRun) -> str:
    """What the number of new records counts: one of them or several."""
    one, many = _UNITS[ImportRun.Kind(run.kind)]
    return one if run.rows_created == 1 else many


def kept_words(run: ImportRun) -> str:
    """How many rows of known leads or companies differed in what was kept, in a sentence; blank where none did."""
    if not run.rows_kept:
        return ""
    what = "company" if run.kind == ImportRun.Kind.COMPANIES else "lead"
    if run.rows_kept == 1:
        return f"1 row says something else than is known of its {what}; what is known was kept."
    return f"{run.rows_kept:,} rows say something else than is known of their {what}; what is known was kept."


def reject_columns(run: ImportRun) -> list[str]:
    """Headings of the file of refused rows: the file's own, and the reason."""
    return [*Layout.from_json(run.layout).columns, "Reason"]


def shown_rejects(run: ImportRun, count: int) -> list[ImportReject]:
    """The first refused rows, each with a cell for every column also where its line was short."""
    width = len(reject_columns(run)) - 1
    rejects = list(run.rejects.all()[:count])
    for reject in rejects:
        reject.cells = [*reject.cells, *[""] * (width - len(reject.cells))]
    return rejects


def rejected_rows(run: ImportRun) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells as they came, why) of every refused row, in the order of the file, without holding them all."""
    rows = ImportReject.objects.filter(run=run).order_by("row_number", "id").iterator(chunk_size=2000)
    for reject in rows:
        yield reject.row_number, reject.cells, " ".join(reject.reasons)
