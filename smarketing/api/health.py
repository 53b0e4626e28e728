"""Is it up, and can it work: for load balancers, containers and people who look after the installation."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

HEARTBEAT_KEY = "worker-heartbeat"
#: The scheduler asks for a beat every 20 seconds; four missed ones mean that background work stands still.
HEARTBEAT_MAX_AGE = timedelta(seconds=90)


def note_heartbeat() -> None:
    """A worker was here."""
    cache.set(HEARTBEAT_KEY, now().isoformat(), int(timedelta(days=1).total_seconds()))


class Unready(Exception):
    """Why the installation cannot work now, in words."""


def check_database() -> str:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "answers"


def check_redis() -> str:
    """Redis keeps what it is given."""
    key, value = f"ready-{uuid.uuid4()}", "kept"
    cache.set(key, value, 10)
    if cache.get(key) != value:
        raise Unready("Redis answers, but does not keep what it is given.")
    cache.delete(key)
    return "answers"


def check_worker() -> str:
    """A worker did something lately."""
    seen = cache.get(HEARTBEAT_KEY)
    if seen is None:
        raise Unready("No worker has been seen. Start the worker and the scheduler (beat).")
    age = now() - datetime.fromisoformat(seen)
    if age > HEARTBEAT_MAX_AGE:
        raise Unready(f"The last worker was seen {int(age.total_seconds())} seconds ago.")
    return f"seen {max(int(age.total_seconds()), 0)} seconds ago"


_migrated = False


def check_migrations() -> str:
    """Every migration of this code is applied. Looked up until it is true once: it stays so while the process lives."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in waiting[:5])
            raise Unready(f"{len(waiting)} migrations are not applied: {names}. Run `manage.py migrate`.")
        _migrated = True
    return "all applied"


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "redis": check_redis,
    "worker": check_worker,
    "migrations": check_migrations,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found, in words."""

    name: str
    ok: bool
    message: str


def outcomes() -> list[Outcome]:
    """Each thing that work needs, checked now."""
    return [_outcome(name, check) for name, check in CHECKS.items()]


def _outcome(name: str, check: Callable[[], str]) -> Outcome:
    try:
        return Outcome(name, True, check())
    except Unready as unready:
        return Outcome(name, False, str(unready))
    except Exception:
        # Whatever is broken is an answer too. The reason may name hosts and users: it goes to the log alone.
        logger.exception("The check %s failed", name)
        return Outcome(name, False, "Does not answer; the log says why.")


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up and answers; says nothing about what it needs."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Each thing that work needs, checked now; 503 where any is missing."""
    found = outcomes()
    ready = all(outcome.ok for outcome in found)
    checks = {outcome.name: {"ok": outcome.ok, "message": outcome.message} for outcome in found}
    return JsonResponse({"status": "ok" if ready else "unready", "checks": checks}, status=200 if ready else 503)
