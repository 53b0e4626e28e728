"""Who may do what with meetings. One fact per function; which series is a matter of `visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smarketing.accounts.permissions import has_any_role, is_manager, is_marketer, is_rep

if TYPE_CHECKING:
    from meetings.models import ActionItem, Decision, Meeting, Note, Topic
    from smarketing.accounts.permissions import Person


def can_view_meetings(user: Person, subject: object = None) -> bool:
    """Anybody with a role."""
    return has_any_role(user)


def can_run_meetings(user: Person, subject: object = None) -> bool:
    """Managers of either side set up series, open, close and reopen meetings."""
    return is_manager(user)


def can_write_minutes(user: Person, meeting: Meeting | None = None) -> bool:
    """Members of the teams write; executives and admins read."""
    return is_marketer(user) or is_rep(user)


def can_open_drafts(user: Person, subject: object = None) -> bool:
    """Managers of either side propose what a decision changes."""
    return is_manager(user)


def can_give_actions(user: Person, meeting: Meeting | None = None) -> bool:
    """Whoever writes the minutes notes who shall do what."""
    return can_write_minutes(user, meeting)


def can_take_back(user: Person, written: Note | Decision | ActionItem | Topic) -> bool:
    """Whoever wrote it, or brought the topic."""
    return can_write_minutes(user) and written.written_by_id == user.pk


def can_complete_action(user: Person, item: ActionItem) -> bool:
    """The one who owes it, or a manager."""
    return bool(user.is_authenticated) and (item.owner_id == user.pk or is_manager(user)) and has_any_role(user)
