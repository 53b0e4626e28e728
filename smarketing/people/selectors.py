"""Reads of people and their own things."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse

from smarketing.accounts.models import Membership, Side, Team, User
from smarketing.accounts.permissions import can_administer_people
from smarketing.activity.models import ActivityEntry
from smarketing.activity.selectors import entries_for_subject
from smarketing.api.models import ApiToken
from smarketing.lib.errors import NotFound
from smarketing.web.subjects import Subject

#: How Django marks a password that nobody can have: the person has not joined yet.
UNUSABLE = "!"


def people_visible_to(user: User) -> QuerySet[User]:
    """Colleagues: for anybody with a role all active people, for admins the deactivated ones too."""
    people = User.objects.prefetch_related("memberships__team")
    if can_administer_people(user):
        return people
    if user.roles:
        return people.filter(is_active=True)
    return people.filter(pk=user.pk)


def people_list(user: User, *, search: str = "", team: Team | None = None, state: str = "") -> QuerySet[User]:
    """People by name, e-mail and team; `state` is active (empty), `invited`, `deactivated` or `all`."""
    people = people_visible_to(user)
    if search:
        people = people.filter(Q(name__icontains=search) | Q(email__icontains=search))
    if team is not None:
        people = people.filter(memberships__team=team)
    if state == "invited":
        people = people.filter(is_active=True, password__startswith=UNUSABLE)
    elif state != "all":
        people = people.filter(is_active=state != "deactivated")
    return people


def person_detail(user: User, pk: int) -> User:
    """One person with `history`, what happened to the account lately. Raises NotFound."""
    found = people_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such person.")
    found.history = list(account_history(found)[:20])  # type: ignore[attr-defined]
    return found


def account_history(person: User) -> QuerySet[ActivityEntry]:
    """What happened to the account."""
    return entries_for_subject("user", person.pk)


def teams_visible_to(user: User) -> QuerySet[Team]:
    """All teams, for anybody with a role."""
    return Team.objects.all() if user.roles else Team.objects.none()


def teams_with_size(user: User) -> QuerySet[Team]:
    """`teams_visible_to` with `size`, the number of active members, and `managers`, who manages them."""
    active = Count("memberships", filter=Q(memberships__user__is_active=True))
    managers = Membership.objects.filter(is_manager=True, user__is_active=True).select_related("user")
    return teams_visible_to(user).annotate(size=active).prefetch_related(Prefetch("memberships", managers, "managers"))


def managers_by_side() -> dict[Side, tuple[User, ...]]:
    """Who signs for a side: the active managers of its teams, by name."""
    managers = Membership.objects.filter(is_manager=True, user__is_active=True).select_related("user", "team")
    found: dict[Side, dict[int, User]] = {side: {} for side in Side}
    for each in managers.order_by("user__name", "user_id"):
        found[Side(each.team.side)][each.user_id] = each.user
    return {side: tuple(people.values()) for side, people in found.items()}


def team_detail(user: User, pk: int) -> Team:
    """One team with `members`. Raises NotFound."""
    members = Membership.objects.select_related("user").order_by("-is_manager", "user__name")
    found = teams_visible_to(user).prefetch_related(Prefetch("memberships", members, "members")).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such team.")
    return found


def live_tokens_of(user: User) -> QuerySet[ApiToken]:
    """The person's own tokens that were not revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at__isnull=True)


def people_named(user: User, ids: Collection[int]) -> dict[int, Subject]:
    """People by id as the audit trail names them."""
    return {
        row.pk: Subject(row.name, reverse("people:person-detail", args=[row.pk]))
        for row in people_visible_to(user).filter(pk__in=ids)
    }


def teams_named(user: User, ids: Collection[int]) -> dict[int, Subject]:
    """Teams by id as the audit trail names them."""
    return {row.pk: Subject(row.name) for row in Team.objects.filter(pk__in=ids)} if user.roles else {}


def tokens_named(user: User, ids: Collection[int]) -> dict[int, Subject]:
    """API tokens by id as the audit trail names them: one's own, for admins everybody's."""
    tokens = ApiToken.objects.filter(pk__in=ids)
    return {row.pk: Subject(row.name) for row in (tokens if can_administer_people(user) else tokens.filter(user=user))}
