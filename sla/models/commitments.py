"""Commitments: the measurable promises of an agreement version."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from sla.models.agreements import AgreementVersion
from sla.models.calendars import WorkingCalendar
from smarketing.accounts.models import Side
from smarketing.accounts.querysets import OpenToAllQuerySet


class CommitmentKind(models.TextChoices):
    """What can be promised. The first five run as clocks, the others as the attainment of a month."""

    ACCEPT = "accept", "Accept or reject"
    FIRST_RESPONSE = "first_response", "First attempt"
    FEEDBACK = "feedback", "Feedback"
    DISPOSITION = "disposition", "Qualify, reject or return"
    MARKETING_ANSWER = "marketing_answer", "Marketing's answer"
    QUALIFIED_LEADS = "qualified_leads", "Qualified leads"
    ACCEPTED_SHARE = "accepted_share", "Accepted by sales"
    WIN_RATE = "win_rate", "Win rate"
    CUSTOMERS_WON = "customers_won", "Customers won"


TIME_KINDS = (
    CommitmentKind.ACCEPT,
    CommitmentKind.FIRST_RESPONSE,
    CommitmentKind.FEEDBACK,
    CommitmentKind.DISPOSITION,
    CommitmentKind.MARKETING_ANSWER,
)
VOLUME_KINDS = (CommitmentKind.QUALIFIED_LEADS, CommitmentKind.CUSTOMERS_WON)
SHARE_KINDS = (CommitmentKind.ACCEPTED_SHARE, CommitmentKind.WIN_RATE)
OWED_BY = {
    CommitmentKind.ACCEPT: Side.SALES,
    CommitmentKind.FIRST_RESPONSE: Side.SALES,
    CommitmentKind.FEEDBACK: Side.SALES,
    CommitmentKind.DISPOSITION: Side.SALES,
    CommitmentKind.MARKETING_ANSWER: Side.MARKETING,
    CommitmentKind.QUALIFIED_LEADS: Side.MARKETING,
    CommitmentKind.ACCEPTED_SHARE: Side.MARKETING,
    CommitmentKind.WIN_RATE: Side.SALES,
    CommitmentKind.CUSTOMERS_WON: Side.SALES,
}
DEFAULT_WARN_SHARE = Decimal("0.75")


class Commitment(models.Model):
    """One promise, owed by one side: within a working time, or a volume or share a month."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.CASCADE, related_name="commitments")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=16, choices=CommitmentKind.choices)
    owed_by = models.CharField(max_length=9, choices=Side.choices)
    allowed = models.DurationField(null=True, blank=True, help_text="Working time; time commitments only.")
    target_share = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, help_text="0–1: how many of them, or the rate."
    )
    target_count = models.PositiveIntegerField(null=True, blank=True, help_text="A month; volume commitments only.")
    warn_share = models.DecimalField(max_digits=3, decimal_places=2, default=DEFAULT_WARN_SHARE)
    calendar = models.ForeignKey(WorkingCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["version", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "kind"], name="commitment_once_per_version_and_kind"),
            models.CheckConstraint(condition=Q(kind__in=CommitmentKind.values), name="commitment_kind_valid"),
            models.CheckConstraint(condition=Q(owed_by__in=Side.values), name="commitment_side_valid"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[kind.value for kind in TIME_KINDS],
                    allowed__gt=timedelta(0),
                    target_share__isnull=False,
                    target_count__isnull=True,
                )
                | Q(
                    kind__in=[kind.value for kind in VOLUME_KINDS],
                    target_count__gt=0,
                    allowed__isnull=True,
                    target_share__isnull=True,
                )
                | Q(
                    kind__in=[kind.value for kind in SHARE_KINDS],
                    target_share__isnull=False,
                    allowed__isnull=True,
                    target_count__isnull=True,
                ),
                name="commitment_target_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(target_share__isnull=True) | Q(target_share__gt=0, target_share__lte=1),
                name="commitment_share_between_0_and_1",
            ),
            models.CheckConstraint(
                condition=Q(warn_share__gt=0, warn_share__lte=1), name="commitment_warns_within_its_time"
            ),
        ]

    def __str__(self) -> str:
        return self.sentence()

    @property
    def is_time(self) -> bool:
        """Whether it runs as clocks."""
        return self.kind in TIME_KINDS

    @property
    def is_volume(self) -> bool:
        """Whether it counts something a month."""
        return self.kind in VOLUME_KINDS

    def sentence(self) -> str:
        """The promise in words, without who owes it."""
        if self.is_time:
            assert self.allowed is not None  # noqa: S101 - held by a constraint
            within = working_time_in_words(self.allowed)
            return {
                CommitmentKind.ACCEPT: f"Accept or reject within {within}",
                CommitmentKind.FIRST_RESPONSE: f"First attempt within {within}",
                CommitmentKind.FEEDBACK: f"Rate accepted leads within {within}",
                CommitmentKind.DISPOSITION: f"Qualify or return accepted leads within {within}",
                CommitmentKind.MARKETING_ANSWER: f"Answer returned leads within {within}",
            }[CommitmentKind(self.kind)]
        if self.kind == CommitmentKind.QUALIFIED_LEADS:
            return f"{self.target_count:,} qualified leads a month"
        if self.kind == CommitmentKind.CUSTOMERS_WON:
            return f"{self.target_count:,} customers won a month"
        assert self.target_share is not None  # noqa: S101 - held by a constraint
        share = share_in_words(self.target_share)
        if self.kind == CommitmentKind.ACCEPTED_SHARE:
            return f"At least {share} accepted by sales"
        return f"At least {share} of closed deals won"

    @property
    def target_in_words(self) -> str:
        """The target alone: "90 %", "150"."""
        return share_in_words(self.target_share) if self.target_share is not None else f"{self.target_count:,}"

    def content(self) -> dict[str, Any]:
        """What is signed of it."""
        return {
            "position": self.position,
            "kind": self.kind,
            "owed_by": self.owed_by,
            "allowed_seconds": self.allowed.total_seconds() if self.allowed else None,
            "target_share": None if self.target_share is None else f"{Decimal(self.target_share):.4f}",
            "target_count": self.target_count,
            "warn_share": f"{Decimal(self.warn_share):.2f}",
            "calendar": self.calendar_id,
        }


def share_in_words(share: Decimal | float) -> str:
    """A share as a percentage with at most one decimal: "90 %", "87.5 %"."""
    return f"{float(share) * 100:.1f}".removesuffix(".0") + " %"


def working_time_in_words(span: timedelta) -> str:
    """Working time as people say it: "4 working hours", "90 working minutes", "2 h 30 of working time".

    Never in days, whose length differs.
    """
    minutes = round(span.total_seconds() / 60)
    hours = minutes // 60
    if minutes % 60:
        return f"{minutes} working minutes" if minutes < 120 else f"{hours:,} h {minutes % 60:02d} of working time"
    return f"{hours:,} working hour" + ("" if hours == 1 else "s")
