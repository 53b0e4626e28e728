"""`manage.py up` as a person runs it, in a checkout of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from smarketing.local.places import CHECKOUT, free_port
from smarketing.local.supervisor import MARK

PARTS = ("smarketing", "leads", "sla", "reporting", "meetings", "templates", "static")


class Up:
    """A running `manage.py up`, and the lines that it has said."""

    def __init__(self, checkout: Path, *options: str) -> None:
        # The last would make every process compile everything again.
        named_by_the_test_run = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MEDIA_ROOT", "BASE_URL"}
        named_by_the_test_run |= {"PYTHONDONTWRITEBYTECODE"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", *options],
            cwd=checkout,
            env={name: value for name, value in os.environ.items() if name not in named_by_the_test_run},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def wait_until_it_says(self, words: str) -> None:
        assert self.process.stdout
        while not re.search(words, self.said):
            line = self.process.stdout.readline()
            assert line, f"ended without saying {words!r}:\n{self.said}"
            self.said += line

    def wait(self) -> int:
        """Exit code, after everything that it still says."""
        self.said += self.process.communicate(timeout=30)[0]
        return self.process.returncode


@pytest.fixture
def installed(checkout: Path) -> Iterator[Path]:
    """A copy of the program, whose processes are all gone after the test."""
    shutil.copy(CHECKOUT / "manage.py", checkout)
    for part in PARTS:
        shutil.copytree(CHECKOUT / part, checkout / part)
    yield checkout
    left = processes_of(checkout)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=10)


def processes_of(checkout: Path) -> list[psutil.Process]:
    """Everything that works for an installation: what `up` started, and its servers."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and (
                process.environ().get(MARK) == str(checkout) or str(checkout) in " ".join(process.cmdline())
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_up_serves_restarts_recovers_and_stops(installed: Path) -> None:
    port = free_port()
    options = ("--no-demo", "--port", str(port))
    up = Up(installed, *options)
    up.wait_until_it_says(f"Smarketing runs at http://127.0.0.1:{port}/")
    up.wait_until_it_says("Ctrl-C")
    assert re.search(rf" http://127\.0\.0\.1:{port}/\S+/\S+", up.said)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        assert answer.status == 200

    second = Up(installed, "--port", str(free_port()))
    assert second.wait() == 1
    assert f"already runs in this checkout: http://127.0.0.1:{port}/ (process {up.process.pid})" in second.said

    for word in ("celery", "gunicorn"):
        children = psutil.Process(up.process.pid).children()
        next(child for child in children if word in child.cmdline() and "beat" not in child.cmdline()).kill()
    up.wait_until_it_says("worker was ended by signal 9; it is started again")
    up.wait_until_it_says("web was ended by signal 9; it is started again")

    up.process.kill()
    up.wait()
    up = Up(installed, *options)
    up.wait_until_it_says("Smarketing runs at")
    up.wait_until_it_says("Ctrl-C")

    up.process.send_signal(signal.SIGTERM)
    assert (up.wait(), up.said.splitlines()[-1]) == (0, "Stopped. The data is kept.")
    assert processes_of(installed) == []


def test_up_refuses_a_taken_port_before_it_starts_anything(installed: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        up = Up(installed, "--port", str(port))
        assert up.wait() == 1
    assert f"Port {port} is taken by `" in up.said
    assert f"(process {os.getpid()})" in up.said
    assert re.search(r"`make run PORT=\d+`, or `python manage\.py up --port \d+`", up.said)
    assert not (installed / ".local" / "postgres").exists()
