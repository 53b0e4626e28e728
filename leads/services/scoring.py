"""Scoring leads: a few at a time as facts come in, a batch or everybody in set-based statements.

Locks: an advisory lock that scoring shares and a change of model takes alone, then the leads in the order of their
ids. A touchpoint counts exactly once: it leaves the queue in the transaction that stores the state which absorbed it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from leads.domain.criteria import Attribute
from leads.domain.scoring import (
    EngagementState,
    ModelError,
    ScoreModel,
    Totals,
    Touch,
    absorb,
    default_model,
    model_to_json,
    next_change_at,
    parse,
    totals_from_state,
)
from leads.events import ScoreModelInForce
from leads.models import Lead, ScoreChange, ScoreModelVersion, ScoreQueue, ScoreState, Touchpoint
from leads.permissions import can_draft_definitions
from leads.querysets.score_sql import Which, scores_sql
from leads.selectors.scoring import ATTRIBUTES, attributes_of, parsed_model, version_in_force
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Invalid

if TYPE_CHECKING:
    from smarketing.accounts.models import User

CHUNK: Final = 500
"""Leads scored in one transaction: long enough to be quick, short enough to wait for."""
BATCH: Final = 2_000
"""More leads than this that wait to be scored are scored in set-based statements of as many."""
SPANS: Final = 8
"""Parts in which everybody's scores are computed, so that the workers of the database end at about the same time."""
STORED_AT_ONCE: Final = 20_000
"""Changed scores stored in one transaction."""
PATIENCE: Final = timedelta(minutes=10)
"""So long after a change of model the hourly sweep takes it that nobody is scoring everybody any more."""
_LOCK: Final = 8_361_204_917
"""Names the advisory lock of scoring."""
_RESCORING: Final = 8_361_204_918
"""Names the advisory lock of whoever scores everybody."""


# -- the model -------------------------------------------------------------------------------------


def model_in_force(now: datetime) -> tuple[ScoreModelVersion, ScoreModel]:
    """The scoring model that counts; on first use the default model becomes version 1."""
    version = version_in_force()
    if version is None:
        model = default_model()
        try:
            with transaction.atomic():
                version = ScoreModelVersion.objects.create(
                    number=1 + ScoreModelVersion.objects.count(),
                    name=model.name,
                    content=model_to_json(model),
                    content_hash=model.content_hash,
                    created_at=now,
                    in_force_from=now,
                    rescored_at=now,
                )
        except IntegrityError:  # another worker was first
            version = ScoreModelVersion.objects.get(in_force_from__isnull=False, in_force_until__isnull=True)
    return version, parsed_model(version)


@transaction.atomic
def activate_model(content: Mapping[str, Any], *, actor: User, now: datetime) -> ScoreModelVersion:
    """Puts a new scoring model into force and ends the one before. The same model again changes nothing.

    `content`: a model as JSON (`leads.domain.scoring.parse`). Publishes ScoreModelInForce, upon which everybody is
    scored again. Raises NotAllowed, Invalid.
    """
    require(can_draft_definitions, actor)
    try:
        model = parse(content)
    except ModelError as error:
        raise Invalid(error.sentence, fields={error.path or "content": [error.sentence]}) from error
    _lock(alone=True)
    current = ScoreModelVersion.objects.select_for_update().filter(
        in_force_from__isnull=False, in_force_until__isnull=True
    )
    before: ScoreModelVersion | None = current.first()
    if before and before.content_hash == model.content_hash:
        return before
    current.update(in_force_until=now)
    last = ScoreModelVersion.objects.order_by("-number").first()
    made: ScoreModelVersion = ScoreModelVersion.objects.create(
        number=last.number + 1 if last else 1,
        name=model.name,
        content=model_to_json(model),
        content_hash=model.content_hash,
        created_by=actor,
        created_at=now,
        in_force_from=now,
    )
    publish(
        ScoreModelInForce(score_model_id=made.pk, number=made.number, content_hash=made.content_hash),
        actor=actor,
        at=now,
    )
    return made


# -- a few leads -----------------------------------------------------------------------------------


_FIELDS: Final = [name.replace("__", ".") if "__" in name else f"lead.{name}" for name in ATTRIBUTES]
"""What fit rules look at, as fields of the criteria language; in `_LOCKED` they are columns as well."""


@dataclass(slots=True)
class _Draft:
    """One lead on its way to a score."""

    lead_id: int
    attributes: dict[str, Attribute]
    state: EngagementState
    stored: bool
    dirty: bool = False


def score_newcomer(lead: Lead, now: datetime) -> ScoreChange | None:
    """Scores a lead that the caller is about to write for the first time, in the caller's transaction.

    It has no history yet, so that its attributes alone give points and nothing is read but the model. Returns the row
    of history to write after the lead; None where its score is that of a lead of whom nothing is known. While
    everybody is being scored anew nobody is kept waiting: the lead is left to the worker, with `scored_at` empty.
    """
    if not _lock(wait=False):
        return None
    version, model = model_in_force(now)
    before = (lead.fit, lead.engagement, lead.score, lead.band)
    found = totals_from_state(EngagementState.empty(model), attributes_of(lead), model, now)
    lead.fit, lead.engagement, lead.score, lead.band = found
    lead.scored_at = now
    if found == before:
        return None
    fit, engagement, total, band = found
    return ScoreChange(model=version, occurred_at=now, fit=fit, engagement=engagement, score=total, band=band)


@transaction.atomic
def score_leads(lead_ids: Sequence[int], now: datetime) -> int:
    """Scores these leads at `now` (aware) and returns how many scores changed.

    Reads only touchpoints that wait in the queue; the history only of a lead whose state is missing or of another
    model. A changed score gets a row of history. Running twice, or at once, gives the state of once.
    """
    _lock()
    version, model = model_in_force(now)
    drafts = _drafts(lead_ids, version, model)
    _absorb_waiting({pk: draft for pk, draft in drafts.items() if draft.stored}, model, now)
    _absorb_history({pk: draft for pk, draft in drafts.items() if not draft.stored}, model, now)
    scores = {pk: totals_from_state(draft.state, draft.attributes, model, now) for pk, draft in drafts.items()}
    _store_states(drafts, version, model, now)
    return _store_scores(scores, version, now)


_LOCKED: Final = f"""
    SELECT lead.id, {", ".join(_FIELDS)}
    FROM leads_lead AS lead LEFT JOIN leads_company AS company ON company.id = lead.company_id
    WHERE lead.id = ANY (%s) ORDER BY lead.id FOR NO KEY UPDATE OF lead
"""  # noqa: S608 - constants


def _drafts(lead_ids: Sequence[int], version: ScoreModelVersion, model: ScoreModel) -> dict[int, _Draft]:
    """Locks the leads in the order of their ids and reads what is known of them, without a row object of each."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [list(lead_ids)])
        rows = cursor.fetchall()
    ids = [row[0] for row in rows]
    states = dict(ScoreState.objects.filter(lead__in=ids, model=version).values_list("lead_id", "state"))
    found = {}
    for pk, *values in rows:
        state = states.get(pk) or {}
        valid = state.get("model") == model.state_key
        kept = EngagementState.from_json(state) if valid else EngagementState.empty(model)
        found[pk] = _Draft(pk, dict(zip(_FIELDS, values, strict=True)), kept, valid)
    return found


def _absorb_waiting(drafts: Mapping[int, _Draft], model: ScoreModel, now: datetime) -> None:
    if not drafts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM leads_scorequeue q USING leads_touchpoint t"
            " WHERE t.id = q.touchpoint_id AND q.lead_id = ANY (%s) AND q.occurred_at <= %s"
            " RETURNING t.lead_id, t.kind, t.occurred_at, t.content_id, t.campaign_id",
            [list(drafts), now],
        )
        _absorb(drafts, cursor.fetchall(), model)


def _absorb_history(drafts: Mapping[int, _Draft], model: ScoreModel, now: datetime) -> None:
    if not drafts:
        return
    rows = list(
        Touchpoint.objects.filter(lead__in=list(drafts), occurred_at__lte=now)
        .order_by()
        .values_list("id", "lead_id", "kind", "occurred_at", "content_id", "campaign_id")
    )
    if rows:
        # Exactly those that were seen: what committed meanwhile keeps its place.
        ScoreQueue.objects.filter(pk__in=[row[0] for row in rows]).delete()
        _absorb(drafts, [row[1:] for row in rows], model)


def _absorb(drafts: Mapping[int, _Draft], rows: Sequence[tuple[Any, ...]], model: ScoreModel) -> None:
    touches: dict[int, list[Touch]] = {}
    for lead_id, kind, at, content, campaign in rows:
        touches.setdefault(lead_id, []).append(Touch(kind, at, content, campaign))
    for lead_id, found in touches.items():
        draft = drafts[lead_id]
        draft.state = absorb(draft.state, found, model)
        draft.dirty = True


def _store_states(drafts: Mapping[int, _Draft], version: ScoreModelVersion, model: ScoreModel, now: datetime) -> None:
    """Keeps the states of leads that ever did something; a lead that did nothing needs none."""
    kept = [draft for draft in drafts.values() if draft.stored or draft.dirty]
    if not kept:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_scorestate (lead_id, model_id, state, scored_at, next_change_at)"
            " SELECT v.lead_id, %s, v.state::jsonb, %s, v.at"
            " FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS v (lead_id, state, at)"
            " ON CONFLICT (lead_id) DO UPDATE"
            " SET model_id = excluded.model_id, state = excluded.state, scored_at = excluded.scored_at,"
            " next_change_at = excluded.next_change_at",
            [
                version.pk,
                now,
                [draft.lead_id for draft in kept],
                [json.dumps(draft.state.to_json()) for draft in kept],
                [next_change_at(draft.state, model, now) for draft in kept],
            ],
        )


def _store_scores(scores: Mapping[int, Totals], version: ScoreModelVersion, now: datetime) -> int:
    """Writes the scores that changed, with their history; returns how many.

    A row of a lead is dear to write: the time at which the same score was found again is kept beside the state. Only
    while everybody is scored anew each lead gets its time, because that is what those who do it go by.
    """
    if not scores:
        return 0
    columns = [list(scores), *(list(column) for column in zip(*scores.values(), strict=True))]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH v AS (
                SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::text[])
                    AS v (lead_id, fit, engagement, score, band)
            ), {_HISTORY}, stored AS (
                UPDATE leads_lead l SET fit = v.fit, engagement = v.engagement, score = v.score, band = v.band,
                    scored_at = %s
                FROM v WHERE l.id = v.lead_id AND (%s OR l.scored_at IS NULL OR {_DIFFERS})
            )
            SELECT count(*) FROM history
            """,  # noqa: S608 - constants
            [*columns, version.pk, now, now, version.rescored_at is None],
        )
        changed: int = cursor.fetchone()[0]
    return changed


_DIFFERS: Final = "(l.fit, l.engagement, l.score, l.band) IS DISTINCT FROM (v.fit, v.engagement, v.score, v.band)"
_HISTORY: Final = f"""
    history AS (
        INSERT INTO leads_scorechange (lead_id, model_id, occurred_at, fit, engagement, score, band)
        SELECT v.lead_id, %s, %s, v.fit, v.engagement, v.score, v.band
        FROM v JOIN leads_lead l ON l.id = v.lead_id WHERE {_DIFFERS}
        RETURNING 1
    )
"""  # noqa: S608 - constants


# -- a batch, or everybody -------------------------------------------------------------------------


@transaction.atomic
def score_batch(lead_ids: Sequence[int], now: datetime) -> int:
    """Scores a batch of leads that came in together, in set-based statements; returns how many scores changed.

    For imports: call it in the transaction that wrote the leads and their touchpoints, with up to some ten thousand
    ids. The result is that of `score_leads`. States are left to be rebuilt from the history when a lead is next looked
    at; the hourly sweep sees to those whose points decay. Qualification is left to `qualify_changed`.
    """
    ids = list(lead_ids)
    _lock()
    version, model = model_in_force(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM leads_lead WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE", [ids])
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
        _lock(alone=True)
        version, model = model_in_force(now)
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
    for part in _differing(cursor, model, now):
        changed += _store_part(cursor, part, version, now)
        # What the part left beside the index for text search goes into it at once, which is cheaper than bit by bit.
        cursor.execute("SELECT gin_clean_pending_list(to_regclass('lead_search'))")
    ScoreModelVersion.objects.filter(pk=version.pk).update(rescored_at=now)
    return changed


def _differing(cursor: Any, model: ScoreModel, now: datetime) -> list[tuple[int, int]]:
    """Puts the scores that differ from those stored into a table of this connection; returns it in spans of ids."""
    with transaction.atomic():
        cursor.execute("SELECT min(id), max(id) FROM leads_lead")
        first, last = cursor.fetchone()
        if first is None:
            cursor.execute("CREATE TEMP TABLE score_to_store (lead_id bigint)")
            return []
        # A worker of the database takes a span after the other, each with its own leads and touchpoints; companies are
        # read once a span rather than looked up once a lead.
        cursor.execute(
            "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL enable_nestloop = off;"
            " SET LOCAL work_mem = '64MB'"
        )
        step = (last - first) // SPANS + 1
        spans = [Which(start, start + step - 1) for start in range(first, last + 1, step)]
        scores = " UNION ALL ".join(
            f"SELECT * FROM ({scores_sql(model, now, span)}) v WHERE differs OR scored_at IS NULL"  # noqa: S608
            for span in spans
        )
        cursor.execute(f"CREATE TEMP TABLE score_to_store AS {scores}")
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


@transaction.atomic
def _store_part(cursor: Any, part: tuple[int, int], version: ScoreModelVersion, now: datetime) -> int:
    _lock()
    if model_in_force(now)[0] != version:
        return 0
    # Leads are looked up one after the other, which locks them in the order of their ids.
    cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'")
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
            UPDATE leads_lead l
            SET fit = v.fit, engagement = v.engagement, score = v.score, band = v.band, scored_at = {at}
            FROM v WHERE l.id = v.lead_id AND (l.scored_at = v.scored_at AND {differing}
                OR l.scored_at IS NULL AND v.scored_at IS NULL AND l.ctid = v.place)
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


# -- sweeps ----------------------------------------------------------------------------------------


def score_pending(now: datetime, *, limit: int = 20_000) -> Iterator[list[int]]:
    """Scores leads that were never scored, whose attributes changed, or that have touchpoints waiting.

    Whatever a lost message would have done. Yields the ids of each chunk once it is scored; at most `limit` leads of
    each kind a run.
    """
    unscored = Lead.objects.filter(scored_at__isnull=True).order_by("pk").values_list("pk", flat=True)
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


def _lock(*, alone: bool = False, wait: bool = True) -> bool:
    """Takes the lock of scoring until the transaction ends; without `wait`, says whether it was to be had."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_xact_lock{'' if alone else '_shared'}(%s)", [_LOCK])
        return wait or bool(cursor.fetchone()[0])
