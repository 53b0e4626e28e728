"""Telling the managers of both sides where something that both have to sign stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from smarketing.accounts.models import Side
from smarketing.accounts.services import signatures_for
from smarketing.notifications.services import notify
from smarketing.people.selectors import managers_by_side


@dataclass(frozen=True, slots=True)
class Document:
    """What is signed: how signatures name it, what people call it, and where they read it."""

    kind: str
    pk: int
    content_hash: str
    name: str
    url: str


def tell_of_signature(document: Document, side: str, *, once_signed: str = "") -> None:
    """`side` has signed: the other side's managers hear that theirs is waited for.

    Once both have signed, the managers of both hear that and what comes next, `once_signed`; where nothing does,
    nobody is told.
    """
    signed = signatures_for(document.kind, document.pk, document.content_hash)
    other = next(each for each in Side if each != side)
    signature = signed[Side(side)]
    if other not in signed:
        notify(
            managers_by_side()[other],
            kind="sla.to_sign",
            title=f"{document.name} waits for your signature",
            body=f"{signature.signer} signed it for {side}.",
            url=document.url,
            dedupe_key=f"sla.to_sign:{document.kind}:{document.pk}:{document.content_hash}:{other}",
            now=signature.signed_at,
        )
    elif once_signed:
        _tell_all(document, "signed", f"{document.name} is signed by both sides", once_signed, now=signature.signed_at)


def tell_of_force(document: Document, what_follows: str, *, now: datetime) -> None:
    """The managers of both sides hear that it counts from now on."""
    _tell_all(document, "in_force", f"{document.name} is in force", what_follows, now=now)


def _tell_all(document: Document, what: str, title: str, body: str, *, now: datetime) -> None:
    signers = managers_by_side()
    notify(
        [*signers[Side.MARKETING], *signers[Side.SALES]],
        kind=f"sla.{what}",
        title=title,
        body=body,
        url=document.url,
        dedupe_key=f"sla.{what}:{document.kind}:{document.pk}:{document.content_hash}",
        now=now,
    )
