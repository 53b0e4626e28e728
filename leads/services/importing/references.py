"""The records that rows speak of by name, id or e-mail: found in one query a batch, added where that is safe."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models.functions import Lower, Upper

from leads.domain.channels import Channel
from leads.models import Campaign, ContentAsset, Lead
from leads.services.importing.batches import Context, NumberedRow, Outcome, copy_columns, new_ids
from smarketing.accounts.models import User


def values_of(rows: Iterable[NumberedRow], name: str) -> set[str]:
    """The different values that rows have in a field, blanks left out."""
    return {value for row in rows if (value := row.parsed.values.get(name))}


def campaigns_named(rows: Iterable[NumberedRow], context: Context, outcome: Outcome) -> dict[str, int]:
    """Ids of the campaigns that rows name (by external id or by name, whatever the case); unknown ones are added."""
    wanted: dict[str, NumberedRow] = {}
    for row in rows:
        if name := row.parsed.values.get("campaign"):
            wanted.setdefault(name, row)
    if not wanted:
        return {}
    found, by_name = _campaign_ids(wanted)
    missing = [f"campaign {name.upper()}" for name in wanted if name not in found and name.upper() not in by_name]
    if missing and context.turn.waited_for(missing):
        found, by_name = _campaign_ids(wanted)
    # Added in the order of their names, so that two files that bring the same ones wait for each other in turn.
    for name, row in sorted(wanted.items(), key=lambda item: item[0].upper()):
        if name in found:
            continue
        pk = by_name.get(name.upper())
        if pk is None:
            made = Campaign.objects.create(
                name=name[:200],
                channel=row.parsed.values.get("channel") or Channel.UNKNOWN,
                currency=row.parsed.values.get("currency") or context.currency,
                created_at=context.now,
            )
            by_name[name.upper()] = pk = made.pk
            outcome.notes.add(f"The campaign “{name}” was not known and was added.")
        found[name] = pk
    return found


def campaigns_known(names: Collection[str]) -> dict[str, int | None]:
    """Ids of the campaigns of these external ids or names; None where there is none, for none is added."""
    found, by_name = _campaign_ids(names) if names else ({}, {})
    return {name: found.get(name) or by_name.get(name.upper()) for name in names}


def _campaign_ids(names: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Ids of the campaigns with these external ids, and of those with these names in upper case."""
    ids = Campaign.objects.filter(external_id__in=names).values_list("external_id", "pk")
    named = Campaign.objects.annotate(upper=Upper("name")).filter(upper__in={name.upper() for name in names})
    return {name: pk for name, pk in ids if name}, dict(named.values_list("upper", "pk"))


def contents_named(rows: Iterable[NumberedRow], context: Context, outcome: Outcome) -> dict[str, int]:
    """Ids of the content assets that rows name (by external id or by title); unknown ones are added."""
    wanted = values_of(rows, "content")
    if not wanted:
        return {}
    found = dict(ContentAsset.objects.filter(external_id__in=wanted).values_list("external_id", "pk"))
    by_title = dict(
        ContentAsset.objects.annotate(upper=Upper("title"))
        .filter(upper__in={title.upper() for title in wanted})
        .values_list("upper", "pk")
    )
    for title in sorted(wanted - set(found)):
        pk = by_title.get(title.upper())
        if pk is None:
            made = ContentAsset.objects.create(title=title[:200], kind=ContentAsset.Kind.OTHER, created_at=context.now)
            by_title[title.upper()] = pk = made.pk
            outcome.notes.add(f"The content “{title}” was not known and was added.")
        found[title] = pk
    return {title: pk for title, pk in found.items() if title is not None}


def companies_named(
    rows: Iterable[NumberedRow], context: Context, *, name_field: str = "company_name"
) -> dict[int, int]:
    """By row number, the id of the company that the row names by domain or by name; unknown ones are added."""
    keyed = _keyed(rows, name_field)
    if not keyed:
        return {}
    domains, names = _ids_of_companies(keyed)
    # By both, for a company that is added may be found by either.
    unknown = {
        f"company {one}"
        for _, domain, name in keyed
        if (domain not in domains if domain else name.lower() not in names)
        for one in (domain, name.lower() or domain)
    }
    if unknown and context.turn.waited_for(unknown):
        domains, names = _ids_of_companies(keyed)
    missing: dict[tuple[str, str], tuple[str, str | None]] = {}
    for _, domain, name in keyed:
        known = domains.get(domain) if domain else names.get(name.lower())
        if known is None:
            key = ("domain", domain) if domain else ("name", name.lower())
            missing.setdefault(key, ((name or domain)[:200], domain or None))
    if missing:
        # In one order, as campaigns are.
        keys = sorted(missing)
        ids = new_ids("leads_company", len(keys))
        _copy_companies(ids, [missing[key] for key in keys], context)
        for (by, value), pk in zip(keys, ids, strict=True):
            (domains if by == "domain" else names)[value] = pk
    return {number: domains[domain] if domain else names[name.lower()] for number, domain, name in keyed}


def companies_known(rows: Iterable[NumberedRow]) -> dict[int, int | None]:
    """By row number, the id of the company that the row names; None where there is none, for none is added."""
    keyed = _keyed(rows)
    if not keyed:
        return {}
    domains, names = _ids_of_companies(keyed)
    return {number: domains.get(domain) if domain else names.get(name.lower()) for number, domain, name in keyed}


def _keyed(rows: Iterable[NumberedRow], name_field: str = "company_name") -> list[tuple[int, str, str]]:
    """Number, domain and name of the company of each row that names one."""
    keyed = []
    for row in rows:
        domain = (row.parsed.values.get("company_domain") or "").lower()
        name = row.parsed.values.get(name_field) or ""
        if domain or name:
            keyed.append((row.number, domain, name))
    return keyed


def _copy_companies(ids: Sequence[int], named: Sequence[tuple[str, str | None]], context: Context) -> None:
    """Adds companies of whom a name and perhaps a domain is known."""
    names, domains = zip(*named, strict=True)
    blank = [""] * len(ids)
    columns = {"id": ids, "name": names, "domain": domains, "created_at": [context.now] * len(ids)}
    copy_columns("leads_company", columns | dict.fromkeys(("industry", "country", "city"), blank))


def _ids_of_companies(keyed: Sequence[tuple[int, str, str]]) -> tuple[dict[str, int], dict[str, int]]:
    """Ids of companies by domain, and by the lower case of the name for rows without a domain."""
    return (
        _company_ids("domain", {domain for _, domain, _ in keyed if domain}),
        _company_ids("name", {name.lower() for _, domain, name in keyed if not domain}),
    )


def names_in(rows: Iterable[NumberedRow]) -> Iterator[str]:
    """What the companies and campaigns that rows of leads name may be found by, once they are added."""
    for row in rows:
        values = row.parsed.values
        for name in ("company_domain", "company_name"):
            if named := values.get(name):
                yield f"company {named.lower()}"
        if campaign := values.get("campaign"):
            yield f"campaign {campaign.upper()}"


def _company_ids(column: str, keys: Collection[str]) -> dict[str, int]:
    """Ids by the lower case of domain or name; of several with one name the first."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        # One array: a file may name another company in each row, and a parameter takes longer than its answer.
        cursor.execute(
            f"SELECT lower({column}), id FROM leads_company WHERE lower({column}) = ANY(%s) ORDER BY id DESC",  # noqa: S608
            [list(keys)],
        )
        return dict(cursor.fetchall())


def people_by_email(rows: Iterable[NumberedRow], name: str = "owner_email") -> dict[str, int]:
    """Ids of people by the lower-case e-mail that rows name."""
    wanted = {email.lower() for email in values_of(rows, name)}
    return dict(
        User.objects.annotate(key=Lower("email")).filter(key__in=wanted).values_list("key", "pk") if wanted else []
    )


def leads_named(rows: Iterable[NumberedRow], *, lock: bool = True) -> dict[tuple[str, str], Lead]:
    """The leads that rows of touchpoints or deals speak of, locked, by ("external_id" or "email", value)."""
    ids = values_of(rows, "lead_external_id")
    emails = {email.lower() for email in values_of(rows, "lead_email")}
    found: dict[tuple[str, str], Lead] = {}
    for lead in leads_known_by(ids, emails, lock=lock):
        if lead.external_id in ids:
            found["external_id", lead.external_id or ""] = lead
        if (email := (lead.email or "").lower()) in emails:
            found["email", email] = lead
    return found


def leads_known_by(ids: Collection[str], emails: Collection[str], *, lock: bool = True) -> list[Lead]:
    """Leads with one of these external ids or lower-case e-mails, locked in the order in which everybody does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM leads_lead WHERE external_id = ANY(%s::text[])"
            " UNION SELECT id FROM leads_lead WHERE lower(email) = ANY(%s::text[])",
            [list(ids), list(emails)],
        )
        found = [row[0] for row in cursor.fetchall()]
    if not found:
        return []
    leads = Lead.objects.filter(pk__in=found).order_by("pk")
    return list(leads.select_for_update(of=("self",)) if lock else leads)


def lead_of(row: NumberedRow, leads: dict[tuple[str, str], Lead], outcome: Outcome) -> Lead | None:
    """The lead that a row speaks of; None, with the row refused, where it is unknown or two different leads."""
    values: dict[str, Any] = row.parsed.values
    external_id, email = values.get("lead_external_id"), values.get("lead_email")
    by_id = leads.get(("external_id", external_id)) if external_id else None
    by_email = leads.get(("email", email.lower())) if email else None
    if by_id and by_email and by_id.pk != by_email.pk:
        outcome.refuse(row, f"The id {external_id} and the e-mail {email} belong to two different leads.")
        return None
    if by_id or by_email:
        return by_id or by_email
    known_by = f"the external id {external_id}" if external_id else f"the e-mail {email}"
    outcome.refuse(row, f"There is no lead with {known_by}; import the leads first.")
    return None
