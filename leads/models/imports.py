"""Imports: what was brought in, how far it is, and what was refused."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from smarketing.accounts.querysets import LockingQuerySet

ATTENDING = 7_302
"""Whoever executes a run holds the advisory lock of this number and the run's id."""


class ImportRun(models.Model):
    """One file on its way in. Survives a worker's death: `rows_read` says where it stands."""

    class Kind(models.TextChoices):
        COMPANIES = "companies", "Companies"
        CAMPAIGNS = "campaigns", "Campaigns"
        LEADS = "leads", "Leads"
        TOUCHPOINTS = "touchpoints", "Touchpoints"
        DEALS = "deals", "Deals"
        SPEND = "spend", "Spend"
        VISITS = "visits", "Web visits"

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for its columns to be mapped"
        QUEUED = "queued", "Waiting for a worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Dates(models.TextChoices):
        AS_PROVEN = "", "as the values say"
        DAY_FIRST = "day-first", "day/month/year"
        MONTH_FIRST = "month-first", "month/day/year"

    class Decimal(models.TextChoices):
        AS_PROVEN = "", "as the values say"
        POINT = "point", "decimal point"
        COMMA = "comma", "decimal comma"

    class Known(models.TextChoices):
        COMPLETE = "complete", "Fill in what is empty, keep the rest"
        REPLACE = "replace", "Replace it by what the file says"

    kind = models.CharField(max_length=11, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.UPLOADED)
    filename = models.CharField(max_length=255)
    path = models.CharField(max_length=500, blank=True, help_text="Where the file is kept until it is done.")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    layout = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict, help_text="Column → field.")
    defaults = models.JSONField(default=dict, help_text="Field → value for rows that leave it empty.")
    dates = models.CharField(
        max_length=11,
        choices=Dates.choices,
        blank=True,
        default="",
        db_default="",
        help_text="Which number of 03/04/2026 is the day, where the values of a column do not prove it.",
    )
    decimal = models.CharField(
        max_length=5,
        choices=Decimal.choices,
        blank=True,
        default="",
        db_default="",
        help_text="What 1.234 means, where the values of a column do not prove it.",
    )
    known = models.CharField(
        max_length=8,
        choices=Known.choices,
        default=Known.COMPLETE,
        db_default=Known.COMPLETE,
        help_text="What happens to values of leads and companies that are known already.",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_read = models.PositiveBigIntegerField(default=0)
    rows_created = models.PositiveBigIntegerField(default=0)
    rows_updated = models.PositiveBigIntegerField(default=0)
    rows_unchanged = models.PositiveBigIntegerField(default=0)
    rows_kept = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        help_text="Of the rows of known leads and companies: those that differed in a value that was kept.",
    )
    rows_rejected = models.PositiveBigIntegerField(default=0)
    created_ids = models.JSONField(
        default=list, help_text="Of leads: the ids of those it added, as pairs of the first and the last of a row."
    )
    bytes_read = models.PositiveBigIntegerField(default=0)
    message = models.TextField(blank=True)

    objects = LockingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["done", "failed", "cancelled"]) | Q(finished_at__isnull=False),
                name="import_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(dates__in=["", "day-first", "month-first"])
                & Q(decimal__in=["", "point", "comma"])
                & Q(known__in=["complete", "replace"]),
                name="import_choices_valid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.get_kind_display()})"

    def get_absolute_url(self) -> str:
        """The import's page."""
        return reverse("leads:import-detail", args=[self.pk])


class ImportReject(models.Model):
    """A row that did not go in, as it came, and why."""

    # The constraint's index begins with the run.
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects", db_index=False)
    row_number = models.PositiveBigIntegerField()
    cells = models.JSONField()
    reasons = models.JSONField(help_text="Sentences, each with the column it speaks of.")

    class Meta:
        ordering = ["row_number", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "row_number"], name="import_reject_once_per_row")]

    def __str__(self) -> str:
        return f"row {self.row_number}"
