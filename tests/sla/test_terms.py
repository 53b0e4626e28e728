"""A version that changes terms in mid-month: each clock and each day counts under its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from leads.models import Attempt
from meetings.selectors.facts import agenda_facts
from reporting.domain.periods import Period as WeekPeriod
from reporting.selectors.outlook import promised
from sla.models import AgreementVersion
from sla.selectors.board import Line, board, course
from sla.selectors.periods import month_of
from sla.services.agreements import bring_into_force, draft_version, sign_version
from sla.services.clocks import settle_handoff
from smarketing.accounts.models import Side, Team, User
from tests.factories import make_deal, make_handoff, make_lead
from tests.sla.factories import COMMITMENTS

pytestmark = pytest.mark.django_db

CHANGED_AT = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
MARCH = month_of(NOW.date(), "UTC")


@pytest.fixture
def two_versions(
    agreement: AgreementVersion, sales_team: Team, rep: User, marketing_manager: User, sales_manager: User
) -> AgreementVersion:
    """From 11 March a first attempt within 2 hours instead of 4, 30 qualified leads instead of 150; no feedback."""

    def answered(at: datetime, after: timedelta) -> None:
        made = make_handoff(
            make_lead(stage="mql", created_at=at, stage_changed_at=at), team=sales_team, created_at=at, owner=rep
        )
        settle_handoff(made.pk, now=at)
        Attempt.objects.create(
            handoff=made, lead=made.lead, kind="call", outcome="reached", occurred_at=at + after, by=rep
        )
        settle_handoff(made.pk, now=at + after)

    changed = [
        replace(
            each,
            allowed=timedelta(hours=2) if each.kind == "first_response" else each.allowed,
            target_count=30 if each.kind == "qualified_leads" else each.target_count,
            target_share=Decimal("0.5") if each.kind == "win_rate" else each.target_share,
        )
        for each in COMMITMENTS
        if each.kind != "feedback"
    ]
    for day in (3, 4):
        answered(datetime(2026, 3, day, 9, tzinfo=UTC), timedelta(hours=3))
    version = draft_version(
        agreement.agreement_id, parts={}, commitments=changed, ladder=(), actor=sales_manager, now=CHANGED_AT
    )
    sign_version(version.pk, side=Side.SALES, actor=sales_manager, now=CHANGED_AT)
    sign_version(version.pk, side=Side.MARKETING, actor=marketing_manager, now=CHANGED_AT)
    bring_into_force(version.pk, actor=sales_manager, now=CHANGED_AT)
    for day, hours in ((12, 1), (13, 3)):
        answered(datetime(2026, 3, day, 9, tzinfo=UTC), timedelta(hours=hours))
    for day in (10, 11):
        make_deal(stage="won", owner=rep, won_at=datetime(2026, 3, day, 9, tzinfo=UTC))
    return version


def _lines(user: User, kind: str) -> list[Line]:
    return board(user, MARCH, now=NOW).lines_of(kind)


def test_a_clock_is_judged_by_the_terms_under_which_it_started(
    two_versions: AgreementVersion, marketing_manager: User
) -> None:
    new, old = _lines(marketing_manager, "first_response")
    assert (new.sentence, new.hits, new.of) == ("First attempt within 2 working hours", 1, 2)
    assert new.term.part == "handed over since 11 Mar 12:00, version 2"
    assert (old.sentence, old.hits, old.of) == ("First attempt within 4 working hours", 2, 2)
    assert old.term.part == "handed over before 11 Mar 12:00, version 1"
    # By its key a meeting finds what the one before showed: of the same promise, not of what it became.
    assert [line.key for line in (new, old)] == ["first_response@2", "first_response"]


def test_a_promise_that_did_not_change_stays_one_line(two_versions: AgreementVersion, marketing_manager: User) -> None:
    (line,) = _lines(marketing_manager, "accept")
    assert (line.term.part, line.term.versions) == ("", (1, 2))


def test_a_volume_owes_its_share_of_the_month_in_each_version(
    two_versions: AgreementVersion, marketing_manager: User
) -> None:
    new, old = _lines(marketing_manager, "qualified_leads")
    # 22 working days in March 2026, seven before the 11th.
    assert (old.target, old.actual, old.term.part) == (pytest.approx(150 * 7 / 22), 2, "1–10 Mar, version 1")
    assert (new.target, new.actual, new.term.part) == (pytest.approx(30 * 15 / 22), 2, "11–31 Mar, version 2")
    assert str(old.pace.status) == "behind"
    found = board(marketing_manager, MARCH, now=NOW)
    assert found.target_of("qualified_leads") == pytest.approx((150 * 7 + 30 * 15) / 22)
    assert promised(found)["customers"] == 12
    days = course(marketing_manager, MARCH, now=NOW)
    assert days is not None
    assert (days.pace[9], days.pace[-1]) == (pytest.approx(150 * 7 / 22), pytest.approx(old.target + new.target))


def test_a_rate_is_measured_on_the_days_of_each_version(
    two_versions: AgreementVersion, marketing_manager: User
) -> None:
    new, old = _lines(marketing_manager, "win_rate")
    assert (new.target, new.hits, new.of, old.target, old.hits, old.of) == (0.5, 1, 1, 0.2, 1, 1)
    (won,) = _lines(marketing_manager, "customers_won")
    assert (won.actual, won.target) == (2, 12)


def test_what_is_no_longer_promised_is_shown_for_the_month_that_it_held_in(
    two_versions: AgreementVersion, marketing_manager: User
) -> None:
    (line,) = _lines(marketing_manager, "feedback")
    assert (line.of, line.term.part) == (0, "handed over before 11 Mar 12:00, version 1")
    assert board(marketing_manager, month_of(datetime(2026, 6, 1).date(), "UTC"), now=NOW).lines_of("feedback") == []


def test_every_number_of_every_part_opens_a_list_of_that_length(
    two_versions: AgreementVersion, marketing_manager: User, client: Client
) -> None:
    client.force_login(marketing_manager)
    numbers = []
    for line in board(marketing_manager, MARCH, now=NOW).lines:
        if line.tally is not None:
            numbers += [(line.urls["kept"], line.tally.kept), (line.urls["due"], line.tally.due)]
        elif line.is_volume:
            numbers.append((line.records, int(line.actual or 0)))
        else:
            numbers += [(line.urls["of"], line.of or 0), (line.urls["hits"], line.hits or 0)]
    with time_machine.travel(NOW, tick=False):
        assert [(url, client.get(url).context["count"]) for url, _ in numbers] == numbers


def test_page_and_api_tell_the_parts(two_versions: AgreementVersion, marketing_manager: User, client: Client) -> None:
    client.force_login(marketing_manager)
    with time_machine.travel(NOW, tick=False):
        page = client.get("/sla/").content.decode()
        given = client.get("/api/v1/sla/board/").json()
        old_kept = next(line for line in given["lines"] if line["versions"] == [1] and line["kind"] == "first_response")
        listed = client.get(f"/api/v1{old_kept['urls']['kept'].removeprefix('/sla')}").json()
        rows = client.get(old_kept["urls"]["kept"]).content.decode()
    assert "handed over before 11 Mar 12:00, version 1" in page
    assert "47.7 of 150 a month for these days" in page
    assert len(listed["results"]) == old_kept["kept"] == 2
    assert "First attempt within 4 working hours" in rows
    old = next(line for line in given["lines"] if line["versions"] == [1] and line["kind"] == "qualified_leads")
    assert (old["from_on"], old["to_on"], old["is_newest"]) == ("2026-03-01", "2026-03-10", False)


def test_the_agenda_names_each_part_once(two_versions: AgreementVersion, marketing_manager: User) -> None:
    week = WeekPeriod(datetime(2026, 3, 9, tzinfo=UTC).date(), datetime(2026, 3, 15, tzinfo=UTC).date(), "UTC")
    figures = [figure for topic in agenda_facts(marketing_manager, 0, week, now=NOW) for figure in topic.figures]
    names = [figure.metric for figure in figures]
    assert len(names) == len(set(names))
    notes = {figure.metric: figure.note for figure in figures}
    assert notes["sla:qualified_leads@2"] == "4 promised for 11–15 Mar, at 30 a month"
    assert notes["sla:qualified_leads"].startswith("14 promised for 9–10 Mar, at 150 a month")
    labels = [figure.label for figure in figures]
    assert len(labels) == len(set(labels))
    assert "Marketing: Qualified leads, version 2" in labels
