"""The benchmark on a company of a few hundred leads: every figure comes out, and nothing is left behind."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command

from smarketing.local.places import CHECKOUT
from smarketing.management.bench.database import MARK, NoDatabase, bench_database
from smarketing.management.bench.figures import percentile
from smarketing.management.commands import bench
from smarketing.management.commands.bench import FIGURES


def run_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command as people do, in a process of its own, on the server of the tests."""
    return subprocess.run(
        [sys.executable, "manage.py", "bench", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


def bench_databases() -> set[str]:
    """Names of the databases of benchmarks on the server."""
    server = psycopg2.connect(os.environ["DATABASE_URL"])
    with server.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        names = {name for (name,) in cursor.fetchall() if MARK in name}
    server.close()
    return names


def test_every_figure_comes_out_as_a_line_of_json_and_the_database_is_gone():
    before = bench_databases()

    done = run_bench("--json", "--leads", "300", "--touchpoints-per-lead", "2", "--requests", "6")

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(line) == {"name", "value", "unit", "n"} for line in lines)
    assert all(line["value"] > 0 and line["n"] > 0 and line["unit"] for line in lines)
    assert {line["name"].split(".")[0] for line in lines} == {"generate", *FIGURES}
    assert len({line["name"] for line in lines}) == len(lines)
    assert bench_databases() <= before


def test_the_table_names_the_budget_and_only_what_was_asked_for(monkeypatch: pytest.MonkeyPatch):
    # What no database is needed for.
    monkeypatch.setattr(bench, "bench_database", lambda **kept: nullcontext("none"))
    monkeypatch.setattr(bench, "populate", lambda size, **how: None)
    said = StringIO()

    call_command("bench", "work_time", leads=50, touchpoints_per_lead=1, stdout=said, stderr=StringIO())

    assert "work_time.due_array" in said.getvalue()
    assert "≥ 1,000,000/s" in said.getvalue()
    assert "lead_list" not in said.getvalue()


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(CommandError, match=r"There is no figure “lead_lisst”.*lead_list") as refusal:
        call_command("bench", "lead_lisst")
    assert refusal.value.returncode == 2


@pytest.mark.parametrize("size", ["0", "-5", "many", "1e12"])
def test_a_size_that_makes_no_sense_is_refused(size: str):
    with pytest.raises(CommandError, match="--leads"):
        call_command("bench", "work_time", f"--leads={size}")


def test_the_installations_own_database_is_never_measured_in():
    with pytest.raises(NoDatabase, match="not a database of the benchmark"), bench_database(use="smarketing"):
        pass


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.95) == 7
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)
