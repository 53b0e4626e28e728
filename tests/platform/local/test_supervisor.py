"""Programs that are kept running, and that leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smarketing.local.supervisor import Program, ProgramFailed, Supervisor, clear_leftovers, group_members

# Says its number, and has a child in its group, as web servers and workers have.
SERVER = (
    "import os, subprocess, sys, time; subprocess.Popen(['sleep', '60']); print('I am', os.getpid()); time.sleep(60)"
)
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"


@pytest.fixture
def said() -> list[str]:
    return []


def supervise(said: list[str], notes: Path, *scripts: str) -> Supervisor:
    programs = [Program(f"p{number}", [sys.executable, "-c", script]) for number, script in enumerate(scripts)]
    return Supervisor(programs, dict(os.environ), notes, said.append)


def wait_for(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15

    def done() -> bool:
        assert time.monotonic() < deadline
        return condition()

    supervisor.watch(done, lambda: None)


def test_what_programs_say_is_shown_with_their_names(said: list[str], tmp_path: Path) -> None:
    supervisor = supervise(said, tmp_path / "notes", "print('one\\ntwo'); input()", SERVER)
    supervisor.start()
    wait_for(supervisor, lambda: {"p0 | one", "p0 | two"} <= set(said) and any("p1 | I am" in line for line in said))
    supervisor.stop()


def test_a_program_that_dies_is_started_again_without_what_it_left(said: list[str], tmp_path: Path) -> None:
    supervisor = supervise(said, tmp_path / "notes", SERVER)
    supervisor.start()
    wait_for(supervisor, lambda: len(said) == 1)
    first = supervisor.programs[0].process
    assert first is not None
    assert len(list(group_members(first.pid))) == 2
    os.kill(first.pid, signal.SIGKILL)
    wait_for(supervisor, lambda: len(said) == 3)
    assert said[1] == "p0 was ended by signal 9; it is started again in 1 s."
    assert list(group_members(first.pid)) == []
    supervisor.stop()


def test_stop_ends_groups_even_of_programs_that_will_not(said: list[str], tmp_path: Path) -> None:
    supervisor = supervise(said, tmp_path / "notes", SERVER, STUBBORN)
    supervisor.start()
    wait_for(supervisor, lambda: len(said) == 2)
    groups = [program.process.pid for program in supervisor.programs if program.process]
    started = time.monotonic()
    supervisor.stop(hurry=lambda: time.monotonic() - started > 0.5)
    assert time.monotonic() - started < 4
    assert [list(group_members(group)) for group in groups] == [[], []]
    assert not (tmp_path / "notes").exists()


def test_a_program_that_fails_before_all_is_ready_ends_the_start_with_its_words(
    said: list[str], tmp_path: Path
) -> None:
    supervisor = supervise(said, tmp_path / "notes", "raise SystemExit('no such setting')")
    supervisor.start()
    with pytest.raises(ProgramFailed, match=r"p0 ended with code 1\.\nno such setting"):
        supervisor.watch(lambda: False, lambda: None, restart=False)
    supervisor.stop()


def test_leftovers_of_a_killed_supervisor_are_ended_but_no_stranger(said: list[str], tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    assert clear_leftovers(notes) is False
    supervisor = supervise(said, notes, SERVER)
    supervisor.start()
    wait_for(supervisor, lambda: len(said) == 1)
    left = supervisor.programs[0].process
    assert left is not None
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        notes.write_text(notes.read_text().replace(str(left.pid), f"{left.pid}, {stranger.pid}"))
        assert clear_leftovers(notes) is True
        survived = stranger.poll() is None
        stranger.kill()
    assert survived
    assert list(group_members(left.pid)) == []
    assert not notes.exists()
    supervisor.stop()
