"""The life of an import before and after its rows are read: uploaded, mapped, queued, cancelled."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from leads.domain.importing import (
    KINDS,
    DateOrder,
    DecimalMark,
    MappingRefused,
    RowParser,
    compile_rows,
    guess_mapping,
    kind_named,
)
from leads.events import ImportFinished, ImportQueued
from leads.models import ImportRun
from leads.permissions import can_import
from smarketing.accounts.models import Organisation, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid, NotFound
from smarketing.lib.tabular import FileRefused, Layout, sniff
from smarketing.notifications.services.telling import notify


@dataclass(frozen=True, slots=True)
class Choices:
    """What whoever brings a file says of it beside its columns; the values are those of the fields of `ImportRun`."""

    dates: str = ImportRun.Dates.AS_PROVEN
    decimal: str = ImportRun.Decimal.AS_PROVEN
    known: str = ImportRun.Known.COMPLETE


SETTLED = ("mapping", "defaults", "dates", "decimal", "known")


def settle(
    run: ImportRun, mapping: Mapping[str, Any], defaults: Mapping[str, str], choices: Choices | None = None
) -> None:
    """Sets what the run is read under, without saving it. Without choices those that it has stay."""
    run.mapping = {column: field for column, field in mapping.items() if field}
    run.defaults = {field: value for field, value in defaults.items() if value}
    if choices:
        run.dates, run.decimal, run.known = choices.dates, choices.decimal, choices.known


def folder() -> Path:
    """Where uploaded files wait until they are read."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def create_run(
    kind: str,
    *,
    filename: str,
    chunks: Iterable[bytes] | None = None,
    path: Path | None = None,
    actor: User | None,
    now: datetime,
) -> ImportRun:
    """Takes a file in, looks at it and guesses its columns. Nothing is imported yet.

    Give the bytes as `chunks` (they are kept in the media folder) or the `path` of a file that is read in place.
    `actor` is None for the command line. Raises NotAllowed, Invalid (not a table, too large, too many columns, …).
    """
    if actor is not None:
        require(can_import, actor)
    if kind not in KINDS:
        raise Invalid(f"“{kind}” cannot be imported; choose one of {', '.join(KINDS)}.", fields={"kind": ["Unknown."]})
    kept = path or _keep(chunks or [])
    try:
        with kept.open("rb") as stream:
            layout = sniff(stream)
        guess = guess_mapping(kind_named(kind), layout.columns)
        before = _mapped_before(kind, layout, actor)
        size, sha256 = kept.stat().st_size, _digest(kept)
    except FileRefused as refused:
        if path is None:
            kept.unlink(missing_ok=True)
        raise Invalid(str(refused), code=refused.code, fields={"file": [str(refused)]}) from refused
    return ImportRun.objects.create(
        kind=kind,
        filename=filename[-255:],
        path=str(kept),
        size_bytes=size,
        sha256=sha256,
        layout=layout.to_json(),
        mapping=before.mapping if before else guess.fields,
        defaults=before.defaults if before else guess.defaults,
        dates=before.dates if before else "",
        decimal=before.decimal if before else "",
        created_by=actor,
        created_at=now,
    )


def _mapped_before(kind: str, layout: Layout, actor: User | None) -> ImportRun | None:
    """This person's last import of a file with the same headings: its mapping was corrected by hand already."""
    settled = (ImportRun.State.QUEUED, ImportRun.State.RUNNING, ImportRun.State.DONE)
    same = ImportRun.objects.filter(kind=kind, state__in=settled, layout__columns=list(layout.columns))
    return same.filter(created_by=actor).order_by("-pk").first() if actor is not None else None


def keep_mapping(
    run_id: int,
    mapping: Mapping[str, str],
    defaults: Mapping[str, str],
    choices: Choices | None = None,
    *,
    actor: User,
    now: datetime,
) -> ImportRun:
    """Keeps what was chosen so far, for whoever leaves the page and comes back. Raises NotAllowed, NotFound.

    A run that has started keeps the mapping it runs under.
    """
    with transaction.atomic():
        run = run_for(actor, run_id, lock=True)
        if run.state == ImportRun.State.UPLOADED:
            settle(run, mapping, defaults, choices)
            run.save(update_fields=SETTLED)
    return run


def _keep(chunks: Iterable[bytes]) -> Path:
    """Writes an upload to disk as it comes; an upload that breaks off or is too large leaves nothing behind."""
    path, size = folder() / f"{secrets.token_hex(16)}.csv", 0
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.IMPORT_MAX_BYTES:
                    limit = settings.IMPORT_MAX_BYTES // 2**20
                    raise Invalid(
                        f"The file is larger than {limit} MB; divide it, or import it on the command line.",
                        code="file_too_large",
                        fields={"file": [f"Larger than {limit} MB."]},
                    )
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_for(user: User, run_id: int, *, lock: bool = False) -> ImportRun:
    """An import that this person may see; NotFound otherwise."""
    require(can_import, user)
    found = (
        ImportRun.objects.select_for_update(of=("self",)) if lock else ImportRun.objects.select_related("created_by")
    )
    run: ImportRun | None = found.filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such import.")
    return run


def run_to_map(user: User, run_id: int, *, lock: bool = False) -> ImportRun:
    """An import whose mapping can still be changed. Raises NotAllowed, NotFound, Conflict (started or discarded)."""
    run = run_for(user, run_id, lock=lock)
    if run.state != ImportRun.State.UPLOADED:
        raise Conflict(f"This import is {run.get_state_display().lower()} already.", code="import_started")
    return run


def parser_of(run: ImportRun, *, now: datetime) -> RowParser:
    """The parser of a run's rows under its mapping. Raises Invalid where the mapping cannot work."""
    try:
        return compile_rows(
            kind_named(run.kind),
            Layout.from_json(run.layout),
            run.mapping,
            defaults=run.defaults,
            zone=ZoneInfo(Organisation.current().timezone),
            now=now,
            dates=DateOrder(run.dates) if run.dates else None,
            decimal=DecimalMark(run.decimal) if run.decimal else None,
        )
    except MappingRefused as refused:
        raise Invalid(
            " ".join(refused.reasons), code="mapping_refused", fields={"mapping": list(refused.reasons)}
        ) from refused


@transaction.atomic
def start_run(
    run_id: int,
    mapping: Mapping[str, str],
    defaults: Mapping[str, str],
    choices: Choices | None = None,
    *,
    actor: User,
    now: datetime,
) -> ImportRun:
    """Settles the mapping and puts the import in the queue. Publishes ImportQueued.

    Raises NotAllowed, NotFound, Invalid (mapping cannot work), Conflict (started already).
    """
    run = run_to_map(actor, run_id, lock=True)
    settle(run, mapping, defaults, choices)
    parser_of(run, now=now)
    run.state = ImportRun.State.QUEUED
    run.save(update_fields=[*SETTLED, "state"])
    publish(ImportQueued(import_id=run.pk, kind=run.kind, filename=run.filename), actor=actor, at=now)
    return run


@transaction.atomic
def cancel_run(run_id: int, *, actor: User, now: datetime) -> ImportRun:
    """Stops an import after the batch it is at; what is in stays in. Raises NotAllowed, NotFound, Conflict (ended)."""
    run = run_for(actor, run_id, lock=True)
    if run.finished_at:
        raise Conflict("This import has ended already.", code="import_ended")
    finish(run, ImportRun.State.CANCELLED, "Cancelled; what had gone in stays.", actor=actor, now=now)
    return run


def finish(run: ImportRun, state: str, message: str, *, actor: User | None, now: datetime) -> None:
    """Ends a run inside the caller's transaction and says so."""
    run.state, run.message, run.finished_at = state, message, now
    run.save(update_fields=["state", "message", "finished_at"])
    if run.path.startswith(str(folder())):
        path = Path(run.path)
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    if run.created_by and actor is not None and state != ImportRun.State.CANCELLED:
        counts = f"{run.rows_created} new, {run.rows_updated} changed, {run.rows_rejected} refused."
        notify(
            [run.created_by],
            kind="leads.import_finished",
            title=f"Import of {run.filename}: {run.get_state_display().lower()}",
            body=counts,
            url=run.get_absolute_url(),
            dedupe_key=f"import-{run.pk}",
            now=now,
            email=False,
        )
    publish(
        ImportFinished(
            import_id=run.pk,
            kind=run.kind,
            filename=run.filename,
            state=state,
            created=run.rows_created,
            updated=run.rows_updated,
            unchanged=run.rows_unchanged,
            rejected=run.rows_rejected,
            created_by_id=run.created_by_id,
        ),
        actor=actor,
        at=now,
    )
