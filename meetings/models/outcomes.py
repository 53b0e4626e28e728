"""What a meeting leaves behind: decisions and action items."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from meetings.models.meetings import Meeting, Topic
from meetings.querysets import ActionItemQuerySet, MeetingPartQuerySet


class Decision(models.Model):
    """What was decided. With a metric and a date, the product tells then whether the number moved."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="decisions")
    text = models.CharField(max_length=500)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    metric = models.CharField(max_length=60, blank=True, help_text="Name in the registry of metrics.")
    target = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    check_on = models.DateField(null=True, blank=True)
    baseline = models.DecimalField(
        max_digits=20, decimal_places=6, null=True, blank=True, help_text="Over the four weeks before the decision."
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_value = models.DecimalField(
        max_digits=20, decimal_places=6, null=True, blank=True, help_text="Over the four weeks before the check."
    )
    definition_version = models.ForeignKey(
        "leads.DefinitionVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The draft of a definition that it opened.",
    )
    agreement_version = models.ForeignKey(
        "sla.AgreementVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The draft of an agreement that it opened.",
    )

    objects = MeetingPartQuerySet.as_manager()

    class Meta:
        ordering = ["decided_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="decision_not_empty"),
            models.CheckConstraint(
                condition=Q(metric="", check_on__isnull=True, target__isnull=True)
                | (~Q(metric="") & Q(check_on__isnull=False)),
                name="decision_metric_has_check_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["check_on"],
                condition=Q(check_on__isnull=False, checked_at__isnull=True),
                name="decision_to_check",
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def written_by_id(self) -> int:
        """Who may take it back."""
        return self.decided_by_id

    def verdict(self, *, more_is_better: bool = True) -> str:
        """Whether the number moved as wanted: `reached`, `moved`, `not moved` or `no data`; empty before the check."""
        if self.checked_at is None:
            return ""
        if self.checked_value is None or (self.baseline is None and self.target is None):
            return "no data"
        sign = 1 if more_is_better else -1
        if self.target is not None and (self.checked_value - self.target) * sign >= 0:
            return "reached"
        if self.baseline is not None and (self.checked_value - self.baseline) * sign > 0:
            return "moved"
        return "not moved"


class ActionItem(models.Model):
    """Something that one person shall do until a day. Carried over until it is done; the database refuses to delete
    what minutes have told of."""

    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="action_items", help_text="In which it was given."
    )
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="action_items")
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="action_items")
    due_on = models.DateField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    carried = models.PositiveSmallIntegerField(default=0, help_text="Into how many later meetings it came.")

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="action_item_not_empty"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False, done_at__gte=F("created_at")),
                name="action_item_done_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(done_at__isnull=True), name="action_item_open"),
            models.Index(fields=["owner", "due_on"], name="action_item_by_owner"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def written_by_id(self) -> int:
        """Who may take it back."""
        return self.created_by_id
