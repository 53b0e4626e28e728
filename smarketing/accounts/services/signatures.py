"""Signatures of the two sides under exactly one content.

Whoever owns the subject (a definition version, an agreement version) publishes the event that tells of it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from smarketing.accounts.models import Side, Signature, User
from smarketing.accounts.permissions import is_marketing_manager, is_sales_manager, require
from smarketing.lib.errors import Conflict, Invalid

SIGNERS = {Side.MARKETING: is_marketing_manager, Side.SALES: is_sales_manager}


def sign(subject_kind: str, subject_id: int, content_hash: str, side: str, *, signer: User, now: datetime) -> Signature:
    """Signs for one side. A manager of that side signs; each side once for one content.

    Raises Invalid for an unknown side, NotAllowed for anybody else, Conflict where the side has signed already.
    """
    if side not in Side.values:
        raise Invalid(f"There is no side “{side}”.", fields={"side": ["marketing or sales"]})
    require(SIGNERS[Side(side)], signer)
    try:
        with transaction.atomic():
            return Signature.objects.create(
                subject_kind=subject_kind,
                subject_id=subject_id,
                content_hash=content_hash,
                side=side,
                signer=signer,
                signed_at=now,
            )
    except IntegrityError as error:
        first = signatures_for(subject_kind, subject_id, content_hash).get(Side(side))
        if first is None:
            raise
        raise Conflict(
            f"{first.signer.name} has signed this for {first.get_side_display().lower()} already.",
            code="already_signed",
        ) from error


def signatures_for(subject_kind: str, subject_id: int, content_hash: str) -> dict[Side, Signature]:
    """The signatures under exactly this content, by side."""
    found = Signature.objects.filter(
        subject_kind=subject_kind, subject_id=subject_id, content_hash=content_hash
    ).select_related("signer")
    return {Side(signature.side): signature for signature in found}


def both_sides_signed(subject_kind: str, subject_id: int, content_hash: str) -> bool:
    """Whether marketing and sales have both signed exactly this content."""
    return set(signatures_for(subject_kind, subject_id, content_hash)) == set(Side)
