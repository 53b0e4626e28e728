"""`manage.py import_csv KIND FILE`: the same import as the page's upload, from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import now

from leads.domain.importing import KINDS, DateOrder, DecimalMark, kind_named
from leads.models import ImportRun
from leads.selectors.imports import kept_words, reject_columns, rejected_rows
from leads.services.importing import create_run, execute_run
from leads.services.importing.runs import parser_of
from smarketing.lib.errors import DomainError
from smarketing.lib.tabular import RowWriter


class _Undo(Exception):
    """Rolls a dry run back."""


class Command(BaseCommand):
    help = (
        "Imports a CSV file. Exits with 0 when every row went in, 1 when some were refused, 2 when none could be read."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help="a column's field; repeat for each"
        )
        parser.add_argument(
            "--default", action="append", default=[], metavar="FIELD=VALUE", help="stands in where a row has nothing"
        )
        parser.add_argument(
            "--dates",
            choices=list(DateOrder),
            default="",
            help="which number of 03/04/2026 is the day, where a column's values do not prove it",
        )
        parser.add_argument(
            "--decimal",
            choices=list(DecimalMark),
            default="",
            help="what stands before the decimals of 1.234, where a column's values do not prove it",
        )
        parser.add_argument(
            "--known",
            choices=ImportRun.Known.values,
            default=ImportRun.Known.COMPLETE,
            help="leads and companies that are known already: fill in what is empty, or let the file's values win",
        )
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=2)
        try:
            with transaction.atomic():
                run = self._prepare(path, options)
                if options["dry_run"]:
                    code = self._execute(run, path, dry=True)
                    raise _Undo
            code = self._execute(run, path, dry=False)
        except _Undo:
            self.stdout.write("Dry run: nothing was written.")
        except DomainError as error:
            raise CommandError(error.message, returncode=2) from error
        if code:
            raise SystemExit(code)

    def _prepare(self, path: Path, options: dict[str, Any]) -> ImportRun:
        run = create_run(options["kind"], filename=path.name, path=path.resolve(), actor=None, now=now())
        if options["map"]:
            mapping: dict[str, list[str]] = {}
            for column, field in _pairs(options["map"], "--map COLUMN=FIELD"):
                mapping.setdefault(column, []).append(field)
            run.mapping = {column: fields if len(fields) > 1 else fields[0] for column, fields in mapping.items()}
        run.defaults = {**run.defaults, **dict(_pairs(options["default"], "--default FIELD=VALUE"))}
        kind = kind_named(run.kind)
        unknown = [field for field in run.defaults if kind.get(field) is None]
        if unknown:
            raise CommandError(f"{kind.label} have no field “{unknown[0]}”.", returncode=2)
        run.dates, run.decimal, run.known = options["dates"], options["decimal"], options["known"]
        parser = parser_of(run, now=now())
        for note in parser.notes:
            self.stdout.write(note)
        if parser.date_doubt and not run.dates:
            others = (order for order in DateOrder if order != parser.date_doubt.answer)
            self.stdout.write(f"The other order: --dates {next(others)}")
        if parser.decimal_doubt and not run.decimal:
            self.stdout.write("To settle it: --decimal point or --decimal comma")
        run.state = ImportRun.State.QUEUED
        run.save()
        return run

    def _execute(self, run: ImportRun, path: Path, *, dry: bool) -> int:
        show = self.stdout.isatty()
        result = execute_run(run.pk, on_batch=self._progress if show else None)
        run.refresh_from_db()
        if show:
            self.stdout.write("")
        for note in filter(None, run.message.split("\n")):
            self.stdout.write(note)
        self.stdout.write(
            f"{run.rows_created} new, {run.rows_updated} changed, {run.rows_unchanged} known already,"
            f" {run.rows_rejected} refused."
        )
        if run.rows_kept:
            self.stdout.write(f"{kept_words(run)} If the file is right: --known replace.")
        if result.state == ImportRun.State.FAILED:
            return 2
        if run.rows_rejected:
            self._write_rejects(run, path, dry=dry)
            return 1
        return 0

    def _progress(self, run: ImportRun) -> None:
        self.stdout.write(f"\r{run.rows_read} rows, {run.rows_rejected} refused", ending="")
        self.stdout.flush()

    def _write_rejects(self, run: ImportRun, path: Path, *, dry: bool) -> None:
        if dry:
            for number, _, reason in list(rejected_rows(run))[:20]:
                self.stdout.write(f"Line {number}: {reason}")
            return
        beside = path.with_name(f"{path.stem}.rejected.csv")
        with beside.open("wb") as stream, RowWriter(stream, reject_columns(run)) as writer:
            for _, cells, reason in rejected_rows(run):
                writer.reject(cells, reason)
        self.stdout.write(f"The refused rows, with reasons: {beside}")


def _pairs(given: list[str], form: str) -> list[tuple[str, str]]:
    pairs = []
    for text in given:
        left, equals, right = text.partition("=")
        if not equals or not left:
            raise CommandError(f"“{text}” is not of the form {form}.", returncode=2)
        pairs.append((left, right))
    return pairs
