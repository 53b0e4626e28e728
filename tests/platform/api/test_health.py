"""`/healthz` says that the process is up; `/readyz` says whether it can work, and what is missing."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.utils import OperationalError
from django.utils.timezone import now

from smarketing.api import health
from smarketing.tasks import worker_heartbeat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.mark.django_db(databases=[])
def test_healthz_needs_no_login_and_no_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz_when_all_is_well(client):
    worker_heartbeat()
    response = client.get("/readyz")
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ok"
    assert {name: check["ok"] for name, check in body["checks"].items()} == {
        "database": True,
        "redis": True,
        "worker": True,
        "migrations": True,
    }
    assert "no-store" in response.headers["Cache-Control"]


def test_readyz_without_a_worker(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["worker"]["message"].startswith("No worker has been seen.")


def test_readyz_with_a_worker_that_fell_silent(client):
    cache.set(health.HEARTBEAT_KEY, (now() - timedelta(minutes=5)).isoformat())
    worker = client.get("/readyz").json()["checks"]["worker"]
    assert worker == {"ok": False, "message": "The last worker was seen 300 seconds ago."}


def test_readyz_names_migrations_that_wait(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)

    class Waiting:
        app_label, name = "leads", "0099_more"

    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [(Waiting, False)])
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == {
        "ok": False,
        "message": "1 migrations are not applied: leads.0099_more. Run `manage.py migrate`.",
    }


@pytest.mark.parametrize("name", ["database", "redis"])
def test_readyz_does_not_tell_strangers_why_a_server_is_gone(client, monkeypatch, name):
    def gone():
        raise OperationalError("could not connect to db.internal as smarketing")

    monkeypatch.setitem(health.CHECKS, name, gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"][name] == {"ok": False, "message": "Does not answer; the log says why."}
