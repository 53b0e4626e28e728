"""Telling the managers of both sides where a definition stands: who is to sign, and what is agreed."""

from __future__ import annotations

from django.urls import reverse

from leads.models import DefinitionVersion
from leads.selectors.definitions import SUBJECT, possible_signers
from smarketing.accounts.models import Side, Signature
from smarketing.notifications.services import notify


def tell_who_signs_next(version_id: int, side: str) -> None:
    """`side` has signed: the managers of the other side hear that theirs is waited for, unless they have signed."""
    version = DefinitionVersion.objects.select_related("definition").get(pk=version_id)
    signatures = Signature.objects.filter(
        subject_kind=SUBJECT, subject_id=version.pk, content_hash=version.content_hash
    ).select_related("signer")
    signed = {signature.side: signature for signature in signatures}
    if side not in signed or len(signed) == len(Side):
        return
    other = next(each for each in Side if each != side)
    name = f"{version.definition.get_stage_display()} definition {version.number}"
    notify(
        possible_signers()[other],
        kind="sla.to_sign",
        title=f"{name} waits for your signature",
        body=f"{signed[side].signer} signed it for {side}. Once {other} signs it too, it is in force.",
        url=reverse("leads:definition-detail", args=[version.definition.stage]),
        dedupe_key=f"sla.to_sign:definition:{version.pk}:{version.content_hash}:{other}",
        now=signed[side].signed_at,
    )


def tell_of_force(version_id: int) -> None:
    """The managers of both sides hear that a version is agreed and counts from now on."""
    version = DefinitionVersion.objects.select_related("definition").get(pk=version_id)
    if version.in_force_from is None:
        return
    signers = possible_signers()
    name = f"{version.definition.get_stage_display()} definition {version.number}"
    notify(
        [*signers[Side.MARKETING], *signers[Side.SALES]],
        kind="sla.in_force",
        title=f"{name} is in force",
        body=f"Both sides have signed it. {version.summary}".strip(),
        url=reverse("leads:definition-detail", args=[version.definition.stage]),
        dedupe_key=f"sla.in_force:definition:{version.pk}",
        now=version.in_force_from,
    )
