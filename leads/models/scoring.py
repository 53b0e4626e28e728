"""The scoring model in force and what is kept of each lead's score."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from leads.models.companies import Company
from leads.models.leads import STAGES, Lead, Touchpoint
from leads.querysets.visible import LeadPartQuerySet
from smarketing.accounts.querysets import OpenToAllQuerySet


class ScoreModelVersion(models.Model):
    """One version of the rules that give points. At most one is in force."""

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=100)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    in_force_from = models.DateTimeField(null=True, blank=True)
    in_force_until = models.DateTimeField(null=True, blank=True)
    rescored_at = models.DateTimeField(
        null=True, blank=True, help_text="When everybody was last scored by this version; empty: somebody may not be."
    )

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(in_force_from__isnull=False, in_force_until__isnull=True),
                name="score_model_one_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Score(models.Model):
    """What a lead scores now: beside the lead, because it changes often and the lead's own row is dear to write.

    The database adds the row with the lead, whoever writes the lead, and removes it with it; so there is no foreign
    key to check. Where a fact of the lead changes that the score rests on, the database empties `scored_at`; where one
    of its company does, `CompanyChange` tells.
    """

    lead = models.OneToOneField(
        Lead, primary_key=True, on_delete=models.CASCADE, related_name="current_score", db_constraint=False
    )
    stage = models.CharField(
        max_length=12,
        choices=STAGES,
        editable=False,
        help_text="The lead's, kept by the database, so that the best of a stage stand in an index.",
    )
    fit = models.PositiveSmallIntegerField(default=0)
    engagement = models.PositiveSmallIntegerField(default=0)
    score = models.PositiveSmallIntegerField(default=0)
    band = models.CharField(max_length=2, default="C3", help_text="Fit A–C and engagement 1–3.")
    scored_at = models.DateTimeField(
        null=True, blank=True, help_text="When the lead got this score; empty: it waits to be scored."
    )

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fit__lte=100) & Q(engagement__lte=100) & Q(score__lte=100),
                name="lead_score_between_0_and_100",
            )
        ]
        indexes = [
            models.Index(fields=["-score", "-lead"], name="score_best"),
            models.Index(fields=["stage", "-score", "-lead"], name="score_best_of_stage"),
            models.Index(fields=["lead"], condition=Q(scored_at__isnull=True), name="score_to_compute"),
        ]

    def __str__(self) -> str:
        return f"{self.score} ({self.band})"


class ScoreState(models.Model):
    """What the next score of a lead needs instead of its history: sums and times per rule.

    A state of another model, or an empty one, is rebuilt from the touchpoints when the lead is next scored. Without
    foreign keys in the database: checking them would lock the lead, and scoring locks scores alone.
    """

    lead = models.OneToOneField(
        Lead, primary_key=True, on_delete=models.CASCADE, related_name="score_state", db_constraint=False
    )
    model = models.ForeignKey(
        ScoreModelVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    state = models.JSONField(default=dict)
    scored_at = models.DateTimeField(
        null=True, blank=True, help_text="When the lead was last scored; `Score` says when it last got another score."
    )
    next_change_at = models.DateTimeField(null=True, blank=True)

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_change_at"],
                condition=Q(next_change_at__isnull=False),
                name="score_state_due",
            )
        ]

    def __str__(self) -> str:
        return f"score state of lead {self.lead_id}"


class ScoreQueue(models.Model):
    """A touchpoint that no score state has absorbed yet.

    The database adds the row with the touchpoint, whoever wrote it; scoring deletes it in the transaction that stores
    the state. So a touchpoint counts exactly once, in whatever order transactions commit, and a lost message loses
    nothing. Without foreign keys: a queue of millions must cost next to nothing.
    """

    touchpoint = models.OneToOneField(
        Touchpoint, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    occurred_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "score queue"

    def __str__(self) -> str:
        return f"touchpoint {self.touchpoint_id} of lead {self.lead_id}"


class CompanyChange(models.Model):
    """A company whose facts have changed since its leads were scored.

    The database adds the row with the change, whoever made it; scoring deletes it once it has scored the leads. So
    whoever changes companies locks no scores: in whatever order that would be, scoring takes them in another one.
    Without a foreign key: checking it would lock the company once more.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"change of company {self.company_id}"


class ScoreChange(models.Model):
    """The history of a lead's score: a row whenever a stored score changed.

    Without foreign keys in the database: the one statement that writes it has the lead and the model at hand, and
    after a change of model it writes a row for most leads.
    """

    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="score_changes", db_constraint=False, db_index=False
    )
    model = models.ForeignKey(
        ScoreModelVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    occurred_at = models.DateTimeField()
    fit = models.PositiveSmallIntegerField()
    engagement = models.PositiveSmallIntegerField()
    score = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=2)

    objects = LeadPartQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fit__lte=100) & Q(engagement__lte=100) & Q(score__lte=100),
                name="score_between_0_and_100",
            )
        ]
        indexes = [models.Index(fields=["lead", "-occurred_at"], name="score_change_by_lead")]

    def __str__(self) -> str:
        return f"{self.score} ({self.band})"
