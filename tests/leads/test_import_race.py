"""An import beside others who write the same records, each on a connection of its own."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from leads.models import ImportRun, Lead
from leads.services.deals import win_deal
from leads.services.importing import create_run, execute_run, start_run
from leads.services.importing.execution import TRIES
from leads.services.scoring import hold_scores, model_in_force
from smarketing.accounts.models import Organisation, Side, User
from tests.factories import make_deal, make_lead, make_team, make_user
from tests.races import Rival, run_before

pytestmark = pytest.mark.usefixtures("committed_db")

MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def actor(committed_db: None, tmp_path: Path, settings: Any) -> User:
    settings.MEDIA_ROOT = tmp_path / "media"
    Organisation.objects.create(name="Fjord", timezone="Europe/Oslo", currency="EUR")
    model_in_force(MOMENT)
    return make_user(team=make_team(side=Side.MARKETING))


def queued(actor: User, text: str, kind: str = "leads") -> ImportRun:
    run = create_run(kind, filename="f.csv", chunks=[text.encode()], actor=actor, now=MOMENT)
    return start_run(run.pk, run.mapping, {}, actor=actor, now=MOMENT)


def like_qualification(ids: list[int]) -> str:
    """Locks leads, then their scores, as qualification and every import do."""
    with transaction.atomic():
        list(Lead.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))
        hold_scores(ids)
    return "held"


LEADS = "external id,e-mail,job title\nx,,CEO\nx,b@b.example,Nobody\n"
DEALS = """deal id,lead id,lead e-mail,stage,won at
d1,x,,won,2026-03-02
d1,x,,won,2026-03-02
d1,,b@b.example,won,2026-03-01
"""
TOUCHPOINTS = """id,lead id,lead e-mail,kind,occurred at
t1,x,,chat,2026-03-02
t1,,b@b.example,chat,2026-03-02
"""


@pytest.mark.parametrize(
    ("kind", "text", "moment"),
    [
        ("leads", LEADS, "leads.services.importing.leads.update_rows"),
        ("deals", DEALS, "leads.services.importing.histories.update_rows"),
        ("touchpoints", TOUCHPOINTS, "leads.services.importing.touchpoints.copy_columns"),
    ],
    ids=["leads", "deals", "touchpoints"],
)
def test_passes_of_a_batch_lock_in_the_order_in_which_everybody_does(
    actor: User, kind: str, text: str, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The later pass names the lead that comes first: somebody who locks both waits, and nobody has to begin again."""
    first, second = make_lead(email="b@b.example"), make_lead(external_id="x")
    run = queued(actor, text, kind)
    caplog.set_level(logging.WARNING, "leads")
    with run_before(moment, lambda: like_qualification([first.pk, second.pk])) as rival:
        assert execute_run(run.pk).state == "done"
    assert rival.result == "held"
    assert "collided" not in caplog.text


@pytest.mark.parametrize("reads", ["leads_named", "known_deals"])
def test_a_deal_is_closed_while_a_file_brings_it(actor: User, reads: str, caplog: pytest.LogCaptureFixture) -> None:
    """Who works on a deal locks its lead first, and so does the batch."""
    seller = make_user(team=make_team(side=Side.SALES), manager=True)
    lead = make_lead(external_id="x")
    deal = make_deal(lead=lead, external_id="d1", owner=seller, opened_at=MOMENT)
    run = queued(actor, "deal id,lead id,deal name\nd1,x,Turbines\n", "deals")
    caplog.set_level(logging.WARNING, "leads")
    with run_before(
        f"leads.services.importing.deals.{reads}", lambda: win_deal(deal.pk, actor=seller, now=MOMENT)
    ) as rival:
        assert execute_run(run.pk).state == "done"
    assert rival.result == deal
    assert "collided" not in caplog.text


def test_two_who_bring_the_same_new_people_in_opposite_orders_both_succeed(
    actor: User, caplog: pytest.LogCaptureFixture
) -> None:
    """The database ends the batch; what it had written is undone, and written again beside what the other wrote."""
    run = queued(actor, "e-mail,first name\na@b.example,Ada\nb@b.example,Bo\nc@b.example,Cleo\n")
    rival = Rival(lambda: execute_run(run.pk))
    caplog.set_level(logging.WARNING, "leads")
    other = connections["default"]
    with transaction.atomic():
        with other.cursor() as cursor:
            # It is the batch that finds out.
            cursor.execute("SET LOCAL deadlock_timeout = '1h'")
        make_lead(email="b@b.example", first_name="")
        rival.start()
        make_lead(email="a@b.example", first_name="")
    rival.finish()
    run.refresh_from_db()
    # Once more where the other one has not committed when it is written again.
    assert 1 <= caplog.text.count("collided") < TRIES
    counted = (run.state, run.rows_read, run.rows_created, run.rows_updated, run.rows_rejected)
    assert counted == ("done", 3, 1, 2, 0)
    assert dict(Lead.objects.values_list("email", "first_name")) == {
        "a@b.example": "Ada",
        "b@b.example": "Bo",
        "c@b.example": "Cleo",
    }
