"""Rows a person may see. Every list, page, API answer and search starts here."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db.models import Q

from smarketing.accounts.models import Role, User
from smarketing.accounts.permissions import has_role
from smarketing.accounts.querysets import LockingQuerySet, OpenToAllQuerySet

SEES_ALL = (Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER, Role.ADMIN, Role.EXECUTIVE)


class AgreementVersionQuerySet(OpenToAllQuerySet):
    """Versions of agreements."""

    def in_force_at(self, at: datetime) -> Self:
        """Those in force at the instant; an ending instant no longer is."""
        return self.filter(in_force_from__lte=at).filter(Q(in_force_until__isnull=True) | Q(in_force_until__gt=at))


class HandoffPartQuerySet(LockingQuerySet):
    """Rows that hang on a handoff and are seen by whoever sees the handoff; `path` leads to it."""

    path = "handoff"

    def visible_to(self, user: User) -> Self:
        """Marketing, managers, admins and executives: all. Reps: those of their teams and their own."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if has_role(user, Role.REP):
            return self.filter(Q(**{f"{self.path}__owner": user}) | Q(**{f"{self.path}__team__in": user.team_ids}))
        return self.none()


class ClockQuerySet(HandoffPartQuerySet):
    """Clocks."""

    def open(self) -> Self:
        """Neither done nor cancelled: running, paused, or breached and still owed."""
        return self.filter(stopped_at__isnull=True, cancelled_at__isnull=True)


class BreachQuerySet(HandoffPartQuerySet):
    """Breaches."""

    path = "clock__handoff"
