"""Keeping the agreed lists of reasons: why sales rejects a lead, and why deals are lost.

A reason is never deleted, because handoffs and deals name it: it is retired, and can be taken up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db import connection, transaction

from leads.domain import losses
from leads.domain.reasons import ReasonRefused, check_code, check_label, check_retirable, code_from, placed
from leads.events import (
    LossReasonAdded,
    LossReasonChanged,
    LossReasonRetired,
    LossReasonTakenUp,
    RejectionReasonAdded,
    RejectionReasonChanged,
    RejectionReasonRetired,
    RejectionReasonTakenUp,
)
from leads.models import LossReason, RejectionReason
from leads.permissions import can_agree_reasons
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Invalid, NotFound

Reason = TypeVar("Reason", bound=RejectionReason | LossReason)

_ADDED: dict[type[Any], type[RejectionReasonAdded | LossReasonAdded]] = {
    RejectionReason: RejectionReasonAdded,
    LossReason: LossReasonAdded,
}
_CHANGED: dict[type[Any], type[RejectionReasonChanged | LossReasonChanged]] = {
    RejectionReason: RejectionReasonChanged,
    LossReason: LossReasonChanged,
}
_RETIRED: dict[type[Any], type[RejectionReasonRetired | LossReasonRetired]] = {
    RejectionReason: RejectionReasonRetired,
    LossReason: LossReasonRetired,
}
_TAKEN_UP: dict[type[Any], type[RejectionReasonTakenUp | LossReasonTakenUp]] = {
    RejectionReason: RejectionReasonTakenUp,
    LossReason: LossReasonTakenUp,
}
_FIELDS = {RejectionReason: ("label", "ground", "clause", "needs_note"), LossReason: ("label", "needs_note")}
STEP = 10
"""Between the positions of two neighbours."""


@transaction.atomic
def add_reason(of: type[Reason], values: Mapping[str, Any], *, actor: User, now: datetime) -> Reason:
    """A new reason at the end of the list `of`. `values`: its label, whether it needs a note, for a rejection also its
    ground and clause; `code`, where a program wants one of its own, else it comes of the label.

    Publishes RejectionReasonAdded or LossReasonAdded. Raises NotAllowed, Invalid.
    """
    require(can_agree_reasons, actor)
    listed = _locked(of)
    given = _checked(
        of, {"label": "", "needs_note": False, **values}, [each.label for each in listed if each.archived_at is None]
    )
    if of is RejectionReason and "ground" not in given:
        raise Invalid("Say what the reason is about.", fields={"ground": ["Choose what it is about."]})
    taken = {each.code for each in listed}
    code = str(values.get("code") or "") or code_from(given["label"], taken)
    _ask(check_code, code, taken)
    position = max((each.position for each in listed), default=-STEP) + STEP
    made = cast("Reason", of._default_manager.create(code=code, position=position, **given))
    publish(_ADDED[of](reason_id=made.pk, code=made.code, label=made.label), actor=actor, at=now)
    return made


@transaction.atomic
def change_reason(of: type[Reason], pk: int, values: Mapping[str, Any], *, actor: User, now: datetime) -> Reason:
    """Words a reason otherwise, or says otherwise what it is about; its code stays, and so does what names it.

    What is not in `values` stays. Publishes RejectionReasonChanged or LossReasonChanged with what changed, nothing
    where nothing did. Raises NotAllowed, NotFound, Invalid.
    """
    require(can_agree_reasons, actor)
    listed = _locked(of)
    reason = _found(listed, pk)
    others = [each.label for each in listed if each.archived_at is None and each.pk != pk]
    given = _checked(of, values, others if reason.archived_at is None else [])
    changed = {name: value for name, value in given.items() if getattr(reason, name) != value}
    if not changed:
        return reason
    old = {name: getattr(reason, name) for name in changed}
    for name, value in changed.items():
        setattr(reason, name, value)
    reason.save(update_fields=list(changed))
    publish(_CHANGED[of](reason_id=pk, code=reason.code, label=reason.label, old=old, new=changed), actor=actor, at=now)
    return reason


@transaction.atomic
def place_reason(of: type[Reason], pk: int, place: int, *, actor: User, now: datetime) -> Reason:
    """Puts a reason in use at `place` of the list, counted from 1; beyond an end is the end.

    Publishes RejectionReasonChanged or LossReasonChanged with the places. Raises NotAllowed, NotFound.
    """
    require(can_agree_reasons, actor)
    order = [each for each in _locked(of) if each.archived_at is None]
    reason = _found(order, pk)
    before = order.index(reason) + 1
    for at, each in enumerate(placed(order, reason, place)):
        if each.position != at * STEP:
            each.position = at * STEP
            each.save(update_fields=["position"])
    after = reason.position // STEP + 1
    if after != before:
        moved = _CHANGED[of](
            reason_id=pk, code=reason.code, label=reason.label, old={"place": before}, new={"place": after}
        )
        publish(moved, actor=actor, at=now)
    return reason


@transaction.atomic
def retire_reason(of: type[Reason], pk: int, *, actor: User, now: datetime) -> Reason:
    """Takes a reason off the list: it is not given any more and stays where it was given. Twice changes nothing.

    Publishes RejectionReasonRetired or LossReasonRetired. Raises NotAllowed, NotFound, Invalid (`reason_last`,
    `reason_kept`).
    """
    require(can_agree_reasons, actor)
    listed = _locked(of)
    reason = _found(listed, pk)
    if reason.archived_at is not None:
        return reason
    others = sum(each.archived_at is None for each in listed) - 1
    kept = of is LossReason and reason.code == losses.OTHER
    try:
        check_retirable(reason.label, others_in_use=others, kept=kept)
    except ReasonRefused as refused:
        raise Invalid(str(refused), code=refused.code) from refused
    reason.archived_at = now
    reason.save(update_fields=["archived_at"])
    publish(_RETIRED[of](reason_id=pk, code=reason.code, label=reason.label), actor=actor, at=now)
    return reason


@transaction.atomic
def take_up_reason(of: type[Reason], pk: int, *, actor: User, now: datetime) -> Reason:
    """Puts a retired reason back on the list, at its end. Twice changes nothing.

    Publishes RejectionReasonTakenUp or LossReasonTakenUp. Raises NotAllowed, NotFound, Invalid where another reason
    reads the same by now.
    """
    require(can_agree_reasons, actor)
    listed = _locked(of)
    reason = _found(listed, pk)
    if reason.archived_at is None:
        return reason
    in_use = [each for each in listed if each.archived_at is None]
    _ask(check_label, reason.label, [each.label for each in in_use])
    reason.archived_at = None
    reason.position = max((each.position for each in in_use), default=-STEP) + STEP
    reason.save(update_fields=["archived_at", "position"])
    publish(_TAKEN_UP[of](reason_id=pk, code=reason.code, label=reason.label), actor=actor, at=now)
    return reason


def _locked(of: type[Reason]) -> list[Reason]:
    """The whole list in its order, for whoever keeps it alone: what may be on it depends on the rest of it.

    The table is locked, not its rows: somebody else may be adding one. Who gives a reason does not wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {of._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    return sorted(of._default_manager.all(), key=lambda each: (each.position, each.label))


def _found(rows: list[Reason], pk: int) -> Reason:
    found = next((each for each in rows if each.pk == pk), None)
    if found is None:
        raise NotFound("There is no such reason on the list.")
    return found


def _checked(of: type[Reason], values: Mapping[str, Any], other_labels: list[str]) -> dict[str, Any]:
    """The values that the list has, each as it is stored."""
    given = {name: values[name] for name in _FIELDS[of] if name in values}
    if "label" in given:
        given["label"] = _ask(check_label, given["label"], other_labels)
    if "clause" in given:
        given["clause"] = given["clause"].strip()
    if "ground" in given and given["ground"] not in RejectionReason.Ground.values:
        raise Invalid("Say what the reason is about.", fields={"ground": ["Choose what it is about."]})
    return given


def _ask(check: Any, *given: Any) -> Any:
    try:
        return check(*given)
    except ReasonRefused as refused:
        raise Invalid(str(refused), code=refused.code, fields={refused.field: [str(refused)]}) from refused
