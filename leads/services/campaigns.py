"""Campaigns, their spend and their content, as marketing logs them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction

from leads.events import CampaignLogged, ContentLogged, SpendBooked, SpendRemoved
from leads.models import Campaign, ContentAsset, Spend
from leads.permissions import can_edit_campaigns
from smarketing.accounts.models import Organisation, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.activity.events import as_json
from smarketing.lib.currencies import is_currency
from smarketing.lib.errors import Invalid

CAMPAIGN_FIELDS = (
    "external_id",
    "name",
    "channel",
    "objective",
    "audience",
    "journey_stage",
    "start_on",
    "end_on",
    "budget",
    "currency",
    "owner_id",
)
CONTRADICTIONS = {
    "campaign_ends_after_start": ("end_on", "A campaign does not end before it starts."),
    "campaign_budget_not_negative": ("budget", "A budget is not below zero."),
    "campaign_channel_valid": ("channel", "There is no such channel."),
}
"""What each constraint says to a person, and of which field."""
CONTENT_FIELDS = ("external_id", "title", "kind", "url", "journey_stage", "campaign_id")


@transaction.atomic
def log_campaign(values: Mapping[str, Any], *, actor: User, now: datetime, campaign_id: int | None = None) -> Campaign:
    """Adds a campaign, or changes the one with `campaign_id`.

    `values` holds any of CAMPAIGN_FIELDS. Publishes CampaignLogged. Raises NotAllowed, NotFound, Invalid (name taken,
    end before start, negative budget).
    """
    require(can_edit_campaigns, actor)
    if campaign_id is None:
        campaign = Campaign(created_at=now, currency=Organisation.current().currency, owner=actor)
    else:
        campaign = _locked(Campaign, campaign_id, actor)
    old, new = _assign(campaign, values, CAMPAIGN_FIELDS)
    if campaign.start_on and campaign.end_on and campaign.end_on < campaign.start_on:
        raise Invalid("The campaign would end before it starts.", fields={"end_on": ["Not before the start."]})
    if not is_currency(campaign.currency):
        raise Invalid(f"“{campaign.currency}” is no currency.", fields={"currency": ["Use a code such as EUR."]})
    if new or campaign_id is None:
        _save(campaign, taken="There is a campaign of this name already.", field="name")
        publish(CampaignLogged(campaign_id=campaign.pk, name=campaign.name, old=old, new=new), actor=actor, at=now)
    return campaign


@transaction.atomic
def archive_campaign(campaign_id: int, *, actor: User, now: datetime) -> Campaign:
    """Takes a campaign out of the lists; its facts stay. Archiving again brings it back. Raises NotAllowed."""
    require(can_edit_campaigns, actor)
    campaign: Campaign = _locked(Campaign, campaign_id, actor)
    old = as_json(campaign.archived_at)
    campaign.archived_at = None if campaign.archived_at else now
    campaign.save(update_fields=["archived_at"])
    event = CampaignLogged(
        campaign_id=campaign.pk,
        name=campaign.name,
        old={"archived_at": old},
        new={"archived_at": as_json(campaign.archived_at)},
    )
    publish(event, actor=actor, at=now)
    return campaign


EARLIEST_SPEND = date(2000, 1, 1)
PAID_AFTER_END = timedelta(days=62)


@transaction.atomic
def book_spend(
    campaign_id: int,
    *,
    spent_on: date,
    amount: Decimal,
    actor: User,
    now: datetime,
    impressions: int | None = None,
    clicks: int | None = None,
    note: str = "",
) -> Spend:
    """Sets what a campaign cost on a day; booking a day again replaces its amount, and the log keeps the old one.

    The day is one of the campaign's, or of the two months after its end in which bills come. `replaced` of the spend
    is what the day had before, None where it had nothing. Raises NotAllowed, NotFound, Invalid (negative amount, day).
    """
    require(can_edit_campaigns, actor)
    campaign = _locked(Campaign, campaign_id, actor)
    if amount < 0:
        raise Invalid("Spend cannot be negative.", fields={"amount": ["Not below zero."]})
    if spent_on > now.date():
        raise Invalid("Spend is booked when it is spent.", fields={"spent_on": ["Not in the future."]})
    first, last = max(campaign.start_on or EARLIEST_SPEND, EARLIEST_SPEND), campaign.end_on or now.date()
    if not first <= spent_on <= last + PAID_AFTER_END:
        when = f"The campaign runs from {first:%-d %b %Y}" + (f" to {last:%-d %b %Y}." if campaign.end_on else ".")
        raise Invalid("Spend is booked on a day of its campaign.", fields={"spent_on": [when]})
    known = Spend.objects.filter(campaign=campaign, spent_on=spent_on).first()
    old = known.amount if known else None
    spend, _ = Spend.objects.update_or_create(
        campaign=campaign,
        spent_on=spent_on,
        defaults={
            "amount": amount,
            "currency": campaign.currency,
            "impressions": impressions,
            "clicks": clicks,
            "note": note,
            "stated_by": None,
        },
    )
    spend.replaced = old
    publish(
        SpendBooked(
            campaign_id=campaign.pk,
            spent_on=spent_on.isoformat(),
            amount=amount,
            currency=campaign.currency,
            old=old,
        ),
        actor=actor,
        at=now,
    )
    return spend


@transaction.atomic
def remove_spend(spend_id: int, *, actor: User, now: datetime) -> Spend:
    """Takes back what was booked on a campaign's day by mistake; the log keeps the amount. Gives what was there.

    Publishes SpendRemoved. Raises NotAllowed, NotFound (also where somebody else was first).
    """
    require(can_edit_campaigns, actor)
    spend: Spend = _locked(Spend, spend_id, actor)
    event = SpendRemoved(
        campaign_id=spend.campaign_id,
        spent_on=spend.spent_on.isoformat(),
        amount=spend.amount,
        currency=spend.currency,
    )
    spend.delete()
    publish(event, actor=actor, at=now)
    return spend


@transaction.atomic
def log_content(
    values: Mapping[str, Any], *, actor: User, now: datetime, content_id: int | None = None
) -> ContentAsset:
    """Lists a content asset, or changes the one with `content_id`. Raises NotAllowed, NotFound, Invalid."""
    require(can_edit_campaigns, actor)
    asset = ContentAsset(created_at=now) if content_id is None else _locked(ContentAsset, content_id, actor)
    old, new = _assign(asset, values, CONTENT_FIELDS)
    if new or content_id is None:
        _save(asset, taken="There is content of this title already.", field="title")
        publish(ContentLogged(content_id=asset.pk, title=asset.title, old=old, new=new), actor=actor, at=now)
    return asset


def _locked(model: type[Any], pk: int, actor: User) -> Any:
    return model.objects.visible_to(actor).lock(pk)


def _assign(
    row: models.Model, values: Mapping[str, Any], allowed: tuple[str, ...]
) -> tuple[dict[str, object], dict[str, object]]:
    """Sets the allowed values and returns old and new of those that changed."""
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    for name in allowed:
        if name not in values:
            continue
        value = values[name]
        if name == "external_id":
            value = value or None
        before = getattr(row, name)
        if before != value:
            old[name], new[name] = as_json(before), as_json(value)
            setattr(row, name, value)
    return old, new


def _save(row: models.Model, *, taken: str, field: str) -> None:
    """Saves; a broken constraint becomes a sentence."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        text = str(error)
        if "_unique" in text:
            name = "external_id" if "external_id" in text else field
            raise Invalid(taken if name == field else "This external id is taken.", fields={name: [taken]}) from error
        if "_given" in text:
            raise Invalid("A name is needed.", fields={field: ["Must not be empty."]}) from error
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        wrong, why = CONTRADICTIONS.get(constraint, ("", "These values contradict each other."))
        raise Invalid(why, fields={wrong: [why]} if wrong else {}) from error
