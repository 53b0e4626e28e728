"""Two batches of leads at a time: the state is that of one after the other, whatever happens to one of them."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Event, Thread
from time import monotonic, sleep

import pytest
from django.db import IntegrityError, connection, transaction

from leads.models import Campaign, Company, ImportReject, ImportRun, Lead, StageReached, StageTransition
from leads.services.importing import Choices, cancel_run, create_run, execute_run, execution, leads, start_run
from leads.services.importing.batches import new_ids
from leads.services.importing.lanes import ALONE, Overtaken, Turn, written_side_by_side
from leads.services.scoring import model_in_force, score_leads
from smarketing.accounts.models import Organisation, Side, User
from smarketing.activity.models import ActivityEntry
from tests.factories import make_lead, make_team, make_user
from tests.races import run_before

pytestmark = pytest.mark.usefixtures("committed_db")

MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small_batches(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(execution, "FIRST", 4)
    monkeypatch.setattr(execution, "BATCH", 16)
    monkeypatch.setattr(execution, "PATIENCE", "100ms")


@pytest.fixture
def actor() -> User:
    Organisation.objects.create(name="Fjord", timezone="Europe/Oslo", currency="EUR")
    return make_user(team=make_team(side=Side.MARKETING))


def tangled(rows: int) -> str:
    """A file whose batches name the same people, companies and campaigns all the time, and are partly wrong."""
    draw = random.Random(7)
    lines = ["external id,e-mail,first name,company,company domain,campaign,MQL date"]
    for number in range(rows):
        who = number if number % 5 else draw.randrange(rows)
        company = draw.randrange(1 + number // 3)
        lines.append(
            ",".join(
                (
                    draw.choice(("", f"id-{who}")),
                    draw.choice((f"p{who}@b.example", f"P{who}@B.example", "wrong" if number % 20 == 7 else "")),
                    f"First{number}",
                    draw.choice(("", f"Company {company}", f"COMPANY {company}")),
                    draw.choice(("", f"c{company}.example")),
                    draw.choice((f"Campaign {company}", f"campaign {company}")),
                    draw.choice(("", "2026-03-01")),
                )
            )
        )
    return "\n".join(lines) + "\n"


def queued(actor: User, text: str, known: str = "complete") -> ImportRun:
    run = create_run("leads", filename="f.csv", chunks=[text.encode()], actor=actor, now=MOMENT)
    return start_run(run.pk, run.mapping, {}, Choices(known=known), actor=actor, now=MOMENT)


def state(run: ImportRun) -> list[object]:
    """All that an import leaves behind, without the ids that are handed out."""
    run.refresh_from_db()
    leads = Lead.objects.order_by("external_id", "email").values_list(
        *(
            "external_id",
            "email",
            "first_name",
            "company__name",
            "company__domain",
            "campaign__name",
            "stage",
            "current_score__score",
        )
    )
    moves = StageTransition.objects.order_by("lead__external_id", "lead__email", "to_stage", "occurred_at")
    return [
        (run.state, run.rows_read, run.rows_created, run.rows_updated, run.rows_unchanged, run.rows_rejected),
        list(leads),
        list(moves.values_list("lead__external_id", "lead__email", "from_stage", "to_stage", "occurred_at", "imputed")),
        sorted(Company.objects.values_list("name", "domain"), key=str),
        sorted(Campaign.objects.values_list("name", flat=True)),
        list(ImportReject.objects.values_list("row_number", "cells", "reasons")),
        StageReached.objects.count(),
    ]


def one_after_the_other(actor: User, text: str) -> list[object]:
    """The state that the same file leaves when no two batches are written at a time; it is undone."""
    with transaction.atomic():
        run = queued(actor, text)
        execute_run(run.pk, clock=lambda: MOMENT)
        found = state(run)
        transaction.set_rollback(True)
    return found


def test_the_state_is_that_of_one_batch_after_the_other(actor: User) -> None:
    text = tangled(300)
    expected = one_after_the_other(actor, text)
    run = queued(actor, text)
    seen: list[int] = []
    assert (
        execute_run(run.pk, clock=lambda: MOMENT, on_batch=lambda stands: seen.append(stands.rows_read)).rows_read
        == 300
    )
    assert state(run) == expected
    assert seen == sorted(seen)
    assert seen[-1] == 300
    assert sum(last - first + 1 for first, last in run.created_ids) == run.rows_created == Lead.objects.count()
    names = [name.lower() for name in Company.objects.filter(domain=None).values_list("name", flat=True)]
    assert len(names) == len(set(names)) > 10


def test_a_batch_that_collides_goes_in_by_itself_and_the_next_one_too(
    actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tangled(200)
    expected = one_after_the_other(actor, text)
    failed: list[int] = []
    load = leads.load

    def collide(rows, context, outcome):
        load(rows, context, outcome)
        if context.turn is not ALONE and len(failed) < 3:
            failed.append(rows[0].number)
            raise IntegrityError

    monkeypatch.setitem(execution.LOADERS, "leads", collide)
    run = queued(actor, text)
    execute_run(run.pk, clock=lambda: MOMENT)
    assert state(run) == expected
    assert len(failed) == 3


def test_a_run_that_dies_between_two_batches_goes_on_where_it_stands(actor: User) -> None:
    text = tangled(200)
    expected = one_after_the_other(actor, text)
    run = queued(actor, text)

    class Killed(BaseException):
        pass

    def die(stands: ImportRun) -> None:
        if stands.rows_read > 60:
            raise Killed

    with pytest.raises(Killed):
        execute_run(run.pk, clock=lambda: MOMENT, on_batch=die)
    run.refresh_from_db()
    assert 60 < run.rows_read < 200
    assert execute_run(run.pk, clock=lambda: MOMENT).rows_read == 200
    # Other batches than at first: of two ways of writing a company the first in its batch names it.
    found = state(run)
    assert found[0] == expected[0]
    assert [lead[:3] for lead in found[1]] == [lead[:3] for lead in expected[1]]
    assert found[2] == expected[2]


def test_a_run_that_is_cancelled_keeps_whole_batches_only(actor: User) -> None:
    text = "email\n" + "".join(f"p{n}@b.example\n" for n in range(200))
    run = queued(actor, text)

    asked: list[int] = []

    def cancel(stands: ImportRun) -> None:
        # The batch that was being committed may be in too, so that this is called once more.
        if stands.rows_read >= 60 and not asked:
            asked.append(stands.rows_read)
            cancel_run(run.pk, actor=actor, now=MOMENT)

    assert execute_run(run.pk, on_batch=cancel).state == "cancelled"
    run.refresh_from_db()
    assert run.rows_read == run.rows_created == Lead.objects.count() < 200
    assert not ActivityEntry.objects.filter(verb="leads.import_finished", data__state="done").exists()


def test_whoever_holds_a_lead_keeps_the_import_waiting_but_not_for_ever(actor: User) -> None:
    text = "email,first name\n" + "".join(f"p{n}@b.example,Ida\n" for n in range(40))
    run = queued(actor, text)
    execute_run(run.pk)
    held = Lead.objects.get(email="p30@b.example")
    again = queued(actor, text.replace("Ida", "Eva"), "replace")
    worker = Thread(target=lambda: (execute_run(again.pk), connection.close()))
    with transaction.atomic():
        Lead.objects.lock(held.pk)
        worker.start()
        worker.join(1)
        assert worker.is_alive()
    worker.join(20)
    again.refresh_from_db()
    assert (again.state, again.rows_updated) == ("done", 40)


def test_no_connection_outlives_the_run(actor: User) -> None:
    def connections() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    gc.collect()
    before = connections()
    run = queued(actor, tangled(100))
    gc.disable()  # what is closed only because nobody holds it any more is closed by chance
    try:
        execute_run(run.pk, clock=lambda: MOMENT)
        deadline = monotonic() + 2
        while connections() > before and monotonic() < deadline:
            sleep(0.02)
        assert connections() == before
    finally:
        gc.enable()


def test_one_batch_that_is_written_again_does_not_make_all_that_follow_be_written_twice() -> None:
    ended = {number: Event() for number in range(12)}
    again: list[int] = []

    def write(number: int, turn: Turn) -> int:
        if turn is ALONE:
            again.append(number)
            ended[number + 1].wait(0.2)  # whatever is written beside this is done first
            return number
        try:
            if number == 3:
                raise IntegrityError
            turn.wait()
            return number
        finally:
            ended[number].set()

    assert list(written_side_by_side(iter(range(11)), lambda _, before: Turn(before=before), write)) == [*range(11)]
    assert again in ([3], [3, 4])


def test_where_reading_fails_the_batches_before_go_in() -> None:
    def batches() -> Iterator[int]:
        yield from (1, 2, 3)
        raise ValueError("torn")

    written = written_side_by_side(batches(), lambda _, before: Turn(before=before), lambda batch, turn: batch)
    assert [next(written) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ValueError, match="torn"):
        next(written)


def test_a_batch_waits_for_the_one_before_only_where_it_has_to() -> None:
    first = Turn(["anna"], ["acme"])
    second = Turn(["ben"], ["acme"], first)
    second.wait_for_people()
    assert not second.waited_for(["zeta"])
    first.end(went_in=True)
    assert second.waited_for(["acme"])
    assert not second.waited_for(["acme"])
    third = Turn(["ben"], [], second)
    second.end(went_in=False)
    with pytest.raises(Overtaken):
        third.wait_for_people()


def test_scores_of_leads_that_a_file_completes_are_locked_in_one_order(
    actor: User, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make_lead(email="a@b.example"), make_lead(email="b@b.example")
    model_in_force(MOMENT)
    run = queued(actor, "email,first name,MQL date\na@b.example,,2026-03-01\nb@b.example,Eva,\n")
    both = [first.pk, second.pk]
    with run_before("leads.services.importing.leads.add_to_histories", lambda: score_leads(both, MOMENT)) as scoring:
        assert execute_run(run.pk, clock=lambda: MOMENT).state == "done"
    assert scoring.result is not None, "it was chosen to end a deadlock"
    assert "collided" not in caplog.text


def test_ids_that_two_batches_take_at_a_time_follow_each_other() -> None:
    """Else, where one of them is written again with other ids, what a run has added is thousands of spans."""
    both, taken = Barrier(2), []

    def take() -> None:
        connection.ensure_connection()
        for _ in range(5):
            both.wait()
            taken.append(new_ids("leads_lead", 10_000))
        connection.close()

    lanes = [Thread(target=take) for _ in range(2)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    assert [ids[-1] - ids[0] for ids in taken] == [9_999] * 10
