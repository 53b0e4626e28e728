"""Clocks: one time commitment running on one handoff, and what came of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sla.models.agreements import EscalationStep
from sla.models.calendars import CalendarRevision
from sla.models.commitments import TIME_KINDS, Commitment
from sla.querysets import BreachQuerySet, ClockQuerySet
from smarketing.accounts.querysets import LockingQuerySet


class Clock(models.Model):
    """One time commitment on one handoff: the team's clock never resets, an owner's starts with each owner.

    Breached stays breached: what is done late gets `stopped_at` and keeps its state. `due_at` is empty while
    paused. Times in `*_seconds` are working time.
    """

    class Scope(models.TextChoices):
        TEAM = "team", "Team"
        OWNER = "owner", "Owner"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        MET = "met", "Met"
        BREACHED = "breached", "Breached"
        CANCELLED = "cancelled", "Cancelled"

    handoff = models.ForeignKey("leads.Handoff", on_delete=models.CASCADE, related_name="clocks")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="clocks")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.label) for kind in TIME_KINDS])
    scope = models.CharField(max_length=5, choices=Scope.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="clocks"
    )
    assignment = models.ForeignKey(
        "leads.Assignment", null=True, blank=True, on_delete=models.CASCADE, related_name="clocks"
    )
    calendar_revision = models.ForeignKey(CalendarRevision, on_delete=models.PROTECT, related_name="clocks")
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    allowed = models.DurationField()
    due_at = models.DateTimeField(null=True, blank=True)
    warn_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="When the promised thing was done.")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_why = models.CharField(max_length=200, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    response_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="From start to stop.")
    late_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="From due to stop.")
    next_step_at = models.DateTimeField(null=True, blank=True, help_text="When the next escalation step is due.")
    next_step = models.ForeignKey(EscalationStep, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["handoff", "commitment"],
                condition=Q(scope="team"),
                name="clock_unique_per_handoff_commitment",
            ),
            models.UniqueConstraint(
                fields=["assignment", "commitment"],
                condition=Q(scope="owner", assignment__isnull=False),
                name="clock_unique_per_assignment_commitment",
            ),
            models.UniqueConstraint(
                fields=["handoff", "commitment", "owner"],
                condition=Q(scope="owner", assignment__isnull=True),
                name="clock_unique_per_handoff_commitment_owner",
            ),
            models.CheckConstraint(
                condition=Q(scope="team", owner__isnull=True, assignment__isnull=True)
                | Q(scope="owner", owner__isnull=False),
                name="clock_owner_matches_scope",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gte=F("started_at")), name="clock_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(warn_at__isnull=True) | Q(due_at__isnull=False, warn_at__lte=F("due_at")),
                name="clock_warns_before_due",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="running",
                    due_at__isnull=False,
                    warn_at__isnull=False,
                    stopped_at__isnull=True,
                    cancelled_at__isnull=True,
                    breached_at__isnull=True,
                )
                | Q(
                    state="paused",
                    due_at__isnull=True,
                    stopped_at__isnull=True,
                    cancelled_at__isnull=True,
                    breached_at__isnull=True,
                )
                | Q(
                    state="met",
                    due_at__isnull=False,
                    stopped_at__lte=F("due_at"),
                    cancelled_at__isnull=True,
                    breached_at__isnull=True,
                )
                | Q(state="breached", breached_at=F("due_at"))
                | Q(state="cancelled", cancelled_at__isnull=False, stopped_at__isnull=True, breached_at__isnull=True),
                name="clock_state_matches_timestamps",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="clock_stops_after_start",
            ),
            models.CheckConstraint(
                condition=Q(next_step_at__isnull=True)
                | Q(state="breached", next_step__isnull=False, stopped_at__isnull=True, cancelled_at__isnull=True),
                name="clock_escalates_only_while_late",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="running"), name="clock_due"),
            models.Index(
                fields=["warn_at"], condition=Q(state="running", warned_at__isnull=True), name="clock_to_warn"
            ),
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="clock_to_escalate"),
            models.Index(
                fields=["calendar_revision"],
                condition=Q(state__in=["running", "paused"]),
                name="clock_open_by_calendar",
            ),
            models.Index(fields=["scope", "due_at"], include=["commitment", "state"], name="clock_board"),
            models.Index(
                fields=["due_at"],
                include=["id", "commitment", "state", "warn_at", "handoff"],
                condition=Q(scope="team", stopped_at__isnull=True, cancelled_at__isnull=True),
                name="clock_of_team_open",
            ),
            models.Index(
                fields=["handoff"],
                condition=Q(state="breached", scope="team", stopped_at__isnull=True, cancelled_at__isnull=True),
                name="clock_open_late",
            ),
            models.Index(fields=["owner", "state"], condition=Q(owner__isnull=False), name="clock_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.state})"

    @property
    def due(self) -> datetime:
        """The due time of a clock that has one: every clock but a paused one. Raises ValueError for a paused clock."""
        if self.due_at is None:
            raise ValueError("A paused clock has no due time.")
        return self.due_at

    @property
    def is_open(self) -> bool:
        """Running, paused, or breached and still owed."""
        return self.stopped_at is None and self.cancelled_at is None


class ClockPause(models.Model):
    """A stretch in which a clock stood still."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=200)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = LockingQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=Q(ended_at__isnull=True), name="pause_one_open_per_clock"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="pause_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"paused from {self.started_at}"


class Breach(models.Model):
    """A promise missed, at its due time. One per clock; contested and waived, but never undone."""

    clock = models.OneToOneField(Clock, on_delete=models.CASCADE, related_name="breach")
    breached_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    contested_at = models.DateTimeField(null=True, blank=True)
    contested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contest_reason = models.TextField(blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        ordering = ["-breached_at", "-id"]
        verbose_name_plural = "breaches"
        constraints = [
            models.CheckConstraint(
                condition=Q(contested_at__isnull=True, contested_by__isnull=True, contest_reason="")
                | (Q(contested_at__isnull=False, contested_by__isnull=False) & ~Q(contest_reason="")),
                name="breach_contest_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["-breached_at", "-id"], name="breach_by_time")]

    def __str__(self) -> str:
        return f"breach of {self.clock_id} at {self.breached_at}"


class Waiver(models.Model):
    """A breach excused by a manager of the other side, with a reason: still counted, shown apart."""

    breach = models.OneToOneField(Breach, on_delete=models.CASCADE, related_name="waiver")
    waived_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    waived_at = models.DateTimeField()
    reason = models.TextField()

    objects = LockingQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason")]

    def __str__(self) -> str:
        return f"waiver of breach {self.breach_id}"


class EscalationFired(models.Model):
    """That one step of the ladder was taken for one clock; `fired_at` is when the step was due."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="escalations")
    step = models.ForeignKey(EscalationStep, on_delete=models.PROTECT, related_name="+")
    fired_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    objects = LockingQuerySet.as_manager()

    class Meta:
        ordering = ["fired_at", "id"]
        verbose_name_plural = "escalations fired"
        constraints = [models.UniqueConstraint(fields=["clock", "step"], name="escalation_once_per_clock_and_step")]

    def __str__(self) -> str:
        return f"{self.step} of clock {self.clock_id}"


class ClockNotice(models.Model):
    """What one person is to be told about one clock, once, and not before their working hours."""

    class Occasion(models.TextChoices):
        WARNING = "warning", "Running out"
        BREACH = "breach", "Late"
        ESCALATION = "escalation", "Still late"

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="notices")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    step = models.ForeignKey(EscalationStep, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    send_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = LockingQuerySet.as_manager()

    class Meta:
        ordering = ["send_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "recipient", "occasion", "step"],
                nulls_distinct=False,
                name="clock_notice_once_per_occasion",
            )
        ]
        indexes = [models.Index(fields=["send_at"], condition=Q(sent_at__isnull=True), name="clock_notice_waiting")]

    def __str__(self) -> str:
        return f"{self.occasion} of clock {self.clock_id} to {self.recipient_id}"
