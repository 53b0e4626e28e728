"""Where a checkout keeps its own servers, and what it remembers about them.

Everything lives under ``.local/`` beside ``manage.py``, so that two checkouts never meet.
Nothing here starts anything: settings read these records each time they load.
"""

import fcntl
import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
# Below the ranges from which Linux (32768-) and macOS (49152-) hand out ports to outgoing connections:
# a port kept here is still free at the next start.
PORTS = range(20000, 30000)


class LocalServerError(RuntimeError):
    """An embedded server cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True)
class Place:
    """One set of servers: the directory that holds them, and whether they must survive a power cut."""

    directory: Path
    durable: bool = True

    def server(self, name: str) -> Path:
        """Directory of one server (``postgres`` or ``redis``)."""
        return self.directory / name


MAIN = Place(CHECKOUT / ".local")
TESTS = Place(CHECKOUT / ".local" / "test", durable=False)


class Urls(NamedTuple):
    """Addresses of the servers of a place; None where none was ever made."""

    database: str | None
    redis: str | None


def urls(place: Place = MAIN) -> Urls:
    """Addresses as recorded at the last start. Reads two small files; the servers may be down."""
    known = [read_record(place, name) or {} for name in ("postgres", "redis")]
    return Urls(*(record.get("url") for record in known))


def secret_key(place: Place = MAIN) -> str:
    """The signing key of an installation that was given none: made once, kept readable by its owner only."""
    path = place.directory / "secret_key"
    if not path.exists():
        make_directory(place.directory)
        handle, temporary = tempfile.mkstemp(dir=place.directory, prefix="secret_key.")
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process made it a moment ago
            os.link(temporary, path)
        os.unlink(temporary)
    try:
        return path.read_text()
    except PermissionError as error:
        raise LocalServerError(f"{path} belongs to another user. Run as that user, or set SECRET_KEY.") from error


def read_record(place: Place, name: str) -> dict[str, Any] | None:
    """What is known about a server, or None if it was never made."""
    path = place.server(name) / "server.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except PermissionError as error:
        owner = path.stat().st_uid if os.access(path.parent, os.X_OK) else "another user"
        raise LocalServerError(
            f"{path} belongs to user {owner}, and you are {os.geteuid()}: the servers of this checkout were "
            "made by somebody else. Run as that user, or set DATABASE_URL and REDIS_URL."
        ) from error
    record: dict[str, Any] = json.loads(text)
    return record


def write_record(place: Place, name: str, record: dict[str, Any]) -> None:
    """Replaces the record whole; readable by its owner only, because it holds the password."""
    directory = make_directory(place.server(name))
    handle, temporary = tempfile.mkstemp(dir=directory, prefix="server.", suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(record, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, directory / "server.json")


def make_directory(wanted: Path) -> Path:
    """Makes a directory. Others may pass through it (never list it) to reach what is theirs within."""
    made = [parent for parent in (wanted, *wanted.parents) if not parent.exists()]
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        for directory in made:
            directory.chmod(0o711)
    except PermissionError as error:
        raise LocalServerError(
            f"{error.filename} cannot be created: {error.strerror}. Make the checkout writable, "
            "or set DATABASE_URL and REDIS_URL."
        ) from error
    return wanted


@contextmanager
def locked(place: Place, name: str, timeout: float = 120) -> Iterator[None]:
    """Only one process at a time starts or stops a server. The lock ends with the process that holds it."""
    path = make_directory(place.server(name)) / "lock"
    deadline = time.monotonic() + timeout
    try:
        stream = path.open("a")
    except PermissionError as error:
        raise LocalServerError(f"{path} belongs to another user. Run as that user.") from error
    with stream:
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LocalServerError(
                        f"Another process has been starting or stopping {name} in {place.directory} "
                        f"for {timeout:.0f} seconds."
                    ) from None
                time.sleep(0.05)
        yield


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now (lingering closed connections do not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def may_listen(port: int, host: str = LOOPBACK) -> bool:
    """Whether this user is allowed to listen there; low ports are often kept for root."""
    with socket.socket() as probe, suppress(OSError):
        try:
            probe.bind((host, port))
        except PermissionError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """The port used last time if it is still free, else another one."""
    if preferred and port_is_free(preferred):
        return preferred
    for port in secrets.SystemRandom().sample(PORTS, 200):
        if port_is_free(port):
            return port
    raise LocalServerError("No free port between 20000 and 29999 on 127.0.0.1.")
