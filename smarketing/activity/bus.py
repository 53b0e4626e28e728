"""The event bus: records an event in the append-only log and tells those who subscribed.

Subscribers run inside the transaction (`in_transaction`, to keep invariants) or after commit (`after_commit`, to
enqueue tasks). A rollback drops the entry and everything that would have followed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from smarketing.activity import correlation
from smarketing.activity.events import Event
from smarketing.activity.models import ActivityEntry

if TYPE_CHECKING:
    from smarketing.accounts.models import User

Handler = Callable[[Any], object]

_inside: dict[str, list[Handler]] = defaultdict(list)
_after: dict[str, list[Handler]] = defaultdict(list)

SYSTEM = "Smarketing"


def in_transaction(event: type[Event], handler: Handler) -> None:
    """Runs `handler(event)` in the transaction that publishes; an error there undoes the change."""
    if handler not in _inside[event.verb]:
        _inside[event.verb].append(handler)


def after_commit(event: type[Event], handler: Handler) -> None:
    """Runs `handler(event)` once the change is committed; for enqueuing tasks only."""
    if handler not in _after[event.verb]:
        _after[event.verb].append(handler)


_replaying: ContextVar[bool] = ContextVar("replaying", default=False)


@contextmanager
def replaying() -> Iterator[None]:
    """History is being told: facts and invariants are kept, but nobody is set to work after commit."""
    token = _replaying.set(True)
    try:
        yield
    finally:
        _replaying.reset(token)


def subscribers(event: type[Event]) -> tuple[Sequence[Handler], Sequence[Handler]]:
    """Those inside the transaction and those after commit."""
    return tuple(_inside[event.verb]), tuple(_after[event.verb])


def publish(event: Event, *, actor: User | None, at: datetime | None = None) -> ActivityEntry:
    """Records `event` as done by `actor` (None: the system) at `at` (default now) and tells its subscribers.

    Must be called inside a transaction: no change without its entry, no entry without its change.
    """
    _require_transaction()
    entry = _entry(event, actor, at or timezone.now(), correlation.current())
    entry.save(force_insert=True)
    _tell([event])
    return entry


def publish_many(events: Sequence[Event], *, actor: User | None, at: datetime | None = None) -> None:
    """`publish` for many events in one statement."""
    _require_transaction()
    if events:
        _record(events, actor, at or timezone.now())
        _tell(events)


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event must be published in the transaction that makes the change.")


def _tell(events: Sequence[Event]) -> None:
    for event in events:
        for handle in _inside[event.verb]:
            handle(event)
        for handle in () if _replaying.get() else _after[event.verb]:
            transaction.on_commit(_later(handle, event), robust=True)


RECORD = """
INSERT INTO activity_activityentry (occurred_at, verb, actor_id, actor_label, subject_kind, subject_id, lead_id, data,
    correlation_id)
SELECT %(at)s, given.verb, %(actor)s, %(label)s, given.subject_kind, given.subject_id, given.lead_id,
    given.facts::jsonb, %(correlation)s
FROM unnest(%(verbs)s::text[], %(kinds)s::text[], %(subjects)s::bigint[], %(leads)s::bigint[], %(facts)s::text[])
    AS given (verb, subject_kind, subject_id, lead_id, facts)
"""


def _record(events: Sequence[Event], actor: User | None, at: datetime) -> None:
    """The entries of many events, column by column: a sweep has thousands, and a row object of each costs more."""
    values: dict[str, Any] = {
        "at": at,
        "actor": actor.pk if actor else None,
        "label": actor.name if actor else SYSTEM,
        "correlation": str(correlation.current()),
        "verbs": [event.verb for event in events],
        "kinds": [event.subject_kind for event in events],
        "subjects": [event.subject_id for event in events],
        "leads": [getattr(event, "lead_id", None) for event in events],
        "facts": [json.dumps(event.facts()) for event in events],
    }
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(RECORD, values)


def _later(handle: Handler, event: Event) -> Callable[[], object]:
    """The call for after the commit. A function, not a partial: Django names it in the log where it fails."""

    def call() -> object:
        return handle(event)

    call.__qualname__ = f"{getattr(handle, '__qualname__', handle)} for {event.verb}"
    return call


def _entry(event: Event, actor: User | None, at: datetime, correlation_id: UUID) -> ActivityEntry:
    return ActivityEntry(
        occurred_at=at,
        verb=event.verb,
        actor=actor,
        actor_label=actor.name if actor else SYSTEM,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        lead_id=getattr(event, "lead_id", None),
        data=event.facts(),
        correlation_id=correlation_id,
    )
