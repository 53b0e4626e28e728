"""Starting a server process so that it neither outlives its purpose nor dies of somebody else's Ctrl-C."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

PR_SET_PDEATHSIG = 1
MAX_LOG_BYTES = 20 * 1024 * 1024

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(stop_signal: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """For ``preexec_fn``: Linux then sends `stop_signal` when the parent dies, even of kill -9.

    Other systems have no such thing; there the next start finds and adopts what was left running.
    The call must come after a change of user, which clears it: Popen runs ``preexec_fn`` last.
    """
    if _libc is None:
        return None
    parent = os.getpid()

    def arrange() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return arrange


def spawn(
    command: Sequence[str | os.PathLike[str]],
    *,
    log: Path,
    tied: bool,
    stop_signal: signal.Signals = signal.SIGTERM,
    user: tuple[int, int] | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a server in its own session, writing to `log`.

    `tied`: it dies with this process. `user`: (uid, gid) to run as; needs root.
    """
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        shutil.move(log, log.with_suffix(".log.1"))
    with log.open("ab") as stream:
        return subprocess.Popen(  # noqa: S603 - the command is ours
            [os.fspath(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent(stop_signal) if tied else None,
            env=environment,
            **as_user(user),
        )


def abandon(process: subprocess.Popen[bytes]) -> None:
    """Lets a server run on by itself. It is found again by its record; Popen would warn of a lost child."""
    process.returncode = 0


def reap(pid: int) -> None:
    """Lets an abandoned server that has ended disappear from the system's list of processes."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def ends(process: psutil.Process, seconds: float) -> bool:
    """Waits for a process to end and returns whether it has.

    One that has ended but that its parent has not asked after (in many a container nobody does) has ended too.
    """
    deadline = time.monotonic() + seconds
    try:
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    except psutil.NoSuchProcess:
        pass
    reap(process.pid)
    return True


def as_user(user: tuple[int, int] | None) -> dict[str, Any]:
    """Arguments of subprocess functions to run as (uid, gid) without any other group."""
    return {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}


def last_lines(log: Path, count: int = 8) -> str:
    """End of a log, for an error message."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-count:])
