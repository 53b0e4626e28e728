"""Who may do what with leads. One fact per function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leads.models import Deal, Handoff, ImportRun, Lead
from leads.querysets.visible import SEES_ALL
from smarketing.accounts.permissions import (
    has_any_role,
    has_role,
    is_admin,
    is_manager,
    is_marketer,
    is_marketing_manager,
    is_rep,
    is_sales_manager,
    team_ids,
)

if TYPE_CHECKING:
    from smarketing.accounts.permissions import Person

__all__ = ["has_any_role", "has_role", "is_admin", "is_manager"]


def can_view_leads(user: Person, lead: Lead | None = None) -> bool:
    """Anybody with a role; which leads is a matter of `visible_to`."""
    return has_any_role(user)


def can_see_all_leads(user: Person, subject: object = None) -> bool:
    """Whether lists of leads, and of what hangs on them, leave nothing out for this person."""
    return has_role(user, *SEES_ALL)


def can_edit_campaigns(user: Person, subject: object = None) -> bool:
    """Campaigns, spend and content belong to marketing."""
    return is_marketer(user) or is_admin(user)


def can_edit_leads(user: Person, lead: Lead | None = None) -> bool:
    """Marketing keeps the lead's data; sales corrects what it learns."""
    return is_marketer(user) or is_rep(user) or is_admin(user)


def can_import(user: Person, run: ImportRun | None = None) -> bool:
    """Bringing in files."""
    return is_marketer(user) or is_manager(user) or is_admin(user)


def can_export(user: Person, subject: object = None) -> bool:
    """Taking lists out; held on the server."""
    return is_marketer(user) or is_manager(user) or is_admin(user)


def can_hand_off(user: Person, lead: Lead | None = None) -> bool:
    """Passing leads to sales."""
    return is_marketer(user)


def can_withdraw_handoff(user: Person, handoff: Handoff) -> bool:
    """Marketing may take back what sales has not decided."""
    return is_marketer(user)


def can_answer_handoff(user: Person, handoff: Handoff | None = None) -> bool:
    """Answering a rejection or return is marketing's."""
    return is_marketer(user)


def can_work_inbox(user: Person, subject: object = None) -> bool:
    """Has an inbox of handed-off leads."""
    return is_rep(user)


def can_decide_handoff(user: Person, handoff: Handoff) -> bool:
    """The owner, anybody of the team where there is no owner, and the team's managers."""
    if not is_rep(user) or handoff.team_id not in team_ids(user):
        return False
    return handoff.owner_id in (None, user.pk) or is_sales_manager(user)


def can_work_handoff(user: Person, handoff: Handoff) -> bool:
    """Logging attempts, rating, qualifying, opening a deal: the owner and the sales managers of the team."""
    return can_decide_handoff(user, handoff)


def can_reassign_handoff(user: Person, handoff: Handoff) -> bool:
    """Sales managers of the handoff's team."""
    return is_sales_manager(user) and handoff.team_id in team_ids(user)


def can_edit_deal(user: Person, deal: Deal | None = None) -> bool:
    """The deal's owner and sales managers; a deal without an owner, any rep."""
    if is_sales_manager(user):
        return True
    return is_rep(user) and (deal is None or deal.owner_id in (None, user.pk))


def can_correct_closed_deal(user: Person, deal: Deal | None = None) -> bool:
    """What a deal was closed with counts in revenue and in what people are measured by: sales managers only."""
    return is_sales_manager(user)


def can_view_definitions(user: Person, subject: object = None) -> bool:
    """Both teams read what was agreed."""
    return has_any_role(user)


def can_draft_definitions(user: Person, subject: object = None) -> bool:
    """Managers of either side propose."""
    return is_manager(user)


def can_agree_reasons(user: Person, subject: object = None) -> bool:
    """The lists of reasons are agreed between the teams, like definitions: managers of either side keep them. One
    signature is enough, because retiring a reason or wording it better changes nothing that was given. Admins enter
    what was agreed, as they do for working calendars."""
    return is_manager(user) or is_admin(user)


def can_sign_for_marketing(user: Person, subject: object = None) -> bool:
    """Marketing's signature is its managers'."""
    return is_marketing_manager(user)


def can_sign_for_sales(user: Person, subject: object = None) -> bool:
    """Sales' signature is its managers'."""
    return is_sales_manager(user)
