"""What can come of an attempt is held by the database too, and what was recorded before is put right."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from leads.domain.handoffs import OUTCOMES_OF, outcome_fits
from leads.models import Attempt
from tests.factories import make_handoff

pytestmark = pytest.mark.django_db
migration = import_module("leads.migrations.0016_attempt_outcomes")

EVERY_PAIR = [(kind, outcome) for kind in Attempt.Kind.values for outcome in Attempt.Outcome.values]


@pytest.fixture
def record(rep, sales_team):
    handoff = make_handoff(team=sales_team, owner=rep)

    def of(kind: str, outcome: str, note: str = "") -> Attempt:
        values = {"handoff": handoff, "lead": handoff.lead, "by": rep, "occurred_at": handoff.created_at}
        return Attempt.objects.create(kind=kind, outcome=outcome, note=note, **values)

    return of


@pytest.mark.parametrize(("kind", "outcome"), EVERY_PAIR)
def test_the_database_holds_what_the_rule_says(kind, outcome, record):
    if outcome_fits(kind, outcome):
        record(kind, outcome)
        return
    with pytest.raises(IntegrityError, match="attempt_outcome_fits_kind"), transaction.atomic():
        record(kind, outcome)


def test_the_migration_knows_every_pair():
    assert {kind: sorted(fitting) for kind, fitting in OUTCOMES_OF.items()} == migration.FITTING
    mended = {(kind, outcome): nearest for kind, outcome, _, nearest in migration.MENDED}
    assert sorted(mended) == sorted(pair for pair in EVERY_PAIR if not outcome_fits(*pair))
    assert all(outcome_fits(kind, nearest) for (kind, _), nearest in mended.items())


def test_the_migration_goes_over_what_was_recorded_before(record):
    constraint = next(each for each in Attempt._meta.constraints if each.name == "attempt_outcome_fits_kind")
    with connection.schema_editor(atomic=False) as editor:
        editor.remove_constraint(Attempt, constraint)
    for kind, outcome in EVERY_PAIR:
        record(kind, outcome, note="Tried." if outcome == "held" else "")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the rows are there already, as they are for a migration
    migration.mend(apps, SimpleNamespace(connection=connection))
    with connection.schema_editor(atomic=False) as editor:
        editor.add_constraint(Attempt, constraint)
    assert Attempt.objects.count() == len(EVERY_PAIR)
    assert Attempt.objects.get(kind="call", note__contains="Held").note == "Tried.\n(Recorded as: Held.)"
    assert Attempt.objects.filter(note__contains="Recorded as").count() == len(migration.MENDED)
