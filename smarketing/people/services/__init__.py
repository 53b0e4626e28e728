"""The one door for writes to people, teams and the organisation."""

from smarketing.people.services.emails import ask_for_email, asked_email, confirm_email, set_email
from smarketing.people.services.invitations import (
    Invited,
    accept_invitation,
    create_first_admin,
    invite_again,
    invite_user,
    open_invitation,
)
from smarketing.people.services.organisation import update_organisation
from smarketing.people.services.profile import update_profile
from smarketing.people.services.teams import remove_membership, save_team, set_membership
from smarketing.people.services.users import deactivate_user, reactivate_user, set_rights

__all__ = [
    "Invited",
    "accept_invitation",
    "ask_for_email",
    "asked_email",
    "confirm_email",
    "create_first_admin",
    "deactivate_user",
    "invite_again",
    "invite_user",
    "open_invitation",
    "reactivate_user",
    "remove_membership",
    "save_team",
    "set_email",
    "set_membership",
    "set_rights",
    "update_organisation",
    "update_profile",
]
