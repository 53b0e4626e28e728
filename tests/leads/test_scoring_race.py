"""Workers that score the same lead at once, each with a connection of its own."""

import threading
from datetime import timedelta

from django.db import connection, transaction

from leads.domain.scoring import Signals, Touch, default_model, score
from leads.models import Lead, ScoreModelVersion, ScoreState
from leads.selectors.scoring import attributes_of
from leads.services.leads import create_lead
from leads.services.scoring import model_in_force, rescore_all, score_leads
from tests.factories import NOW, make_lead, make_touchpoint, make_user
from tests.races import run_before


def test_score_leads_in_two_workers_at_once_counts_once(committed_db: None) -> None:
    lead = make_lead()
    for _ in range(4):
        make_touchpoint(lead, kind="page_view", occurred_at=NOW)
    model_in_force(NOW)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                score_leads([lead.pk], NOW)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        make_touchpoint(lead, kind="page_view", occurred_at=NOW)
    for thread in threads:
        thread.join()
    score_leads([lead.pk], NOW)
    assert failures == []
    assert ScoreState.objects.get(lead=lead).state["rules"]["page_view"]["n"] == 10
    lead.refresh_from_db()
    touches = [Touch("page_view", NOW)] * 10
    assert lead.score == score(Signals(attributes_of(lead), touches), default_model(), NOW).total


def test_nobody_waits_to_add_a_lead_while_everybody_is_scored(committed_db: None) -> None:
    admin = make_user(is_admin=True)
    model_in_force(NOW)
    holds, done = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                rescore_all(NOW)
                holds.set()
                done.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    holds.wait(10)
    try:
        meanwhile = create_lead({"email": "a@b.example", "job_title": "CEO"}, actor=admin, now=NOW)
    finally:
        done.set()
        thread.join()
    afterwards = create_lead({"email": "b@b.example", "job_title": "CEO"}, actor=admin, now=NOW)
    assert (meanwhile.scored_at, afterwards.scored_at) == (None, NOW)
    score_leads([meanwhile.pk], NOW)
    meanwhile.refresh_from_db()
    assert meanwhile.score == afterwards.score


def test_whoever_waits_for_a_change_of_a_lead_scores_what_it_is_afterwards(committed_db: None) -> None:
    """The lead is changed and not yet committed when scoring comes: it waits, and then reads the new attributes."""
    model_in_force(NOW)
    lead = make_lead(job_title="Student")
    score_leads([lead.pk], NOW)
    scored = threading.Event()

    def work() -> None:
        try:
            score_leads([lead.pk], NOW + timedelta(minutes=1))
        finally:
            scored.set()
            connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(job_title="Head of Grid", seniority="Head")
        thread.start()
        assert not scored.wait(0.5)
    thread.join()
    lead = Lead.objects.get(pk=lead.pk)
    assert lead.score == score(Signals(attributes_of(lead)), default_model(), NOW).total > 0
    assert lead.scored_at == NOW + timedelta(minutes=1)


def test_two_workers_that_score_first_agree_on_one_model(committed_db: None) -> None:
    with run_before("leads.services.scoring.model.default_model", lambda: model_in_force(NOW)) as rival:
        mine, _ = model_in_force(NOW)
    assert rival.result[0] == mine
    assert ScoreModelVersion.objects.count() == 1
