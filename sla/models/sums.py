"""Sums kept ready for the board: what ended how, by local day and by who may see it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sla.models.commitments import Commitment


class BoardSum(models.Model):
    """How many facts of one kind fall on one day of the organisation's zone.

    `kept`, `late`: the teams' clocks that ended so, by the day on which they were due; `done_on` says when those were
    kept. `answered`: those that were answered, with the `seconds` of working time that each took, in order. `accepted`,
    `rejected`: handoffs by the day of the decision. `delivered`: leads by the day on which they were delivered
    as qualified. `teams` holds the sales teams that had the handoff or the lead, in order.
    """

    class Fact(models.TextChoices):
        KEPT = "kept", "Kept"
        LATE = "late", "Late"
        ANSWERED = "answered", "Answered"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        DELIVERED = "delivered", "Delivered"

    day = models.DateField()
    fact = models.CharField(max_length=9, choices=Fact.choices)
    commitment = models.ForeignKey(Commitment, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    done_on = models.DateField(null=True)
    teams = ArrayField(models.BigIntegerField())
    number = models.PositiveIntegerField()
    seconds = ArrayField(models.PositiveIntegerField(), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "fact", "commitment", "done_on", "teams"],
                include=["number"],
                nulls_distinct=False,
                name="board_sum_unique",
            ),
            models.CheckConstraint(
                condition=Q(fact__in=["kept", "late", "answered"], commitment__isnull=False)
                | Q(fact__in=["accepted", "rejected", "delivered"], commitment__isnull=True),
                name="board_sum_fact_valid",
            ),
            models.CheckConstraint(condition=Q(fact="kept") | Q(done_on__isnull=True), name="board_sum_done_when_kept"),
            models.CheckConstraint(
                condition=Q(fact="answered", seconds__isnull=False) | (~Q(fact="answered") & Q(seconds__isnull=True)),
                name="board_sum_seconds_of_answers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.fact} on {self.day}"


class StaleBoardDay(models.Model):
    """A day whose sums facts have touched since they were made; triggers write it beside every change of a fact.

    Rows are only added and taken away, never unique: writers of the same day do not wait for each other.
    """

    day = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.day)
