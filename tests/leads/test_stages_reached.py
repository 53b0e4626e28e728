"""What the database keeps of transitions equals what the transitions say, in whatever order they come."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection

from leads.domain.lifecycle import FUNNEL, RANK, LifecycleStage
from leads.models import Lead, StageReached, StageTransition
from leads.selectors.leads import LeadFilter, lead_list
from smarketing.accounts.models import User
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db


def kept() -> set[tuple[object, ...]]:
    return set(StageReached.objects.values_list("lead_id", "stage", "reached_at", "below_definition"))


def said() -> set[tuple[object, ...]]:
    """The first instant at which each lead had a transition to a stage or to a later one."""
    found = set()
    for lead in Lead.objects.all():
        moves = [
            (RANK.get(LifecycleStage(move.to_stage)), move.occurred_at, move.below_definition)
            for move in lead.transitions.all()
        ]
        for stage in FUNNEL:
            times = [(at, below) for rank, at, below in moves if rank is not None and rank >= RANK[stage]]
            if times:
                at, below = min(times)
                found.add((lead.pk, stage.value, at, below and stage == "mql"))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_stages_reached_follow_transitions_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        StageTransition(
            lead=lead,
            to_stage=stage,
            occurred_at=NOW - timedelta(minutes=chance.randrange(10_000)),
            below_definition=stage == "mql" and chance.random() < 0.6,
        )
        for lead in [make_lead() for _ in range(5)]
        for stage in chance.sample(list(LifecycleStage), 5)
    ]
    chance.shuffle(rows)
    StageTransition.objects.bulk_create(rows[:10])
    for row in rows[10:20]:
        row.save()
    StageTransition.objects.bulk_create(rows[20:])
    assert kept() == said()
    StageTransition.objects.filter(pk__in=[row.pk for row in rows[::3]]).delete()
    assert kept() == said()
    assert kept()


def test_stages_reached_follow_many_first_moves_at_once_also_where_some_are_not_the_first() -> None:
    """A file's moves go in at once; that leads are new is taken on trust only as far as the key bears it out."""
    leads = [make_lead() for _ in range(60)]
    StageTransition.objects.all().delete()

    def first_moves(days: int) -> list[StageTransition]:
        at = NOW - timedelta(days=days)
        return [
            StageTransition(lead=lead, from_stage=before, to_stage=after, occurred_at=at + timedelta(hours=rank))
            for lead in leads
            for rank, (before, after) in enumerate([("", "lead"), ("lead", "mql")])
        ]

    StageTransition.objects.bulk_create(first_moves(9))
    assert kept() == said()
    assert len(kept()) == 3 * len(leads)
    StageTransition.objects.bulk_create(first_moves(20))
    assert kept() == said()
    StageTransition.objects.bulk_create(first_moves(3))
    assert kept() == said()
    assert {at for _, stage, at, _ in kept() if stage == "lead"} == {NOW - timedelta(days=20)}


@pytest.mark.parametrize("stage", ["recycled", "disqualified"])
def test_who_left_the_funnel_is_found_in_an_index(admin: User, stage: str) -> None:
    for number in range(4):
        make_lead(stage=stage if number % 2 else "lead")
    found = lead_list(admin, LeadFilter(reached=stage, reached_from=NOW - timedelta(days=999)))
    assert [lead.stage for lead in found] == [stage, stage]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "transition_beside_funnel" in found.values("pk").explain()
