"""What administrators do with people's accounts. The installation always keeps an administrator."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from smarketing.accounts.models import Invitation, User
from smarketing.accounts.permissions import can_administer_people, require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, NotFound
from smarketing.people.events import UserDeactivated, UserReactivated, UserRightsChanged


@transaction.atomic
def deactivate_user(user_id: int, *, actor: User, now: datetime) -> User:
    """Ends a person's access at once: sessions, tokens and invitations stop working. What they did stays.

    Deactivating twice changes nothing. Raises NotAllowed, NotFound, Conflict for oneself and the last administrator.
    """
    require(can_administer_people, actor)
    user = _locked(user_id)
    if not user.is_active:
        return user
    if user.pk == actor.pk:
        raise Conflict("You cannot deactivate yourself. Ask another administrator.", code="yourself")
    user.is_active = False
    user.save(update_fields=["is_active"])
    _require_an_admin()
    Invitation.objects.filter(user=user, accepted_at__isnull=True, revoked_at__isnull=True).update(revoked_at=now)
    publish(UserDeactivated(user_id=user.pk, name=user.name), actor=actor, at=now)
    return user


@transaction.atomic
def reactivate_user(user_id: int, *, actor: User, now: datetime) -> User:
    """Lets a person sign in again, in the roles they had. Raises NotAllowed, NotFound."""
    require(can_administer_people, actor)
    user = _locked(user_id)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        publish(UserReactivated(user_id=user.pk, name=user.name), actor=actor, at=now)
    return user


@transaction.atomic
def set_rights(user_id: int, *, is_admin: bool, is_executive: bool, actor: User, now: datetime) -> User:
    """Makes a person an administrator or executive, or ends it. Raises NotAllowed, NotFound, Conflict (last admin)."""
    require(can_administer_people, actor)
    user = _locked(user_id)
    old = {"is_admin": user.is_admin, "is_executive": user.is_executive}
    new = {"is_admin": is_admin, "is_executive": is_executive}
    if old == new:
        return user
    user.is_admin, user.is_executive = is_admin, is_executive
    user.save(update_fields=["is_admin", "is_executive"])
    _require_an_admin()
    publish(UserRightsChanged(user_id=user.pk, name=user.name, old=old, new=new), actor=actor, at=now)
    return user


def _locked(user_id: int) -> User:
    """The person, locked together with every administrator: two who remove each other do so one after the other."""
    both = User.objects.select_for_update().filter(Q(is_admin=True) | Q(pk=user_id)).order_by("pk")
    found = next((user for user in both if user.pk == user_id), None)
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _require_an_admin() -> None:
    if not User.objects.filter(is_admin=True, is_active=True).exists():
        raise Conflict("This is the last administrator. Make somebody else one first.", code="last_admin")
