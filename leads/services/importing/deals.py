"""Loads deals with their outcome, and moves the leads they came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from leads.domain.importing import effect_on_deal, ends_before_opening
from leads.domain.lifecycle import LifecycleStage
from leads.domain.losses import code_of_words
from leads.events import DealImported, DealLost, DealWon
from leads.models import Deal, DealStage, ImportRun, Lead, LossReason
from leads.services.deals import DEAL_FIELDS
from leads.services.importing.batches import Context, NumberedRow, Outcome, fact_id, in_passes, span_of
from leads.services.importing.histories import add_to_histories
from leads.services.importing.references import companies_named, lead_of, leads_named, people_by_email
from leads.services.scoring import hold_scores
from smarketing.accounts.models import Organisation
from smarketing.activity.bus import publish_many
from smarketing.activity.events import as_json
from smarketing.activity.models import ActivityEntry

PLAIN = ("name", "amount", "currency", "expected_close_on", "lost_reason", "segment", "product")
SAID = ("stage", "opened_at", "won_at", "lost_at")
LABELS: Final = {
    "company_id": "company",
    "lead_id": "lead",
    "owner_id": "owner",
    "loss_reason_id": "reason of the loss",
    "lost_reason": "reason of the loss",
    "stage": "outcome",
    "opened_at": "date of opening",
    "won_at": "date of the win",
    "lost_at": "date of the loss",
}
"""What the fields of a deal are called in a sentence, where that is not their name."""
CHANGING = ("company", "lead", "owner", "loss_reason", *PLAIN, *SAID)


def load(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of deals."""
    parts = in_passes(rows, lambda row: [fact_id(row.parsed.identity)])
    if len(parts) > 1:
        # All leads, then all deals, then all scores: one order, whatever the passes are.
        leads = leads_named(rows)
        known_deals(rows)
        hold_scores(sorted({lead.pk for lead in leads.values()}))
    for part in parts:
        _load_distinct(part, context, outcome)


def known_deals(rows: Sequence[NumberedRow], *, lock: bool = True) -> dict[str | None, Deal]:
    """Deals that are here already, locked, by their external ids."""
    ids = [fact_id(row.parsed.identity) for row in rows]
    known = Deal.objects.filter(external_id__in=ids).order_by("pk")
    return {deal.external_id: deal for deal in (known.select_for_update(of=("self",)) if lock else known)}


def _load_distinct(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    # Leads first, as everybody does who works on a deal.
    leads, people = leads_named(rows), people_by_email(rows)
    known = known_deals(rows)
    companies = companies_named(rows, context)
    reasons, guard = LossReasons(), DealGuard(known.values())
    fresh: list[Deal] = []
    changed: list[Deal] = []
    changes: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    histories: dict[int, dict[LifecycleStage, datetime]] = defaultdict(dict)
    by_id = {lead.pk: lead for lead in leads.values()}
    came = {lead.pk: lead.created_at for lead in leads.values()}
    for row in rows:
        given = given_by(row, leads, people, companies, reasons, outcome)
        if given is None:
            continue
        lead = by_id.get(given.get("lead_id", 0))
        deal = known.get(fact_id(row.parsed.identity))
        written, problem = guard.effect(deal, given, lead)
        if problem:
            outcome.refuse(row, problem)
            continue
        if deal is None:
            fresh.append(new_deal(row, given, lead, outcome, currency=context.currency, now=context.now))
            outcome.created += 1
        elif written:
            changes[deal.pk] = {name: getattr(deal, name) for name in written}, written
            for name, value in written.items():
                setattr(deal, name, value)
            changed.append(deal)
            outcome.updated += 1
        else:
            outcome.unchanged += 1
        if lead:
            _note_history(histories[lead.pk], fresh[-1] if deal is None else deal)
    Deal.objects.bulk_create(fresh, batch_size=1000)
    Deal.objects.bulk_update(changed, CHANGING, batch_size=500)
    _tell(changed, changes, context)
    moved = add_to_histories(histories, actor_id=context.actor_id, why="imported with the deal")
    outcome.lead_ids |= moved
    for lead_id in moved:
        outcome.days |= span_of((came[lead_id], *histories[lead_id].values()))
        if min(histories[lead_id].values()) < came[lead_id]:
            outcome.notes.add(
                "Some deals were opened or won before the date at which their lead came; the dates are kept as given."
            )


class DealGuard:
    """What rows do to deals: one that was closed is not reopened or rewritten, and none ends before it was opened.

    Knows of these deals which people have closed; the others were closed by an import.
    """

    def __init__(self, known: Iterable[Deal]) -> None:
        self.zone: tzinfo = ZoneInfo(Organisation.current().timezone)
        closed = [deal.pk for deal in known if not deal.is_open]
        ends = ActivityEntry.objects.filter(
            subject_kind="deal", subject_id__in=closed, verb__in=(DealWon.verb, DealLost.verb)
        )
        self._by_hand = set(ends.values_list("subject_id", "occurred_at")) if closed else set()

    def effect(self, deal: Deal | None, given: Mapping[str, Any], lead: Lead | None) -> tuple[dict[str, Any], str]:
        """What a row writes of a known deal, and why it stays out; of one that is new, only the latter."""
        known = partial(getattr, deal) if deal else (lambda name: None)
        written: dict[str, Any] = {}
        if deal:
            by_hand = (deal.pk, deal.won_at or deal.lost_at) in self._by_hand
            written, contradicted = effect_on_deal(given, known, closed_by_hand=by_hand, zone=self.zone)
            if contradicted:
                return {}, self._closed_words(deal, contradicted)
            if deal.is_open and deal.company_id is None and lead and lead.company_id:
                written.setdefault("company_id", lead.company_id)
        opened_at = given.get("opened_at") or known("opened_at")
        ended_at = given.get("won_at") or given.get("lost_at")
        if (deal is None or written) and ends_before_opening(opened_at, ended_at, self.zone):
            return {}, self._order_words(opened_at, ended_at, won=bool(given.get("won_at")))
        return written, ""

    def _closed_words(self, deal: Deal, contradicted: Sequence[str]) -> str:
        # Another outcome has another date.
        names = [name for name in contradicted if "stage" not in contradicted or name not in ("won_at", "lost_at")]
        told = list(dict.fromkeys(f"its {LABELS.get(name, name)}" for name in names))
        what = " and ".join(filter(None, [", ".join(told[:-1]), told[-1]]))
        end = f"won on {self._day(deal.won_at)}" if deal.won_at else f"lost on {self._day(deal.lost_at)}"
        # How a deal ended is nowhere rewritten: it is reopened, and closed anew.
        where = "correct it on the deal's page" if {*contradicted} <= {*DEAL_FIELDS} else "a file does not rewrite that"
        return f"This deal was {end}, and the row says something else of {what}; {where}."

    def _order_words(self, opened_at: datetime | None, ended_at: datetime | None, *, won: bool) -> str:
        return (
            f"The deal would have been {'won' if won else 'lost'} on {self._day(ended_at)}, before it was opened on "
            f"{self._day(opened_at)}; correct one of the dates."
        )

    def _day(self, at: datetime | None) -> str:
        return f"{at.astimezone(self.zone):%-d %B %Y}" if at else ""


def _tell(
    changed: Sequence[Deal], changes: Mapping[int, tuple[dict[str, Any], dict[str, Any]]], context: Context
) -> None:
    """The history of each deal that was known keeps what the file changed of it."""
    if not changed:
        return
    run = ImportRun.objects.select_related("created_by").get(pk=context.run_id)
    events = [
        DealImported(
            deal_id=deal.pk,
            lead_id=deal.lead_id,
            name=deal.name,
            filename=run.filename,
            old=_facts(changes[deal.pk][0]),
            new=_facts(changes[deal.pk][1]),
        )
        for deal in changed
    ]
    publish_many(events, actor=run.created_by, at=context.now)


def _facts(values: Mapping[str, Any]) -> dict[str, object]:
    return {name: as_json(value) for name, value in values.items()}


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
    """What a row says of a deal; blanks say nothing, and without a date of its end nothing of how it ended."""
    given = {name: values[name] for name in (*PLAIN, *SAID) if values.get(name) not in (None, "")}
    if lead:
        given["lead_id"] = lead.pk
    if owner_id:
        given["owner_id"] = owner_id
    if company_id:
        given["company_id"] = company_id
    if given.get("lost_reason") and given.get("stage") == DealStage.LOST:
        given["loss_reason_id"] = reasons.of(given["lost_reason"])
    return given


def new_deal(
    row: NumberedRow, given: Mapping[str, Any], lead: Lead | None, outcome: Outcome, *, currency: str, now: datetime
) -> Deal:
    """The deal that a row adds, with what stands in for what the row does not say."""
    ended = given.get("won_at") or given.get("lost_at")
    opened = given.get("opened_at") or ended or now
    if not given.get("opened_at") and ended:
        outcome.notes.add("Some deals have no date of opening; the date at which they ended stands in for it.")
    whose = lead.label if lead else fact_id(row.parsed.identity)
    company = {"company_id": lead.company_id} if lead and lead.company_id else {}
    filled = {"name": f"Deal with {whose}"[:200], "currency": currency, **company, **given, "opened_at": opened}
    return Deal(external_id=fact_id(row.parsed.identity), **filled)


def _note_history(history: dict[LifecycleStage, datetime], deal: Deal) -> None:
    """A deal makes its lead an opportunity when it is opened and a customer when it is won; the earliest counts."""
    stages = {LifecycleStage.OPPORTUNITY: deal.opened_at}
    if deal.stage == DealStage.WON and deal.won_at:
        stages[LifecycleStage.CUSTOMER] = deal.won_at
    for stage, at in stages.items():
        history[stage] = min(at, history.get(stage, at))
