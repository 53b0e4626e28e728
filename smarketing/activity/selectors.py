"""Reads of the activity log."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from smarketing.accounts.models import User
from smarketing.accounts.permissions import can_administer_people
from smarketing.activity.models import ActivityEntry


def entries_for_subject(kind: str, subject_id: int) -> QuerySet[ActivityEntry]:
    """What happened to one thing, newest first. Ask only for a thing that the person may see."""
    return ActivityEntry.objects.filter(subject_kind=kind, subject_id=subject_id).select_related("actor")


def audit_trail(
    user: User,
    *,
    verb: str = "",
    actor_id: int | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> QuerySet[ActivityEntry]:
    """Everything that happened, for administrators; nothing for anybody else. Days are those of the reader's zone.

    `verb` is a whole verb ("leads.deal_won") or an app ("leads").
    """
    if not can_administer_people(user):
        return ActivityEntry.objects.none()
    entries = ActivityEntry.objects.select_related("actor")
    if verb:
        entries = entries.filter(verb=verb) if "." in verb else entries.filter(verb__startswith=f"{verb}.")
    if actor_id is not None:
        entries = entries.filter(actor_id=actor_id)
    if from_on is not None:
        entries = entries.filter(occurred_at__gte=_start_of(from_on))
    if to_on is not None:
        entries = entries.filter(occurred_at__lt=_start_of(to_on + timedelta(days=1)))
    return entries


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
