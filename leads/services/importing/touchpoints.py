"""Loads touchpoints: each once, by its id or by what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from leads.domain.channels import Channel
from leads.models import Touchpoint
from leads.services.importing.batches import Context, NumberedRow, Outcome, copy_columns, fact_id, in_passes
from leads.services.importing.references import campaigns_named, contents_named, lead_of, leads_named


def load(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of touchpoints."""
    parts = in_passes(rows, lambda row: [fact_id(row.parsed.identity)])
    if len(parts) > 1:
        leads_named(rows)  # locked all at once: one order, whatever the passes are
    for part in parts:
        _load_distinct(part, context, outcome)


def _load_distinct(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    leads = leads_named(rows)
    known = set(
        Touchpoint.objects.filter(external_id__in=[fact_id(row.parsed.identity) for row in rows]).values_list(
            "external_id", flat=True
        )
    )
    accepted = [(row, lead) for row in rows if (lead := lead_of(row, leads, outcome))]
    fresh = [(row, lead) for row, lead in accepted if fact_id(row.parsed.identity) not in known]
    outcome.unchanged += len(accepted) - len(fresh)
    campaigns = campaigns_named([row for row, _ in fresh], context, outcome)
    contents = contents_named([row for row, _ in fresh], context, outcome)
    if fresh:
        values = [row.parsed.values for row, _ in fresh]
        columns: dict[str, list[Any]] = {
            "lead_id": [lead.pk for _, lead in fresh],
            "kind": [value.get("kind") or Touchpoint.Kind.OTHER for value in values],
            "occurred_at": [value["occurred_at"] for value in values],
            "channel": [value.get("channel") or Channel.UNKNOWN for value in values],
            "campaign_id": [campaigns.get(value.get("campaign") or "") for value in values],
            "content_id": [contents.get(value.get("content") or "") for value in values],
            "external_id": [fact_id(row.parsed.identity) for row, _ in fresh],
        }
        columns |= {name: [value.get(name) or "" for value in values] for name in ("source", "url", "note")}
        copy_columns("leads_touchpoint", columns)
        outcome.lead_ids.update(columns["lead_id"])
        _note_last_touch(sorted(outcome.lead_ids))
    outcome.created += len(fresh)


def _note_last_touch(lead_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_lead l SET last_touch_at = t.at FROM (SELECT lead_id, max(occurred_at) AS at"
            " FROM leads_touchpoint WHERE lead_id = ANY(%s) GROUP BY 1) t"
            " WHERE l.id = t.lead_id AND l.last_touch_at IS DISTINCT FROM t.at",
            [lead_ids],
        )
