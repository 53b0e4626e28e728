"""Deals: what leads turn into."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from leads.domain import losses
from leads.models.leads import Lead
from leads.querysets.visible import DealQuerySet
from smarketing.accounts.querysets import OpenToAllQuerySet
from smarketing.web.addresses import address


class DealStage(models.TextChoices):
    """Where a deal stands."""

    DISCOVERY = "discovery", "Discovery"
    PROPOSAL = "proposal", "Proposal"
    NEGOTIATION = "negotiation", "Negotiation"
    WON = "won", "Won"
    LOST = "lost", "Lost"


OPEN_STAGES = (DealStage.DISCOVERY, DealStage.PROPOSAL, DealStage.NEGOTIATION)


class LossReason(models.Model):
    """One entry of the short agreed list of reasons for which deals are lost."""

    code = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=100)
    needs_note = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["position", "label"]
        constraints = [
            models.CheckConstraint(condition=~Q(label=""), name="loss_reason_label_given"),
            models.UniqueConstraint(
                Lower("label"), condition=Q(archived_at__isnull=True), name="loss_reason_label_unique"
            ),
            # What is on no list counts as it.
            models.CheckConstraint(
                condition=~Q(code=losses.OTHER) | Q(archived_at__isnull=True), name="loss_reason_other_stays"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """The page of the lists."""
        return reverse("leads:reason-list")

    def to_domain(self) -> losses.LossReason:
        """The entry as the rules read it."""
        return losses.LossReason(self.code, self.label, needs_note=self.needs_note, is_active=self.archived_at is None)


class Deal(models.Model):
    """An opportunity with one or more leads. The amount may be unknown; it is then not zero but empty."""

    external_id = models.CharField(max_length=200, null=True, blank=True)
    name = models.CharField(max_length=200)
    company = models.ForeignKey("leads.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="deals")
    lead = models.ForeignKey(
        Lead,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deals",
        help_text="The lead it came from; empty for a deal that no lead led to.",
    )
    other_leads = models.ManyToManyField(Lead, blank=True, related_name="+")
    handoff = models.ForeignKey("leads.Handoff", null=True, blank=True, on_delete=models.PROTECT, related_name="deals")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="deals"
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    stage = models.CharField(max_length=11, choices=DealStage.choices, default=DealStage.DISCOVERY)
    opened_at = models.DateTimeField()
    expected_close_on = models.DateField(null=True, blank=True)
    won_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)
    loss_reason = models.ForeignKey(
        LossReason,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deals",
        db_index=False,
        help_text="From the agreed list; empty where a deal was lost before there was one.",
    )
    lost_reason = models.CharField(
        max_length=losses.TOLD_CHARS, blank=True, help_text="Why it was lost, in words: the reason and what was added."
    )
    segment = models.CharField(max_length=100, blank=True)
    product = models.CharField(max_length=100, blank=True)

    objects = DealQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="deal_external_id_unique"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="deal_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(stage="won", won_at__isnull=False, lost_at__isnull=True)
                | Q(stage="lost", lost_at__isnull=False, won_at__isnull=True)
                | (Q(stage__in=list(OPEN_STAGES)) & Q(won_at__isnull=True, lost_at__isnull=True)),
                name="deal_outcome_matches_stage",
            ),
            models.CheckConstraint(
                condition=Q(loss_reason__isnull=True) | Q(stage="lost"), name="deal_loss_reason_of_lost"
            ),
        ]
        indexes = [
            # What was won or lost in a span of time, how many and how much.
            models.Index(
                fields=["won_at", "id"],
                include=["owner", "currency", "amount"],
                condition=Q(won_at__isnull=False),
                name="deal_by_win",
            ),
            models.Index(
                fields=["lost_at", "id"],
                include=["owner", "currency", "amount"],
                condition=Q(lost_at__isnull=False),
                name="deal_by_loss",
            ),
            # The open columns of the board: the first cards of a stage, and how many and how much it holds.
            models.Index(
                fields=["stage", "expected_close_on", "id"],
                include=["owner", "currency", "amount"],
                condition=Q(stage__in=["discovery", "proposal", "negotiation"]),
                name="deal_board",
            ),
            models.Index(fields=["owner", "stage"], name="deal_by_owner"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The deal's page."""
        return address("leads:deal-detail", self.pk)

    @property
    def about(self) -> str:
        """Of whom and of which company it is, as far as its name does not say so."""
        names = (self.lead.label if self.lead else "", self.company.name if self.company else "")
        return ", ".join(name for name in names if name and name != self.name)

    @property
    def is_open(self) -> bool:
        """Neither won nor lost."""
        return self.won_at is None and self.lost_at is None
