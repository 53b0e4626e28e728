"""A company's facts change while its leads are scored, come and move, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from leads.domain.scoring import Signals, default_model, score
from leads.models import Company, Lead
from leads.selectors.scoring import attributes_of, explain_score
from leads.services.importing import create_run, execute_run, start_run
from leads.services.leads import create_lead, update_lead
from leads.services.scoring import model_in_force, score_leads, score_pending
from smarketing.accounts.models import Organisation, Side, User
from tests.factories import NOW, make_company, make_lead, make_team, make_user
from tests.races import Rival, run_before

pytestmark = pytest.mark.usefixtures("committed_db")

LATER = NOW + timedelta(minutes=1)
DOMAIN = "fjord.example"


@pytest.fixture(autouse=True)
def _model(committed_db: None) -> None:
    model_in_force(NOW)


@pytest.fixture
def actor() -> User:
    Organisation.objects.create(name="Fjord", timezone="Europe/Oslo", currency="EUR")
    return make_user(is_admin=True, team=make_team(side=Side.MARKETING))


def grow(company: Company, employees: int = 500) -> None:
    """Changes what the company's leads are worth."""
    Company.objects.filter(pk=company.pk).update(employees=employees)


def assert_scores_are_right() -> None:
    """Once the sweep has run, every lead scores what its facts are worth now."""
    for _ in score_pending(LATER):
        pass
    for lead in Lead.objects.with_score():
        assert lead.scored_at is not None
        assert lead.score == score(Signals(attributes_of(lead)), default_model(), LATER).total


def test_companies_change_in_any_order_beside_scoring(committed_db: None) -> None:
    """Scoring takes leads in their order; whoever changes companies takes these in an order of their own."""
    large, small = make_company(employees=5), make_company(employees=5)
    first, second = make_lead(company=small), make_lead(company=large)
    ids = [first.pk, second.pk]
    score_leads(ids, NOW)
    rival = Rival(lambda: score_leads(ids, LATER))
    with transaction.atomic():
        grow(large)
        rival.start()
        grow(small)
    rival.finish()
    assert rival.result == 0, "what is not committed does not count yet"
    assert_scores_are_right()
    assert Lead.objects.get(pk=first.pk).score > 0


def test_a_company_changes_while_its_leads_move_and_are_scored(committed_db: None, actor: User) -> None:
    """Many rounds without an order: nobody is refused, and at the end every score is right."""
    companies = [make_company(employees=5, domain=f"c{number}.example") for number in range(3)]
    leads = [make_lead(company=companies[number % 3]) for number in range(6)]
    ids = [lead.pk for lead in leads]
    failures: list[BaseException] = []

    def worker(act: Callable[[int], Any]) -> threading.Thread:
        def run() -> None:
            try:
                for number in range(25):
                    act(number)
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        return threading.Thread(target=run)

    def edit(number: int) -> None:
        with transaction.atomic():
            for company in companies if number % 2 else reversed(companies):
                grow(company, 5 + 100 * (number % 7))

    def move(number: int) -> None:
        to = companies[number % 3].domain
        update_lead(ids[(7 * number) % 6], {"company_domain": to}, actor=actor, now=NOW)

    threads = [
        worker(edit),
        worker(move),
        worker(lambda number: score_leads(ids, NOW + timedelta(seconds=number))),
        worker(lambda number: sum(map(len, score_pending(NOW + timedelta(seconds=number))))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert_scores_are_right()


def test_a_lead_comes_to_a_company_that_is_being_changed(committed_db: None, actor: User) -> None:
    """Nobody waits: who comes is scored once the company stands."""
    company = make_company(employees=5, domain=DOMAIN)
    rival = Rival(lambda: create_lead({"email": "a@b.example", "company_domain": DOMAIN}, actor=actor, now=NOW))
    with transaction.atomic():
        grow(company)
        rival.start()
        assert rival.result is not None, "the newcomer waits for the company"
    rival.finish()
    assert_scores_are_right()
    assert Lead.objects.get().score > 0


def test_a_file_brings_leads_of_a_company_that_is_being_changed(
    committed_db: None, actor: User, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    moving = make_company(employees=5, domain=DOMAIN)
    make_company(employees=5, domain="still.example")
    text = "e-mail,company domain\na@b.example,fjord.example\nb@b.example,still.example\nc@b.example,\n"
    run = create_run("leads", filename="f.csv", chunks=[text.encode()], actor=actor, now=NOW)
    start_run(run.pk, run.mapping, {}, actor=actor, now=NOW)
    rival = Rival(lambda: execute_run(run.pk).state)
    with transaction.atomic():
        grow(moving)
        rival.start()
        rival.finish()
    assert rival.result == "done"
    assert list(Lead.objects.filter(current_score__scored_at=None).values_list("email", flat=True)) == ["a@b.example"]
    assert_scores_are_right()


def test_a_company_changes_while_a_lead_comes_to_it(committed_db: None, actor: User) -> None:
    """The facts that the newcomer was scored by stand until it is in; the change finds it then."""
    company = make_company(employees=5, domain=DOMAIN)
    with run_before("leads.services.leads.store_newcomer", lambda: grow(company)):
        lead = create_lead({"email": "a@b.example", "company_domain": DOMAIN}, actor=actor, now=NOW)
    assert lead.scored_at == NOW
    assert_scores_are_right()
    assert Lead.objects.get().score > 0


def test_a_lead_moves_to_a_company_that_is_being_changed_and_is_scored_before_that_is_done(
    committed_db: None, actor: User
) -> None:
    company = make_company(employees=5, domain=DOMAIN)
    lead = make_lead(company=make_company(employees=5))
    score_leads([lead.pk], NOW)

    def move() -> None:
        update_lead(lead.pk, {"company_domain": DOMAIN}, actor=actor, now=NOW)
        score_leads([lead.pk], NOW)

    rival = Rival(move)
    with transaction.atomic():
        grow(company)
        rival.start()
        rival.finish()
        assert Lead.objects.get(pk=lead.pk).scored_at == NOW
    assert explain_score(Lead.objects.get(pk=lead.pk), NOW).behind
    assert_scores_are_right()
    assert not explain_score(Lead.objects.get(pk=lead.pk), LATER).behind
