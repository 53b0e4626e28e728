"""The log cannot be edited: the database refuses, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from smarketing.activity.bus import publish
from smarketing.activity.models import ActivityEntry
from smarketing.people.events import UserJoined
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(rep):
    return publish(UserJoined(user_id=rep.pk, name=rep.name), actor=rep, at=NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda: ActivityEntry.objects.update(actor_label="Somebody else"),
        lambda: ActivityEntry.objects.all().delete(),
        lambda: ActivityEntry.objects.get().delete(),
        lambda: _sql("UPDATE activity_activityentry SET data = '{}'"),
        lambda: _sql("DELETE FROM activity_activityentry"),
        lambda: _sql(
            "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL smarketing.allow_truncate = off; TRUNCATE activity_activityentry"
        ),
    ],
    ids=["update", "delete", "delete one", "sql update", "sql delete", "truncate"],
)
def test_entries_are_neither_edited_nor_deleted(entry, change):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change()
    assert ActivityEntry.objects.get().actor_label == "Sam Rep"


def test_save_of_an_entry_is_refused(entry):
    entry.verb = "people.user_invited"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        entry.save()


def test_erasure_of_a_persons_data_may_anonymise_but_not_delete(entry):
    with transaction.atomic():
        _sql("SET LOCAL smarketing.erasure = on")
        ActivityEntry.objects.update(data={"name": "Erased"})
    assert ActivityEntry.objects.get().data == {"name": "Erased"}
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        _sql("SET LOCAL smarketing.erasure = on; DELETE FROM activity_activityentry")


def _sql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)
