"""Every lead has its score: the database sees to it, whoever writes the lead."""

from __future__ import annotations

import pytest
from django.db import connection

from leads import tasks
from leads.models import Lead, Score, ScoreChange, ScoreQueue, ScoreState, StageReached
from leads.selectors.leads import SORTS, LeadFilter, lead_list
from leads.services.scoring import reconcile_scores, score_leads
from leads.services.stages import LifecycleStage, advance_stage
from smarketing.accounts.models import User
from smarketing.web.paging import page_of
from tests.factories import NOW, make_company, make_lead, make_touchpoint

pytestmark = pytest.mark.django_db


def test_leads_written_past_the_models_have_a_score_that_waits() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_lead (email, first_name, last_name, phone, job_title, seniority, department, country,"
            " source, channel, landing_page, created_at, stage, stage_changed_at)"
            " SELECT n || '@x.example', '', '', '', '', '', '', '', '', 'unknown', '', now(), 'mql', now()"
            " FROM generate_series(1, 3) AS n"
        )
    rows = Score.objects.values_list("lead", "stage", "fit", "engagement", "score", "band", "scored_at")
    assert sorted(rows) == [
        (pk, "mql", 0, 0, 0, "C3", None) for pk in sorted(Lead.objects.values_list("pk", flat=True))
    ]


def test_a_score_that_is_there_first_stays() -> None:
    Score.objects.create(lead_id=77, stage="lead", score=5)
    assert make_lead(pk=77).score == 5


def test_the_score_follows_the_stage(admin: User) -> None:
    lead, other = make_lead(stage="lead"), make_lead(stage="lead")
    advance_stage(lead, LifecycleStage.MQL, actor=admin, now=NOW)
    assert dict(Score.objects.values_list("lead", "stage")) == {lead.pk: "mql", other.pk: "lead"}


UNTIED = (Score, ScoreState, ScoreQueue, ScoreChange, StageReached)


def somebody() -> Lead:
    """A lead with rows in each of the tables that no foreign key ties to it."""
    lead = make_lead(company=make_company(employees=500))
    touchpoint = make_touchpoint(lead)
    score_leads([lead.pk], NOW)
    make_touchpoint(lead)
    assert all(model.objects.filter(lead=lead).exists() for model in UNTIED)
    assert touchpoint.lead == lead
    return lead


def left_behind() -> set[str]:
    return {model.__name__ for model in UNTIED if model.objects.exists()}


def test_a_lead_that_goes_takes_along_what_no_foreign_key_ties_to_it() -> None:
    somebody().delete()
    assert left_behind() == set()
    lead = somebody()
    with connection.cursor() as cursor:
        for table in ("leads_stagetransition", "leads_touchpoint"):
            cursor.execute(f"DELETE FROM {table} WHERE lead_id = %s", [lead.pk])
        cursor.execute("DELETE FROM leads_lead WHERE id = %s", [lead.pk])
    assert left_behind() == set()


def test_when_all_leads_are_emptied_nothing_is_left_of_them() -> None:
    somebody()
    with connection.cursor() as cursor:
        # What waits for the end of the transaction must not.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE leads_lead CASCADE")
    assert left_behind() == set()
    somebody()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_lead, leads_score, leads_scorechange CASCADE")
    assert left_behind() == set()


def test_what_was_written_past_the_triggers_is_repaired_at_night(caplog: pytest.LogCaptureFixture) -> None:
    lead, other = somebody(), make_lead(stage="mql")
    assert reconcile_scores() == 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE leads_lead SET stage = 'sql' WHERE id = %s", [lead.pk])
        cursor.execute("DELETE FROM leads_score WHERE lead_id = %s", [other.pk])
        cursor.execute("INSERT INTO leads_stagereached (lead_id, stage, reached_at) VALUES (-1, 'lead', now())")
        cursor.execute("INSERT INTO leads_scorequeue (touchpoint_id, lead_id, occurred_at) VALUES (-1, -1, now())")
        cursor.execute(
            "INSERT INTO leads_score (lead_id, stage, fit, engagement, score, band) VALUES (-1, 'lead', 0, 0, 0, '')"
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert tasks.reconcile_scores() == 5
    assert "5 rows" in caplog.text
    assert dict(Score.objects.values_list("lead", "stage")) == {lead.pk: "sql", other.pk: "mql"}
    assert not StageReached.objects.filter(lead=-1).exists()
    assert [Lead.objects.get(pk=pk).scored_at for pk in (lead.pk, other.pk)] == [NOW, None]
    assert reconcile_scores() == 0


def test_a_lead_that_waits_and_changes_has_its_score_written_again() -> None:
    """By the place of the row whoever scores everybody sees that facts have changed meanwhile."""

    def place() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid::text FROM leads_score WHERE lead_id = %s", [lead.pk])
            return str(cursor.fetchone()[0])

    lead = make_lead(company=make_company(employees=5))
    before = place()
    Lead.objects.filter(pk=lead.pk).update(country="NO")
    assert place() != before
    before = place()
    Lead.objects.filter(pk=lead.pk).update(phone="1")
    assert place() == before


@pytest.mark.parametrize("order", ["-", ""])
@pytest.mark.parametrize("stages", [(), ("mql",)])
def test_the_list_by_score_is_read_from_an_index(admin: User, stages: tuple[str, ...], order: str) -> None:
    """However many leads there are, and however few of the stage: no step sorts them."""
    for number in range(8):
        make_lead(stage="mql" if number % 2 else "lead", score=number)
    found = lead_list(admin, LeadFilter(stages=stages), sort="score")
    column = order + SORTS["score"]
    rows = page_of(found, order=column).rows
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=bool(order))
    assert len(rows) == (4 if stages else 8)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = found.with_score().select_related(None).order_by(column, f"{order}id").values("pk")[:51].explain()
    assert "Sort" not in plan
    assert ("score_best_of_stage" if stages else "score_best") in plan
