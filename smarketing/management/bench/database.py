"""A database for one run of the benchmark, on the server of the installation but apart from its data."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from celery import current_app
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import override_settings
from psycopg2 import sql

MARK = "_bench_"


class NoDatabase(Exception):
    """The server does not let us make or open the database; the message says which and why."""


@contextmanager
def bench_database(*, use: str = "", keep: bool = False) -> Iterator[str]:
    """Points the process at a fresh, migrated database while the block runs, and drops it at the end.

    `use`: an earlier database that was kept; it is opened and never dropped. Caches are in memory and messages to the
    workers go nowhere meanwhile: neither the installation's Redis nor its workers hear of the benchmark.
    Raises NoDatabase.
    """
    original = connection.settings_dict["NAME"]
    name = use or f"{original}{MARK}{os.getpid()}_{secrets.token_hex(3)}"
    if MARK not in name:
        raise NoDatabase(f"“{name}” is not a database of the benchmark; the name of one holds “{MARK}”.")
    if not use:
        _statement(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    broker = current_app.conf.broker_url
    in_memory = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}}
    try:
        connections.close_all()
        connection.settings_dict["NAME"] = name
        current_app.conf.update(broker_url="memory://localhost/")
        with override_settings(CACHES=in_memory):
            if not use:
                call_command("migrate", verbosity=0, interactive=False)
            yield name
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = original
        current_app.conf.update(broker_url=broker)
        if not use and not keep:
            _statement(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _statement(statement: sql.Composed) -> None:
    """Runs a statement that concerns whole databases, outside any of them."""
    given = {**connection.get_connection_params(), "dbname": "postgres"}
    for name in ("cursor_factory", "context", "prepare_threshold"):
        given.pop(name, None)
    try:
        server = psycopg2.connect(**given)
    except psycopg2.OperationalError as error:
        raise NoDatabase(f"The database server does not answer; start it with `make run`. ({error})") from error
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute(statement)
    except psycopg2.Error as error:
        raise NoDatabase(f"The database server refused: {error}".strip()) from error
    finally:
        server.close()
