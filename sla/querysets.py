"""Rows a person may see. Every list, page, API answer and search starts here."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from smarketing.accounts.models import Role, User
from smarketing.accounts.permissions import has_role

SEES_ALL = (Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER, Role.ADMIN, Role.EXECUTIVE)


class LockingQuerySet(models.QuerySet[Any]):
    """Adds the one way to lock a row for a write."""

    def lock(self, pk: int) -> Any:
        """The row locked until the transaction ends; raises the model's DoesNotExist where it is not visible."""
        return self.select_for_update(of=("self",)).get(pk=pk)


class OpenToAllQuerySet(LockingQuerySet):
    """What both teams agreed is read by everybody with a role."""

    def visible_to(self, user: User) -> Self:
        """All rows for anybody with a role, none otherwise."""
        return self.all() if user.roles else self.none()


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
