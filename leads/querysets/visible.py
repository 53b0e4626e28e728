"""Rows a person may see. Every list, page, API answer and search starts here."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q

from smarketing.accounts.models import Membership, Role, User
from smarketing.accounts.permissions import has_role
from smarketing.accounts.querysets import AmongIds, LockingQuerySet

SEES_ALL = (Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER, Role.ADMIN, Role.EXECUTIVE)


class LeadQuerySet(LockingQuerySet):
    """Leads."""

    def visible_to(self, user: User) -> Self:
        """Marketing, managers, admins and executives: all. Reps: their own and those handed to their teams."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if has_role(user, Role.REP):
            return self.filter(AmongIds("pk", _leads_of_rep(self.model, user)))
        return self.none()

    def with_score(self) -> Self:
        """With what each lead scores now, which every lead has: joined so that an index of scores can lead the way."""
        return self.filter(current_score__isnull=False).select_related("current_score")


def _leads_of_rep(lead_model: Any, user: User) -> models.QuerySet[Any]:
    """Ids of the leads that a rep sees. Two lists read from indexes, where an OR would try every lead."""
    handoffs = lead_model._meta.get_field("handoffs").related_model.objects
    owned = lead_model.objects.order_by().filter(owner=user).values("pk")
    return owned.union(handoffs.order_by().filter(team__in=user.team_ids).values("lead"), all=True)


class LeadPartQuerySet(LockingQuerySet):
    """Facts that belong to one lead and are seen by whoever sees the lead."""

    def visible_to(self, user: User) -> Self:
        """Rows of visible leads."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if has_role(user, Role.REP):
            leads = _leads_of_rep(self.model._meta.get_field("lead").related_model, user)
            return self.filter(AmongIds("lead_id", leads))
        return self.none()


class HandoffQuerySet(LockingQuerySet):
    """Handoffs."""

    def visible_to(self, user: User) -> Self:
        """Marketing, managers, admins and executives: all. Reps: those of their teams and their own."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if has_role(user, Role.REP):
            return self.filter(Q(owner=user) | Q(team__in=user.team_ids))
        return self.none()

    def pending(self) -> Self:
        """Waiting for a decision by sales."""
        return self.filter(status="pending")

    def open(self) -> Self:
        """Pending or accepted."""
        return self.filter(status__in=["pending", "accepted"])


class DealQuerySet(LockingQuerySet):
    """Deals."""

    def visible_to(self, user: User) -> Self:
        """Marketing, managers, admins and executives: all. Reps: their own and their teammates'."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if has_role(user, Role.REP):
            # A rep belongs to a team, so the person is among its members.
            return self.filter(owner__in=Membership.objects.filter(team__in=user.team_ids).values("user"))
        return self.none()

    def open(self) -> Self:
        """Neither won nor lost."""
        return self.filter(won_at__isnull=True, lost_at__isnull=True)
