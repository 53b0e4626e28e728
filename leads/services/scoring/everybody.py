"""A batch of leads, or everybody, in set-based statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from leads.domain.scoring import GroupKind, ScoreModel
from leads.models import ScoreModelVersion
from leads.querysets.score_sql import Which, scores_sql
from leads.selectors.scoring import parsed_model
from leads.services.scoring.model import hold_scores, hold_scoring, model_in_force

SPANS: Final = 8
"""Parts in which everybody's scores are computed, so that the workers of the database end at about the same time."""
STORED_AT_ONCE: Final = 20_000
"""Changed scores stored in one transaction."""
_RESCORING: Final = 8_361_204_918
"""Names the advisory lock of whoever scores everybody."""


@transaction.atomic
def score_batch(lead_ids: Sequence[int], now: datetime) -> int:
    """Scores a batch of leads that came in together, in set-based statements; returns how many scores changed.

    For imports: call it in the transaction that wrote the leads and their touchpoints, with up to some ten thousand
    ids. The result is that of `score_leads`. States are left to be rebuilt from the history when a lead is next looked
    at; the hourly sweep sees to those whose points decay. Qualification is left to `qualify_changed`.
    """
    ids = list(lead_ids)
    hold_scoring()
    version, model = model_in_force(now)
    hold_scores(ids)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_scorequeue WHERE lead_id = ANY (%s) AND occurred_at <= %s", [ids, now])
        cursor.execute("DELETE FROM leads_scorestate WHERE lead_id = ANY (%s)", [ids])
        return _store(cursor, scores_sql(model, now, Which(ids=ids)), version, now, differing="true")


def rescore_all(now: datetime) -> int:
    """Scores everybody at `now` after a change of model; returns how many scores changed.

    Computes in one pass, without holding anything, which scores differ from those stored; then stores those in order
    of ids, some at a time. A lead that was scored, or whose facts changed, in between keeps what it has: it was scored
    under the model in force, or waits to be. Does nothing more once another model is in force.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_RESCORING])
        try:
            return _rescore(cursor, now)
        finally:
            cursor.execute("DROP TABLE IF EXISTS score_to_store")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_RESCORING])


def _rescore(cursor: Any, now: datetime) -> int:
    with transaction.atomic():
        hold_scoring(alone=True)
        version, model = model_in_force(now)
        fit_stands = _fit_stands(version, model)
        # From here on every score tells its time, until everybody is scored.
        ScoreModelVersion.objects.filter(pk=version.pk).update(rescored_at=None)
        # Under another model every state is rebuilt from the history, so nothing needs to wait in the queue. First:
        # what commits after this statement keeps its place.
        cursor.execute(
            "DELETE FROM leads_scorequeue q WHERE q.occurred_at <= %s"
            " AND NOT EXISTS (SELECT 1 FROM leads_scorestate s WHERE s.lead_id = q.lead_id AND s.model_id = %s)",
            [now, version.pk],
        )
    changed = 0
    for part in _differing(cursor, model, now, fit_stands=fit_stands):
        changed += _store_part(cursor, part, version, now)
    # Unless another model came into force before the end.
    ScoreModelVersion.objects.filter(pk=version.pk, in_force_until=None).update(rescored_at=now)
    return changed


def _fit_stands(version: ScoreModelVersion, model: ScoreModel) -> bool:
    """Whether all scores stored come of the same rules of fit: by this version, or by it and the one before."""
    if version.rescored_at:
        return True
    earlier = ScoreModelVersion.objects.filter(number__lt=version.number).order_by("-number")
    before: ScoreModelVersion | None = earlier.first()
    if before is None or before.rescored_at is None:
        return False
    return parsed_model(before).groups_of(GroupKind.FIT) == model.groups_of(GroupKind.FIT)


def _differing(cursor: Any, model: ScoreModel, now: datetime, *, fit_stands: bool) -> list[tuple[int, int]]:
    """Puts the scores that differ from those stored into a table of this connection; returns it in spans of ids."""
    with transaction.atomic():
        cursor.execute("SELECT min(lead_id), max(lead_id) FROM leads_score")
        first, last = cursor.fetchone()
        if first is None:
            cursor.execute("CREATE TEMP TABLE score_to_store (lead_id bigint)")
            return []
        # A worker of the database takes a span after the other, each with its own leads and touchpoints, which it does
        # not share with others; companies are read once a span rather than looked up once a lead.
        cursor.execute(
            "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL enable_nestloop = off;"
            " SET LOCAL min_parallel_index_scan_size = '1TB'; SET LOCAL min_parallel_table_scan_size = '1TB';"
            " SET LOCAL work_mem = '64MB'"
        )
        step = (last - first) // SPANS + 1
        spans = [Which(start, start + step - 1) for start in range(first, last + 1, step)]
        scores = " UNION ALL ".join(
            f"SELECT * FROM ({found}) v WHERE differs OR scored_at IS NULL OR crowded"  # noqa: S608
            for found in (scores_sql(model, now, span, fit_stands=fit_stands, look_up=False) for span in spans)
        )
        cursor.execute(f"CREATE TEMP TABLE score_to_store AS {scores}")
        cursor.execute("SET LOCAL enable_nestloop = on")
        _look_up(cursor, model, now, fit_stands=fit_stands)
    cursor.execute("CREATE INDEX ON score_to_store (lead_id)")
    cursor.execute("ANALYZE score_to_store")
    cursor.execute(
        "SELECT min(lead_id), max(lead_id) FROM"
        " (SELECT lead_id, (row_number() OVER (ORDER BY lead_id) - 1) / %s AS part FROM score_to_store) p"
        " GROUP BY part ORDER BY part",
        [STORED_AT_ONCE],
    )
    parts: list[tuple[int, int]] = cursor.fetchall()
    return parts


def _look_up(cursor: Any, model: ScoreModel, now: datetime, *, fit_stands: bool) -> None:
    """Scores the few once more that the workers of the database have left."""
    cursor.execute("DELETE FROM score_to_store WHERE crowded RETURNING lead_id")
    ids = sorted(pk for (pk,) in cursor.fetchall())
    for start in range(0, len(ids), STORED_AT_ONCE):
        scores = scores_sql(model, now, Which(ids=ids[start : start + STORED_AT_ONCE]), fit_stands=fit_stands)
        cursor.execute(
            f"INSERT INTO score_to_store SELECT * FROM ({scores}) v WHERE differs OR scored_at IS NULL"  # noqa: S608
        )


@transaction.atomic
def _store_part(cursor: Any, part: tuple[int, int], version: ScoreModelVersion, now: datetime) -> int:
    hold_scoring()
    if model_in_force(now)[0] != version:
        return 0
    # Scores are looked up one after the other, which locks them in the order of their leads.
    cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    span = Which(*part).condition("lead_id")
    return _store(cursor, f"SELECT * FROM score_to_store WHERE {span} ORDER BY lead_id", version, now)  # noqa: S608


def _store(cursor: Any, scores: str, version: ScoreModelVersion, now: datetime, *, differing: str = "v.differs") -> int:
    """Stores the scores that a SELECT gives, with their history; returns how many changed.

    A lead that was scored in between is left as it is, and so is one that waits to be scored and was written
    meanwhile: it goes on waiting.
    """
    at = f"timestamptz '{now.isoformat()}'"
    cursor.execute(
        f"""
        WITH v AS MATERIALIZED ({scores}), stored AS (
            UPDATE leads_score s
            SET fit = v.fit, engagement = v.engagement, score = v.score, band = v.band, scored_at = {at}
            FROM v WHERE s.lead_id = v.lead_id AND (s.scored_at = v.scored_at AND {differing}
                OR s.scored_at IS NULL AND v.scored_at IS NULL AND s.ctid = v.place)
            RETURNING v.*
        ), history AS (
            INSERT INTO leads_scorechange (lead_id, model_id, occurred_at, fit, engagement, score, band)
            SELECT lead_id, {version.pk}, {at}, fit, engagement, score, band FROM stored WHERE differs
        )
        SELECT count(*) FROM stored WHERE differs
        """  # noqa: S608 - numbers and literals made here
    )
    changed: int = cursor.fetchone()[0]
    return changed
