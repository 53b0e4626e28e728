"""What a week tells on the agenda about the promises of both sides."""

from decimal import Decimal

import pytest

from meetings.selectors.facts import agenda_facts, figures_by_metric, period_of
from meetings.services.meetings import open_meeting, plan_next_meeting
from sla.services.sweep import sweep
from smarketing.web.wording import money_words
from tests.factories import NOW, ago, make_deal, make_handoff, make_lead, make_reason
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


def test_promises_are_frozen_with_their_records(
    organisation, admin, marketing_manager, sales_manager, rep, sales_team, series, login
):
    make_calendar(admin)
    make_agreement(marketing_manager, sales_manager)
    qualified = make_lead(created_at=ago(days=4), stage="mql")
    late = start_clocks(make_handoff(team=sales_team, created_at=ago(days=5), owner=rep))
    reason = make_reason(code="too-small", label="Too small")
    decided = {"team": sales_team, "created_at": ago(days=4), "decided_at": ago(days=3), "decided_by": rep}
    accepted = make_handoff(**decided, status="accepted", owner=rep)
    make_handoff(**decided, status="rejected", rejection_reason=reason)
    make_deal(name="Alpha", amount=Decimal("12400"), stage="won", won_at=ago(days=2), owner=rep)
    make_deal(name="Beta", amount=Decimal(5), stage="lost", lost_at=ago(days=2), lost_reason="Price", owner=rep)
    sweep(now=NOW)
    planned = plan_next_meeting(series.pk, actor=marketing_manager, now=NOW)
    held = open_meeting(planned.pk, actor=marketing_manager, now=NOW)
    frozen = {row.metric: row for row in held.evidence.filter(metric__startswith="sla:")}

    def told(metric: str) -> dict[str, str]:
        return {row["label"]: row["note"].rsplit(" · ", 1)[0] for row in frozen[metric].facts["rows"]}

    assert told("sla:qualified_leads")[qualified.label] == "delivered"
    assert told("sla:accepted_share").keys() >= {accepted.lead.label}
    assert sorted(told("sla:accepted_share").values()) == ["accepted", "rejected: Too small"]
    assert told("sla:win_rate") == {"Alpha": "won", "Beta": "lost: Price"}
    assert told("sla:customers_won") == {"Alpha": "won"}
    assert told("sla:first_response") == {late.lead.label: "Sam Rep, not done, late"}
    for row in frozen.values():
        number = row.value if row.unit == "count" else Decimal(row.facts["note"].rsplit(" of ", 1)[1])
        assert row.facts["row_count"] == len(row.facts["rows"]) == number, row.metric
    page = login(sales_manager).get(frozen["sla:win_rate"].get_absolute_url()).content.decode()
    assert "Alpha" in page
    won = held.evidence.get(metric="deals_won").facts["rows"][0]
    assert won["note"] == money_words(12400)


def test_a_long_list_is_counted_in_full_and_told_in_part(
    organisation, admin, marketing_manager, sales_manager, series, login, monkeypatch
):
    make_calendar(admin)
    make_agreement(marketing_manager, sales_manager)
    for _ in range(3):
        make_lead(created_at=ago(days=4), stage="mql")
    monkeypatch.setattr("meetings.selectors.facts.ROWS", 2)
    told = agenda_facts(marketing_manager, series.pk, period_of(NOW), now=NOW)
    figure = figures_by_metric(told)["sla:qualified_leads"]
    assert (figure.facts["row_count"], len(figure.facts["rows"])) == (3, 2)
    planned = plan_next_meeting(series.pk, actor=marketing_manager, now=NOW)
    held = open_meeting(planned.pk, actor=marketing_manager, now=NOW)
    address = held.evidence.get(metric="sla:qualified_leads").get_absolute_url()
    page = login(marketing_manager).get(address).content.decode()
    assert "The first 2 are kept by name, all 3 are counted." in page
