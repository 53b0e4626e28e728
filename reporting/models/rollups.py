"""Sums kept ready: how many leads reached each stage, by day and origin."""

from django.db import models
from django.db.models import Q

from leads.domain.lifecycle import FUNNEL


class Basis(models.TextChoices):
    """By whose date a number counts."""

    COHORT = "cohort", "By the day the lead came"
    AS_OF = "as_of", "By the day it happened"


class FunnelBucket(models.Model):
    """Leads of one day, channel, source and campaign that reached a stage.

    Cohort: `day` is the day the lead came. As-of: the day on which the lead first reached the stage or a later one.
    Days are dates of the organisation's zone.
    """

    basis = models.CharField(max_length=6, choices=Basis.choices)
    day = models.DateField()
    channel = models.CharField(max_length=24)
    source = models.CharField(max_length=200, blank=True)
    campaign = models.ForeignKey("leads.Campaign", null=True, on_delete=models.CASCADE, related_name="+")
    stage = models.CharField(max_length=12)
    leads = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["basis", "day", "channel", "source", "campaign", "stage"],
                nulls_distinct=False,
                name="funnel_bucket_unique",
            ),
            models.CheckConstraint(condition=Q(stage__in=list(FUNNEL)), name="funnel_bucket_stage_in_funnel"),
        ]
        indexes = [
            models.Index(
                fields=["basis", "day"],
                include=["channel", "source", "campaign", "stage", "leads"],
                name="funnel_bucket_by_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.leads} reached {self.stage} on {self.day}"


class FunnelSum(models.Model):
    """The buckets of a day or a month summed over all but one dimension: what a funnel of a year reads.

    `key` is the dimension's value as the funnel names its rows: `all`, a channel, a source, a campaign's id or empty.
    A month is only read where none of its days is stale.
    """

    class Grain(models.TextChoices):
        DAY = "day", "Day"
        MONTH = "month", "Month"

    basis = models.CharField(max_length=6, choices=Basis.choices)
    dimension = models.CharField(max_length=8)
    grain = models.CharField(max_length=5, choices=Grain.choices)
    first_on = models.DateField()
    key = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=12)
    leads = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["basis", "dimension", "grain", "first_on", "key", "stage"],
                include=["leads"],
                name="funnel_sum_unique",
            ),
            models.CheckConstraint(condition=Q(stage__in=list(FUNNEL)), name="funnel_sum_stage_in_funnel"),
        ]

    def __str__(self) -> str:
        return f"{self.leads} reached {self.stage} in the {self.grain} of {self.first_on}, {self.dimension} {self.key}"


class StaleDay(models.Model):
    """A day whose buckets facts have touched since they were summed.

    Rows are only added and taken away, never unique: writers of the same day do not wait for each other.
    """

    basis = models.CharField(max_length=6, choices=Basis.choices)
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["basis", "day"], name="stale_day_by_day")]

    def __str__(self) -> str:
        return f"{self.basis} {self.day}"
