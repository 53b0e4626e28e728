"""Numbers as they stood when a meeting began. A database trigger keeps them unchanged."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse

from meetings.domain.minutes import content_hash
from meetings.models.meetings import Meeting, Topic
from meetings.querysets import MeetingPartQuerySet


class Evidence(models.Model):
    """One number of one topic over one period, with its content hash: data, not a picture.

    `restated` is what the same number of the meeting before is counted to now, where it differs from `then`.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="evidence")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="evidence")
    position = models.PositiveSmallIntegerField()
    metric = models.CharField(max_length=120, help_text="Its name; the same number of another meeting has the same.")
    label = models.CharField(max_length=200)
    unit = models.CharField(max_length=10)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    of = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    then = models.DecimalField(max_digits=20, decimal_places=6, null=True, help_text="As frozen at the meeting before.")
    restated = models.DecimalField(max_digits=20, decimal_places=6, null=True, help_text="The same, counted today.")
    records = models.CharField(max_length=600, blank=True, help_text="Where the records behind it are listed.")
    facts = models.JSONField(default=dict)
    period_first = models.DateField()
    period_last = models.DateField()
    frozen_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)

    objects = MeetingPartQuerySet.as_manager()

    class Meta:
        ordering = ["topic", "position"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["meeting", "metric"], name="evidence_once_per_meeting"),
            models.CheckConstraint(
                condition=models.Q(period_last__gte=models.F("period_first")), name="evidence_period_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"

    def get_absolute_url(self) -> str:
        """The records behind it, as they stood."""
        return reverse("meetings:evidence-detail", args=[self.pk])

    def content(self) -> dict[str, Any]:
        """What the hash is over."""
        number = {
            name: None if getattr(self, name) is None else format(getattr(self, name), ".6f")
            for name in ("value", "of", "then", "restated")
        }
        return number | {
            "metric": self.metric,
            "label": self.label,
            "unit": self.unit,
            "facts": self.facts,
            "period": [self.period_first.isoformat(), self.period_last.isoformat()],
        }

    @property
    def is_intact(self) -> bool:
        """Whether the content still has the hash it was frozen with."""
        return content_hash(self.content()) == self.content_hash
