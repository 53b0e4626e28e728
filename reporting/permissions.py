"""Who may read numbers and take them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leads.permissions import can_export
from smarketing.accounts.permissions import has_any_role

if TYPE_CHECKING:
    from smarketing.accounts.permissions import Person

__all__ = ["can_export", "can_view_numbers"]


def can_view_numbers(user: Person, subject: object = None) -> bool:
    """Anybody with a role: both teams read the same numbers. The lists behind them show what each may see."""
    return has_any_role(user)
