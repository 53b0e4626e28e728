"""Loads touchpoints: each once, by its id or by what it says."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from leads.domain.channels import Channel
from leads.models import Touchpoint
from leads.services.importing.batches import Context, NumberedRow, Outcome, copy_rows, fact_id, in_passes
from leads.services.importing.references import campaigns_named, contents_named, lead_of, leads_named

COLUMNS = (
    "lead_id",
    "kind",
    "occurred_at",
    "channel",
    "source",
    "campaign_id",
    "content_id",
    "url",
    "note",
    "external_id",
)


def load(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of touchpoints."""
    for part in in_passes(rows, lambda row: [fact_id(row.parsed.identity)]):
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
    copied = []
    for row, lead in fresh:
        values = row.parsed.values
        copied.append(
            (
                lead.pk,
                values["kind"].value if values.get("kind") else Touchpoint.Kind.OTHER,
                values["occurred_at"],
                (values.get("channel") or Channel.UNKNOWN).value,
                values.get("source") or "",
                campaigns.get(values.get("campaign") or ""),
                contents.get(values.get("content") or ""),
                values.get("url") or "",
                values.get("note") or "",
                fact_id(row.parsed.identity),
            )
        )
        outcome.lead_ids.add(lead.pk)
    if copied:
        copy_rows("leads_touchpoint", COLUMNS, copied)
        _note_last_touch(sorted(outcome.lead_ids))
    outcome.created += len(copied)


def _note_last_touch(lead_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_lead l SET last_touch_at = t.at FROM (SELECT lead_id, max(occurred_at) AS at"
            " FROM leads_touchpoint WHERE lead_id = ANY(%s) GROUP BY 1) t"
            " WHERE l.id = t.lead_id AND l.last_touch_at IS DISTINCT FROM t.at",
            [lead_ids],
        )
