"""Deals: what leads turn into. Opening one makes its lead an opportunity, winning it a customer.

Locks are taken in the order lead, handoff, deal. Only the lead that a deal came from moves with it: the other leads
are people of the same buyer, who would be counted as further customers otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from leads.domain.handoffs import HandoffStatus
from leads.domain.lifecycle import RANK, LifecycleStage
from leads.domain.losses import LossRefused, loss_of
from leads.events import DealCorrected, DealLost, DealOpened, DealStageChanged, DealUpdated, DealWon
from leads.models import Company, Deal, DealStage, Handoff, Lead, LossReason
from leads.models.deals import OPEN_STAGES
from leads.permissions import can_correct_closed_deal, can_edit_deal
from leads.services.handoffs import mark_qualified
from leads.services.leads import locked_lead
from leads.services.stages import advance_stage
from smarketing.accounts.models import Organisation, Role, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.activity.events import as_json
from smarketing.lib.currencies import is_currency
from smarketing.lib.errors import Conflict, Invalid, NotAllowed, NotFound

CENT = Decimal("0.01")
LARGEST_AMOUNT = Decimal("999999999999.99")
DEAL_FIELDS = ("name", "amount", "currency", "expected_close_on", "segment", "product", "company_id", "owner_id")
CLOSED_WITH = {"amount": "amount", "currency": "currency", "expected_close_on": "expected close", "owner_id": "owner"}
"""What a deal was closed with, and what to call it: corrected only by a sales manager, who says why."""


@transaction.atomic
def open_deal(
    *,
    name: str = "",
    lead_id: int | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    expected_close_on: date | None = None,
    owner_id: int | None = None,
    company_id: int | None = None,
    other_lead_ids: Sequence[int] = (),
    segment: str = "",
    product: str = "",
    external_id: str | None = None,
    actor: User,
    now: datetime,
) -> Deal:
    """Opens a deal, of a lead or of none, in discovery.

    The lead becomes an opportunity unless it is a customer; where sales took it by a handoff and had not said so yet,
    it is qualified by this. Missing values come from the lead (name, company), the organisation (currency) and `actor`
    (owner). The amount is exact to the cent, or None while unknown. Publishes DealOpened. Raises NotAllowed, NotFound
    (lead), Invalid (name, amount, currency, owner), Conflict (`handoff_pending`, `deal_known`, `stage_move_refused`).
    """
    require(can_edit_deal, actor)
    lead = locked_lead(lead_id, actor) if lead_id is not None else None
    handoff = _worked_handoff(lead, actor) if lead is not None else None
    values = _checked(
        {
            "name": name.strip() or (_name_for(lead) if lead else ""),
            "amount": amount,
            "currency": currency or Organisation.current().currency,
            "expected_close_on": expected_close_on,
            "segment": segment.strip(),
            "product": product.strip(),
            "owner_id": owner_id if owner_id is not None else actor.pk,
            "company_id": company_id if company_id is not None else (lead.company_id if lead else None),
        }
    )
    others = list(Lead.objects.visible_to(actor).filter(pk__in=other_lead_ids).exclude(pk=lead_id))
    if len(others) != len(set(other_lead_ids) - {lead_id}):
        raise NotFound("One of the other leads does not exist, or you may not see it.")
    try:
        with transaction.atomic():
            deal = Deal.objects.create(
                lead=lead, handoff=handoff, external_id=(external_id or "").strip() or None, opened_at=now, **values
            )
    except IntegrityError as error:
        raise Conflict(
            "A deal with this external id is here already.",
            code="deal_known",
            fields={"external_id": ["Belongs to another deal."]},
        ) from error
    deal.other_leads.set(others)
    if lead is not None:
        if handoff is not None and handoff.status == HandoffStatus.ACCEPTED:
            mark_qualified(lead, handoff, note=f"Opened the deal {deal.name}.", actor=actor, now=now)
        if lead.stage != LifecycleStage.CUSTOMER:
            advance_stage(lead, LifecycleStage.OPPORTUNITY, actor=actor, now=now, why=f"Opened the deal {deal.name}.")
    publish(
        DealOpened(
            deal_id=deal.pk,
            lead_id=deal.lead_id,
            handoff_id=deal.handoff_id,
            name=deal.name,
            amount=deal.amount,
            currency=deal.currency,
            opened_at=now,
        ),
        actor=actor,
        at=now,
    )
    return deal


@transaction.atomic
def update_deal(deal_id: int, values: Mapping[str, Any], *, why: str = "", actor: User, now: datetime) -> Deal:
    """Changes any of DEAL_FIELDS; the log keeps old and new. CLOSED_WITH of a closed deal needs `why`, and a manager.

    Publishes DealUpdated where something changed, or DealCorrected. Raises NotFound, NotAllowed (also `deal_closed`),
    Invalid (also `note_missing`).
    """
    _, deal = _locked(deal_id, actor)
    require(can_edit_deal, actor, deal)
    wanted = _checked({name: values[name] for name in DEAL_FIELDS if name in values})
    old = {name: getattr(deal, name) for name in wanted}
    changed = [name for name, value in wanted.items() if old[name] != value]
    if not changed:
        return deal
    corrected = [name for name in changed if name in CLOSED_WITH and not deal.is_open]
    words = _reason_to_correct(deal, corrected, why, actor) if corrected else ""
    for name in changed:
        setattr(deal, name, wanted[name])
    deal.save(update_fields=changed)
    before = {name: as_json(old[name]) for name in changed}
    after = {name: as_json(wanted[name]) for name in changed}
    about: dict[str, Any] = {
        "deal_id": deal.pk,
        "lead_id": deal.lead_id,
        "name": deal.name,
        "old": before,
        "new": after,
    }
    publish(DealCorrected(**about, why=words) if corrected else DealUpdated(**about), actor=actor, at=now)
    return deal


@transaction.atomic
def move_deal(deal_id: int, *, stage: str, why: str = "", actor: User, now: datetime) -> Deal:
    """Moves a deal to another open stage. A closed one is reopened by this, for which `why` is needed.

    Reopening takes back what closing did to the lead, unless another deal of it was won. Moving to where it stands
    changes nothing. Publishes DealStageChanged. Raises NotFound, NotAllowed, Invalid (`deal_stage_closed`: winning and
    losing have their own acts; `note_missing`).
    """
    lead, deal = _locked(deal_id, actor)
    require(can_edit_deal, actor, deal)
    if stage not in OPEN_STAGES:
        names = ", ".join(str(DealStage(open_stage).label) for open_stage in OPEN_STAGES)
        raise Invalid(
            f"Choose one of the open stages ({names}); win or lose the deal to close it.",
            code="deal_stage_closed",
            fields={"stage": [f"One of {names}."]},
        )
    before = deal.stage
    if before == stage:
        return deal
    if before not in OPEN_STAGES:
        _reopen(lead, deal, why, actor=actor, now=now)
    deal.stage = stage
    deal.save(update_fields=["stage", "won_at", "lost_at", "loss_reason", "lost_reason"])
    publish(
        DealStageChanged(deal_id=deal.pk, lead_id=deal.lead_id, name=deal.name, old=before, new=stage),
        actor=actor,
        at=now,
    )
    return deal


@transaction.atomic
def win_deal(deal_id: int, *, amount: Decimal | None = None, actor: User, now: datetime) -> Deal:
    """The buyer signed: the deal is won and its lead a customer. `amount` replaces the amount where given.

    Publishes DealWon. Raises NotFound, NotAllowed, Invalid (amount), Conflict (`deal_closed`).
    """
    lead, deal = _locked(deal_id, actor)
    require(can_edit_deal, actor, deal)
    _refuse_closed(deal)
    if amount is not None:
        deal.amount = _checked({"amount": amount})["amount"]
    deal.stage = DealStage.WON
    deal.won_at = now
    deal.save(update_fields=["amount", "stage", "won_at"])
    if lead is not None:
        advance_stage(lead, LifecycleStage.CUSTOMER, actor=actor, now=now, why=f"Won the deal {deal.name}.")
    publish(
        DealWon(
            deal_id=deal.pk,
            lead_id=deal.lead_id,
            name=deal.name,
            amount=deal.amount,
            currency=deal.currency,
            won_at=now,
        ),
        actor=actor,
        at=now,
    )
    return deal


@transaction.atomic
def lose_deal(deal_id: int, *, reason: str, note: str = "", actor: User, now: datetime) -> Deal:
    """The buyer said no. A lead without another open deal goes back to marketing as recycled.

    `reason` is the code or label of the agreed list, or free words, which count as “other”; `note` adds words.
    Publishes DealLost. Raises NotFound, NotAllowed, Invalid (`reason_missing`, `reason_retired`, `note_missing`),
    Conflict (`deal_closed`).
    """
    lead, deal = _locked(deal_id, actor)
    require(can_edit_deal, actor, deal)
    _refuse_closed(deal)
    agreed = {each.code: each for each in LossReason.objects.all()}
    try:
        loss = loss_of(reason, note, [each.to_domain() for each in agreed.values()])
    except LossRefused as refused:
        field = "note" if refused.code == "note_missing" else "reason"
        raise Invalid(str(refused), code=refused.code, fields={field: [str(refused)]}) from refused
    words = loss.words
    deal.stage = DealStage.LOST
    deal.lost_at = now
    deal.loss_reason = agreed.get(loss.code)
    deal.lost_reason = words
    deal.save(update_fields=["stage", "lost_at", "loss_reason", "lost_reason"])
    if (
        lead is not None
        and lead.stage == LifecycleStage.OPPORTUNITY
        and not Deal.objects.open().filter(lead=lead).exists()
    ):
        advance_stage(lead, LifecycleStage.RECYCLED, actor=actor, now=now, why=f"Lost the deal {deal.name}: {words}")
    publish(
        DealLost(
            deal_id=deal.pk, lead_id=deal.lead_id, name=deal.name, reason=words, reason_code=loss.code, lost_at=now
        ),
        actor=actor,
        at=now,
    )
    return deal


# --- Inside -----------------------------------------------------------------------------------------------


def _locked(deal_id: int, actor: User) -> tuple[Lead | None, Deal]:
    found = Deal.objects.visible_to(actor).filter(pk=deal_id).values_list("lead_id").first()
    if found is None:
        raise NotFound("There is no such deal, or you may not see it.")
    lead = Lead.objects.lock(found[0]) if found[0] is not None else None
    deal: Deal = Deal.objects.lock(deal_id)
    return lead, deal


def _worked_handoff(lead: Lead, actor: User) -> Handoff | None:
    """The handoff by which sales got the lead, locked; None where sales found the lead without marketing."""
    handoff: Handoff | None = (
        Handoff.objects.filter(lead=lead).select_for_update(of=("self",)).order_by("-created_at", "-id").first()
    )
    if handoff is not None and handoff.status == HandoffStatus.PENDING:
        raise Conflict("This lead waits in an inbox: accept it first, then open the deal.", code="handoff_pending")
    if handoff is None or handoff.status != HandoffStatus.ACCEPTED:
        return None
    return handoff


def _name_for(lead: Lead) -> str:
    return lead.company.name if lead.company else lead.label


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values, or Invalid with everything that is wrong with them."""
    wrong: dict[str, list[str]] = {}
    if "name" in values and not 0 < len(values["name"]) <= 200:
        wrong["name"] = ["Give the deal a name of at most 200 characters."]
    amount = values.get("amount")
    if amount is not None:
        if not amount.is_finite() or amount < 0 or amount > LARGEST_AMOUNT:
            wrong["amount"] = ["Give an amount of zero or more; leave it empty while it is unknown."]
        elif amount != amount.quantize(CENT):
            wrong["amount"] = ["Give the amount to the cent, not finer."]
        else:
            values["amount"] = amount.quantize(CENT)
    if "currency" in values:
        code = values["currency"].upper()
        if not is_currency(code):
            wrong["currency"] = ["Use a three-letter code such as EUR."]
        values["currency"] = code
    owner_id = values.get("owner_id")
    if owner_id is not None:
        owner = User.objects.filter(pk=owner_id, is_active=True).first()
        if owner is None or Role.REP not in owner.roles:
            wrong["owner"] = ["Choose somebody who sells."]
    if values.get("company_id") is not None and not Company.objects.filter(pk=values["company_id"]).exists():
        wrong["company"] = ["There is no such company."]
    if wrong:
        raise Invalid(
            next(iter(wrong.values()))[0] if len(wrong) == 1 else "Some values were not accepted.", fields=wrong
        )
    return values


def _refuse_closed(deal: Deal) -> None:
    if deal.stage not in OPEN_STAGES:
        raise Conflict(f"This deal is closed: it was {deal.get_stage_display().lower()}.", code="deal_closed")


def _reason_to_correct(deal: Deal, fields: Sequence[str], why: str, actor: User) -> str:
    if not can_correct_closed_deal(actor, deal):
        told = list(dict.fromkeys(CLOSED_WITH[name] for name in fields))
        what = " and ".join(filter(None, [", ".join(told[:-1]), told[-1]]))
        ended = localtime(deal.won_at or deal.lost_at)
        end = f"{deal.get_stage_display().lower()} on {ended:%-d %B %Y}"
        raise NotAllowed(f"This deal was {end}: only a sales manager corrects its {what}.", code="deal_closed")
    words = why.strip()
    if not words:
        sentence = "Say why a closed deal is corrected; its history keeps it."
        raise Invalid(sentence, code="note_missing", fields={"why": [sentence]})
    return words


def _reopen(lead: Lead | None, deal: Deal, why: str, *, actor: User, now: datetime) -> None:
    words = why.strip()
    if not words:
        sentence = "Say why the deal is open again."
        raise Invalid(sentence, code="note_missing", fields={"why": [sentence]})
    deal.won_at = deal.lost_at = None
    deal.loss_reason = None
    deal.lost_reason = ""
    if lead is None or Deal.objects.filter(lead=lead, won_at__isnull=False).exclude(pk=deal.pk).exists():
        return
    stage = LifecycleStage(lead.stage)
    if stage is LifecycleStage.CUSTOMER or RANK.get(stage, -1) < RANK[LifecycleStage.OPPORTUNITY]:
        advance_stage(
            lead, LifecycleStage.OPPORTUNITY, actor=actor, now=now, why=f"Reopened the deal {deal.name}: {words}"
        )
