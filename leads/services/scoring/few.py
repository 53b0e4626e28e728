"""A few leads, as facts come in: from what is kept of their history, without reading it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from leads.domain.criteria import Attribute
from leads.domain.scoring import (
    EngagementState,
    FitRule,
    ScoreModel,
    Totals,
    Touch,
    absorb,
    totals_from_state,
)
from leads.models import Lead, Score, ScoreChange, ScoreModelVersion, ScoreQueue, Touchpoint
from leads.selectors.scoring import ATTRIBUTES, attributes_of
from leads.services.scoring.model import held_companies, hold_scoring, model_in_force

CHUNK: Final = 500
"""Leads scored in one transaction: long enough to be quick, short enough to wait for."""

_FIELDS: Final = [name.replace("__", ".") if "__" in name else f"lead.{name}" for name in ATTRIBUTES]
"""What fit rules look at, as fields of the criteria language; in `_KNOWN` they are columns as well."""


_NOT_YET: Final = Totals(0, 0, 0, "")


@dataclass(slots=True)
class _Draft:
    """One lead on its way to a score."""

    lead_id: int
    before: Totals
    waits: bool
    attributes: dict[str, Attribute]
    state: EngagementState
    stored: bool
    dirty: bool = False
    after: Totals = _NOT_YET
    next_change_at: datetime | None = None


Newcomer = tuple[Score, ScoreChange | None]
"""The score of a lead that nobody has seen before, and the row of history that goes with it."""


def score_newcomer(lead: Lead, now: datetime) -> Newcomer:
    """The score of a lead that is about to be written for the first time in the caller's transaction, not stored.

    It has no history yet, so that its attributes alone give points and nothing is read but the model and the company.
    With it comes the row of history to write after the lead; None where its score is that of a lead of whom nothing is
    known. While everybody is being scored anew, or the lead's company is being changed, nobody is kept waiting: the
    lead is left to the worker, with `scored_at` empty.
    """
    left = Score(stage=lead.stage), None
    if not hold_scoring(wait=False):
        return left
    version, model = model_in_force(now)
    fields = company_fields(model)
    if fields and lead.company:
        values = held_companies([lead.company.pk], fields).get(lead.company.pk)
        if values is None:
            return left
        for name, value in zip(fields, values, strict=True):
            setattr(lead.company, name, value)
    return newcomer_by(version, model, lead, now)


def company_fields(model: ScoreModel) -> list[str]:
    """The fields of companies that the fit rules of a model look at."""
    seen = {rule.when.field for group in model.groups for rule in group.rules if isinstance(rule, FitRule)}
    return sorted(name.removeprefix("company.") for name in seen if name.startswith("company."))


def newcomer_by(version: ScoreModelVersion, model: ScoreModel, lead: Lead, now: datetime) -> Newcomer:
    """The same by a model that is held already, of a lead whose company is."""
    made = Score(stage=lead.stage)
    before = _totals(made)
    found, _ = totals_from_state(EngagementState.empty(model), attributes_of(lead), model, now)
    made.fit, made.engagement, made.score, made.band = found
    made.scored_at = now
    if found == before:
        return made, None
    fit, engagement, total, band = found
    return made, ScoreChange(model=version, occurred_at=now, fit=fit, engagement=engagement, score=total, band=band)


def store_newcomer(lead: Lead, scored: Newcomer) -> None:
    """Stores what `score_newcomer` found of a lead that has been written since, in the same transaction."""
    score, change = scored
    score.lead = lead
    score.save(force_update=True)
    if change:
        change.lead = lead
        change.save(force_insert=True)


def _totals(row: Score) -> Totals:
    return Totals(row.fit, row.engagement, row.score, row.band)


@transaction.atomic
def score_leads(lead_ids: Sequence[int], now: datetime) -> int:
    """Scores these leads at `now` (aware) and returns how many scores changed.

    Reads only touchpoints that wait in the queue; the history only of a lead whose state is missing or of another
    model. A changed score gets a row of history. Running twice, or at once, gives the state of once.
    """
    hold_scoring()
    version, model = model_in_force(now)
    drafts = _drafts(lead_ids, version, model)
    _absorb_waiting({pk: draft for pk, draft in drafts.items() if draft.stored}, model, now)
    _absorb_history({pk: draft for pk, draft in drafts.items() if not draft.stored}, model, now)
    for draft in drafts.values():
        draft.after, draft.next_change_at = totals_from_state(draft.state, draft.attributes, model, now)
    _store_states(drafts, version, now)
    return _store_scores(drafts, version, now)


_LOCKED: Final = """
    SELECT lead_id, fit, engagement, score, band, scored_at IS NULL FROM leads_score
    WHERE lead_id = ANY (%s) ORDER BY lead_id FOR NO KEY UPDATE
"""
_KNOWN: Final = f"""
    SELECT lead.id, kept.state::text, {", ".join(_FIELDS)}
    FROM leads_lead AS lead LEFT JOIN leads_company AS company ON company.id = lead.company_id
    LEFT JOIN leads_scorestate AS kept ON kept.lead_id = lead.id AND kept.model_id = %s
    WHERE lead.id = ANY (%s)
"""  # noqa: S608 - constants


def _drafts(lead_ids: Sequence[int], version: ScoreModelVersion, model: ScoreModel) -> dict[int, _Draft]:
    """Locks the scores in the order of their leads, then reads what is known of these, without row objects.

    In two statements: what the second reads is at least as new as what the first has waited for. Whoever changes a
    lead afterwards waits for this transaction to mark the score.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [list(lead_ids)])
        locked = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_KNOWN, [version.pk, list(locked)])
        rows = cursor.fetchall()
    found = {}
    for pk, text, *values in rows:
        state = json.loads(text) if text else {}
        valid = state.get("model") == model.state_key
        kept = EngagementState.from_json(state) if valid else EngagementState.empty(model)
        *before, waits = locked[pk]
        found[pk] = _Draft(pk, Totals(*before), waits, dict(zip(_FIELDS, values, strict=True)), kept, valid)
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


def _store_states(drafts: Mapping[int, _Draft], version: ScoreModelVersion, now: datetime) -> None:
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
                [draft.next_change_at for draft in kept],
            ],
        )


def _store_scores(drafts: Mapping[int, _Draft], version: ScoreModelVersion, now: datetime) -> int:
    """Writes the scores that changed, with their history; returns how many.

    The time at which the same score was found again is kept beside the state, whose row is written anyway. Only while
    everybody is scored anew each score gets its time, because that is what those who do it go by.
    """
    every = version.rescored_at is None
    written = [draft for draft in drafts.values() if every or draft.waits or draft.after != draft.before]
    if not written:
        return 0
    differs = [draft.after != draft.before for draft in written]
    totals = [list(column) for column in zip(*(draft.after for draft in written), strict=True)]
    columns = [[draft.lead_id for draft in written], *totals, differs]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH v AS (
                SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::text[], %s::boolean[])
                    AS v (lead_id, fit, engagement, score, band, differs)
            ), history AS (
                INSERT INTO leads_scorechange (lead_id, model_id, occurred_at, fit, engagement, score, band)
                SELECT lead_id, %s, %s, fit, engagement, score, band FROM v WHERE differs
            )
            UPDATE leads_score s
            SET fit = v.fit, engagement = v.engagement, score = v.score, band = v.band, scored_at = %s
            FROM v WHERE s.lead_id = v.lead_id
            """,
            [*columns, version.pk, now, now],
        )
    return sum(differs)
