"""Meetings, their agenda and their minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from meetings.domain.agenda import TopicKind
from meetings.domain.minutes import EntryKind, MeetingState
from meetings.models.series import MeetingSeries
from meetings.querysets import MeetingPartQuerySet, MeetingQuerySet, NoteQuerySet


def _choices(kinds: type[TopicKind] | type[EntryKind] | type[MeetingState]) -> list[tuple[str, str]]:
    return [(kind.value, kind.value.capitalize()) for kind in kinds]


class Meeting(models.Model):
    """One occurrence of a series. The next one exists only once this one is closed."""

    series = models.ForeignKey(MeetingSeries, on_delete=models.PROTECT, related_name="meetings")
    number = models.PositiveIntegerField(help_text="In the series, from 1.")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=7, choices=_choices(MeetingState), default=MeetingState.PLANNED)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0, help_text="How often its minutes were sent.")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="meeting_number_unique"),
            models.UniqueConstraint(fields=["series", "starts_at"], name="meeting_once_per_time"),
            models.UniqueConstraint(
                fields=["series"], condition=~Q(state=MeetingState.CLOSED), name="meeting_one_not_closed_per_series"
            ),
            models.CheckConstraint(
                condition=Q(state=MeetingState.PLANNED, opened_at__isnull=True, closed_at__isnull=True, version=0)
                | Q(state=MeetingState.OPEN, opened_at__isnull=False, closed_at__isnull=True)
                | Q(state=MeetingState.CLOSED, opened_at__isnull=False, closed_at__isnull=False, version__gte=1),
                name="meeting_state_matches_times",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="meeting_closed_after_opening",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.number}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("meetings:meeting-detail", args=[self.pk])

    @property
    def ends_at(self) -> datetime:
        """When it should be over."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def ends_by(self) -> datetime:
        """When the time is up, counted from when it was opened."""
        return (self.opened_at or self.starts_at) + timedelta(minutes=self.minutes)


class MinutesIssue(models.Model):
    """One sending of the minutes: which version, by whom, when."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="issues")
    version = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["meeting", "version"], name="minutes_version_unique")]

    def __str__(self) -> str:
        return f"{self.meeting}, version {self.version}"


class Topic(models.Model):
    """One point of an agenda."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DISCUSSED = "discussed", "Discussed"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="topics")
    kind = models.CharField(max_length=10, choices=_choices(TopicKind), default=TopicKind.OTHER)
    title = models.CharField(max_length=200)
    minutes = models.PositiveSmallIntegerField(help_text="Allotted.")
    position = models.PositiveSmallIntegerField(default=0)
    stake = models.DecimalField(
        max_digits=16, decimal_places=2, null=True, blank=True, help_text="Money at stake, by which topics are ranked."
    )
    recurring = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField(null=True, blank=True)
    discussed_at = models.DateTimeField(null=True, blank=True)
    carried_from = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="carried_to"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = MeetingPartQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "kind"], condition=~Q(kind=TopicKind.OTHER), name="topic_once_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="open", discussed_at__isnull=True) | Q(state="discussed", discussed_at__isnull=False),
                name="topic_discussed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def written_by_id(self) -> int | None:
        """Who may take it back."""
        return self.added_by_id

    @property
    def is_discussed(self) -> bool:
        """Whether it was ticked."""
        return self.state == self.State.DISCUSSED


class Note(models.Model):
    """One line of the minutes: a note, or a decision as it was written."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    kind = models.CharField(max_length=8, choices=_choices(EntryKind), default=EntryKind.NOTE)
    written_at = models.DateTimeField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["written_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_not_empty")]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def written_by_id(self) -> int:
        """Who may take it back."""
        return self.author_id


class Reading(models.Model):
    """A person says that they have read one version of the minutes."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="readings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["confirmed_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person", "version"], name="reading_once_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.person} read {self.meeting}"
