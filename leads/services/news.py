"""Telling both sides what became of a handoff: the team that it goes to, and the marketer whom it came from.

Called in the transaction of each change. What one act does to many leads is told in one notification
(`notify_soon`); mails wait for the working hours of whom they go to.
"""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from leads.domain.handoffs import HandoffStatus, MarketingAnswer
from leads.models import Deal, Handoff
from smarketing.accounts.models import User
from smarketing.notifications.services import Several, notify_soon
from smarketing.web.wording import money_words


def tell_of_arrival(handoff_id: int, *, now: datetime) -> None:
    """The rep whom it is for, else everybody of the team who takes leads, hears of a new handoff."""
    handoff = _handoff(handoff_id)
    whom = [handoff.owner] if handoff.owner else pool_of(handoff.team_id)
    lead, sender = handoff.lead.label, str(handoff.created_by or "Marketing")
    said = [f"Why now: {handoff.why_now['headline']}."] if handoff.why_now.get("headline") else []
    notify_soon(
        whom,
        kind="handoffs.arrived",
        title=f"{lead} handed to {'you' if handoff.owner else handoff.team}",
        body="\n".join([f"By {sender}, score {handoff.score}.", *said, f"Next steps: {handoff.next_steps}"]),
        url=handoff.get_absolute_url(),
        several=Several("{count} leads came into your inbox", reverse("leads:inbox"), f"{lead}, by {sender}"),
        dedupe_key=f"handoffs.arrived:{handoff.pk}",
        now=now,
    )


def tell_of_acceptance(handoff_id: int, *, now: datetime) -> None:
    """Who handed it over hears that sales took it."""
    handoff = _handoff(handoff_id)
    _tell_sender(handoff, "accepted", f"{handoff.decided_by} accepted {handoff.lead.label}", "", now=now)


def tell_of_rejection(handoff_id: int, *, now: datetime) -> None:
    """Who handed it over hears why sales did not take it, and that marketing has to answer."""
    handoff = _handoff(handoff_id)
    title = f"{handoff.decided_by} rejected {handoff.lead.label}"
    why = str(handoff.rejection_reason)
    _tell_sender(handoff, "rejected", title, ": ".join(filter(None, [why, handoff.note])), now=now)


def tell_of_return(handoff_id: int, *, now: datetime) -> None:
    """Who handed it over hears why sales gave it back, and that marketing has to answer."""
    handoff = _handoff(handoff_id)
    _tell_sender(handoff, "returned", f"Sales returned {handoff.lead.label}", handoff.note, now=now)


def tell_of_withdrawal(handoff_id: int, *, now: datetime) -> None:
    """The rep whom it was for hears that there is nothing to do any more; of a handoff for nobody, nobody."""
    handoff = _handoff(handoff_id)
    if handoff.owner is None:
        return
    lead = handoff.lead.label
    notify_soon(
        [handoff.owner],
        kind="handoffs.withdrawn",
        title=f"Marketing withdrew {lead}",
        body=handoff.note,
        url=handoff.get_absolute_url(),
        several=Several("Marketing withdrew {count} leads", reverse("leads:inbox"), lead),
        dedupe_key=f"handoffs.withdrawn:{handoff.pk}",
        now=now,
    )


def tell_of_answer(handoff_id: int, *, answer: str, now: datetime) -> None:
    """Who sent a lead back hears what marketing made of it; one who gets it again hears of that as well."""
    handoff = _handoff(handoff_id)
    sender = handoff.decided_by if handoff.status == HandoffStatus.REJECTED else handoff.owner
    if sender is None:
        return
    lead, said = handoff.lead.label, MarketingAnswer(answer).label.lower()
    notify_soon(
        [sender],
        kind="handoffs.answered",
        title=f"Marketing answered on {lead}: {said}",
        url=handoff.get_absolute_url(),
        several=Several("Marketing answered on {count} leads", reverse("leads:inbox"), f"{lead}: {said}"),
        dedupe_key=f"handoffs.answered:{handoff.pk}",
        now=now,
    )


def tell_of_win(deal_id: int, *, now: datetime) -> None:
    """Who handed the lead over that the deal came from hears that it was won; a deal of no handoff tells nobody."""
    deal = Deal.objects.select_related("lead").get(pk=deal_id)
    handoffs = Handoff.objects.select_related("created_by")
    if deal.handoff_id is not None:
        handoffs = handoffs.filter(pk=deal.handoff_id)
    handoff = handoffs.filter(lead=deal.lead_id, decided_at__isnull=False).order_by("-created_at").first()
    if handoff is None or handoff.created_by is None or deal.lead is None:
        return
    lead = deal.lead.label
    worth = f", {money_words(deal.amount, deal.currency)}" if deal.amount is not None else ""
    notify_soon(
        [handoff.created_by],
        kind="handoffs.won",
        title=f"Won: {deal.name}{worth}",
        body=f"You handed {lead} to sales; the deal is won.",
        url=reverse("leads:deal-detail", args=[deal.pk]),
        several=Several("{count} deals of your leads were won", reverse("leads:handoff-list"), f"{deal.name}{worth}"),
        dedupe_key=f"handoffs.won:{deal.pk}",
        now=now,
    )


def tell_of_reassignment(handoff_id: int, *, old_owner_id: int | None, new_owner_id: int, now: datetime) -> None:
    """Whose it was and whose it is; nobody is told what they did themselves."""
    handoff = _handoff(handoff_id)
    spell = handoff.assignments.filter(ended_at__isnull=True).first()
    by = spell.assigned_by if spell else None
    why = f": {spell.why}" if spell and spell.why else ""
    lead, inbox = handoff.lead.label, reverse("leads:inbox")
    people = User.objects.in_bulk({new_owner_id, old_owner_id or new_owner_id} - {by.pk if by else 0})
    key = f"handoffs.reassigned:{handoff.pk}:{spell.pk if spell else 0}"
    if new_owner_id in people:
        notify_soon(
            [people[new_owner_id]],
            kind="handoffs.given",
            title=f"{lead} is yours now",
            body=f"{by or 'Somebody'} gave it to you{why}.\nNext steps: {handoff.next_steps}",
            url=handoff.get_absolute_url(),
            several=Several("{count} leads are yours now", inbox, lead),
            dedupe_key=key,
            now=now,
        )
    if old_owner_id in people and old_owner_id != new_owner_id:
        notify_soon(
            [people[old_owner_id]],
            kind="handoffs.taken",
            title=f"{lead} went to {handoff.owner}",
            body=f"{by or 'Somebody'} gave it to {handoff.owner}{why}.",
            url=handoff.get_absolute_url(),
            several=Several("{count} of your leads went to somebody else", inbox, f"{lead}, to {handoff.owner}"),
            dedupe_key=key,
            now=now,
        )


def pool_of(team_id: int) -> list[User]:
    """Who takes leads of a team that name nobody: its active members, or its managers where it has no others."""
    members = User.objects.filter(memberships__team=team_id, is_active=True).order_by("id")
    return list(members.filter(memberships__team=team_id, memberships__is_manager=False).distinct()) or list(members)


def _handoff(handoff_id: int) -> Handoff:
    about = ("lead", "team", "owner", "created_by", "decided_by", "rejection_reason")
    handoff: Handoff = Handoff.objects.select_related(*about).get(pk=handoff_id)
    return handoff


def _tell_sender(handoff: Handoff, kind: str, title: str, body: str, *, now: datetime) -> None:
    if handoff.created_by is None:
        return
    owes = "" if kind == "accepted" else "Marketing answers: qualify it again, recycle it or disqualify it."
    notify_soon(
        [handoff.created_by],
        kind=f"handoffs.{kind}",
        title=title,
        body="\n".join(filter(None, [body, owes])),
        url=handoff.get_absolute_url(),
        several=Several(
            f"{{count}} of your leads were {kind}",
            reverse("leads:handoff-list"),
            f"{handoff.lead.label}{f': {body}' if body else ''}",
        ),
        dedupe_key=f"handoffs.{kind}:{handoff.pk}",
        now=now,
    )
