"""Whatever nobody asked for: leads that wait to be scored, and those whose points changed by the passing of time.

Nightly, what the database keeps in step by triggers is held against the leads once more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from leads.models import CompanyChange, Lead, Score, ScoreQueue, ScoreState, Touchpoint
from leads.services.scoring.everybody import rescore_all, score_batch
from leads.services.scoring.few import CHUNK, score_leads
from leads.services.scoring.model import hold_scores, model_in_force

log = logging.getLogger(__name__)

BATCH: Final = 2_000
"""More leads than this that wait to be scored are scored in set-based statements of as many."""
COMPANIES: Final = 500
"""Changes of companies whose leads are scored together."""
PATIENCE: Final = timedelta(minutes=10)
"""So long after a change of model the hourly sweep takes it that nobody is scoring everybody any more."""


def score_pending(now: datetime, *, limit: int = 20_000) -> Iterator[list[int]]:
    """Scores leads that were never scored, whose or whose company's attributes changed, or with touchpoints waiting.

    Whatever a lost message would have done. Yields the ids of each chunk once it is scored; about `limit` leads of
    each kind a run.
    """
    yield from _of_changed_companies(now, limit)
    unscored = Score.objects.filter(scored_at__isnull=True).order_by("lead_id").values_list("lead_id", flat=True)
    waiting = (
        ScoreQueue.objects.filter(occurred_at__lte=now).order_by("lead_id").values_list("lead_id", flat=True).distinct()
    )
    yield from _few_or_many(list(unscored[:limit]), now)
    yield from _in_chunks(waiting, now, limit)
    ScoreQueue.objects.filter(
        ~Exists(Touchpoint.objects.filter(pk=OuterRef("touchpoint_id"))), occurred_at__lte=now
    ).delete()


def _of_changed_companies(now: datetime, limit: int) -> Iterator[list[int]]:
    """Scores the leads of companies that have changed, and only then forgets the change.

    A change is seen here once it is committed. So whoever is in a company by now is scored by its new facts; who comes
    to it later is as well, and who was coming when it changed had to be in before it could (`held_companies`), or
    waits to be scored (the database sees to that where a lead moves).
    """
    scored = 0
    while scored < limit and (changes := list(CompanyChange.objects.order_by("pk")[:COMPANIES])):
        companies = {change.company_id for change in changes}
        found = list(Lead.objects.filter(company__in=companies).order_by("pk").values_list("pk", flat=True))
        yield from _few_or_many(found, now)
        scored += len(found)
        CompanyChange.objects.filter(pk__in=[change.pk for change in changes]).delete()


def _few_or_many(ids: list[int], now: datetime) -> Iterator[list[int]]:
    at_once, score = (BATCH, score_batch) if len(ids) > BATCH else (CHUNK, score_leads)
    for start in range(0, len(ids), at_once):
        chunk = ids[start : start + at_once]
        score(chunk, now)
        yield chunk


def rescore_stale(now: datetime, *, limit: int = 50_000) -> Iterator[list[int]]:
    """Scores leads whose points changed by the passing of time, and rebuilds missing states. Yields ids as scored.

    Before that everybody, where the task that a change of model asks for got lost or was cut short.
    """
    version, _ = model_in_force(now)
    if version.rescored_at is None and version.in_force_from and version.in_force_from <= now - PATIENCE:
        rescore_all(now)
    due = (
        ScoreState.objects.filter(next_change_at__lte=now).order_by("next_change_at").values_list("lead_id", flat=True)
    )
    yield from _in_chunks(due, now, limit)
    stateless = (
        Lead.objects.filter(
            ~Exists(ScoreState.objects.filter(lead=OuterRef("pk"), model=version).exclude(state={})),
            Exists(Touchpoint.objects.filter(lead=OuterRef("pk"), occurred_at__lte=now)),
        )
        .order_by(F("pk").desc())
        .values_list("pk", flat=True)
    )
    yield from _in_chunks(stateless, now, limit)


def _in_chunks(ids: QuerySet[Any, Any], now: datetime, limit: int) -> Iterator[list[int]]:
    found = list(ids[:limit])
    for start in range(0, len(found), CHUNK):
        chunk = found[start : start + CHUNK]
        score_leads(chunk, now)
        yield chunk


_ORPHANS: Final = ("leads_score", "leads_scorestate", "leads_scorequeue", "leads_scorechange", "leads_stagereached")
"""Tables of what belongs to a lead without a foreign key that would see to it."""


@transaction.atomic
def reconcile_scores() -> int:
    """Repairs what triggers keep instead of foreign keys; returns how many rows were not as they must be.

    Every lead has a score, of its own stage; nothing is kept of a lead that is gone. Whatever is found here says that
    somebody has written past the triggers, as a restored copy of a single table does.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_score (lead_id, stage, fit, engagement, score, band)"
            " SELECT l.id, l.stage, 0, 0, 0, 'C3' FROM leads_lead l"
            " WHERE NOT EXISTS (SELECT 1 FROM leads_score s WHERE s.lead_id = l.id) ON CONFLICT (lead_id) DO NOTHING"
        )
        wrong: int = cursor.rowcount
        for table in _ORPHANS:
            cursor.execute(
                f"DELETE FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM leads_lead l WHERE l.id = t.lead_id)"  # noqa: S608 - constants
            )
            wrong += cursor.rowcount
        differing = "FROM leads_lead l WHERE l.id = s.lead_id AND l.stage <> s.stage"
        cursor.execute(f"SELECT s.lead_id FROM leads_score s WHERE EXISTS (SELECT 1 {differing})")  # noqa: S608
        ids = [pk for (pk,) in cursor.fetchall()]
        # Once the scores are locked, what is read of their leads is as new as they are.
        hold_scores(ids)
        cursor.execute(
            f"UPDATE leads_score s SET stage = l.stage {differing} AND s.lead_id = ANY (%s)",  # noqa: S608
            [ids],
        )
        wrong += cursor.rowcount
    if wrong:
        log.warning("scores: %s rows did not agree with the leads and were repaired", wrong)
    return wrong
