"""No change without its entry, no entry without its change; subscribers in the transaction or after it."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

import pytest
from django.db import transaction

from smarketing.accounts.models import Team
from smarketing.activity import bus
from smarketing.activity.bus import after_commit, in_transaction, publish, publish_many
from smarketing.activity.correlation import correlated, current
from smarketing.activity.events import REGISTRY, Event, as_json, sentence
from smarketing.activity.models import ActivityEntry
from smarketing.activity.selectors import audit_trail, entries_for_subject
from smarketing.celery import app
from tests.factories import NOW, ago, make_team


@pytest.fixture
def happened(monkeypatch):
    """An event of the tests' own that nothing else knows, and the lists of its subscribers emptied afterwards."""
    monkeypatch.setattr(bus, "_inside", bus._inside.copy())
    monkeypatch.setattr(bus, "_after", bus._after.copy())

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Happened(Event):
        """Something happened to a lead."""

        verb: ClassVar[str] = "tests.happened"
        subject_kind: ClassVar[str] = "thing"
        subject_field: ClassVar[str | None] = "thing_id"
        template: ClassVar[str] = "did {what}"
        thing_id: int
        what: str
        lead_id: int | None = None

    yield Happened
    del REGISTRY["tests.happened"]


@pytest.mark.django_db
def test_publish_records_who_did_what_when(happened, rep):
    with correlated() as one:
        publish(happened(thing_id=7, what="it", lead_id=42), actor=rep, at=ago(days=2))
    entry = ActivityEntry.objects.get()
    assert entry.correlation_id == one
    assert (entry.verb, entry.actor, entry.actor_label) == ("tests.happened", rep, "Sam Rep")
    assert (entry.subject_kind, entry.subject_id, entry.lead_id) == ("thing", 7, 42)
    assert entry.occurred_at == ago(days=2)
    assert entry.data == {"thing_id": 7, "what": "it", "lead_id": 42}
    assert entry.sentence == "did it"


@pytest.mark.django_db
def test_what_is_published_together_shares_an_id_even_outside_a_request(happened):
    publish_many([happened(thing_id=7, what="it"), happened(thing_id=8, what="it")], actor=None)
    publish(happened(thing_id=9, what="it"), actor=None)
    first, second, later = ActivityEntry.objects.order_by("id").values_list("correlation_id", flat=True)
    assert first == second != later


def test_a_task_run_has_one_id():
    @app.task(name="tests.correlated", shared=False)
    def run():
        return current(), current()

    try:
        assert [len({*run()}) for _ in range(2)] == [1, 1]
        assert run() != run()
        assert len({*run.apply().get()}) == 1, "as a worker runs it"
    finally:
        app.tasks.pop("tests.correlated")


@pytest.mark.django_db
def test_publish_by_nobody_is_by_the_system(happened):
    entry = publish(happened(thing_id=7, what="it"), actor=None)
    assert (entry.actor, entry.actor_label) == (None, "Smarketing")


@pytest.mark.django_db(transaction=True)
def test_publish_outside_a_transaction_is_refused(happened):
    with pytest.raises(RuntimeError, match="in the transaction"):
        publish(happened(thing_id=7, what="it"), actor=None)
    assert not ActivityEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_drops_the_entry_and_what_would_follow(happened):
    told = []
    after_commit(happened, told.append)

    def change():
        publish(happened(thing_id=7, what="it"), actor=None)
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="mind"):
        transaction.atomic(change)()
    assert not ActivityEntry.objects.exists()
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_an_inside_subscriber_that_fails_undoes_the_change(happened):
    def refuse(event):
        raise ValueError("no clock without a calendar")

    def change():
        make_team("East")
        publish(happened(thing_id=7, what="it"), actor=None)

    in_transaction(happened, refuse)
    with pytest.raises(ValueError, match="calendar"):
        transaction.atomic(change)()
    assert not ActivityEntry.objects.exists()
    assert not Team.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_after_commit_subscriber_that_fails_stops_neither_the_change_nor_the_others(happened, caplog):
    told = []

    def fail(event):
        raise ConnectionError("no broker")

    after_commit(happened, fail)
    after_commit(happened, told.append)
    with transaction.atomic():
        publish(happened(thing_id=7, what="it"), actor=None)
        assert told == []
    assert [event.thing_id for event in told] == [7]
    assert ActivityEntry.objects.count() == 1
    assert "no broker" in caplog.text


@pytest.mark.django_db
def test_subscribing_twice_is_subscribing_once(happened):
    told = []
    in_transaction(happened, told.append)
    in_transaction(happened, told.append)
    publish(happened(thing_id=7, what="it"), actor=None)
    assert len(told) == 1


@pytest.mark.django_db
def test_publish_many_is_one_statement(happened, django_assert_num_queries):
    told = []
    in_transaction(happened, told.append)
    events = [happened(thing_id=number, what="it") for number in range(50)]
    with django_assert_num_queries(1):
        publish_many(events, actor=None, at=NOW)
    assert ActivityEntry.objects.count() == 50
    assert [event.thing_id for event in told] == list(range(50))


@pytest.mark.django_db
def test_one_click_is_one_correlation(client):
    response = client.get("/account/login/")
    assert uuid.UUID(response.headers["X-Correlation-ID"])
    assert client.get("/account/login/").headers["X-Correlation-ID"] != response.headers["X-Correlation-ID"]


@pytest.mark.django_db
def test_entries_for_a_subject_newest_first(happened):
    publish(happened(thing_id=1, what="first", lead_id=42), actor=None, at=ago(days=2))
    publish(happened(thing_id=2, what="second", lead_id=42), actor=None, at=ago(days=1))
    publish(happened(thing_id=1, what="elsewhere", lead_id=43), actor=None, at=NOW)
    assert [entry.data["what"] for entry in entries_for_subject("thing", 1)] == ["elsewhere", "first"]


@pytest.mark.django_db
def test_audit_trail_is_for_admins(happened, admin, sales_manager, executive):
    publish(happened(thing_id=1, what="it"), actor=None, at=NOW)
    assert audit_trail(admin).count() == 1
    assert audit_trail(sales_manager).count() == audit_trail(executive).count() == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 3, 10, 9, tzinfo=UTC), "2026-03-10T09:00:00+00:00"),
        (date(2026, 3, 10), "2026-03-10"),
        (Decimal("10.10"), "10.10"),
        ({"a": (Decimal("1.0"), None)}, {"a": ["1.0", None]}),
        (True, True),
    ],
)
def test_facts_keep_their_value_as_json(value, expected):
    assert as_json(value) == expected


def test_sentence_of_an_unknown_or_older_event():
    assert sentence("leads.lead_moved", {}) == "leads: lead moved"
    assert sentence("people.user_invited", {"name": "Nina"}) == "invited Nina (…)"
