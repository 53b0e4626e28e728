"""Reads of the agreed lists of reasons: why sales rejects a lead, and why deals are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from leads.models import Deal, Handoff, LossReason, RejectionReason
from smarketing.accounts.models import User
from smarketing.lib.errors import NotFound

LISTS: dict[str, type[RejectionReason | LossReason]] = {"rejection": RejectionReason, "loss": LossReason}
"""The lists by the word that addresses have for them."""


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason, how often it was given in what the reader may see, and whether it can go up or down."""

    reason: RejectionReason | LossReason
    uses: int
    place: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class ReasonList:
    """One list: what is in use, in the agreed order, and what was retired."""

    kind: str
    rows: Sequence[ReasonRow]
    retired: Sequence[ReasonRow]


def reason_list(user: User, kind: str) -> ReasonList:
    """A list as this person sees it; two queries. Raises NotFound for a kind of which there is none."""
    reasons = list(list_of(kind)._default_manager.visible_to(user))
    uses = _uses(user, kind)
    in_use = [each for each in reasons if each.archived_at is None]
    retired = [each for each in reasons if each.archived_at is not None]
    last = len(in_use)
    return ReasonList(
        kind,
        [
            ReasonRow(each, uses.get(each.pk, 0), place, place == 1, place == last)
            for place, each in enumerate(in_use, start=1)
        ],
        [ReasonRow(each, uses.get(each.pk, 0), 0, is_first=True, is_last=True) for each in retired],
    )


def list_of(kind: str) -> type[RejectionReason | LossReason]:
    """The list of this kind. Raises NotFound."""
    if kind not in LISTS:
        raise NotFound("There is no such list of reasons.")
    return LISTS[kind]


def reason_detail(user: User, kind: str, pk: int) -> RejectionReason | LossReason:
    """One reason. Raises NotFound."""
    found: RejectionReason | LossReason | None = list_of(kind)._default_manager.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such reason on the list.")
    return found


def _uses(user: User, kind: str) -> dict[int, int]:
    """How often each reason was given, by id, counting as the lists behind the numbers do."""
    given = (
        Handoff.objects.visible_to(user).filter(rejection_reason__isnull=False).values_list("rejection_reason")
        if kind == "rejection"
        else Deal.objects.visible_to(user).filter(loss_reason__isnull=False).values_list("loss_reason")
    )
    return dict(given.order_by().annotate(uses=Count("*")))


def rejection_codes() -> dict[str, bool]:
    """Every code of the list for rejecting a lead, in its order, and whether it may be given now."""
    return _codes(RejectionReason)


def loss_codes() -> dict[str, bool]:
    """Every code of the list for losing a deal, in its order, and whether it may be given now."""
    return _codes(LossReason)


def _codes(reasons: type[RejectionReason | LossReason]) -> dict[str, bool]:
    rows = reasons._default_manager.values_list("code", "archived_at")
    return {code: archived_at is None for code, archived_at in rows}
