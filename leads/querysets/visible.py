"""Rows a person may see. Every list, page, API answer and search starts here."""

from __future__ import annotations

from typing import Self

from django.db.models import Exists, OuterRef, Q

from smarketing.accounts.models import Role, User
from smarketing.accounts.permissions import has_role
from smarketing.accounts.querysets import LockingQuerySet

SEES_ALL = (Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER, Role.ADMIN, Role.EXECUTIVE)


class LeadQuerySet(LockingQuerySet):
    """Leads."""

    def visible_to(self, user: User) -> Self:
        """Marketing, managers, admins and executives: all. Reps: their own and those handed to their teams."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if has_role(user, Role.REP):
            handoffs = self.model._meta.get_field("handoffs").related_model.objects
            return self.filter(Q(owner=user) | Exists(handoffs.filter(lead=OuterRef("pk"), team__in=user.team_ids)))
        return self.none()


class LeadPartQuerySet(LockingQuerySet):
    """Facts that belong to one lead and are seen by whoever sees the lead."""

    def visible_to(self, user: User) -> Self:
        """Rows of visible leads."""
        if has_role(user, *SEES_ALL):
            return self.all()
        leads = self.model._meta.get_field("lead").related_model.objects.visible_to(user)
        return self.filter(Exists(leads.filter(pk=OuterRef("lead"))))


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
            return self.filter(Q(owner=user) | Q(owner__memberships__team__in=user.team_ids)).distinct()
        return self.none()

    def open(self) -> Self:
        """Neither won nor lost."""
        return self.filter(won_at__isnull=True, lost_at__isnull=True)
