"""Whatever nobody asked for: leads that wait to be scored, and those whose points changed by the passing of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet

from leads.models import Lead, Score, ScoreQueue, ScoreState, Touchpoint
from leads.services.scoring.everybody import rescore_all, score_batch
from leads.services.scoring.few import CHUNK, score_leads
from leads.services.scoring.model import model_in_force

BATCH: Final = 2_000
"""More leads than this that wait to be scored are scored in set-based statements of as many."""
PATIENCE: Final = timedelta(minutes=10)
"""So long after a change of model the hourly sweep takes it that nobody is scoring everybody any more."""


def score_pending(now: datetime, *, limit: int = 20_000) -> Iterator[list[int]]:
    """Scores leads that were never scored, whose attributes changed, or that have touchpoints waiting.

    Whatever a lost message would have done. Yields the ids of each chunk once it is scored; at most `limit` leads of
    each kind a run.
    """
    unscored = Score.objects.filter(scored_at__isnull=True).order_by("lead_id").values_list("lead_id", flat=True)
    waiting = (
        ScoreQueue.objects.filter(occurred_at__lte=now).order_by("lead_id").values_list("lead_id", flat=True).distinct()
    )
    many = list(unscored[:limit])
    if len(many) > BATCH:
        for start in range(0, len(many), BATCH):
            score_batch(many[start : start + BATCH], now)
            yield many[start : start + BATCH]
    else:
        yield from _in_chunks(unscored, now, limit)
    yield from _in_chunks(waiting, now, limit)
    ScoreQueue.objects.filter(
        ~Exists(Touchpoint.objects.filter(pk=OuterRef("touchpoint_id"))), occurred_at__lte=now
    ).delete()


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
