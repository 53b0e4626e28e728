"""The environment in which settings load under test, and the servers behind it."""

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from smarketing import local
from smarketing.local.places import CHECKOUT, TESTS


def prepare_environment() -> None:
    """Sets what settings read. Runs in the first process; those that xdist starts inherit the result."""
    os.environ.setdefault("SECRET_KEY", "signs nothing but what the tests of this run send to themselves")
    os.environ.setdefault("MEDIA_ROOT", str(TESTS.directory / "media"))
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = local.ensure_postgres(TESTS)
        _drop_outdated_databases(os.environ["DATABASE_URL"])
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = local.ensure_redis(TESTS)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:  # each process has a Redis database to itself, as it has its own test database
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()


def _drop_outdated_databases(url: str) -> None:
    """Test databases are kept between runs; after a change of any migration they are made anew."""
    digest = hashlib.sha256()
    for path in sorted(CHECKOUT.glob("**/migrations/*.py")):
        digest.update(path.read_bytes())
    remembered = Path(TESTS.directory / "migrations.sha256")
    if remembered.exists() and remembered.read_text() == digest.hexdigest():
        return
    connection = psycopg2.connect(urlsplit(url)._replace(path="/postgres").geturl())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'test\_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    connection.close()
    remembered.write_text(digest.hexdigest())
