"""Campaigns, what they cost and what they show."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse

from leads.domain.channels import Channel
from smarketing.accounts.querysets import OpenToAllQuerySet

CHANNELS = Channel.choices()


class JourneyStage(models.TextChoices):
    """Where in the buyer's journey something speaks to people."""

    AWARENESS = "awareness", "Awareness"
    CONSIDERATION = "consideration", "Consideration"
    DECISION = "decision", "Decision"


class Campaign(models.Model):
    """A marketing activity with a channel, dates, a budget, an audience and an owner."""

    external_id = models.CharField(max_length=200, null=True, blank=True)
    name = models.CharField(max_length=200)
    channel = models.CharField(max_length=24, choices=CHANNELS)
    objective = models.CharField(max_length=300, blank=True)
    audience = models.CharField(max_length=300, blank=True, help_text="Whom it speaks to, in words.")
    journey_stage = models.CharField(max_length=13, choices=JourneyStage.choices, blank=True)
    start_on = models.DateField(null=True, blank=True)
    end_on = models.DateField(null=True, blank=True)
    budget = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["-start_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="campaign_external_id_unique"),
            models.UniqueConstraint(Upper("name"), name="campaign_name_unique_ci"),
            models.CheckConstraint(condition=~Q(name=""), name="campaign_name_given"),
            models.CheckConstraint(
                condition=Q(start_on__isnull=True) | Q(end_on__isnull=True) | Q(end_on__gte=F("start_on")),
                name="campaign_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gte=0), name="campaign_budget_not_negative"
            ),
            models.CheckConstraint(condition=Q(channel__in=list(Channel)), name="campaign_channel_valid"),
        ]
        indexes = [GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="campaign_name_search")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The campaign's page."""
        return reverse("leads:campaign-detail", args=[self.pk])


class Spend(models.Model):
    """What one campaign cost on one day, with the platform's own counts where it gives them."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="spend")
    spent_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    impressions = models.PositiveBigIntegerField(null=True, blank=True)
    clicks = models.PositiveBigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    #: The import that stated it last: its later rows of the day add to it, those of another one replace it.
    stated_by = models.ForeignKey(
        "leads.ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    #: What the day had before it was booked, where the booking replaced it; not kept in the row.
    replaced: Decimal | None = None

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "spend"
        ordering = ["-spent_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "spent_on"], name="spend_one_per_campaign_and_day"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="spend_not_negative"),
        ]
        indexes = [models.Index(fields=["spent_on"], name="spend_by_day")]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.amount} {self.currency} on {self.spent_on}"


class ContentAsset(models.Model):
    """Something a buyer reads, watches or attends."""

    class Kind(models.TextChoices):
        ARTICLE = "article", "Article"
        GUIDE = "guide", "Guide or e-book"
        CASE_STUDY = "case_study", "Case study"
        WEBINAR = "webinar", "Webinar"
        VIDEO = "video", "Video"
        TOOL = "tool", "Calculator or tool"
        PAGE = "page", "Page"
        EVENT = "event", "Event"
        OTHER = "other", "Other"

    external_id = models.CharField(max_length=200, null=True, blank=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    url = models.URLField(max_length=500, blank=True)
    journey_stage = models.CharField(max_length=13, choices=JourneyStage.choices, blank=True)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="content")
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="content_external_id_unique"),
            models.UniqueConstraint(Upper("title"), name="content_title_unique_ci"),
            models.CheckConstraint(condition=~Q(title=""), name="content_title_given"),
        ]

    def __str__(self) -> str:
        return self.title


class Visit(models.Model):
    """Web traffic of one day by channel, source and campaign, as a web analytics export gives it."""

    visited_on = models.DateField()
    channel = models.CharField(max_length=24, choices=CHANNELS)
    source = models.CharField(max_length=200, blank=True)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="visits")
    sessions = models.PositiveBigIntegerField()
    users = models.PositiveBigIntegerField(null=True, blank=True)
    #: The import that stated it last: its later rows of the day add to it, those of another one replace it.
    stated_by = models.ForeignKey(
        "leads.ImportRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["-visited_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["visited_on", "channel", "source", "campaign"],
                nulls_distinct=False,
                name="visit_one_per_day_and_origin",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sessions} sessions on {self.visited_on}"
