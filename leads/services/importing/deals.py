"""Loads deals with their outcome, and moves the leads they came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leads.domain.lifecycle import LifecycleStage
from leads.domain.losses import code_of_words
from leads.models import Deal, DealStage, Lead, LossReason
from leads.services.importing.batches import Context, NumberedRow, Outcome, fact_id, in_passes
from leads.services.importing.histories import add_to_histories
from leads.services.importing.references import companies_named, lead_of, leads_named, people_by_email
from leads.services.scoring import hold_scores

PLAIN = ("name", "amount", "currency", "expected_close_on", "lost_reason", "segment", "product")
CHANGING = ("company", "lead", "owner", "loss_reason", *PLAIN, "stage", "opened_at", "won_at", "lost_at")


def load(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of deals."""
    parts = in_passes(rows, lambda row: [fact_id(row.parsed.identity)])
    if len(parts) > 1:
        # All deals, then all leads, then all scores: one order, whatever the passes are.
        known_deals(rows)
        hold_scores(sorted({lead.pk for lead in leads_named(rows).values()}))
    for part in parts:
        _load_distinct(part, context, outcome)


def known_deals(rows: Sequence[NumberedRow], *, lock: bool = True) -> dict[str | None, Deal]:
    """Deals that are here already, locked, by their external ids."""
    ids = [fact_id(row.parsed.identity) for row in rows]
    known = Deal.objects.filter(external_id__in=ids).order_by("pk")
    return {deal.external_id: deal for deal in (known.select_for_update(of=("self",)) if lock else known)}


def _load_distinct(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    known = known_deals(rows)
    leads, people = leads_named(rows), people_by_email(rows)
    companies = companies_named(rows, context)
    reasons = LossReasons()
    fresh: list[Deal] = []
    changed: list[Deal] = []
    histories: dict[int, dict[LifecycleStage, datetime]] = defaultdict(dict)
    by_id = {lead.pk: lead for lead in leads.values()}
    came = {lead.pk: lead.created_at for lead in leads.values()}
    for row in rows:
        given = given_by(row, leads, people, companies, reasons, outcome)
        if given is None:
            continue
        lead = by_id.get(given.get("lead_id", 0))
        deal = known.get(fact_id(row.parsed.identity))
        if deal is None:
            fresh.append(_new(row, given, lead, context, outcome))
            outcome.created += 1
        elif differing := {name: value for name, value in given.items() if getattr(deal, name) != value}:
            for name, value in differing.items():
                setattr(deal, name, value)
            changed.append(deal)
            outcome.updated += 1
        else:
            outcome.unchanged += 1
        if lead:
            _note_history(histories[lead.pk], fresh[-1] if deal is None else deal)
    Deal.objects.bulk_create(fresh, batch_size=1000)
    Deal.objects.bulk_update(changed, CHANGING, batch_size=500)
    moved = add_to_histories(histories, actor_id=context.actor_id, why="imported with the deal")
    outcome.lead_ids |= moved
    for lead_id in moved:
        outcome.days.update(at.date() for at in (came[lead_id], *histories[lead_id].values()))
        if min(histories[lead_id].values()) < came[lead_id]:
            outcome.notes.add(
                "Some deals were opened or won before the date at which their lead came; the dates are kept as given."
            )


class LossReasons:
    """The agreed list, read once a batch: words of a file count as the reason that they name, else as other."""

    def __init__(self) -> None:
        listed = list(LossReason.objects.all())
        self._agreed = [each.to_domain() for each in listed]
        self._ids = {each.code: each.pk for each in listed}

    def of(self, words: str) -> int | None:
        """The id of the reason."""
        return self._ids.get(code_of_words(words, self._agreed))


def given_by(
    row: NumberedRow,
    leads: dict[tuple[str, str], Lead],
    people: Mapping[str, int],
    companies: Mapping[int, int | None],
    reasons: LossReasons,
    outcome: Outcome,
) -> dict[str, Any] | None:
    """What a row says of its deal; None, with the row refused, where its lead or its owner is not known."""
    values = row.parsed.values
    names_lead = values.get("lead_external_id") or values.get("lead_email")
    lead = lead_of(row, leads, outcome) if names_lead else None
    if names_lead and lead is None:
        return None
    email = (values.get("owner_email") or "").lower()
    if email and email not in people:
        outcome.refuse(row, f"There is no user with the e-mail {email}; invite them first or leave it out.")
        return None
    return _given(values, lead, people.get(email), companies.get(row.number), reasons)


def _given(
    values: Mapping[str, Any],
    lead: Lead | None,
    owner_id: int | None,
    company_id: int | None,
    reasons: LossReasons,
) -> dict[str, Any]:
    """What a row says of a deal; blanks say nothing."""
    given = {name: values[name] for name in PLAIN if values.get(name) not in (None, "")}
    if lead:
        given["lead_id"] = lead.pk
    if owner_id:
        given["owner_id"] = owner_id
    if company_id or (lead and lead.company_id):
        given["company_id"] = company_id or (lead.company_id if lead else None)
    if values.get("opened_at"):
        given["opened_at"] = values["opened_at"]
    if given.get("lost_reason") and values["stage"] == DealStage.LOST:
        given["loss_reason_id"] = reasons.of(given["lost_reason"])
    return given | {"stage": values["stage"], "won_at": values["won_at"], "lost_at": values["lost_at"]}


def _new(row: NumberedRow, given: Mapping[str, Any], lead: Lead | None, context: Context, outcome: Outcome) -> Deal:
    opened = given.get("opened_at") or given["won_at"] or given["lost_at"] or context.now
    if not given.get("opened_at") and (given["won_at"] or given["lost_at"]):
        outcome.notes.add("Some deals have no date of opening; the date at which they ended stands in for it.")
    whose = lead.label if lead else fact_id(row.parsed.identity)
    filled = {"name": f"Deal with {whose}"[:200], "currency": context.currency, **given, "opened_at": opened}
    return Deal(external_id=fact_id(row.parsed.identity), **filled)


def _note_history(history: dict[LifecycleStage, datetime], deal: Deal) -> None:
    """A deal makes its lead an opportunity when it is opened and a customer when it is won; the earliest counts."""
    stages = {LifecycleStage.OPPORTUNITY: deal.opened_at}
    if deal.stage == DealStage.WON and deal.won_at:
        stages[LifecycleStage.CUSTOMER] = deal.won_at
    for stage, at in stages.items():
        history[stage] = min(at, history.get(stage, at))
