"""Who may do what with agreements, clocks and calendars. One fact per function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smarketing.accounts.models import Side
from smarketing.accounts.permissions import (
    has_any_role,
    is_admin,
    is_manager,
    is_marketer,
    is_marketing_manager,
    is_rep,
    is_sales_manager,
    team_ids,
)

if TYPE_CHECKING:
    from sla.models import Breach, Clock
    from smarketing.accounts.models import Team
    from smarketing.accounts.permissions import Person


def can_view_sla(user: Person, subject: object = None) -> bool:
    """Both sides, admins and executives read the same agreement and the same numbers."""
    return has_any_role(user)


def can_edit_calendars(user: Person, subject: object = None) -> bool:
    """Working calendars are kept by admins."""
    return is_admin(user)


def can_set_team_calendar(user: Person, team: Team) -> bool:
    """By which calendar a team works: its managers, and admins."""
    return is_admin(user) or (is_manager(user) and team.pk in team_ids(user))


def can_draft_agreements(user: Person, subject: object = None) -> bool:
    """Managers of either side propose."""
    return is_manager(user)


def can_bring_into_force(user: Person, subject: object = None) -> bool:
    """Once both have signed, a manager of either side says from when."""
    return is_manager(user)


def can_terminate(user: Person, subject: object = None) -> bool:
    """Both sides signed the conditions under which it ends, so a manager of either may say that they are there."""
    return is_manager(user)


def can_sign(user: Person, side: str) -> bool:
    """A side's signature is its managers'."""
    return is_marketing_manager(user) if side == Side.MARKETING else is_sales_manager(user)


def can_sign_any(user: Person, subject: object = None) -> bool:
    """May sign for one of the sides."""
    return is_manager(user)


def can_pause_clock(user: Person, clock: Clock | None = None) -> bool:
    """Stopping the time is for managers of either side, never for those who are measured."""
    return is_manager(user)


def can_contest(user: Person, breach: Breach) -> bool:
    """Who owed it: the owner, their managers; for marketing's promises any marketer."""
    clock = breach.clock
    if clock.commitment.owed_by == Side.MARKETING:
        return is_marketer(user)
    if not is_rep(user) or clock.handoff.team_id not in team_ids(user):
        return False
    return user.pk in (clock.owner_id, clock.handoff.owner_id) or is_sales_manager(user)


def can_waive(user: Person, breach: Breach) -> bool:
    """Only the side to which it was owed may excuse it, by its managers."""
    owed_by = breach.clock.commitment.owed_by
    return is_sales_manager(user) if owed_by == Side.MARKETING else is_marketing_manager(user)
