"""What a week tells on the agenda about the promises of both sides."""

import pytest

from meetings.selectors.facts import agenda_facts, figures_by_metric, period_of
from sla.services.sweep import sweep
from tests.factories import NOW, ago, make_handoff
from tests.sla.factories import make_agreement, make_calendar, start_clocks

pytestmark = pytest.mark.django_db


def test_promises_and_late_attempts_are_told(
    organisation, admin, marketing_manager, sales_manager, rep, sales_team, series
):
    make_calendar(admin)
    make_agreement(marketing_manager, sales_manager)
    start_clocks(make_handoff(team=sales_team, created_at=ago(days=5), owner=rep))
    sweep(now=NOW)
    topics = agenda_facts(marketing_manager, series.pk, period_of(NOW), now=NOW)
    assert [topic.kind for topic in topics] == ["sla", "late", "actions", "story"]
    figures = figures_by_metric(topics)
    assert (figures["sla:first_response"].value, figures["sla:first_response"].note) == (0, "90% promised, 0 of 1")
    assert figures["late_first_attempts"].value == 1 == len(figures["late_first_attempts"].rows)
    assert figures["late_first_attempts"].records.startswith("/sla/clocks/?")
