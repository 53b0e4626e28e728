"""Telling people whose turn it is: a contested breach, an excuse, an agreement to sign or in force."""

from __future__ import annotations

from django.urls import reverse

from leads.selectors.definitions import possible_signers
from sla.models import AgreementVersion, Breach, Clock
from sla.models.agreements import SIGNATURE_KIND
from smarketing.accounts.models import Side, Signature, User
from smarketing.notifications.services import notify


def tell_of_contest(breach_id: int) -> None:
    """Who may excuse a contested breach hears why it is contested: the managers of the side that it was owed to."""
    breach = _breach(breach_id)
    if breach.contested_at is None:
        return
    owed_by = breach.clock.commitment.owed_by
    other = next(side for side in Side if side != owed_by)
    notify(
        possible_signers()[other],
        kind="sla.contested",
        title=f"{breach.contested_by} contests a missed promise",
        body=f"{_about(breach)}\nWhy: {breach.contest_reason}\nA manager of {other} may excuse it, or leave it.",
        url=reverse("sla:clock-detail", args=[breach.clock_id]),
        dedupe_key=f"sla.contested:{breach.pk}",
        now=breach.contested_at,
    )


def tell_of_waiver(breach_id: int) -> None:
    """Whose breach it was and who contested it hear that it is excused."""
    breach = _breach(breach_id)
    waiver = breach.waiver
    clock, handoff = breach.clock, breach.clock.handoff
    owed_by_marketing = clock.commitment.owed_by == Side.MARKETING
    owner = handoff.created_by if owed_by_marketing else (clock.owner or handoff.owner)
    notify(
        [person for person in (owner, breach.contested_by) if person is not None],
        kind="sla.waived",
        title=f"{waiver.waived_by} excused a missed promise",
        body=f"{_about(breach)}\nWhy: {waiver.reason}\nIt is still counted, and shown apart.",
        url=reverse("sla:clock-detail", args=[breach.clock_id]),
        dedupe_key=f"sla.waived:{breach.pk}",
        now=waiver.waived_at,
    )


def tell_who_signs_next(version_id: int, side: str) -> None:
    """`side` has signed: the other side's managers hear that theirs is waited for; once both have, all of them."""
    version = AgreementVersion.objects.select_related("agreement").get(pk=version_id)
    signatures = Signature.objects.filter(
        subject_kind=SIGNATURE_KIND, subject_id=version.pk, content_hash=version.content_hash
    ).select_related("signer")
    signed = {signature.side: signature for signature in signatures}
    if side not in signed:
        return
    name = f"{version.agreement}, version {version.number}"
    address = reverse("sla:agreement-version", args=[version.pk])
    other = next(each for each in Side if each != side)
    signers = possible_signers()
    if other in signed:
        _tell_managers(
            [*signers[Side.MARKETING], *signers[Side.SALES]],
            version,
            signed[side],
            "signed",
            f"{name} is signed by both sides",
            "A manager of either side says from when it counts.",
            address,
        )
        return
    _tell_managers(
        list(signers[other]),
        version,
        signed[side],
        "to_sign",
        f"{name} waits for your signature",
        f"{signed[side].signer} signed it for {side}.",
        address,
    )


def tell_of_force(version_id: int) -> None:
    """The managers of both sides hear from when a version counts."""
    version = AgreementVersion.objects.select_related("agreement").get(pk=version_id)
    if version.in_force_from is None:
        return
    signers = possible_signers()
    notify(
        [*signers[Side.MARKETING], *signers[Side.SALES]],
        kind="sla.in_force",
        title=f"{version.agreement}, version {version.number} is in force",
        body="Promises made from now on are judged by it.",
        url=reverse("sla:agreement-version", args=[version.pk]),
        dedupe_key=f"sla.in_force:agreement:{version.pk}",
        now=version.in_force_from,
    )


def _tell_managers(
    people: list[User],
    version: AgreementVersion,
    signature: Signature,
    what: str,
    title: str,
    body: str,
    url: str,
) -> None:
    notify(
        people,
        kind=f"sla.{what}",
        title=title,
        body=body,
        url=url,
        dedupe_key=f"sla.{what}:agreement:{version.pk}:{signature.content_hash}:{signature.side}",
        now=signature.signed_at,
    )


def _breach(breach_id: int) -> Breach:
    about = ("clock__commitment", "clock__handoff__lead", "clock__handoff__created_by", "clock__handoff__owner")
    breach: Breach = Breach.objects.select_related(*about, "clock__owner", "contested_by").get(pk=breach_id)
    return breach


def _about(breach: Breach) -> str:
    clock: Clock = breach.clock
    return f"{clock.handoff.lead.label}: {clock.commitment.sentence()}."
