"""How fast a file of leads comes in, beside a bare COPY of the same file.

The import runs in a process of its own, so that the memory it is charged with is its own:
`python -m smarketing.management.bench.importing DATABASE FILE` prints what it took as one line of JSON.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection

from smarketing.management.bench.figures import Figure, stopwatch

HEADINGS = (
    *("External id", "E-mail", "First name", "Last name", "Job title", "Country", "Company", "Company domain"),
    *("Source", "Campaign", "Consent", "Created", "MQL date", "SQL date"),
)
REPEATED = 50
"""Every so many rows, one is about the lead of the row before."""
WRONG = 200
"""Every so many rows, one has an e-mail that is none."""
MEGABYTE = 2**20


def import_figures(leads: int, database: str, now: datetime) -> list[Figure]:
    """Rows a second, how many times as long as COPY, and the memory at its highest."""
    with tempfile.TemporaryDirectory(prefix="smarketing-bench-") as folder:
        path = Path(folder) / "leads.csv"
        write_leads(path, leads, now)
        raw = _copy_raw(path)
        taken = _in_child(database, path)
    if taken["state"] != "done" or taken["read"] != leads:
        raise RuntimeError(f"The import ended as {taken['state']} after {taken['read']} rows: {taken['message']}")
    return [
        Figure("import", leads / taken["seconds"], "rows/s", leads, "≥ 20,000 rows/s"),
        Figure("import.ratio_to_copy", taken["seconds"] / raw, "×", leads, "shown"),
        Figure("import.memory", taken["memory"] / MEGABYTE, "MB", leads, "≤ 300 MB"),
    ]


def write_leads(path: Path, leads: int, now: datetime) -> None:
    """A file such as a marketing tool exports: some rows repeat a lead, some are wrong, a third has a history."""
    draw = random.Random(42)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number in range(leads):
            who = number - 1 if number % REPEATED == REPEATED - 1 else number
            company = who % max(1, leads // 10)
            came = now - timedelta(days=1 + draw.random() * 400)
            mql = came + timedelta(hours=2 + 10 * draw.random()) if number % 3 == 0 else None
            sql = mql + timedelta(hours=8) if mql and number % 9 == 0 else None
            email = f"person.{who}@import-{company}.example"
            writer.writerow(
                (
                    f"import-{who}",
                    "not an address" if number % WRONG == WRONG // 2 else email,
                    f"Vorname{who % 700}",
                    f"Surname{who % 3001}",
                    ("Buyer", "Head of Sales", "Engineer", "CEO")[number % 4],
                    ("Germany", "France", "Norway", "Spain", "Italy")[number % 5],
                    f"Import {company} AG",
                    f"import-{company}.example",
                    ("google / cpc", "newsletter", "Trade Show", "", "linkedin / paid")[number % 5],
                    f"Campaign {1 + number % 40}",
                    ("yes", "no", "")[number % 3],
                    came.strftime("%Y-%m-%d %H:%M:%S"),
                    mql.strftime("%Y-%m-%d %H:%M:%S") if mql else "",
                    sql.strftime("%Y-%m-%d %H:%M:%S") if sql else "",
                )
            )


def _copy_raw(path: Path) -> float:
    """Seconds of a COPY of the file into a table of texts without any index."""
    columns = ", ".join(f'"{heading}" text' for heading in HEADINGS)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_raw")
        cursor.execute(f"CREATE TABLE bench_raw ({columns})")
        with path.open("rb") as file, stopwatch() as watch:
            cursor.copy_expert("COPY bench_raw FROM STDIN (FORMAT csv, HEADER)", file)
        cursor.execute("DROP TABLE bench_raw")
    return watch.seconds


def _in_child(database: str, path: Path) -> dict[str, Any]:
    environment = {"DJANGO_SETTINGS_MODULE": "smarketing.settings", **os.environ}
    ended = subprocess.run(  # noqa: S603 - this program, with names of its own
        [sys.executable, "-m", "smarketing.management.bench.importing", database, str(path)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"The process that imports failed:\n{ended.stderr}")
    taken: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return taken


def _main(database: str, path: Path) -> None:
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    # Only once Django is set up can models load.
    from celery import current_app
    from django.utils.timezone import now

    from leads.models import ImportRun
    from leads.services.importing import create_run, execute_run

    current_app.conf.update(broker_url="memory://localhost/")
    with stopwatch() as watch:
        run = create_run("leads", filename=path.name, path=path, actor=None, now=now())
        run.state = ImportRun.State.QUEUED
        run.save()
        execute_run(run.pk)
    run.refresh_from_db()
    sys.stdout.write(
        json.dumps(
            {
                "seconds": watch.seconds,
                "memory": _peak_memory(),
                "state": run.state,
                "read": run.rows_read,
                "created": run.rows_created,
                "rejected": run.rows_rejected,
                "message": run.message,
            }
        )
        + "\n"
    )


def _peak_memory() -> int:
    """The most memory this process has held, in bytes.

    Not `ru_maxrss` where there is better: on Linux a child inherits that of the process that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else highest * 1024


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
