"""Workers that score the same lead at once, each with a connection of its own."""

import threading

from django.db import connection

from leads.domain.scoring import Signals, Touch, default_model, score
from leads.models import ScoreState
from leads.selectors.scoring import attributes_of
from leads.services.scoring import model_in_force, score_leads
from tests.factories import NOW, make_lead, make_touchpoint


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
