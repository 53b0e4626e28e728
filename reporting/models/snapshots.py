"""Numbers as they stood at the end of a week."""

from django.db import models
from django.db.models import F, Q

from smarketing.accounts.querysets import OpenToAllQuerySet


class Snapshot(models.Model):
    """One metric over one period, frozen when the period was over."""

    metric = models.CharField(max_length=60)
    metric_version = models.PositiveSmallIntegerField(default=1)
    basis = models.CharField(max_length=6)
    first = models.DateField()
    last = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    facts = models.JSONField(default=dict, help_text="What the value was computed from.")
    taken_at = models.DateTimeField()

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["-first", "metric"]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "metric_version", "basis", "first", "last"], name="snapshot_unique"
            ),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="snapshot_period_start_before_end"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.first} – {self.last}"
