"""What the teams agreed that a stage means, in versions that both sides sign."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from leads.models.leads import STAGES, Lead
from smarketing.accounts.querysets import OpenToAllQuerySet


class TsTzRange(Func):
    """The half-open range between two instants; without an end it is open."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Definition(models.Model):
    """The agreed meaning of one stage; its versions say what it was when."""

    stage = models.CharField(max_length=12, choices=STAGES, unique=True)

    objects = OpenToAllQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_stage_display()} definition"


class DefinitionVersion(models.Model):
    """One version of a definition. Once signed its content does not change; the hash proves it."""

    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    criteria = models.JSONField()
    enter_score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="With the criteria, the score at which a lead enters."
    )
    leave_score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The score below which it leaves again; not above the enter score."
    )
    summary = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    in_force_from = models.DateTimeField(null=True, blank=True)
    in_force_until = models.DateTimeField(null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True, help_text="A draft that nobody had signed was given up.")

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["definition", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["definition", "number"], name="definition_version_number_unique"),
            models.CheckConstraint(
                condition=Q(leave_score__isnull=True)
                | (Q(enter_score__isnull=False) & Q(leave_score__lte=F("enter_score"))),
                name="definition_leaves_below_entry",
            ),
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True)
                | (Q(in_force_from__isnull=False) & Q(in_force_until__gt=F("in_force_from"))),
                name="definition_in_force_has_start",
            ),
            models.CheckConstraint(
                condition=Q(discarded_at__isnull=True) | Q(in_force_from__isnull=True),
                name="definition_discarded_never_in_force",
            ),
            ExclusionConstraint(
                name="definition_one_in_force",
                expressions=[
                    ("definition", RangeOperators.EQUAL),
                    (TsTzRange("in_force_from", "in_force_until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(in_force_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.number}"


class DefinitionStanding(models.Model):
    """On which side of a definition a lead was when it was last looked at: the memory that hysteresis needs.

    A lead that has none was outside, unless its stage says otherwise.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="standings")
    definition = models.ForeignKey(Definition, on_delete=models.CASCADE, related_name="standings")
    version = models.ForeignKey(DefinitionVersion, on_delete=models.PROTECT, related_name="+")
    inside = models.BooleanField(help_text="The lead met criteria and threshold of the version.")
    score_above = models.BooleanField(help_text="The score alone was on the upper side of the threshold.")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "definition"], name="standing_once_per_lead_and_definition")
        ]

    def __str__(self) -> str:
        return f"{'inside' if self.inside else 'outside'} {self.version}"
