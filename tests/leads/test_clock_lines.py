"""What the inbox knows of clocks when nobody, or somebody, tells it."""

import pytest
from django.db.models import F

from leads.models import Handoff
from leads.selectors import clock_lines as subject
from leads.selectors.clock_lines import ClockLine, clock_lines, register_clock_source, with_next_due
from tests.factories import NOW, make_handoff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_source(monkeypatch):
    monkeypatch.setattr(subject, "_source", None)
    monkeypatch.setattr(subject, "_next_due", None)


def test_clock_lines_without_a_source_are_empty(sales_team):
    handoff = make_handoff(team=sales_team)
    assert clock_lines([handoff.pk]) == {handoff.pk: []}
    assert with_next_due(Handoff.objects.all()).get().next_due_at is None


def test_clock_lines_come_from_the_registered_source(sales_team):
    handoff, other = make_handoff(team=sales_team), make_handoff(team=sales_team)
    line = ClockLine("First response", NOW, "running", ("arrived Sat 14:00",))
    asked = []
    register_clock_source(
        lambda ids: asked.append(list(ids)) or {handoff.pk: [line]}, next_due_expression=lambda: F("created_at")
    )
    assert clock_lines([handoff.pk, other.pk]) == {handoff.pk: [line], other.pk: []}
    assert asked == [[handoff.pk, other.pk]]
    assert with_next_due(Handoff.objects.all()).first().next_due_at == handoff.created_at


def test_clock_lines_of_no_handoffs_ask_nobody():
    register_clock_source(lambda ids: pytest.fail("asked for nothing"))
    assert clock_lines([]) == {}
