"""What the two teams owe each other, in versions that both sides sign."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from sla.models.calendars import WorkingCalendar
from sla.querysets import AgreementVersionQuerySet
from smarketing.accounts.querysets import OpenToAllQuerySet

PARTS = ("summary", "goals", "requirements", "contacts", "repercussions", "cancellation")
SIGNATURE_KIND = "agreement_version"


class TsTzRange(Func):
    """The half-open range between two instants; without an end it is open."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Agreement(models.Model):
    """One contract between marketing and sales; its versions say what it was when."""

    name = models.CharField(max_length=150)
    team = models.OneToOneField(
        "accounts.Team",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="agreement",
        help_text="The sales team it is for; empty: every sales team without an agreement of its own.",
    )
    created_at = models.DateTimeField()

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["team"], nulls_distinct=False, name="agreement_one_per_scope"),
            models.CheckConstraint(condition=~Q(name=""), name="agreement_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class AgreementVersion(models.Model):
    """One version: six parts, commitments, ladder. Once signed its content does not change; the hash proves it."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    summary = models.TextField(blank=True)
    goals = models.TextField(blank=True, help_text="The goals of both teams.")
    requirements = models.TextField(blank=True, help_text="What each team needs from the other.")
    contacts = models.TextField(blank=True, help_text="Owners and contacts.")
    repercussions = models.TextField(blank=True, help_text="What happens when a goal is missed.")
    cancellation = models.TextField(blank=True, help_text="Conditions under which the agreement ends.")
    calendar = models.ForeignKey(WorkingCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    in_force_from = models.DateTimeField(null=True, blank=True)
    in_force_until = models.DateTimeField(null=True, blank=True)
    terminated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    terminated_why = models.TextField(blank=True, help_text="Why it was ended without a version after it.")
    discarded_at = models.DateTimeField(null=True, blank=True, help_text="When the draft was given up.")

    objects = AgreementVersionQuerySet.as_manager()

    class Meta:
        ordering = ["agreement", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_version_number_unique"),
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True)
                | (Q(in_force_from__isnull=False) & Q(in_force_until__gt=F("in_force_from"))),
                name="agreement_in_force_has_start",
            ),
            models.CheckConstraint(
                condition=Q(terminated_by__isnull=True, terminated_why="")
                | (Q(terminated_by__isnull=False, in_force_until__isnull=False) & ~Q(terminated_why="")),
                name="agreement_terminated_says_why",
            ),
            models.CheckConstraint(
                condition=Q(discarded_at__isnull=True) | Q(in_force_from__isnull=True),
                name="agreement_discarded_was_draft",
            ),
            ExclusionConstraint(
                name="agreement_one_in_force",
                expressions=[
                    ("agreement", RangeOperators.EQUAL),
                    (TsTzRange("in_force_from", "in_force_until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(in_force_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, version {self.number}"

    @property
    def number_text(self) -> str:
        """The number for joining with words."""
        return str(self.number)

    def content(self, commitments: Iterable[Any], ladder: Iterable[Any]) -> dict[str, Any]:
        """Everything that is signed with these promises and steps, in their order, as JSON values."""
        return {
            "agreement": self.agreement.name,
            "scope": self.agreement.team_id,
            "number": self.number,
            "calendar": self.calendar_id,
            **{part: getattr(self, part) for part in PARTS},
            "commitments": [commitment.content() for commitment in commitments],
            "ladder": [step.content() for step in ladder],
        }

    def hash_with(self, commitments: Iterable[Any], ladder: Iterable[Any]) -> str:
        """SHA-256 of the content with these promises and steps, in canonical JSON."""
        content = self.content(commitments, ladder)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def computed_hash(self) -> str:
        """SHA-256 of the content as it is stored; three queries."""
        return self.hash_with(self.commitments.order_by("position", "id"), self.ladder.order_by("position"))


class EscalationStep(models.Model):
    """One rung of the ladder: whom to tell, and how long after the due time."""

    class Notify(models.TextChoices):
        OWNER = "owner", "the owner"
        MANAGER = "manager", "the owner's managers"
        BOTH_MANAGERS = "both_managers", "the managers of both teams"

    version = models.ForeignKey(AgreementVersion, on_delete=models.CASCADE, related_name="ladder")
    position = models.PositiveSmallIntegerField()
    after = models.DurationField(help_text="Working time after the due time.")
    notify = models.CharField(max_length=13, choices=Notify.choices)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="escalation_step_position_unique"),
            models.CheckConstraint(
                condition=Q(notify__in=["owner", "manager", "both_managers"]), name="escalation_notify_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.position}: {self.get_notify_display()}"

    def content(self) -> dict[str, Any]:
        """What is signed of it."""
        return {"position": self.position, "after_seconds": self.after.total_seconds(), "notify": self.notify}
