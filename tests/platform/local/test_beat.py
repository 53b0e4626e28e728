"""A hard end may tear the file in which beat notes its last runs: it starts anew, and says nothing."""

from __future__ import annotations

import logging
import shelve
from pathlib import Path

import pytest

from smarketing.beat import Scheduler
from smarketing.celery import app


def _scheduler(path: Path) -> Scheduler:
    return Scheduler(app=app, schedule_filename=str(path))


def _files(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}*"))


def _tear_open(path: Path) -> None:
    """Cut short, as where the machine went off."""
    for file in _files(path):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])


def _fill_with_garbage(path: Path) -> None:
    for file in _files(path):
        file.write_bytes(b"\x00garbage\xff" * 400)


def _tear_a_value(path: Path) -> None:
    with shelve.open(str(path)) as store:
        store.dict[b"tz"] = b"\x80\x04torn"


@pytest.mark.parametrize("tear", [_tear_open, _fill_with_garbage, _tear_a_value])
def test_a_torn_file_begins_anew_without_a_word(tear, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "celerybeat-schedule"
    _scheduler(path).close()
    tear(path)
    with caplog.at_level(logging.WARNING):
        scheduler = _scheduler(path)
    assert set(app.conf.beat_schedule) <= set(scheduler.schedule)
    scheduler.close()
    assert caplog.records == []


def test_notes_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "celerybeat-schedule"
    first = _scheduler(path)
    first.schedule["heartbeat"].total_run_count = 7
    first.close()
    again = _scheduler(path)
    assert again.schedule["heartbeat"].total_run_count == 7
    again.close()


def test_beat_uses_it() -> None:
    assert app.conf.beat_scheduler == "smarketing.beat:Scheduler"
