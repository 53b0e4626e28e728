"""`manage.py bench [NAME …]`: what the product does in a second, on as much data as you say."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from smarketing.management.bench.database import NoDatabase, bench_database
from smarketing.management.bench.engines import (
    rescore_figures,
    score_update_figures,
    sweep_figures,
    work_time_figures,
)
from smarketing.management.bench.figures import Figure, stopwatch
from smarketing.management.bench.importing import import_figures
from smarketing.management.bench.requests import PAGES, api_create_figures, page_figure
from smarketing.management.bench.world import Size, populate


@dataclass(frozen=True, slots=True)
class Run:
    """What figures are taken of: the size, the database, how many requests make a p95, and the rows of a file."""

    size: Size
    database: str
    requests: int
    import_rows: int


Measure = Callable[[Run], Sequence[Figure]]


def _page(name: str) -> Measure:
    asks, budget = PAGES[name]

    def measure(run: Run) -> Sequence[Figure]:
        return [page_figure(name, asks(now()), budget, run.requests)]

    return measure


# In the order in which they run. The sweep comes last because it leaves clocks behind that nobody would have.
FIGURES: Mapping[str, Measure] = {
    "work_time": lambda run: work_time_figures(now()),
    "rescore": lambda run: rescore_figures(now()),
    "score_update": lambda run: score_update_figures(now()),
    **{name: _page(name) for name in PAGES},
    "api_create": lambda run: api_create_figures(now(), run.requests),
    "import": lambda run: import_figures(run.import_rows, run.database, now()),
    "sweep": lambda run: sweep_figures(run.size.leads, now()),
}


class Command(BaseCommand):
    help = (
        "Measures the product in a database of its own, which is made on the installation's server, filled, and"
        " dropped at the end. The installation's data is neither read nor written. Names: " + ", ".join(FIGURES) + "."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="figures to take; all unless said")
        parser.add_argument("--leads", type=_size, default=20_000, metavar="N", help="default: 20,000")
        parser.add_argument("--touchpoints-per-lead", type=_size, default=10, metavar="N", help="default: 10")
        parser.add_argument("--requests", type=_size, default=60, metavar="N", help="of each page; default: 60")
        parser.add_argument("--import-rows", type=_size, metavar="N", help="of the file of leads; default: --leads")
        parser.add_argument("--json", action="store_true", help="one JSON object a line: name, value, unit, n")
        parser.add_argument("--keep", action="store_true", help="keep the database, and say its name")
        parser.add_argument("--use", default="", metavar="DATABASE", help="measure in a database that was kept")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = [name for name in options["names"] if name not in FIGURES]
        if unknown:
            raise CommandError(f"There is no figure “{unknown[0]}”; there are {', '.join(FIGURES)}.", returncode=2)
        # Ended from outside, the database is dropped all the same.
        before = signal.signal(signal.SIGTERM, _end)
        try:
            self._measure(options)
        except NoDatabase as error:
            raise CommandError(str(error)) from error
        finally:
            signal.signal(signal.SIGTERM, before)

    def _measure(self, options: dict[str, Any]) -> None:
        size = Size(options["leads"], options["touchpoints_per_lead"])
        wanted = [name for name in FIGURES if not options["names"] or name in options["names"]]
        with bench_database(use=options["use"], keep=options["keep"]) as database:
            if not options["json"]:
                self.stdout.write(f"{'Figure':<26}{'Value':>12}  {'Unit':<20}{'n':>12}  Budget")
            if not options["use"]:
                with stopwatch() as watch:
                    populate(size, now=now(), tell=self._tell)
                rows = size.leads * (1 + size.touchpoints_per_lead)
                self._print(Figure("generate", watch.seconds, "s", rows, "minutes"), as_json=options["json"])
            run = Run(size, database, options["requests"], options["import_rows"] or size.leads)
            for name in wanted:
                self._tell(f"Measuring {name} …")
                for figure in FIGURES[name](run):
                    self._print(figure, as_json=options["json"])
            if options["keep"] and not options["use"]:
                self._tell(f"Kept: {database}")

    def _print(self, figure: Figure, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(figure.line(), ensure_ascii=False))
        else:
            value = f"{figure.value:,.0f}" if figure.value >= 1000 else f"{figure.value:,.3g}"
            self.stdout.write(f"{figure.name:<26}{value:>12}  {figure.unit:<20}{figure.n:>12,}  {figure.budget}")
        self.stdout.flush()

    def _tell(self, text: str) -> None:
        self.stderr.write(self.style.NOTICE(f"{time.strftime('%H:%M:%S')} {text}"))


def _size(text: str) -> int:
    number = int(text.replace(",", "").replace("_", ""))
    if not 1 <= number <= 100_000_000:
        raise argparse.ArgumentTypeError("a number from 1 to 100,000,000")
    return number


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
