"""Leads and the facts that make up their history."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper

from leads.domain.channels import Channel
from leads.domain.lifecycle import FUNNEL, LifecycleStage
from leads.querysets.visible import LeadPartQuerySet, LeadQuerySet
from smarketing.web.addresses import address

if TYPE_CHECKING:
    from leads.models.scoring import Score

STAGES = [(stage.value, stage.label) for stage in LifecycleStage]
CHANNELS = Channel.choices()


def lead_label(first_name: str, last_name: str, email: str | None, external_id: str | None) -> str:
    """What people call a lead: the name, else the e-mail, else its external id, shortened."""
    name = f"{first_name} {last_name}".strip()
    if name:
        return name
    if email:
        return email
    known = external_id or ""
    return f"Record {known}" if len(known) <= 12 else f"Record {known[:4]}…{known[-4:]}"


class Lead(models.Model):
    """A person who may buy. Stage and owner are caches of facts, written with the fact; the score is in `Score`."""

    external_id = models.CharField(max_length=200, null=True, blank=True)
    email = models.EmailField("e-mail", max_length=254, null=True, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    job_title = models.CharField(max_length=150, blank=True)
    seniority = models.CharField(max_length=50, blank=True)
    department = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=100, blank=True)
    company = models.ForeignKey("leads.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="leads")
    source = models.CharField(max_length=200, blank=True, help_text="The origin exactly as captured.")
    channel = models.CharField(max_length=24, choices=CHANNELS, default=Channel.UNKNOWN)
    campaign = models.ForeignKey(
        "leads.Campaign",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="leads",
        db_index=False,
        help_text="The campaign that brought the lead in.",
    )
    landing_page = models.CharField(max_length=500, blank=True)
    consent = models.BooleanField(
        null=True, blank=True, help_text="Agreed to be contacted; empty where it was never asked."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_leads",
        db_index=False,  # lead_by_owner
    )
    created_at = models.DateTimeField(help_text="When the person first came to us.")
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    # Caches of facts.
    stage = models.CharField(max_length=12, choices=STAGES, default=LifecycleStage.LEAD)
    stage_changed_at = models.DateTimeField()
    last_touch_at = models.DateTimeField(null=True, blank=True)

    current_score: Score  # the database gives every lead one

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="lead_external_id_unique"),
            models.UniqueConstraint(Lower("email"), name="lead_email_unique_ci"),
            models.CheckConstraint(
                condition=Q(external_id__isnull=False) | Q(email__isnull=False), name="lead_has_identity"
            ),
            models.CheckConstraint(condition=~Q(external_id="") & ~Q(email=""), name="lead_identity_not_blank"),
            models.CheckConstraint(condition=Q(stage__in=list(LifecycleStage)), name="lead_stage_valid"),
            models.CheckConstraint(condition=Q(channel__in=list(Channel)), name="lead_channel_valid"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="lead_newest"),
            models.Index(fields=["stage", "-created_at", "-id"], name="lead_by_stage"),
            models.Index(fields=["last_touch_at", "id"], name="lead_by_last_touch"),
            models.Index(fields=["-stage_changed_at", "-id"], name="lead_by_stage_change"),
            # The list narrowed by channel, or by channel and stage, and its count.
            models.Index(fields=["channel", "stage", "-created_at", "-id"], name="lead_by_channel_and_stage"),
            # What a campaign brought: how many, and how many of them are customers.
            models.Index(fields=["campaign", "stage", "id"], name="lead_by_campaign_and_stage"),
            # The few leads that sales works now, among the many that it once accepted.
            models.Index(fields=["id"], condition=Q(stage__in=["sal", "sql"]), name="lead_being_worked"),
            models.Index(fields=["owner"], condition=Q(owner__isnull=False), name="lead_by_owner"),
            # A column each: one text of all four is a sixth less work to keep, but what is rare in one column is
            # common in another, and a search for an e-mail took three times as long.
            GinIndex(
                OpClass(Upper("first_name"), name="gin_trgm_ops"),
                OpClass(Upper("last_name"), name="gin_trgm_ops"),
                OpClass(Upper("email"), name="gin_trgm_ops"),
                OpClass(Upper("external_id"), name="gin_trgm_ops"),
                name="lead_search",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """The lead's page."""
        return address("leads:lead-detail", self.pk)

    @property
    def label(self) -> str:
        """What people call the lead."""
        return lead_label(self.first_name, self.last_name, self.email, self.external_id)

    @property
    def has_name(self) -> bool:
        """Whether we know whom we speak of."""
        return bool(self.first_name or self.last_name)

    # What the lead scores now, read-only; lists fetch it with the lead (`with_score`).

    @property
    def fit(self) -> int:
        """0–100: who the lead is, against whom we want."""
        return self.current_score.fit

    @property
    def engagement(self) -> int:
        """0–100: what the lead did, fading."""
        return self.current_score.engagement

    @property
    def score(self) -> int:
        """0–100: both together."""
        return self.current_score.score

    @property
    def band(self) -> str:
        """Fit A–C and engagement 1–3."""
        return self.current_score.band

    @property
    def scored_at(self) -> datetime | None:
        """When the lead got this score; None where it waits to be scored."""
        return self.current_score.scored_at


class StageTransition(models.Model):
    """The fact that a lead moved from one stage to another. Never changed."""

    # The constraint's index begins with the lead.
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="transitions", db_index=False)
    from_stage = models.CharField(max_length=12, choices=STAGES, blank=True)
    to_stage = models.CharField(max_length=12, choices=STAGES)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    # Nobody asks for all moves of one person.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    why = models.CharField(max_length=300, blank=True)
    definition_version = models.ForeignKey(
        "leads.DefinitionVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="transitions",
        db_index=False,  # transition_by_definition
    )
    imputed = models.BooleanField(
        default=False, help_text="The stage was skipped; the time is that of the next stage reached."
    )
    below_definition = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A person handed the lead off although it did not meet the definition in force.",
    )

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "to_stage", "occurred_at"], name="transition_once_per_stage_and_time"
            ),
            models.CheckConstraint(condition=~Q(from_stage=F("to_stage")), name="transition_moves"),
            models.CheckConstraint(condition=Q(to_stage__in=list(LifecycleStage)), name="transition_stage_valid"),
            models.CheckConstraint(
                condition=Q(below_definition=False)
                | Q(to_stage=LifecycleStage.MQL, definition_version__isnull=True, imputed=False),
                name="transition_below_definition_is_by_hand",
            ),
        ]
        indexes = [
            # Those beside the funnel; who reached which stage of it when stands in `StageReached`.
            models.Index(
                fields=["to_stage", "occurred_at", "lead"],
                condition=Q(to_stage__in=[stage for stage in LifecycleStage if not stage.in_funnel]),
                name="transition_beside_funnel",
            ),
            # Moves that a definition caused: few beside those that files bring.
            models.Index(
                fields=["definition_version"],
                condition=Q(definition_version__isnull=False),
                name="transition_by_definition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_stage or 'new'} → {self.to_stage}"


class StageReached(models.Model):
    """When a lead first reached a stage of the funnel or a later one.

    Kept by the database from the transitions, whoever writes them, so that “qualified in March” is a range of an
    index however many leads there are.
    """

    pk = models.CompositePrimaryKey("lead", "stage")
    # Rows come from transitions, whose leads exist: to check that again would slow every import.
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="reached", db_index=False, db_constraint=False
    )
    stage = models.CharField(max_length=12, choices=[(stage.value, stage.label) for stage in FUNNEL])
    reached_at = models.DateTimeField()
    below_definition = models.BooleanField(
        default=False,
        db_default=False,
        help_text="By a handoff below the definition: at the stage, but not delivered as qualified.",
    )

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        ordering = ["reached_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=[stage.value for stage in FUNNEL]), name="reached_stage_in_funnel"
            ),
            models.CheckConstraint(
                condition=Q(below_definition=False) | Q(stage=LifecycleStage.MQL),
                name="reached_below_definition_is_mql",
            ),
        ]
        indexes = [
            models.Index(
                fields=["stage", "reached_at", "lead"],
                include=["below_definition"],
                name="reached_by_stage_and_time",
            ),
            # The few that are not counted as delivered.
            models.Index(
                fields=["reached_at", "lead"], condition=Q(below_definition=True), name="reached_below_definition"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} at {self.reached_at:%Y-%m-%d %H:%M}"


class LateQualification(models.Model):
    """The fact that a lead which was handed off below the definition meets it now: from here on it is delivered.

    Once a lead; never changed.
    """

    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, related_name="late_qualification")
    definition_version = models.ForeignKey("leads.DefinitionVersion", on_delete=models.PROTECT, related_name="+")
    met_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        ordering = ["met_at", "id"]
        indexes = [models.Index(fields=["met_at", "lead"], name="late_qualification_by_time")]

    def __str__(self) -> str:
        return f"{self.lead} meets {self.definition_version}"


class Delivery(models.Model):
    """That marketing delivered a lead as qualified: once a lead, read from the facts above by a view of the database.

    It is delivered when it reaches MQL; where a person handed it off below the definition, when it meets it.
    """

    lead = models.OneToOneField(Lead, primary_key=True, on_delete=models.DO_NOTHING, related_name="delivery")
    delivered_at = models.DateTimeField()

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "leads_delivery"
        ordering = ["delivered_at"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.lead} delivered at {self.delivered_at:%Y-%m-%d %H:%M}"


class Touchpoint(models.Model):
    """One dated interaction of a lead with a campaign, a content asset or a person."""

    class Kind(models.TextChoices):
        PAGE_VIEW = "page_view", "Page viewed"
        FORM_SUBMITTED = "form_submitted", "Form submitted"
        CONTENT_DOWNLOADED = "content_downloaded", "Content downloaded"
        WEBINAR_ATTENDED = "webinar_attended", "Webinar attended"
        EVENT_ATTENDED = "event_attended", "Event attended"
        EMAIL_OPENED = "email_opened", "E-mail opened"
        EMAIL_CLICKED = "email_clicked", "E-mail clicked"
        AD_CLICKED = "ad_clicked", "Ad clicked"
        DEMO_REQUESTED = "demo_requested", "Demo requested"
        PRICING_VIEWED = "pricing_viewed", "Pricing page viewed"
        REFERRED = "referred", "Referred by somebody"
        CHAT = "chat", "Chat"
        MEETING = "meeting", "Met a person"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        OTHER = "other", "Other"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="touchpoints", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    occurred_at = models.DateTimeField()
    channel = models.CharField(max_length=24, choices=CHANNELS, default=Channel.UNKNOWN)
    source = models.CharField(max_length=200, blank=True)
    campaign = models.ForeignKey(
        "leads.Campaign",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="touchpoints",
        db_index=False,  # touchpoint_by_campaign
    )
    content = models.ForeignKey(
        "leads.ContentAsset",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="touchpoints",
        db_index=False,  # touchpoint_by_content
    )
    url = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=500, blank=True)
    external_id = models.CharField(max_length=200, null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                condition=Q(external_id__isnull=False),
                name="touchpoint_source_external_id_unique",
            ),
            models.CheckConstraint(condition=Q(channel__in=list(Channel)), name="touchpoint_channel_valid"),
        ]
        indexes = [
            # Holds all that scoring asks of a touchpoint, in the order in which it asks for everybody's.
            models.Index(
                fields=["lead", "occurred_at"], include=["kind", "content", "campaign"], name="touchpoint_of_lead"
            ),
            models.Index(
                fields=["campaign", "occurred_at"],
                condition=Q(campaign__isnull=False),
                name="touchpoint_by_campaign",
            ),
            # How many leads used a piece of content, and when.
            models.Index(
                fields=["content", "lead", "occurred_at"],
                condition=Q(content__isnull=False),
                name="touchpoint_by_content",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.occurred_at:%Y-%m-%d %H:%M}"
