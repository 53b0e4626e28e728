"""Loads leads: known ones are completed, new ones are copied in with their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from leads.domain.channels import Channel
from leads.domain.importing import effect_of
from leads.domain.lifecycle import LifecycleStage
from leads.models import Lead
from leads.services.importing.batches import (
    Context,
    NumberedRow,
    Outcome,
    also_named,
    copy_columns,
    in_passes,
    new_ids,
    span_of,
    update_rows,
)
from leads.services.importing.histories import add_to_histories, chain, given_histories, last_stage
from leads.services.importing.lanes import Turn
from leads.services.importing.references import (
    campaigns_known,
    campaigns_named,
    companies_known,
    companies_named,
    leads_known_by,
    names_in,
    values_of,
)
from leads.services.importing.scores import copy_scores, scores_of_newcomers
from leads.services.scoring import hold_scores

PLAIN = (
    "first_name",
    "last_name",
    "phone",
    "job_title",
    "seniority",
    "department",
    "country",
    "source",
    "channel",
    "landing_page",
    "consent",
)
UPDATED = {
    **dict.fromkeys(("external_id", "email", *PLAIN), "text"),
    "consent": "boolean",
    "company_id": "bigint",
    "campaign_id": "bigint",
    "created_at": "timestamptz",
}


def load(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of leads."""
    known = known_leads(rows)
    parts = in_passes(rows, also_named(_keys, known, keys_of_lead) if context.replaces else _keys)
    if len(parts) > 1:
        # All leads before the first score, in the order of their ids, as everybody locks them: a pass that came upon
        # its own only after the pass before had locked scores could wait for somebody who waits for those.
        hold_scores(sorted({lead.pk for lead in known.values()}))
    for place, part in enumerate(parts):
        _load_distinct(part, known_leads(part) if place else known, context, outcome)


def turn_of(rows: Sequence[NumberedRow], before: Turn | None) -> Turn:
    """The turn of a batch of these rows, which comes after the batch of `before`."""
    return Turn((key for row in rows for key in _keys(row)), names_in(rows), before)


def _keys(row: NumberedRow) -> list[str]:
    values = row.parsed.values
    return _named(values.get("external_id"), values.get("email"))


def keys_of_lead(lead: Lead) -> list[str]:
    """What rows know a lead by, as it is."""
    return _named(lead.external_id, lead.email)


def _named(external_id: str | None, email: str | None) -> list[str]:
    return [f"{kind}{value}" for kind, value in (("x", external_id), ("e", (email or "").lower())) if value]


def _load_distinct(rows: Sequence[NumberedRow], known: Mapping[str, Lead], context: Context, outcome: Outcome) -> None:
    fresh: list[NumberedRow] = [] if known else list(rows)
    old: list[tuple[NumberedRow, Lead]] = []
    for row in rows if known else ():
        lead, problem = match(row.parsed.values, known)
        if problem:
            outcome.refuse(row, problem)
        elif lead:
            old.append((row, lead))
        else:
            fresh.append(row)
    # What a lead keeps is not added for it either.
    companied = [row for row, lead in old if lead.company_id is not None and not context.replaces]
    campaigned = [row for row, lead in old if lead.campaign_id is not None and not context.replaces]
    companies: dict[int, int | None] = {**companies_named(_without(fresh, old, companied), context)}
    campaigns: dict[str, int | None] = {**campaigns_named(_without(fresh, old, campaigned), context, outcome)}
    companies |= companies_known(companied)
    campaigns |= campaigns_known(values_of(campaigned, "campaign") - campaigns.keys())
    _insert(fresh, companies, campaigns, context, outcome)
    _update(old, companies, campaigns, context, outcome)


def _without(
    fresh: Sequence[NumberedRow], old: Sequence[tuple[NumberedRow, Lead]], left_out: Sequence[NumberedRow]
) -> list[NumberedRow]:
    numbers = {row.number for row in left_out}
    return [*fresh, *(row for row, _ in old if row.number not in numbers)]


def known_leads(rows: Sequence[NumberedRow], *, lock: bool = True) -> dict[str, Lead]:
    """Leads that are here already, locked, by the keys that rows have."""
    ids = [value for row in rows if (value := row.parsed.values.get("external_id"))]
    emails = [value.lower() for row in rows if (value := row.parsed.values.get("email"))]
    known: dict[str, Lead] = {}
    for lead in leads_known_by(ids, emails, lock=lock):
        if lead.external_id:
            known[f"x{lead.external_id}"] = lead
        if lead.email:
            known[f"e{lead.email.lower()}"] = lead
    return known


def match(values: Mapping[str, Any], known: Mapping[str, Lead]) -> tuple[Lead | None, str]:
    """The lead that a row is about, or why it cannot be told."""
    external_id, email = values.get("external_id"), (values.get("email") or "").lower()
    by_id = known.get(f"x{external_id}") if external_id else None
    by_email = known.get(f"e{email}") if email else None
    if by_id and by_email and by_id.pk != by_email.pk:
        return None, f"The external id {external_id} and the e-mail {email} belong to two different leads."
    if by_email and not by_id and external_id and by_email.external_id:
        return None, f"The e-mail {email} belongs to the lead with the external id {by_email.external_id}."
    return by_id or by_email, ""


def _insert(
    rows: Sequence[NumberedRow],
    companies: Mapping[int, int | None],
    campaigns: Mapping[str, int | None],
    context: Context,
    outcome: Outcome,
) -> None:
    if not rows:
        return
    values = [row.parsed.values for row in rows]
    ids = new_ids("leads_lead", len(rows))
    came: list[datetime] = []
    stages: list[LifecycleStage] = []
    stages_since: list[datetime] = []
    moves: list[tuple[int, str, str, datetime, bool]] = []
    for lead_id, given, history in zip(ids, values, given_histories(values), strict=True):
        at = given.get("created_at") or min(history.values(), default=context.now)
        came.append(at)
        if not history:
            # Most leads of most files.
            stages.append(LifecycleStage.LEAD)
            stages_since.append(at)
            moves.append((lead_id, "", "lead", at, False))
            continue
        stage = last_stage(history) or LifecycleStage.LEAD
        stages.append(stage)
        stages_since.append(history.get(stage, at))
        moves += [(lead_id, *move) for move in chain(history)]
        if min(history.values()) < at:
            outcome.notes.add(
                "Some leads reached a stage before the date at which they came; the dates are kept as given."
            )
    leads: dict[str, Sequence[Any]] = {
        "id": ids,
        "external_id": [given.get("external_id") for given in values],
        "email": [(given.get("email") or "").lower() or None for given in values],
        **{name: _texts(values, name) for name in PLAIN},
        "consent": [given.get("consent") for given in values],
        "channel": [given.get("channel") or Channel.UNKNOWN for given in values],
        "company_id": [companies.get(row.number) for row in rows],
        "campaign_id": [campaigns.get(given.get("campaign") or "") for given in values],
        "created_at": came,
        "stage": stages,
        "stage_changed_at": stages_since,
    }
    copy_scores(ids, stages, scores_of_newcomers(leads, context.now))
    copy_columns("leads_lead", leads)
    lead_ids, before, after, at_times, imputed = zip(*moves, strict=True)
    copy_columns(
        "leads_stagetransition",
        {
            "lead_id": lead_ids,
            "from_stage": before,
            "to_stage": after,
            "occurred_at": at_times,
            "imputed": imputed,
            "actor_id": [context.actor_id] * len(moves),
            "why": ["imported"] * len(moves),
        },
    )
    outcome.created_lead_ids += ids
    outcome.lead_ids.update(ids)
    outcome.days |= span_of((*came, *at_times))
    outcome.created += len(rows)


def _texts(values: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """A column of texts. Rows of one file have the same fields."""
    if name not in values[0]:
        return [""] * len(values)
    return [given[name] or "" for given in values]


def said_of_lead(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says of the lead itself; blanks say nothing, and neither does a channel that nothing speaks for."""
    said = {name: values[name] for name in ("external_id", *PLAIN) if values.get(name) not in (None, "")}
    if values.get("email"):
        said["email"] = values["email"].lower()
    if values.get("created_at"):
        said["created_at"] = values["created_at"]
    if said.get("channel") == Channel.UNKNOWN and not values.get("source"):
        del said["channel"]
    return said


def _update(
    rows: Sequence[tuple[NumberedRow, Lead]],
    companies: Mapping[int, int | None],
    campaigns: Mapping[str, int | None],
    context: Context,
    outcome: Outcome,
) -> None:
    """Completes known leads, or replaces what is there; what a row leaves blank stays in any case."""
    changed: list[Lead] = []
    additions: dict[int, dict[LifecycleStage, datetime]] = {}
    touched: set[int] = set()
    histories = given_histories([row.parsed.values for row, _ in rows])
    for (row, lead), history in zip(rows, histories, strict=True):
        values = row.parsed.values
        said = said_of_lead(values)
        if row.number in companies:
            said["company_id"] = companies[row.number]
        if values.get("campaign"):
            said["campaign_id"] = campaigns[values["campaign"]]
        effect = effect_of(said, partial(getattr, lead), replace=context.replaces)
        outcome.kept += bool(effect.kept)
        if effect.written:
            outcome.days.add(lead.created_at.date())
            for name, value in effect.written.items():
                setattr(lead, name, value)
            changed.append(lead)
            touched.add(lead.pk)
        if history:
            additions[lead.pk] = history
    hold_scores([*{lead.pk for lead in changed}.union(additions)])
    update_rows("leads_lead", UPDATED, [(lead.pk, *(getattr(lead, name) for name in UPDATED)) for lead in changed])
    touched |= add_to_histories(additions, actor_id=context.actor_id, why="imported") if additions else set()
    for (_, lead), history in zip(rows, histories, strict=True):
        if lead.pk in touched:
            outcome.updated += 1
            outcome.lead_ids.add(lead.pk)
            outcome.days.add(lead.created_at.date())
            outcome.days |= span_of(history.values())
        else:
            outcome.unchanged += 1
