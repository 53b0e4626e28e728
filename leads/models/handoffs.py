"""Handoffs, and what sales does with them: decisions, attempts, feedback."""

from functools import reduce
from operator import or_

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from leads.domain.handoffs import CHOICES, OUTCOMES_OF, HandoffStatus
from leads.models.leads import Lead
from leads.querysets.visible import HandoffQuerySet, LeadPartQuerySet
from smarketing.accounts.querysets import OpenToAllQuerySet
from smarketing.web.addresses import address


class RejectionReason(models.Model):
    """One entry of the short agreed list of reasons for which sales may reject a lead."""

    class Ground(models.TextChoices):
        DATA = "data", "The data is wrong"
        FIT = "fit", "It does not fit the definition"
        TIMING = "timing", "The time is wrong"
        OTHER = "other", "Something else"

    code = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=100)
    ground = models.CharField(max_length=6, choices=Ground.choices)
    clause = models.CharField(max_length=200, blank=True, help_text="The clause of the definition that it speaks of.")
    needs_note = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["position", "label"]
        constraints = [
            models.CheckConstraint(condition=~Q(label=""), name="rejection_reason_label_given"),
            models.UniqueConstraint(
                Lower("label"), condition=Q(archived_at__isnull=True), name="rejection_reason_label_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """The page of the lists."""
        return reverse("leads:reason-list")


class Handoff(models.Model):
    """Marketing passing one lead to a sales team, with context."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="handoffs")
    status = models.CharField(max_length=9, choices=CHOICES, default=HandoffStatus.PENDING)
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="handoffs", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="handoffs",
        help_text="The rep; empty: anybody of the team may take it.",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    next_steps = models.TextField(blank=True)
    messaging = models.TextField(blank=True, help_text="Recommended messaging.")
    pain_points = models.TextField(blank=True)
    why_now = models.JSONField(default=dict, help_text="Definition version, scores and reasons as they stood.")
    score = models.PositiveSmallIntegerField(default=0, help_text="At handoff.")
    band = models.CharField(max_length=2, default="C3", help_text="At handoff.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rejection_reason = models.ForeignKey(
        RejectionReason, null=True, blank=True, on_delete=models.PROTECT, related_name="handoffs"
    )
    note = models.TextField(blank=True, help_text="Why it was rejected, returned or withdrawn, in words.")
    returned_at = models.DateTimeField(null=True, blank=True)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    qualified_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text="When marketing answered a rejection or a return."
    )
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors")
    round = models.PositiveSmallIntegerField(default=1, help_text="How often the lead was handed off.")

    objects = HandoffQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"],
                condition=Q(status=HandoffStatus.PENDING),
                name="handoff_one_open_per_lead",
            ),
            models.CheckConstraint(condition=Q(status__in=list(HandoffStatus)), name="handoff_status_valid"),
            models.CheckConstraint(
                condition=Q(status=HandoffStatus.PENDING, decided_at__isnull=True)
                | (~Q(status=HandoffStatus.PENDING) & Q(decided_at__isnull=False)),
                name="handoff_decided_once",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.REJECTED) | Q(rejection_reason__isnull=False),
                name="handoff_rejected_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.ACCEPTED) | Q(owner__isnull=False),
                name="handoff_accepted_has_owner",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(decided_at__gte=F("created_at")),
                name="handoff_decided_after_creation",
            ),
        ]
        indexes = [
            # The inbox: what waits or is worked in a team, without what was worked long ago …
            models.Index(
                fields=["team", "status", "lead"],
                include=["owner"],
                condition=Q(status__in=["pending", "accepted"]),
                name="handoff_open",
            ),
            # … and what was sent back, until some time after marketing's answer.
            models.Index(
                fields=["team", "answered_at"],
                include=["owner"],
                condition=Q(status__in=["rejected", "returned"]),
                name="handoff_sent_back",
            ),
            # Marketing's: what waits for an answer, and how many.
            models.Index(
                fields=["-created_at", "-id"],
                include=["decided_at"],
                condition=Q(status__in=["rejected", "returned"], answered_at__isnull=True),
                name="handoff_to_answer",
            ),
            # What sales decided in a span of time.
            models.Index(
                fields=["decided_at", "id"],
                include=["status", "team", "owner"],
                condition=Q(decided_at__isnull=False),
                name="handoff_by_decision",
            ),
            # Which leads a rep sees.
            models.Index(fields=["team", "lead"], name="handoff_by_team"),
            models.Index(fields=["created_at"], name="handoff_by_time"),
            models.Index(fields=["status", "-created_at"], name="handoff_by_status"),
        ]

    def __str__(self) -> str:
        return f"handoff of {self.lead_id} ({self.status})"

    def get_absolute_url(self) -> str:
        """The handoff's page."""
        return address("leads:handoff-detail", self.pk)


class Assignment(models.Model):
    """A rep's time as owner of a handoff; the owner clocks follow these."""

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="assignments")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["assigned_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["handoff"], condition=Q(ended_at__isnull=True), name="assignment_one_current"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("assigned_at")),
                name="assignment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} from {self.assigned_at}"


class Attempt(models.Model):
    """One follow-up by sales. An outbound one by a person is what answers the first-response promise."""

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        MEETING = "meeting", "Meeting"
        MESSAGE = "message", "Message"

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        NO_ANSWER = "no_answer", "No answer"
        LEFT_MESSAGE = "left_message", "Left a message"
        SENT = "sent", "Sent"
        WRONG_CONTACT = "wrong_contact", "Wrong contact"
        HELD = "held", "Held"

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="attempts")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="attempts")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    outcome = models.CharField(max_length=13, choices=Outcome.choices)
    outbound = models.BooleanField(default=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=reduce(
                    or_, (Q(kind=kind, outcome__in=sorted(fitting)) for kind, fitting in OUTCOMES_OF.items())
                ),
                name="attempt_outcome_fits_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_outcome_display()}"


class Feedback(models.Model):
    """A rep's rating of a handed-off lead. The latest row counts; earlier ones stay."""

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="feedback")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="feedback")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    words = models.TextField(blank=True)
    given_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-id"]
        verbose_name_plural = "feedback"
        constraints = [models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="feedback_rating_1_to_5")]

    def __str__(self) -> str:
        return f"{self.rating} of 5"
