"""Keeps a few processes running together: shows what they say, restarts what dies, ends them all.

Every program runs in a process group of its own, so that what it started ends with it. If the supervisor
itself is killed, Linux tells the programs to end; elsewhere, and for what outlives that, the next start finds
them by the notes kept here.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from smarketing.local.places import CHECKOUT
from smarketing.local.processes import die_with_parent

TICK = 0.2
# In the environment of every program and of what it starts: the checkout that it belongs to.
MARK = "SMARKETING_SUPERVISED_IN"
# A program that ran this long has its earlier failures forgotten.
SETTLED_AFTER = 60
LONGEST_DELAY = 30
# How a program is asked to end: politely, then without finishing its work, then not asked.
STOPPING = ((signal.SIGTERM, 4.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0))


class ProgramFailed(RuntimeError):
    """A program ended before everything was ready; the message shows its last words."""


@dataclass(eq=False)
class Program:
    """One process to keep running. `command` is asked anew for each start."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    failures: int = 0
    start_at: float = 0
    unfinished: bytes = b""
    last_words: list[str] = field(default_factory=list)


class Supervisor:
    """Starts programs with `start`, watches them with `watch`, ends them with `stop`."""

    def __init__(
        self, programs: list[Program], environment: dict[str, str], notes: Path, say: Callable[[str], None]
    ) -> None:
        self.programs = programs
        self._environment = environment | {"PYTHONUNBUFFERED": "1", MARK: str(CHECKOUT)}
        self._notes = notes
        self._say = say
        self._selector = selectors.DefaultSelector()
        self._width = max(len(program.name) for program in programs)

    def start(self) -> None:
        """Starts every program."""
        for program in self.programs:
            self._start(program)

    def watch(self, until: Callable[[], bool], each_tick: Callable[[], None], *, restart: bool = True) -> None:
        """Passes on what the programs say until `until()` is true.

        With `restart`, what ends is started again, each time a little later; without, it raises ProgramFailed.
        """
        while not until():
            self._listen(TICK)
            each_tick()
            for program in self.programs:
                if program.process is not None and program.process.poll() is not None:
                    self._ended(program, restart=restart)
                elif program.process is None and time.monotonic() >= program.start_at:
                    self._start(program)

    def restart(self) -> None:
        """Ends every program so that `watch` starts it again, with what has changed around it."""
        for program in self.programs:
            if program.process is not None:
                program.process.terminate()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ends every program and everything it started. `hurry()` true: at once."""
        for stop_signal, seconds in STOPPING:
            if hurry() and stop_signal != signal.SIGKILL:
                continue
            for program in self.programs:
                if program.process is not None:
                    send_to_group(program.process.pid, stop_signal)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and not (hurry() and stop_signal != signal.SIGKILL):
                self._listen(0.05)
                if not any(self._group_is_alive(program) for program in self.programs):
                    break
        for program in self.programs:
            if program.process is not None:
                program.process.wait()
                self._close(program)
        self._notes.unlink(missing_ok=True)

    def _start(self, program: Program) -> None:
        # stdout is a pipe, so that the lines of several programs do not run into each other.
        program.process = subprocess.Popen(  # noqa: S603 - the commands are ours
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=CHECKOUT,
            env=self._environment,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        program.started = time.monotonic()
        stdout = program.process.stdout
        assert stdout is not None  # noqa: S101 - asked for above
        os.set_blocking(stdout.fileno(), False)
        self._selector.register(stdout, selectors.EVENT_READ, program)
        self._note()

    def _ended(self, program: Program, *, restart: bool) -> None:
        process = program.process
        assert process is not None  # noqa: S101 - only called for what ran
        self._listen(0)
        # What a killed program leaves behind would do its work beside the new one.
        send_to_group(process.pid, signal.SIGKILL)
        self._close(program)
        code = process.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        if not restart:
            raise ProgramFailed(f"{program.name} {how}.\n" + "\n".join(program.last_words))
        program.failures = 0 if time.monotonic() - program.started > SETTLED_AFTER else program.failures + 1
        delay = min(0.5 * 2**program.failures, LONGEST_DELAY)
        program.start_at = time.monotonic() + delay
        self._say(f"{program.name} {how}; it is started again in {delay:.0f} s.")

    def _close(self, program: Program) -> None:
        if program.process is not None and program.process.stdout is not None:
            self._selector.unregister(program.process.stdout)
            program.process.stdout.close()
        program.process = None

    def _listen(self, seconds: float) -> None:
        """Prints whole lines as they come, each with the name of who said it."""
        for key, _events in self._selector.select(seconds):
            program: Program = key.data
            with suppress(BlockingIOError):
                chunk = os.read(key.fd, 65536)
                *lines, program.unfinished = (program.unfinished + chunk).split(b"\n")
                for line in lines:
                    text = line.decode(errors="replace").rstrip()
                    program.last_words = [*program.last_words, text][-30:]
                    self._say(f"{program.name:<{self._width}} | {text}")
                if not chunk:
                    time.sleep(0.01)  # closed, and about to be noticed as ended

    def _group_is_alive(self, program: Program) -> bool:
        if program.process is None:
            return False
        program.process.poll()
        return any(True for _process in group_members(program.process.pid))

    def _note(self) -> None:
        groups = [program.process.pid for program in self.programs if program.process]
        temporary = self._notes.with_suffix(".new")
        temporary.write_text(json.dumps({"groups": groups}))
        temporary.replace(self._notes)


def clear_leftovers(notes: Path) -> bool:
    """Ends what a killed supervisor left running. Returns whether there was anything."""
    try:
        groups: list[int] = json.loads(notes.read_text())["groups"]
    except (FileNotFoundError, ValueError, KeyError):
        return False
    left = [process for group in groups for process in group_members(group) if _is_ours(process)]
    for stop_signal, seconds in STOPPING:
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(stop_signal)
        _gone, left = psutil.wait_procs(left, timeout=seconds)
        if not left:
            break
    notes.unlink(missing_ok=True)
    return bool(groups)


def group_members(group: int) -> Iterator[psutil.Process]:
    """Living processes of a process group."""
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def send_to_group(group: int, stop_signal: signal.Signals) -> None:
    """Signals every process of a group that we started; nothing if none is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, stop_signal)


def _is_ours(process: psutil.Process) -> bool:
    """A number in old notes may since belong to a stranger: only what carries our mark is ended."""
    with suppress(psutil.Error):
        return bool(process.environ().get(MARK) == str(CHECKOUT))
    return False


def say(line: str) -> None:
    """Prints a line at once; a terminal that was closed must not stop the programs from ending."""
    with suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
