"""Who may do what: one fact per function. Views, API, templates and services ask the same predicates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from smarketing.accounts.models import Role
from smarketing.lib.errors import NotAllowed

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from smarketing.accounts.models import User

    Person = User | AnonymousUser


def has_role(user: Person, *roles: str) -> bool:
    """True where the person is signed in, active and has any of the roles."""
    return bool(user.is_authenticated and not user.roles.isdisjoint(roles))


def team_ids(user: Person) -> frozenset[int]:
    """Ids of the teams the person belongs to; none for somebody who is not signed in."""
    return user.team_ids if user.is_authenticated else frozenset()


def is_marketer(user: Person) -> bool:
    """Member or manager of a marketing team."""
    return has_role(user, Role.MARKETER)


def is_rep(user: Person) -> bool:
    """Member or manager of a sales team."""
    return has_role(user, Role.REP)


def is_marketing_manager(user: Person) -> bool:
    """Manager of a marketing team."""
    return has_role(user, Role.MARKETING_MANAGER)


def is_sales_manager(user: Person) -> bool:
    """Manager of a sales team."""
    return has_role(user, Role.SALES_MANAGER)


def is_manager(user: Person) -> bool:
    """Manager of a team of either side."""
    return has_role(user, Role.MARKETING_MANAGER, Role.SALES_MANAGER)


def is_admin(user: Person) -> bool:
    """May administer the installation."""
    return has_role(user, Role.ADMIN)


def is_executive(user: Person) -> bool:
    """May read every summary and change nothing."""
    return has_role(user, Role.EXECUTIVE)


def has_any_role(user: Person) -> bool:
    """Belongs to the company in some role; a person without a role sees nothing."""
    return bool(user.is_authenticated and user.roles)


def can_administer_people(user: Person) -> bool:
    """Users, teams and invitations."""
    return is_admin(user)


def require(predicate: Callable[..., bool], user: Person, *objects: Any) -> None:
    """Raises NotAllowed unless `predicate(user, *objects)` holds."""
    if not predicate(user, *objects):
        raise NotAllowed("Your role does not permit this. Ask a manager or an administrator.")
