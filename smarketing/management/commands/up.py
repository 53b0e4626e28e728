"""``manage.py up``: everything that an installation on one machine needs, until Ctrl-C."""

import fcntl
import http.client
import io
import os
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import psutil
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from smarketing import local
from smarketing.accounts.services import first_admin_link
from smarketing.local import commands, postgres, redis
from smarketing.local.places import MAIN, LocalServerError, make_directory, may_listen, port_is_free
from smarketing.local.supervisor import Program, ProgramFailed, Supervisor, clear_leftovers, say
from smarketing.management.demo_accounts import ACCOUNTS, accounts_text

HOST = "127.0.0.1"
READY_SECONDS = 60
NOTES = MAIN.directory / "programs.json"
LOCK = MAIN.directory / "up.lock"
# What settings read when they loaded: the servers below may since have been made or have moved.
SEEN_BY_SETTINGS = local.urls()


class Command(BaseCommand):
    help = "Runs Smarketing: PostgreSQL, Redis (unless DATABASE_URL, REDIS_URL are set), web, worker and beat."
    requires_system_checks = ()  # they may need the servers that are started first

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of the web pages (default: 8000)")
        parser.add_argument(
            "--no-demo", action="store_true", help="begin empty; prints a link that makes the first admin"
        )

    def handle(self, *args: Any, port: int, no_demo: bool, **options: Any) -> None:
        with _Interrupts() as interrupts:
            try:
                with _only_one_in_this_checkout(port):
                    clear_leftovers(NOTES)
                    _refuse_taken_port(port)
                    _run(port, no_demo=no_demo, interrupts=interrupts)
            except (LocalServerError, ProgramFailed) as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                pass  # asked to stop before anything ran, or stopped in order


class _Interrupts:
    """Ctrl-C, SIGTERM and a closed terminal raise KeyboardInterrupt, once; later ones are only counted."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.count = 0
        self.armed = True

    def __enter__(self) -> "_Interrupts":
        self._previous = [signal.signal(number, self._receive) for number in self.SIGNALS]
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in zip(self.SIGNALS, self._previous, strict=True):
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.armed:
            self.armed = False
            raise KeyboardInterrupt


class _OwnServers:
    """PostgreSQL and Redis of this checkout, as far as the environment names no others."""

    def __init__(self) -> None:
        self._servers = [
            server
            for server, variable in ((postgres, "DATABASE_URL"), (redis, "REDIS_URL"))
            if not os.environ.get(variable)
        ]
        self._next_look = 0.0

    def ensure(self) -> None:
        """Makes them answer; they end with this process."""
        for server in self._servers:
            server.ensure(MAIN, tied=True)

    def look_after(self, when_moved: Callable[[], None]) -> None:
        """Starts again what has died, and calls `when_moved` if it came back at another address."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + 1
        for server in self._servers:
            if not server.is_running(MAIN):
                say(f"{server.NAME} has ended; it is started again.")
                before = local.urls()
                server.ensure(MAIN, tied=True)
                if local.urls() != before:
                    when_moved()

    def stop(self) -> None:
        for server in reversed(self._servers):
            server.stop(MAIN)

    def moved_since_settings_loaded(self) -> bool:
        now = local.urls()
        return (postgres in self._servers and now.database != SEEN_BY_SETTINGS.database) or (
            redis in self._servers and now.redis != SEEN_BY_SETTINGS.redis
        )


def _run(port: int, *, no_demo: bool, interrupts: _Interrupts) -> None:
    """Starts all, tells when it is ready, and returns when it was asked to stop and has stopped all."""
    servers = _OwnServers()
    supervisor: Supervisor | None = None
    try:
        servers.ensure()
        _load_settings_again_if_outdated(port, servers)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        _migrate()
        greeting = _greeting(port, _first_words(no_demo=no_demo))
        connection.close()
        programs = {
            "web": commands.web(port, HOST),
            "worker": commands.worker(),
            "beat": commands.beat(MAIN.directory / "celerybeat-schedule"),
        }
        supervisor = Supervisor([Program(*each) for each in programs.items()], dict(os.environ), NOTES, say)
        supervisor.start()
        call_command("check", stdout=io.StringIO())  # while they load; what is configured wrongly ends the start
        supervisor.watch(_answers_on(port), lambda: None, restart=False)
        say(greeting)
        supervisor.watch(lambda: False, lambda: servers.look_after(when_moved=supervisor.restart))
    except KeyboardInterrupt:
        say("Stopping ...")
        raise
    finally:
        interrupts.armed = False
        already = interrupts.count
        if supervisor:
            supervisor.stop(hurry=lambda: interrupts.count > already)
        servers.stop()
        say("Stopped. The data is kept.")


@contextmanager
def _only_one_in_this_checkout(port: int) -> Iterator[None]:
    make_directory(MAIN.directory)
    try:
        stream = LOCK.open("a+")
    except PermissionError as error:
        raise LocalServerError(f"{LOCK} belongs to another user. Run as that user.") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise CommandError(f"Smarketing already runs in this checkout: {stream.read()}") from None
        stream.truncate(0)
        mine = os.getpid()
        stream.write(f"{_address(port)}/ (process {mine}). Stop it with Ctrl-C where it runs, or with `kill {mine}`.")
        stream.flush()
        yield


def _refuse_taken_port(port: int) -> None:
    """Says who has the port and how to take another one, before anything was started."""
    if not 0 < port < 65536:
        raise CommandError(f"--port {port}: a port is a number from 1 to 65535.")
    if not may_listen(port, HOST):
        raise CommandError(f"Port {port} is kept for the system's own programs: take one from 1024 on, such as 8000.")
    if port_is_free(port, HOST):
        return
    free = next(candidate for candidate in [*range(port + 1, 65536), *range(8000, port)] if port_is_free(candidate))
    raise CommandError(
        f"Port {port} is taken{_holder(port)}. End that program, or take another port: "
        f"`make run PORT={free}`, or `python manage.py up --port {free}`."
    )


def _holder(port: int) -> str:
    """ " by … (process …)", or nothing where the system does not tell."""
    with suppress(psutil.Error):
        for found in psutil.net_connections(kind="tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
                return f" by `{' '.join(psutil.Process(found.pid).cmdline())[:100]}` (process {found.pid})"
    return ""


def _load_settings_again_if_outdated(port: int, servers: _OwnServers) -> None:
    """Settings load before a command runs. Where they could not know an address yet, the command begins anew."""
    told = "BASE_URL" in os.environ
    os.environ.setdefault("BASE_URL", _address(port))
    if servers.moved_since_settings_loaded() or (not told and _address(port) != settings.BASE_URL):
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very command


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Bringing the database up to date ...")
        call_command("migrate", verbosity=0, interactive=False)


def _first_words(*, no_demo: bool) -> str:
    """What to tell about signing in; makes the demo company if nobody is there yet and none was declined."""
    people = get_user_model().objects
    if no_demo:
        link = first_admin_link()
        return f"Make the first admin with this link, good for a day and for one use:\n  {link}" if link else ""
    if not people.exists():
        say("Making the demo company; this takes a moment, once ...")
        call_command("demo", stdout=io.StringIO())
    return accounts_text() if people.filter(email__in=ACCOUNTS).exists() else ""


def _answers_on(port: int) -> Callable[[], bool]:
    deadline = time.monotonic() + READY_SECONDS

    def answers() -> bool:
        if time.monotonic() > deadline:
            raise ProgramFailed(f"{_address(port)}/healthz has not answered for {READY_SECONDS} seconds.")
        request = http.client.HTTPConnection(HOST, port, timeout=2)
        try:
            request.request("GET", "/healthz")
            return request.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            request.close()

    return answers


def _address(port: int) -> str:
    return f"http://{HOST}:{port}"


def _greeting(port: int, first_words: str) -> str:
    kept = "The data is kept." if os.environ.get("DATABASE_URL") else f"The data is kept in {postgres.home(MAIN)}."
    parts = [f"Smarketing runs at {_address(port)}/", first_words.strip(), f"Ctrl-C stops everything. {kept}"]
    return "\n" + "\n\n".join(part for part in parts if part) + "\n"
