"""What an import will say of rows that can be read: a query for each kind of record that they name, nothing locked.

The rows are gone through as the import does it, on copies of what is known: so a later row about the same record is
seen against what the earlier one would have written.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db.models import Model
from django.utils.timezone import localtime

from leads.domain.importing import Effect, effect_of, kind_named
from leads.domain.lifecycle import LifecycleStage
from leads.models import Campaign, Company, ImportRun, Lead, Spend, StageTransition, Touchpoint, Visit
from leads.services.importing import deals, leads, marketing
from leads.services.importing.batches import NumberedRow, Outcome, fact_id
from leads.services.importing.histories import given_histories
from leads.services.importing.references import (
    campaigns_known,
    companies_known,
    lead_of,
    leads_named,
    people_by_email,
    values_of,
)

SHOWN: Final = 5
"""So many values that differ are told one by one."""
REFERENCES: Final = {
    "company_id": "Company",
    "campaign_id": "Campaign",
    "owner_id": "Owner",
    "lead_id": "Lead",
    "loss_reason_id": "Reason",
}
"""Fields that name another record: that they differ is told, and not by which id."""


class Fate(enum.Enum):
    """What becomes of a row that goes in: the word beside it, and the sentence for one and for many."""

    NEW = ("new", "is new", "are new")
    COMPLETES = ("completes", "completes what is known", "complete what is known")
    REPLACES = ("replaces", "replaces what is known", "replace what is known")
    KEPT = ("differs, kept", "differs from what is known, which is kept", "differ from what is known, which is kept")
    SAME = ("known already", "says nothing new", "say nothing new")
    DAY = (
        "known day",
        "is of a day that is known, and counts instead",
        "are of days that are known, and count instead",
    )

    @property
    def word(self) -> str:
        """Beside a row."""
        return self.value[0]

    def told(self, rows: int) -> str:
        """Of so many rows."""
        return f"{rows:,} {self.value[1] if rows == 1 else self.value[2]}"


@dataclass(slots=True)
class Outlook:
    """By row number what becomes of rows, why some stay out, and what differs."""

    fates: dict[int, Fate] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """What is said of all rows together."""
        found = Counter(self.fates.values())
        told = [fate.told(found[fate]) for fate in Fate if found[fate]]
        summary = [f"Of the first rows, {', '.join(told)}."] if set(found) - {Fate.NEW} else []
        more = len(self.differing) - SHOWN
        rest = [f"{more:,} more {'value differs' if more == 1 else 'values differ'}."] if more > 0 else []
        return [*summary, *self.differing[:SHOWN], *rest]


def outlook_of(run: ImportRun, rows: Sequence[NumberedRow], currency: str, now: datetime) -> Outlook:
    """What the import of these rows will say, were it done at `now`."""
    outlook, outcome = Outlook(), Outcome()
    _LOOKS[run.kind](rows, _Look(run, outlook, outcome, currency, now))
    outlook.refused = {rejection.number: " ".join(rejection.reasons) for rejection in outcome.rejections}
    return outlook


@dataclass(frozen=True, slots=True)
class _Look:
    run: ImportRun
    outlook: Outlook
    outcome: Outcome
    currency: str
    now: datetime

    def note(self, row: NumberedRow, record: Model, who: str, effect: Effect, *, more: bool = False) -> None:
        """What the row does to a record that is known; it is done to the copy of it."""
        before = {name: getattr(record, name) for name in (*effect.written, *effect.kept)}
        replaced = [name for name in effect.written if before[name] not in (None, "", "unknown")]
        for name in effect.kept:
            self._tell(name, who, f"stays{_quoted(name, before[name])}", effect.kept[name])
        for name in replaced:
            self._tell(name, who, f"was{_quoted(name, before[name])}", effect.written[name])
        for name, value in effect.written.items():
            setattr(record, name, value)
        self.outlook.fates[row.number] = (
            Fate.REPLACES
            if replaced
            else Fate.COMPLETES
            if effect.written or more
            else Fate.KEPT
            if effect.kept
            else Fate.SAME
        )

    def _tell(self, name: str, who: str, what: str, said: Any) -> None:
        known = kind_named(self.run.kind).get(name)
        label = REFERENCES.get(name) or (known.label if known else name)
        self.outlook.differing.append(f"{label} of {who} {what}; the file says{_quoted(name, said) or ' another one'}.")


def _quoted(name: str, value: Any) -> str:
    if name in REFERENCES:
        return ""
    return f" {localtime(value):%-d %B %Y}" if isinstance(value, datetime) else f" “{value}”"


def _look_at_leads(rows: Sequence[NumberedRow], look: _Look) -> None:
    known = leads.known_leads(rows, lock=False)
    companies, campaigns = companies_known(rows), campaigns_known(values_of(rows, "campaign"))
    histories = given_histories([row.parsed.values for row in rows])
    reached: set[tuple[int, str]] = set()
    if any(histories):
        moves = StageTransition.objects.filter(lead__in={lead.pk for lead in known.values()}, imputed=False)
        reached = set(moves.values_list("lead_id", "to_stage"))
    replace = look.run.known == ImportRun.Known.REPLACE
    for row, history in zip(rows, histories, strict=True):
        values = row.parsed.values
        lead, problem = leads.match(values, known)
        if problem:
            look.outcome.refuse(row, problem)
            continue
        said = leads.said_of_lead(values)
        # A company or campaign that would be added has no id yet; it differs from any that has one.
        if row.number in companies:
            said["company_id"] = companies[row.number] or -row.number
        if name := values.get("campaign"):
            said["campaign_id"] = campaigns[name] or -row.number
        if lead is None:
            lead = Lead(pk=-row.number, **said)
            look.outlook.fates[row.number] = Fate.NEW
        else:
            who = lead.email or lead.external_id or ""
            effect = effect_of(said, partial(getattr, lead), replace=replace)
            fresh = any((lead.pk, stage.value) not in reached for stage in history)
            _forget(known, leads.keys_of_lead(lead))
            look.note(row, lead, who, effect, more=fresh)
        reached |= {(lead.pk, LifecycleStage(stage).value) for stage in history}
        known |= dict.fromkeys(leads.keys_of_lead(lead), lead)


def _forget(known: dict[str, Any], keys: Sequence[str]) -> None:
    """A record is not found by what it was known by until now, unless it keeps that."""
    for key in keys:
        known.pop(key, None)


def _look_at_companies(rows: Sequence[NumberedRow], look: _Look) -> None:
    found = marketing.known_companies(rows, lock=False)
    replace = look.run.known == ImportRun.Known.REPLACE
    for row in rows:
        said = marketing.said_by(row, marketing.COMPANY_FIELDS)
        company = marketing.company_of(row, found)
        if company is None:
            company = Company(**said)
            look.outlook.fates[row.number] = Fate.NEW
        else:
            effect = effect_of(said, partial(getattr, company), replace=replace)
            if problem := marketing.company_problem(company, effect, found):
                look.outcome.refuse(row, problem)
                continue
            _forget(found, marketing.names_of_company(company)[:-1])  # several may have one name
            look.note(row, company, company.name, effect)
        for key in marketing.names_of_company(company):
            found.setdefault(key, company)


def _look_at_campaigns(rows: Sequence[NumberedRow], look: _Look) -> None:
    found, people = marketing.known_campaigns(rows, lock=False), people_by_email(rows)
    for row in rows:
        said = marketing.said_by(row, marketing.CAMPAIGN_FIELDS)
        if not marketing.take_owner(row, said, people, look.outcome):
            continue
        keys = marketing.campaign_keys(row)
        campaign = next((found[key] for key in keys if key in found), None)
        if campaign is None:
            campaign = Campaign(**said)
            look.outlook.fates[row.number] = Fate.NEW
        else:
            effect = effect_of(said, partial(getattr, campaign), replace=True)
            if problem := marketing.campaign_problem(campaign, effect, found):
                look.outcome.refuse(row, problem)
                continue
            _forget(found, marketing.names_of_campaign(campaign))
            look.note(row, campaign, campaign.name, effect)
        found |= dict.fromkeys(marketing.names_of_campaign(campaign), campaign)


def _look_at_deals(rows: Sequence[NumberedRow], look: _Look) -> None:
    known = deals.known_deals(rows, lock=False)
    named, people = leads_named(rows, lock=False), people_by_email(rows)
    by_id = {lead.pk: lead for lead in named.values()}
    # As for leads: a company that would be added differs from any that has an id.
    companies = {number: company or -number for number, company in companies_known(rows).items()}
    reasons, guard = deals.LossReasons(), deals.DealGuard(known.values())
    for row in rows:
        given = deals.given_by(row, named, people, companies, reasons, look.outcome)
        if given is None:
            continue
        key = fact_id(row.parsed.identity)
        deal = known.get(key)
        lead = by_id.get(given.get("lead_id", 0))
        written, problem = guard.effect(deal, given, lead)
        if problem:
            look.outcome.refuse(row, problem)
        elif deal is None:
            known[key] = deals.new_deal(row, given, lead, look.outcome, currency=look.currency, now=look.now)
            look.outlook.fates[row.number] = Fate.NEW
        else:
            look.note(row, deal, deal.name or "the deal", Effect(written, {}))


def _look_at_touchpoints(rows: Sequence[NumberedRow], look: _Look) -> None:
    ids = {fact_id(row.parsed.identity) for row in rows}
    known = set(Touchpoint.objects.filter(external_id__in=ids).values_list("external_id", flat=True))
    named = leads_named(rows, lock=False)
    for row in rows:
        if lead_of(row, named, look.outcome) is None:
            continue
        key = fact_id(row.parsed.identity)
        look.outlook.fates[row.number] = Fate.SAME if key in known else Fate.NEW
        known.add(key)


def _look_at_spend(rows: Sequence[NumberedRow], look: _Look) -> None:
    campaigns = campaigns_known(values_of(rows, "campaign"))
    days = Spend.objects.filter(campaign__in=[*filter(None, campaigns.values())])
    known = set(days.values_list("campaign_id", "spent_on"))
    currencies: dict[tuple[Any, Any], str] = {}
    for row in rows:
        values = row.parsed.values
        name = values["campaign"]
        key = (campaigns[name] or name.upper(), values["spent_on"])
        if marketing.refuse_currency(row, currencies.get(key), look.currency, look.outcome):
            continue
        currencies[key] = values.get("currency") or look.currency
        look.outlook.fates[row.number] = Fate.DAY if key in known else Fate.NEW


def _look_at_visits(rows: Sequence[NumberedRow], look: _Look) -> None:
    campaigns = campaigns_known(values_of(rows, "campaign"))
    days = {row.parsed.values["visited_on"] for row in rows}
    visits = Visit.objects.filter(visited_on__in=days)
    known = set(visits.values_list("visited_on", "channel", "source", "campaign_id"))
    for row in rows:
        values = row.parsed.values
        campaign = values.get("campaign") or ""
        key = (values["visited_on"], values["channel"].value, values.get("source") or "", campaigns.get(campaign))
        added = bool(campaign) and campaigns[campaign] is None
        look.outlook.fates[row.number] = Fate.DAY if key in known and not added else Fate.NEW


_LOOKS: Final[Mapping[str, Callable[[Sequence[NumberedRow], _Look], None]]] = {
    ImportRun.Kind.LEADS: _look_at_leads,
    ImportRun.Kind.COMPANIES: _look_at_companies,
    ImportRun.Kind.CAMPAIGNS: _look_at_campaigns,
    ImportRun.Kind.DEALS: _look_at_deals,
    ImportRun.Kind.TOUCHPOINTS: _look_at_touchpoints,
    ImportRun.Kind.SPEND: _look_at_spend,
    ImportRun.Kind.VISITS: _look_at_visits,
}
