"""The append-only log of everything that happened."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from smarketing.activity.events import sentence


class ActivityEntry(models.Model):
    """One event: who did what to which subject, when, with which facts. A database trigger keeps it unchanged."""

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    verb = models.CharField(max_length=80)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    lead_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    correlation_id = models.UUIDField()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(
                fields=["lead_id", "-occurred_at"],
                condition=models.Q(lead_id__isnull=False),
                name="activity_by_lead",
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="activity_by_subject"),
            models.Index(fields=["-occurred_at"], name="activity_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind} {self.subject_id}"

    @property
    def sentence(self) -> str:
        """What happened, in words, without the actor."""
        return sentence(self.verb, self.data)
