"""Series of meetings."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from meetings.querysets import SeriesQuerySet
from smarketing.accounts.models import validate_timezone


class Weekday(models.IntegerChoices):
    """Days of the week, Monday first."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class MeetingSeries(models.Model):
    """A meeting that is held every week: when, how long, and with whom."""

    name = models.CharField(max_length=120)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, default=Weekday.MONDAY)
    local_time = models.TimeField(help_text="In the series' time zone.")
    minutes = models.PositiveSmallIntegerField(default=30, help_text="How long it lasts.")
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    chair = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="Whose view fills the agenda."
    )
    participants = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="meeting_series", blank=True)
    informed = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "meeting series"
        constraints = [
            models.CheckConstraint(condition=Q(weekday__gte=0, weekday__lte=6), name="meeting_series_weekday_valid"),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=480), name="meeting_series_length_valid"),
            models.UniqueConstraint(
                models.functions.Lower("name"),
                condition=Q(archived_at__isnull=True),
                name="meeting_series_name_unique_ci",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of its meetings."""
        return reverse("meetings:series-detail", args=[self.pk])

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return timedelta(minutes=self.minutes)
