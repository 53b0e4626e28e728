"""Teams and who belongs to them."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from smarketing.accounts.models import Membership, Side, Team, User
from smarketing.accounts.permissions import can_administer_people, require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid, NotFound
from smarketing.people.events import MembershipRemoved, MembershipSet, TeamSaved


@transaction.atomic
def save_team(*, name: str, side: str, team_id: int | None = None, actor: User, now: datetime) -> Team:
    """Forms a team, or renames one. A team stays on its side: what it did was done for that side.

    Raises NotAllowed, NotFound, Invalid (name, side), Conflict where another team has the name.
    """
    require(can_administer_people, actor)
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid("A team needs a name.", fields={"name": ["1 to 100 characters."]})
    if side not in Side.values:
        raise Invalid(f"There is no side “{side}”.", fields={"side": ["marketing or sales"]})
    team = Team(side=side) if team_id is None else _team(team_id, lock=True)
    if team.side != side:
        raise Invalid("A team stays on its side. Form a new one.", fields={"side": ["Cannot be changed."]})
    old, team.name = team.name, name
    if old == name:
        return team
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise Conflict(
            f"There is a team named {name} already.", code="name_taken", fields={"name": ["Another team has it."]}
        ) from error
    publish(TeamSaved(team_id=team.pk, name=name, side=side, old=old), actor=actor, at=now)
    return team


@transaction.atomic
def set_membership(user_id: int, team_id: int, *, is_manager: bool, actor: User, now: datetime) -> Membership:
    """Puts a person into a team, as member or manager. The same again changes nothing. Raises NotAllowed, NotFound."""
    require(can_administer_people, actor)
    user, team = _user(user_id), _team(team_id)
    membership = Membership.objects.filter(user=user, team=team).first()
    if membership is not None and membership.is_manager == is_manager:
        return membership
    old = _word(membership.is_manager) if membership else ""
    if membership is None:
        membership = Membership(user=user, team=team)
    membership.is_manager = is_manager
    membership.save()
    publish(
        MembershipSet(user_id=user.pk, name=user.name, team_id=team.pk, team=team.name, old=old, new=_word(is_manager)),
        actor=actor,
        at=now,
    )
    return membership


@transaction.atomic
def remove_membership(user_id: int, team_id: int, *, actor: User, now: datetime) -> None:
    """Takes a person out of a team; one who is not in it stays so. Raises NotAllowed, NotFound."""
    require(can_administer_people, actor)
    user, team = _user(user_id), _team(team_id)
    membership = Membership.objects.filter(user=user, team=team).first()
    if membership is None:
        return
    old = _word(membership.is_manager)
    membership.delete()
    publish(
        MembershipRemoved(user_id=user.pk, name=user.name, team_id=team.pk, team=team.name, old=old),
        actor=actor,
        at=now,
    )


def _word(manages: bool) -> str:
    return "manager" if manages else "member"


def _user(pk: int) -> User:
    """The person, locked: memberships of one person change one after the other."""
    found = User.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _team(pk: int, *, lock: bool = False) -> Team:
    teams = Team.objects.select_for_update() if lock else Team.objects.all()
    found = teams.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such team.")
    return found
