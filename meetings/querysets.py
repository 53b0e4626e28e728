"""Rows a person may see. Every list, page and API answer starts here."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from smarketing.accounts.models import Role, User
from smarketing.accounts.permissions import has_role
from smarketing.accounts.querysets import LockingQuerySet

SEES_ALL = (Role.MARKETING_MANAGER, Role.SALES_MANAGER, Role.ADMIN, Role.EXECUTIVE)


class SeriesQuerySet(LockingQuerySet):
    """Series of meetings."""

    def visible_to(self, user: User) -> Self:
        """Managers, admins and executives: all. Others: those that they take part in or are informed of."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if not user.roles:
            return self.none()
        return self.filter(_of_series(self.model, user, "pk"))

    def active(self) -> Self:
        """Series that still meet."""
        return self.filter(archived_at__isnull=True)


def _of_series(series: Any, user: User, outer: str) -> Q:
    invited = series.participants.through.objects.filter(meetingseries=OuterRef(outer), user=user)
    informed = series.informed.through.objects.filter(meetingseries=OuterRef(outer), user=user)
    return Q(Exists(invited)) | Q(Exists(informed))


class MeetingQuerySet(LockingQuerySet):
    """Meetings, and what was written in them (rows with a path `series` or `meeting`)."""

    path = "series"

    def visible_to(self, user: User) -> Self:
        """Rows of visible series."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if not user.roles:
            return self.none()
        model: Any = self.model
        for name in self.path.split("__"):
            model = model._meta.get_field(name).related_model
        return self.filter(_of_series(model, user, self.path))


class MeetingPartQuerySet(MeetingQuerySet):
    """Rows of a meeting."""

    path = "meeting__series"


class NoteQuerySet(MeetingQuerySet):
    """Rows of a topic."""

    path = "topic__meeting__series"


class ActionItemQuerySet(LockingQuerySet):
    """Action items: those of visible meetings, and one's own wherever they were given."""

    def visible_to(self, user: User) -> Self:
        """One's own, and those of visible series."""
        if has_role(user, *SEES_ALL):
            return self.all()
        if not user.roles:
            return self.none()
        meeting = self.model._meta.get_field("meeting").related_model
        series: Any = meeting._meta.get_field("series").related_model
        return self.filter(Q(owner=user) | _of_series(series, user, "meeting__series"))

    def open(self) -> Self:
        """Not done yet."""
        return self.filter(done_at__isnull=True)

    def due_by(self, day: date) -> Self:
        """Due on the day or before."""
        return self.filter(due_on__lte=day)
