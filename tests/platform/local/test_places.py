"""Where a checkout keeps its servers, and what others may see of it."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smarketing.local import LocalServerError, Place, Urls, secret_key, urls
from smarketing.local.places import PORTS, free_port, locked, port_is_free, read_record, write_record


def test_urls_are_unknown_and_nothing_is_made_before_a_first_start(tmp_path: Path) -> None:
    assert urls(Place(tmp_path / ".local")) == Urls(None, None)
    assert list(tmp_path.iterdir()) == []


def test_record_is_read_as_written_and_by_its_owner_only(tmp_path: Path) -> None:
    place = Place(tmp_path / ".local")
    write_record(place, "postgres", {"url": "postgres://one"})
    write_record(place, "postgres", {"url": "postgres://two"})
    assert read_record(place, "postgres") == {"url": "postgres://two"}
    assert urls(place) == Urls("postgres://two", None)
    assert [path.name for path in place.server("postgres").iterdir()] == ["server.json"]
    assert (place.server("postgres") / "server.json").stat().st_mode & 0o777 == 0o600


def test_directories_can_be_passed_through_but_not_listed_by_others(tmp_path: Path) -> None:
    place = Place(tmp_path / ".local" / "test")
    write_record(place, "redis", {})
    for directory in (place.directory.parent, place.directory, place.server("redis")):
        assert directory.stat().st_mode & 0o777 == 0o711


def test_secret_key_is_the_same_for_all_who_ask_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path / ".local")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(secret_key, [place] * 32))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert [path.name for path in place.directory.iterdir()] == ["secret_key"]
    assert (place.directory / "secret_key").stat().st_mode & 0o777 == 0o600


def test_free_port_stays_unless_somebody_listens_there() -> None:
    port = free_port()
    assert port in PORTS
    assert free_port(port) == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert not port_is_free(port)
        assert free_port(port) != port


def test_locked_waits_its_turn_and_says_for_what(tmp_path: Path) -> None:
    place = Place(tmp_path / ".local")
    with (
        locked(place, "redis"),
        pytest.raises(LocalServerError, match="starting or stopping redis"),
        locked(place, "redis", timeout=0.1),
    ):
        pass
    with locked(place, "redis", timeout=0.1):
        pass
