"""Loads companies, campaigns, spend and web visits: kinds of which a file holds hundreds rather than millions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Model, Q
from django.db.models.functions import Lower, Upper

from leads.domain.channels import Channel
from leads.domain.importing import Effect, effect_of
from leads.models import Campaign, Company, Spend, Visit
from leads.services.importing.batches import Context, NumberedRow, Outcome, also_named, in_passes
from leads.services.importing.references import campaigns_named, people_by_email

COMPANY_FIELDS = ("external_id", "name", "domain", "industry", "employees", "country", "city")
CAMPAIGN_FIELDS = (
    "external_id",
    "name",
    "channel",
    "objective",
    "audience",
    "start_on",
    "end_on",
    "budget",
    "currency",
)


def load_companies(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of companies, recognised by external id, domain or name."""
    known = known_companies(rows)  # locked all at once: one order, whatever the passes are
    parts = in_passes(rows, also_named(company_keys, known, names_of_company) if context.replaces else company_keys)
    for place, part in enumerate(parts):
        found = known_companies(part) if place else known
        fresh: list[Company] = []
        changed: list[Company] = []
        for row in part:
            values = said_by(row, COMPANY_FIELDS)
            company = company_of(row, found)
            if company is None:
                fresh.append(Company(created_at=context.now, **values))
                continue
            effect = effect_of(values, partial(getattr, company), replace=context.replaces)
            if problem := company_problem(company, effect, found):
                outcome.refuse(row, problem)
            else:
                _change(company, effect, changed, outcome)
        Company.objects.bulk_create(fresh, batch_size=1000)
        Company.objects.bulk_update(changed, COMPANY_FIELDS, batch_size=500)
        outcome.created += len(fresh)


def company_of(row: NumberedRow, found: Mapping[str, Company]) -> Company | None:
    """The company that a row is about. The name alone tells it only where the row has nothing better."""
    company = next((found[key] for key in company_keys(row)[:1] if key in found), None)
    if company is None and (domain := row.parsed.values.get("domain")):
        company = found.get(f"d{domain.lower()}")
    return company


def company_problem(company: Company, effect: Effect, found: Mapping[str, Company]) -> str:
    """Why a row cannot write what it says of a known company: the domain is another one's. Empty where it can."""
    domain = (effect.written.get("domain") or "").lower()
    other = found.get(f"d{domain}")
    if not domain or other is None or other is company:
        return ""
    return f"The domain {domain} belongs to the company “{other.name}”."


def known_companies(rows: Sequence[NumberedRow], *, lock: bool = True) -> dict[str, Company]:
    """Companies that are here already, locked, by the keys that rows have; of several with one name the first."""
    found: dict[str, Company] = {}
    query = Q()
    for row in rows:
        values = row.parsed.values
        query |= Q(external_id=values.get("external_id") or None) if values.get("external_id") else Q(pk__in=[])
        query |= Q(lower_domain=values["domain"].lower()) if values.get("domain") else Q(pk__in=[])
        query |= Q(lower_name=(values.get("name") or "").lower())
    known = Company.objects.annotate(lower_domain=Lower("domain"), lower_name=Lower("name")).filter(query)
    # Not as who deletes them: else whoever brings a lead to one of them would wait.
    locked = known.select_for_update(of=("self",), no_key=True) if lock else known
    for company in locked.order_by("-pk"):
        found |= dict.fromkeys(names_of_company(company), company)
    return found


def company_keys(row: NumberedRow) -> list[str]:
    """What the company of a row is known by, the surest first."""
    values = row.parsed.values
    return _keys_of_company(values.get("external_id"), values.get("domain"), values.get("name"))


def names_of_company(company: Company) -> list[str]:
    """The same of a company as it is."""
    return _keys_of_company(company.external_id, company.domain, company.name)


def _keys_of_company(external_id: str | None, domain: str | None, name: str | None) -> list[str]:
    keys = (("x", external_id), ("d", (domain or "").lower()), ("n", (name or "").lower()))
    return [f"{kind}{value}" for kind, value in keys if value]


def load_campaigns(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of campaigns, recognised by external id or name."""
    people = people_by_email(rows)
    known = known_campaigns(rows)
    for place, part in enumerate(in_passes(rows, also_named(campaign_keys, known, names_of_campaign))):
        found = known_campaigns(part) if place else known
        fresh: list[Campaign] = []
        changed: list[Campaign] = []
        for row in part:
            values = said_by(row, CAMPAIGN_FIELDS)
            if not take_owner(row, values, people, outcome):
                continue
            campaign = next((found[key] for key in campaign_keys(row) if key in found), None)
            if campaign is None:
                blank = {"channel": Channel.UNKNOWN, "currency": context.currency}
                fresh.append(Campaign(created_at=context.now, **(blank | values)))
                continue
            effect = effect_of(values, partial(getattr, campaign), replace=True)
            if problem := campaign_problem(campaign, effect, found):
                outcome.refuse(row, problem)
            else:
                _change(campaign, effect, changed, outcome)
        Campaign.objects.bulk_create(fresh, batch_size=1000)
        Campaign.objects.bulk_update(changed, [*CAMPAIGN_FIELDS, "owner"], batch_size=500)
        outcome.created += len(fresh)


def campaign_problem(campaign: Campaign, effect: Effect, found: Mapping[str, Campaign]) -> str:
    """Why a row cannot write what it says of a known campaign: another one has the name, or it would end before it
    starts, where the row has only one of the dates. Empty where it can.
    """
    name = effect.written.get("name") or ""
    other = found.get(f"n{name.upper()}")
    if name and other is not None and other is not campaign:
        return f"There is another campaign “{other.name}”; two cannot have one name."
    start, end = (effect.written.get(day) or getattr(campaign, day) for day in ("start_on", "end_on"))
    if start and end and end < start:
        return f"The campaign would end on {end} before it starts on {start}."
    return ""


def take_owner(row: NumberedRow, values: dict[str, Any], people: Mapping[str, int], outcome: Outcome) -> bool:
    """Puts the owner that a row names into the values; where there is no such person the row is refused."""
    email = (row.parsed.values.get("owner_email") or "").lower()
    if email and email not in people:
        outcome.refuse(row, f"There is no user with the e-mail {email}; invite them first or leave it out.")
        return False
    if email:
        values["owner_id"] = people[email]
    return True


def known_campaigns(rows: Sequence[NumberedRow], *, lock: bool = True) -> dict[str, Campaign]:
    """Campaigns that are here already, locked, by the keys that rows have."""
    ids = [row.parsed.values.get("external_id") for row in rows if row.parsed.values.get("external_id")]
    names = [(row.parsed.values.get("name") or "").upper() for row in rows]
    found: dict[str, Campaign] = {}
    known = Campaign.objects.annotate(upper=Upper("name")).filter(Q(external_id__in=ids) | Q(upper__in=names))
    for campaign in (known.select_for_update(of=("self",)) if lock else known).order_by("pk"):
        found |= dict.fromkeys(names_of_campaign(campaign), campaign)
    return found


def campaign_keys(row: NumberedRow) -> list[str]:
    """What the campaign of a row is known by."""
    values = row.parsed.values
    return _keys_of_campaign(values.get("external_id"), values.get("name"))


def names_of_campaign(campaign: Campaign) -> list[str]:
    """The same of a campaign as it is."""
    return _keys_of_campaign(campaign.external_id, campaign.name)


def _keys_of_campaign(external_id: str | None, name: str | None) -> list[str]:
    return [f"{kind}{value}" for kind, value in (("x", external_id), ("n", (name or "").upper())) if value]


def load_spend(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of spend; rows of one campaign and day within a file add up, another file replaces."""
    campaigns = campaigns_named(rows, context, outcome)
    keys = [(campaigns[row.parsed.values["campaign"]], row.parsed.values["spent_on"]) for row in rows]
    known = {
        (spend.campaign_id, spend.spent_on): spend
        for spend in Spend.objects.filter(campaign__in={pk for pk, _ in keys}, spent_on__in={day for _, day in keys})
        .order_by("pk")
        .select_for_update(of=("self",))
    }
    blank = {"amount": 0, "impressions": None, "clicks": None, "currency": None}
    sums: dict[tuple[int, Any], dict[str, Any]] = {}
    count: Counter[tuple[int, Any]] = Counter()
    for row, key in zip(rows, keys, strict=True):
        values = row.parsed.values
        into = sums.get(key) or _so_far(known.get(key), blank, context)
        if refuse_currency(row, into["currency"], context.currency, outcome):
            continue
        sums[key] = into
        into["currency"] = values.get("currency") or context.currency
        into["amount"] += values.get("amount") or 0
        _add_counts(into, values, "impressions", "clicks")
        count[key] += 1
    fresh: list[Spend] = []
    changed: list[Spend] = []
    for key, values in sums.items():
        if key in known:
            outcome.unchanged += count[key] - 1
            _state(known[key], values, changed, context, outcome)
        else:
            fresh.append(Spend(campaign_id=key[0], spent_on=key[1], stated_by_id=context.run_id, **values))
            outcome.created += count[key]
    Spend.objects.bulk_create(fresh, batch_size=1000)
    Spend.objects.bulk_update(changed, ["amount", "currency", "impressions", "clicks", "stated_by"], batch_size=500)


def _so_far(record: Model | None, blank: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """What earlier batches of this file have stated of a day, to which the rows of this one are added."""
    if getattr(record, "stated_by_id", None) != context.run_id:
        return {**blank}
    return {name: getattr(record, name) for name in blank}


def _add_counts(into: dict[str, Any], values: Mapping[str, Any], *names: str) -> None:
    """Adds counts, of which a row that is silent says nothing."""
    for name in names:
        if values.get(name) is not None:
            into[name] = (into[name] or 0) + values[name]


def _state(
    record: Spend | Visit, values: Mapping[str, Any], changed: list[Any], context: Context, outcome: Outcome
) -> None:
    """Writes what the file says of a day that is known, and that it is this file that says so."""
    if record.stated_by_id != context.run_id:
        record.stated_by_id = context.run_id
        changed.append(record)
    _change(record, effect_of(values, partial(getattr, record), replace=True), changed, outcome)


def refuse_currency(row: NumberedRow, before: str | None, usual: str, outcome: Outcome) -> bool:
    """Refuses a row of spend in another currency than the row before of the same campaign and day. Whether it did."""
    if before in (None, row.parsed.values.get("currency") or usual):
        return False
    outcome.refuse(row, f"The campaign has spend in {before} on this day already.")
    return True


def load_visits(rows: Sequence[NumberedRow], context: Context, outcome: Outcome) -> None:
    """Writes a batch of web visits; rows of one day and origin within a file add up, another file replaces."""
    campaigns = campaigns_named(rows, context, outcome)
    known = {
        (visit.visited_on, visit.channel, visit.source, visit.campaign_id): visit
        for visit in Visit.objects.filter(visited_on__in={row.parsed.values["visited_on"] for row in rows})
        .order_by("pk")
        .select_for_update(of=("self",))
    }
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        values = row.parsed.values
        campaign = campaigns.get(values.get("campaign") or "")
        key = (values["visited_on"], values["channel"].value, values.get("source") or "", campaign)
        if key not in sums:
            sums[key] = _so_far(known.get(key), {"sessions": 0, "users": None}, context)
        sums[key]["sessions"] += values.get("sessions") or 0
        _add_counts(sums[key], values, "users")
    fresh: list[Visit] = []
    changed: list[Visit] = []
    for key, values in sums.items():
        if key in known:
            _state(known[key], values, changed, context, outcome)
        else:
            names = dict(zip(("visited_on", "channel", "source", "campaign_id"), key, strict=True))
            fresh.append(Visit(stated_by_id=context.run_id, **names, **values))
    outcome.created += len(fresh)
    outcome.unchanged += len(rows) - len(sums)
    Visit.objects.bulk_create(fresh, batch_size=1000)
    Visit.objects.bulk_update(changed, ["sessions", "users", "stated_by"], batch_size=500)


def said_by(row: NumberedRow, fields: Sequence[str]) -> dict[str, Any]:
    """What a row says of these fields; blanks say nothing."""
    return {name: value for name in fields if (value := row.parsed.values.get(name)) not in (None, "")}


def _change(record: Model, effect: Effect, changed: list[Any], outcome: Outcome) -> None:
    """Writes what a row does to a record that is known."""
    outcome.kept += bool(effect.kept)
    if not effect.written:
        outcome.unchanged += 1
        return
    for name, value in effect.written.items():
        setattr(record, name, value)
    if record not in changed:
        changed.append(record)
    outcome.updated += 1
