"""Reads a run's file and writes it in batches. Safe to be killed at any moment and to be called twice.

While the database stores a batch, a thread aside reads the next one from the file, another sorts into the indexes of
text what the batch before has left, and of leads a second batch is written: both of two processors have work.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from leads.domain.importing import RowParser, RowRefused, with_ids
from leads.events import LeadsChanged, LeadsImported
from leads.models import ImportReject, ImportRun
from leads.models.imports import ATTENDING
from leads.services.importing import deals, leads, marketing, touchpoints
from leads.services.importing.batches import Context, Loader, NumberedRow, Outcome, Rejection
from leads.services.importing.lanes import ALONE, PATIENCE, Turn, written_side_by_side
from leads.services.importing.runs import finish, parser_of
from smarketing.accounts.models import Organisation
from smarketing.activity.bus import publish
from smarketing.lib.errors import Invalid
from smarketing.lib.tabular import FileRefused, Layout, Row, rows

log = logging.getLogger(__name__)

FIRST = 1_000
"""The first batch is small and each is twice the one before: whoever looks on sees at once that it goes well."""
BATCH = 10_000
"""Rows in a batch at most."""
TRIES = 3
PENDING = "64MB"
"""How much a batch may leave unsorted in the indexes of text; what it leaves is sorted in aside, before the next."""
STALLED_AFTER = timedelta(minutes=2)
UNFINISHED = (ImportRun.State.QUEUED, ImportRun.State.RUNNING)

COUNTED = (
    *("rows_read", "rows_created", "rows_updated", "rows_unchanged", "rows_kept", "rows_rejected"),
    *("created_ids", "bytes_read", "heartbeat_at", "message"),
)
LOADERS: dict[str, Loader] = {
    "companies": marketing.load_companies,
    "campaigns": marketing.load_campaigns,
    "leads": leads.load,
    "touchpoints": touchpoints.load,
    "deals": deals.load,
    "spend": marketing.load_spend,
    "visits": marketing.load_visits,
}


@dataclass(frozen=True, slots=True)
class RunResult:
    """How an execution ended: `busy` where another worker has the run, else the run's state."""

    state: str
    rows_read: int = 0


class _Stopped(Exception):
    """The run was cancelled while it was being read."""


class _Displaced(Exception):
    """The run does not stand where this execution has brought it: the server crashed, or somebody else is at it."""


class _Batch(NamedTuple):
    """Rows read from the file: after how many, how many, how far into the file, which can go in and which cannot."""

    start: int
    read: int
    position: int
    good: list[NumberedRow]
    bad: list[Rejection]


def execute_run(
    run_id: int, *, clock: Callable[[], datetime] = timezone.now, on_batch: Callable[[ImportRun], None] | None = None
) -> RunResult:
    """Reads the file of a queued or interrupted run to its end, from where it stands.

    Only one worker has a run at a time. `on_batch` is called after each committed batch. Never raises for a bad file or
    row: the run then ends as failed, with the reason.
    """
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [ATTENDING, run_id])
            if not cursor.fetchone()[0]:
                return RunResult("busy")
        try:
            return _execute(run_id, clock, on_batch)
        except _Displaced:
            log.warning("import %s: goes on from where the database says it stands", run_id)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [ATTENDING, run_id])


def _execute(run_id: int, clock: Callable[[], datetime], on_batch: Callable[[ImportRun], None] | None) -> RunResult:
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None or run.state not in UNFINISHED:
        return RunResult(run.state if run else "gone")
    now = clock()
    # Conditional: who cancels it at this moment has cancelled it, which the first batch finds.
    claimed = ImportRun.objects.filter(pk=run_id, state__in=UNFINISHED)
    claimed.update(state=ImportRun.State.RUNNING, heartbeat_at=now, started_at=Coalesce("started_at", Value(now)))
    try:
        parse = parser_of(run, now=now)
        with (
            Path(run.path).open("rb") as stream,
            _interpreter_for_batches(),
            ThreadPoolExecutor(2, "import") as aside,
            closing(_written(run, _read_ahead(_batches(stream, run, parse), aside), clock)) as written,
        ):
            tidying = None
            for run in written:
                if tidying is None or tidying.done():
                    tidying = aside.submit(_tidy_indexes)
                if on_batch:
                    on_batch(run)
            aside.submit(_tidy_indexes)
    except _Stopped:
        return RunResult(ImportRun.State.CANCELLED, run.rows_read)
    except (FileRefused, Invalid, FileNotFoundError) as error:
        reason = "The file is gone; upload it again." if isinstance(error, FileNotFoundError) else str(error)
        return _end(run_id, ImportRun.State.FAILED, reason, clock())
    except (IntegrityError, DataError) as error:
        # No other worker could write them either.
        log.exception("import %s: the database refuses a batch", run_id)
        return _end(run_id, ImportRun.State.FAILED, _refusal(error), clock())
    return _end(run_id, ImportRun.State.DONE, "", clock(), read=run.rows_read)


def _refusal(error: DatabaseError) -> str:
    """What is said of a batch that the database refuses, each time that it is tried."""
    rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    named = f" (the rule {rule})" if rule else ""
    return f"The next rows contradict what is known, or each other{named}; none of them is in."


@contextmanager
def _interpreter_for_batches() -> Iterator[None]:
    """A batch makes a hundred thousand objects, none in a cycle: to look for cycles every 700 took a quarter of it.

    And who waits for the database must not wait for the reading thread too, each time by five milliseconds.
    """
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(100_000, *thresholds[1:])
    sys.setswitchinterval(0.000_2)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


def _end(run_id: int, state: str, message: str, now: datetime, *, read: int | None = None) -> RunResult:
    with transaction.atomic():
        run: ImportRun = ImportRun.objects.lock(run_id)
        if read not in (None, run.rows_read):
            raise _Displaced
        if run.finished_at is None:
            if state == ImportRun.State.FAILED and run.rows_read:
                message = f"{message} The rows before it are in."
            finish(run, state, "\n".join(filter(None, (run.message, message))), actor=run.created_by, now=now)
        return RunResult(run.state, run.rows_read)


def _batches(stream: BinaryIO, run: ImportRun, parse: RowParser) -> Iterator[_Batch]:
    """Rows not yet written, a batch at a time. `rows_read` counts rows from the top of the table."""
    remaining = islice(rows(stream, Layout.from_json(run.layout)), run.rows_read, None)
    start, size = run.rows_read, min(FIRST, BATCH)
    while batch := list(islice(remaining, size)):
        yield _Batch(start, len(batch), stream.tell(), *_parse(batch, parse))
        start, size = start + len(batch), min(2 * size, BATCH)


def _parse(batch: list[Row], parse: RowParser) -> tuple[list[NumberedRow], list[Rejection]]:
    bad = [Rejection(row.number, row.cells, [row.error]) for row in batch if row.error and not row.left_out]
    whole = [row for row in batch if not row.error and not row.left_out]
    good: list[NumberedRow] = []
    for row, parsed in zip(whole, parse.read_rows([row.cells for row in whole]), strict=True):
        if isinstance(parsed, RowRefused):
            bad.append(Rejection(row.number, row.cells, list(parsed.reasons.values())))
        else:
            good.append(NumberedRow(row.number, row.cells, parsed))
    return good, bad


def _read_ahead(batches: Iterator[_Batch], aside: ThreadPoolExecutor) -> Iterator[_Batch]:
    """The same batches, each read while the one before is written."""
    following = aside.submit(next, batches, None)
    while batch := following.result():
        following = aside.submit(next, batches, None)
        yield batch


def _written(
    run: ImportRun, batches: Iterator[_Batch], clock: Callable[[], datetime]
) -> Generator[ImportRun, None, None]:
    """How the run stands after each batch that is in.

    Of leads, two are written at a time: but not the first, which adds what all of them need, and not where the caller
    holds a transaction, which other connections cannot see into.
    """

    def write(batch: _Batch, turn: Turn = ALONE) -> ImportRun:
        return _write(run.pk, batch, clock(), turn)

    if run.kind != ImportRun.Kind.LEADS or connection.in_atomic_block:
        yield from map(write, batches)
    elif (first := next(batches, None)) is not None:
        yield write(first)
        yield from written_side_by_side(batches, lambda batch, before: leads.turn_of(batch.good, before), write)


def _write(run_id: int, batch: _Batch, now: datetime, turn: Turn) -> ImportRun:
    """One batch in one transaction, tried again where somebody else wrote the same records at the same moment.

    Records that are here are locked in one order: companies and campaigns, then leads, deals and scores, each by id,
    before the first is written. But people who are new have two names each, by which two files may bring them in
    opposite orders, and then the database ends one of two batches that wait for each other. Nothing of it is in then,
    so to write it again once the other is in is right: those people are known by now, as if the files had come one
    after the other.
    """
    if turn is not ALONE:
        return _commit(run_id, batch, now, turn)
    for attempt in range(1, TRIES + 1):
        try:
            return _commit(run_id, batch, now, turn)
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
            log.warning("import %s: batch collided with another write, trying again", run_id)
    raise AssertionError("unreachable")


@transaction.atomic
def _commit(run_id: int, batch: _Batch, now: datetime, turn: Turn) -> ImportRun:
    with connection.cursor() as cursor:
        # A batch that a crash of the server takes away is read again, for how far the run has come goes with it. The
        # end of the run, before which no file is deleted, waits for the disk.
        cursor.execute(f"SET LOCAL synchronous_commit = off; SET LOCAL gin_pending_list_limit = '{PENDING}'")
        if turn is not ALONE:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    outcome = Outcome()
    turn.wait_for_people()
    run: ImportRun = ImportRun.objects.defer("layout").get(pk=run_id)
    if run.state == ImportRun.State.CANCELLED:
        raise _Stopped
    if batch.good:
        context = Context(
            run.pk, run.created_by_id, Organisation.current().currency, now, turn, run.known == ImportRun.Known.REPLACE
        )
        LOADERS[run.kind](batch.good, context, outcome)
    turn.wait()
    # Only from here on does this batch hold what the one before may want, and only here is it sure where the run is.
    run = ImportRun.objects.defer("layout").lock(run_id)
    if run.state == ImportRun.State.CANCELLED:
        raise _Stopped
    if run.rows_read != batch.start:
        raise _Displaced
    rejections = [*batch.bad, *outcome.rejections]
    ImportReject.objects.bulk_create(
        [ImportReject(run=run, row_number=r.number, cells=r.cells, reasons=r.reasons) for r in rejections],
        ignore_conflicts=True,
    )
    run.rows_read += batch.read
    run.rows_created += outcome.created
    run.created_ids = with_ids(run.created_ids, outcome.created_lead_ids)
    run.rows_updated += outcome.updated
    run.rows_unchanged += outcome.unchanged
    run.rows_kept += outcome.kept
    run.rows_rejected += len(rejections)
    run.bytes_read = max(run.bytes_read, min(batch.position, run.size_bytes))
    run.heartbeat_at = now
    run.message = "\n".join(dict.fromkeys([*filter(None, run.message.split("\n")), *sorted(outcome.notes)]))
    run.save(update_fields=COUNTED)
    _tell(run, outcome, now)
    return run


def _tidy_indexes() -> None:
    """Sorts into the indexes of text what a batch has left unsorted, as autovacuum would some time later."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                " JOIN pg_am a ON a.oid = c.relam"
                " WHERE a.amname = 'gin' AND i.indrelid IN ('leads_lead'::regclass, 'leads_company'::regclass)"
            )
    except DatabaseError as error:  # not the owner of the tables: then it is left to autovacuum
        log.info("indexes of text are left to autovacuum: %s", error)
    finally:
        connection.close()


def _tell(run: ImportRun, outcome: Outcome, now: datetime) -> None:
    """One entry in the log for each batch that changed something, and one for those who follow leads' facts."""
    if outcome.created or outcome.updated:
        publish(
            LeadsImported(
                import_id=run.pk,
                kind=run.get_kind_display().lower(),
                filename=run.filename,
                created=outcome.created,
                updated=outcome.updated,
                rejected=len(outcome.rejections),
            ),
            actor=run.created_by,
            at=now,
        )
    if outcome.lead_ids:
        # A day more on both ends: days here are UTC, the sums are kept in the organisation's zone.
        first = min(outcome.days) - timedelta(days=1) if outcome.days else None
        last = max(outcome.days) + timedelta(days=1) if outcome.days else None
        publish(
            LeadsChanged(
                count=len(outcome.lead_ids),
                why=f"import of {run.filename}",
                first_day=first.isoformat() if first else None,
                last_day=last.isoformat() if last else None,
            ),
            actor=run.created_by,
            at=now,
        )


def stalled_runs(*, now: datetime) -> list[int]:
    """Runs that wait for a worker or whose worker has not been heard of: what a sweep must take up again."""
    waiting = ImportRun.objects.filter(state=ImportRun.State.QUEUED)
    silent = ImportRun.objects.filter(state=ImportRun.State.RUNNING, heartbeat_at__lt=now - STALLED_AFTER)
    return list((waiting | silent).order_by("pk").values_list("pk", flat=True))


def resume_stalled_runs(*, now: datetime) -> int:
    """Executes runs that nobody is at; one that is being executed is left alone. Returns how many were taken up."""
    return sum(_taken_up(run_id) for run_id in stalled_runs(now=now))


def _taken_up(run_id: int) -> bool:
    """Whether the run was executed; one that fails at something nobody foresaw is reported and left for the next."""
    try:
        return execute_run(run_id).state != "busy"
    except Exception:
        log.exception("import %s could not be taken up", run_id)
        return False
