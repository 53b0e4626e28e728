"""The memory of forms that were sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SentForm(models.Model):
    """A form that somebody sent and what it was answered, given again when the same form comes again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="Of the form's key, its address and everything in it.")
    status_code = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="sent_form_once")]
        indexes = [models.Index(fields=["created_at"], name="sent_form_by_age")]

    def __str__(self) -> str:
        return self.digest
