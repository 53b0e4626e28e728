"""Reads of the agreed lists of reasons: why sales rejects a lead, and why deals are lost."""

from __future__ import annotations

from leads.models import LossReason, RejectionReason


def rejection_codes() -> dict[str, bool]:
    """Every code of the list for rejecting a lead, in its order, and whether it may be given now."""
    return _codes(RejectionReason)


def loss_codes() -> dict[str, bool]:
    """Every code of the list for losing a deal, in its order, and whether it may be given now."""
    return _codes(LossReason)


def _codes(reasons: type[RejectionReason | LossReason]) -> dict[str, bool]:
    rows = reasons._default_manager.values_list("code", "archived_at")
    return {code: archived_at is None for code, archived_at in rows}
