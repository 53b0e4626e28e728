"""Reads of people and their own things."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from smarketing.accounts.models import Team, User
from smarketing.accounts.permissions import can_administer_people
from smarketing.api.models import ApiToken


def people_visible_to(user: User) -> QuerySet[User]:
    """Colleagues: for anybody with a role all active people, for admins the deactivated ones too."""
    people = User.objects.prefetch_related("memberships__team")
    if can_administer_people(user):
        return people
    if user.roles:
        return people.filter(is_active=True)
    return people.filter(pk=user.pk)


def teams_visible_to(user: User) -> QuerySet[Team]:
    """All teams, for anybody with a role."""
    return Team.objects.all() if user.roles else Team.objects.none()


def teams_with_size(user: User) -> QuerySet[Team]:
    """`teams_visible_to` with `size`, the number of active members."""
    active = Count("memberships", filter=Q(memberships__user__is_active=True))
    return teams_visible_to(user).annotate(size=active)


def live_tokens_of(user: User) -> QuerySet[ApiToken]:
    """The person's own tokens that were not revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at__isnull=True)
