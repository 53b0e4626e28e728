"""The embedded servers: begun, found again, repaired, kept apart, ended."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from smarketing.local import LocalServerError, Place, ensure_postgres, ensure_redis, postgres, redis, stop, urls
from smarketing.local.places import read_record, write_record
from smarketing.local.processes import ends


def ask(url: str, question: str) -> object:
    """First column of the first row of an answer, over a connection of its own."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def data_of(place: Place) -> Path:
    record = read_record(place, "postgres")
    assert record
    return Path(record["data"])


def test_servers_survive_stop_and_kill_with_address_and_data(place: Place) -> None:
    url = ensure_postgres(place)
    assert ask(url, "SELECT current_setting('server_encoding')") == "UTF8"
    assert ask(url, "SELECT upper('straße é') || (current_setting('server_version_num')::int >= 160000)") in (
        "STRASSE Étrue",
        "STRAßE Étrue",
    )
    assert ask(url, "SHOW data_directory") == str(data_of(place))
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert ensure_postgres(place) == url

    assert stop(place) is True
    assert stop(place) is False
    assert ensure_postgres(place) == url

    first = postgres.postmaster(data_of(place))
    assert first is not None
    first.kill()
    assert ensure_postgres(place) == url
    second = postgres.postmaster(data_of(place))
    assert second is not None
    assert second.pid != first.pid
    assert ask(url, "SELECT answer FROM kept") == 42


def test_postgres_takes_another_port_when_its_own_is_taken(place: Place) -> None:
    record = read_record(place, "postgres")
    assert record is None
    before = ensure_postgres(place)
    stop(place)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", urlsplit(before).port))
        other.listen()
        after = ensure_postgres(place)
        assert urlsplit(after).port != urlsplit(before).port
        assert urls(place).database == after
        assert ask(after, "SELECT 1") == 1


def test_pid_file_that_names_a_stranger_is_cleared_and_the_stranger_left_alone(place: Place) -> None:
    url = ensure_postgres(place)
    data = data_of(place)
    text = (data / "postmaster.pid").read_text()
    stop(place)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        owner = data.stat()
        (data / "postmaster.pid").write_text(text.replace(text.split()[0], str(stranger.pid), 1))
        os.chown(data / "postmaster.pid", owner.st_uid, owner.st_gid)
        stopped, again, survived = postgres.stop(place), ensure_postgres(place), stranger.poll() is None
        stranger.kill()
    assert (stopped, again, survived) == (False, url, True)


def test_cluster_whose_making_was_cut_short_is_made_again(place: Place) -> None:
    unfinished = place.server("postgres") / "data.new"
    unfinished.mkdir(parents=True)
    for directory in (place.directory, place.server("postgres")):
        directory.chmod(0o711)
    (unfinished / "PG_VERSION").write_text("18")
    assert ask(ensure_postgres(place), "SELECT 1") == 1


def test_data_of_another_version_is_refused_with_what_to_do(place: Place) -> None:
    data = place.server("postgres") / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9")
    write_record(
        place, "postgres", {"home": str(data.parent), "data": str(data), "binaries": "", "port": 1, "password": ""}
    )
    with pytest.raises(LocalServerError, match=r"written by PostgreSQL 9, and \d+ is installed"):
        ensure_postgres(place)


def test_data_out_of_reach_of_the_servers_account_is_kept_elsewhere_and_erased_with_its_record(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)  # as /root is; to an ordinary user it is his own, and the data stays in it
    place = Place(tmp_path / ".local", durable=False)
    try:
        assert ask(ensure_postgres(place), "SELECT 1") == 1
        home = data_of(place).parent
        assert home.is_relative_to(postgres.SYSTEM_DIRECTORY if os.geteuid() == 0 else tmp_path)
        assert home.stat().st_mode & 0o777 == 0o711
    finally:
        postgres.erase(place)
    assert not home.exists()
    assert urls(place).database is None


def test_two_checkouts_run_side_by_side(place: Place, checkout: Path) -> None:
    other = Place(checkout / "other" / ".local", durable=False)
    try:
        first, second = ensure_redis(place), ensure_redis(other)
        with Redis.from_url(first) as one, Redis.from_url(second) as two:
            one.set("whose", "first")
            assert two.get("whose") is None
        redis.stop(other)
        assert redis.is_running(place)
        assert not redis.is_running(other)
    finally:
        redis.erase(other)


def test_redis_comes_back_after_a_kill_and_refuses_strangers(place: Place) -> None:
    url = ensure_redis(place)
    record = read_record(place, "redis")
    assert record
    assert ensure_redis(place) == url
    with Redis(port=urlsplit(url).port, protocol=2) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    psutil.Process(record["pid"]).kill()
    started = time.monotonic()
    assert ensure_redis(place) == url
    assert time.monotonic() - started < 5
    assert redis.is_running(place)


def test_servers_run_as_an_ordinary_user(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_ORDINARY_USER, checkout],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout.splitlines()[-1:], done.returncode) == (["1 True True"], 0), done.stderr


# Root first makes copies of the programs, because an interpreter or a checkout under /root is closed to others;
# for the same reason everything that is imported late is imported before the change of user.
AS_ORDINARY_USER = """
import email.parser, encodings.idna, importlib.metadata, os, pathlib, shutil, sys
from smarketing.local import Place, ensure_postgres, ensure_redis, postgres, redis, stop
from tests.platform.local.test_servers import ask
importlib.metadata.version("redis")
checkout = pathlib.Path(sys.argv[1])
if os.geteuid() == 0:
    copied = postgres._copy_programs(postgres.binaries(), checkout)
    postgres.binaries = lambda: copied
    server = shutil.copy(redis.program(), checkout)
    redis.program = lambda: server
    os.chown(checkout, 65534, 65534)
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
place = Place(checkout / ".local", durable=False)
url = ensure_postgres(place)
ensure_redis(place)
owned = {path.stat().st_uid for path in place.directory.rglob("*")} == {os.geteuid()}
print(ask(url, "SELECT 1"), owned, stop(place))
"""


def test_a_process_that_its_parent_never_asks_after_has_ended_all_the_same() -> None:
    parent = subprocess.Popen(["/bin/sh", "-c", "sleep 1 & echo $!; exec sleep 60"], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    try:
        assert ends(psutil.Process(int(parent.stdout.readline())), 30)
        assert not ends(psutil.Process(parent.pid), 0.05)
    finally:
        parent.kill()
        parent.communicate()
