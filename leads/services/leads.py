"""Leads and their touchpoints, entered by hand or by a program."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Lower

from leads.domain.channels import Channel, channel_of
from leads.domain.lifecycle import LifecycleStage
from leads.events import LeadCreated, LeadUpdated, TouchpointRecorded
from leads.models import Campaign, Company, ContentAsset, Lead, StageTransition, Touchpoint
from leads.permissions import can_edit_leads
from leads.services.scoring import score_newcomer, store_newcomer
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.activity.events import as_json
from smarketing.lib.errors import Conflict, Invalid

LEAD_FIELDS = (
    "external_id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "job_title",
    "seniority",
    "department",
    "country",
    "source",
    "channel",
    "campaign_id",
    "landing_page",
    "consent",
)


IDENTITIES = ("lead_email_unique_ci", "lead_external_id_unique")
"""The constraints that keep one person from being here twice."""


def create_lead(values: Mapping[str, Any], *, actor: User, now: datetime) -> Lead:
    """Adds a lead and scores it. `values`: any of LEAD_FIELDS and `company_name`, `company_domain`, `created_at`.

    The e-mail is compared without regard to case. Publishes LeadCreated. Raises NotAllowed, Invalid (no identity,
    no such campaign), Conflict (known already; `fields` says by what).
    """
    require(can_edit_leads, actor)
    identity = {"email": _email(values.get("email")), "external_id": (values.get("external_id") or "").strip() or None}
    if not any(identity.values()):
        raise Invalid(
            "A lead needs an e-mail or an external id.", fields={"email": ["Give an e-mail or an external id."]}
        )
    created_at = values.get("created_at") or now
    if created_at > now:
        raise Invalid("A lead cannot have come in the future.", fields={"created_at": ["Not in the future."]})
    lead = Lead(created_at=created_at, stage=LifecycleStage.LEAD, stage_changed_at=created_at)
    for name in LEAD_FIELDS:
        if name in values and name not in identity:
            setattr(lead, name, values[name])
    lead.email, lead.external_id = identity["email"], identity["external_id"]
    if not values.get("channel"):
        lead.channel = channel_of(lead.source) if lead.source else Channel.UNKNOWN
    try:
        return _add(lead, values.get("company_name"), values.get("company_domain"), actor=actor, now=now)
    except IntegrityError as error:
        # The constraints look for the person, so that two who come at once are one; who it is matters only now.
        if _broken_constraint(error) not in IDENTITIES:
            raise
        _refuse_known(identity)
        raise Conflict("This lead is known already.", code="lead_known") from error


@transaction.atomic
def _add(lead: Lead, company_name: str | None, company_domain: str | None, *, actor: User, now: datetime) -> Lead:
    _require_campaign(lead.campaign_id)
    lead.company = find_or_add_company(company_name, company_domain, now=now)
    scored = score_newcomer(lead, now)
    lead.save(force_insert=True)
    store_newcomer(lead, scored)
    StageTransition.objects.create(
        lead=lead, to_stage=lead.stage, occurred_at=lead.created_at, actor=actor, why="entered by hand"
    )
    publish(
        LeadCreated(
            lead_id=lead.pk,
            label=lead.label,
            source=lead.source,
            channel=str(lead.channel),
            score=lead.score if lead.scored_at else None,
        ),
        actor=actor,
        at=now,
    )
    return lead


@transaction.atomic
def update_lead(lead_id: int, values: Mapping[str, Any], *, actor: User, now: datetime) -> Lead:
    """Corrects a lead's data; the log keeps old and new. Raises NotAllowed, NotFound, Invalid, Conflict."""
    require(can_edit_leads, actor)
    lead = locked_lead(lead_id, actor)
    cleaned = dict(values)
    for name in ("email", "external_id"):
        if name in cleaned:
            cleaned[name] = _email(cleaned[name]) if name == "email" else (cleaned[name] or "").strip() or None
    if "company_name" in cleaned or "company_domain" in cleaned:
        company = find_or_add_company(cleaned.get("company_name"), cleaned.get("company_domain"), now=now)
        cleaned["company_id"] = company.pk if company else None
    old, new = {}, {}
    for name in (*LEAD_FIELDS, "company_id"):
        if name in cleaned and getattr(lead, name) != cleaned[name]:
            old[name], new[name] = as_json(getattr(lead, name)), as_json(cleaned[name])
            setattr(lead, name, cleaned[name])
    if not new:
        return lead
    if not (lead.email or lead.external_id):
        raise Invalid("A lead keeps an e-mail or an external id.", fields={"email": ["Give one of the two."]})
    _require_campaign(cleaned.get("campaign_id"))
    _refuse_known({name: new[name] for name in ("email", "external_id") if new.get(name)}, but=lead.pk)
    lead.save(update_fields=list(new))
    publish(LeadUpdated(lead_id=lead.pk, label=lead.label, old=old, new=new), actor=actor, at=now)
    return lead


@transaction.atomic
def record_touchpoint(lead_id: int, values: Mapping[str, Any], *, actor: User, now: datetime) -> Touchpoint:
    """Adds one interaction. With an `external_id` that is known already, nothing changes and the known one comes back.

    `values`: kind, occurred_at, channel, source, campaign_id, content_id, url, note, external_id. Publishes
    TouchpointRecorded. Raises NotAllowed, NotFound, Invalid (in the future, no such campaign or content).
    """
    require(can_edit_leads, actor)
    lead = locked_lead(lead_id, actor)
    external_id = values.get("external_id") or None
    if external_id:
        known: Touchpoint | None = Touchpoint.objects.filter(external_id=external_id).first()
        if known:
            return known
    occurred_at = values.get("occurred_at") or now
    if occurred_at > now:
        raise Invalid("This is still to come.", fields={"occurred_at": ["Not in the future."]})
    fields = ("kind", "channel", "source", "campaign_id", "content_id", "url", "note")
    given = {name: values[name] for name in fields if values.get(name)}
    _require_campaign(given.get("campaign_id"))
    _require_content(given.get("content_id"))
    touchpoint = Touchpoint.objects.create(lead=lead, occurred_at=occurred_at, external_id=external_id, **given)
    Lead.objects.filter(pk=lead.pk).update(last_touch_at=Greatest("last_touch_at", occurred_at))
    publish(
        TouchpointRecorded(touchpoint_id=touchpoint.pk, lead_id=lead.pk, kind=touchpoint.kind, occurred_at=occurred_at),
        actor=actor,
        at=now,
    )
    return touchpoint


def locked_lead(lead_id: int, actor: User) -> Lead:
    """The lead, locked until the transaction ends; NotFound where this person may not see it."""
    lead: Lead = Lead.objects.visible_to(actor).lock(lead_id)
    return lead


def find_or_add_company(name: str | None, domain: str | None, *, now: datetime) -> Company | None:
    """The company of this domain, else of this name; added when unknown, None where neither is given."""
    name, domain = (name or "").strip(), (domain or "").strip().lower() or None
    if not (name or domain):
        return None
    # In the words of the indexes, which are on the lower case of both.
    column, text = ("domain", domain) if domain else ("name", name.lower())
    known: Company | None = Company.objects.alias(key=Lower(column)).filter(key=text).order_by("id").first()
    if known or not domain:
        return known or Company.objects.create(name=name, created_at=now)
    company, _ = Company.objects.get_or_create(domain=domain, defaults={"name": name or domain, "created_at": now})
    return company


def _email(value: str | None) -> str | None:
    return (value or "").strip().lower() or None


def _require_campaign(campaign_id: int | None) -> None:
    if campaign_id is not None and not Campaign.objects.filter(pk=campaign_id).exists():
        raise Invalid("There is no such campaign.", fields={"campaign": ["There is no such campaign."]})


def _require_content(content_id: int | None) -> None:
    if content_id is not None and not ContentAsset.objects.filter(pk=content_id).exists():
        raise Invalid("There is no such content.", fields={"content": ["There is no such content."]})


def _broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint that the database refused for, as its driver tells it."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def _refuse_known(identity: Mapping[str, Any], *, but: int | None = None) -> None:
    for name, value in identity.items():
        if not value:
            continue
        leads = Lead.objects.alias(key=Lower("email") if name == "email" else F("external_id")).filter(key=value)
        known = (leads.exclude(pk=but) if but else leads).first()
        if known:
            raise Conflict(
                f"This lead is known already: {known.label}.",
                code="lead_known",
                fields={name: ["Belongs to a lead that is already here."]},
            )
