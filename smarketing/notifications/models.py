"""What people are told in the product, and the outbox of what leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from smarketing.accounts.models import User


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications."""

    def visible_to(self, user: User) -> Self:
        """One's own, whatever one's role."""
        return self.filter(recipient=user)

    def unread(self) -> Self:
        """Not yet seen."""
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One thing one person is told, once."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    dedupe_key = models.CharField(max_length=200)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "dedupe_key"], name="notification_dedupe_key_unique")
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notification_by_recipient"),
            models.Index(fields=["recipient"], condition=models.Q(read_at__isnull=True), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class Notice(models.Model):
    """One thing one person is to be told shortly; what is noted at about the same time is told in one notification."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    line = models.CharField(max_length=200, help_text="How it is listed among others.")
    several_title = models.CharField(max_length=200, help_text="The title for several; {count} says how many.")
    several_url = models.CharField(max_length=300, blank=True)
    noted_at = models.DateTimeField()
    send_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    dedupe_key = models.CharField(max_length=200)

    class Meta:
        ordering = ["noted_at", "id"]
        constraints = [models.UniqueConstraint(fields=["recipient", "dedupe_key"], name="notice_dedupe_key_unique")]
        indexes = [
            models.Index(fields=["send_at"], condition=models.Q(sent_at__isnull=True), name="notice_waiting"),
            models.Index(
                fields=["recipient", "kind"], condition=models.Q(sent_at__isnull=True), name="notice_waiting_of"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Topic(models.TextChoices):
    """What people may want mailed or not: the part of a notification's kind before the dot."""

    HANDOFFS = "handoffs", "Leads handed to me, and what became of those I handed over"
    SLA = "sla", "Promises that run out or are broken"
    MEETINGS = "meetings", "Minutes and action items of meetings"


class MailOptOut(models.Model):
    """One person wants no mail about one topic. The product tells them all the same."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_opt_outs")
    topic = models.CharField(max_length=10, choices=Topic.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="mail_opt_out_once"),
            models.CheckConstraint(condition=models.Q(topic__in=Topic.values), name="mail_opt_out_topic_valid"),
        ]

    def __str__(self) -> str:
        return f"no mail about {self.topic} to {self.user}"


class OutboxMessage(models.Model):
    """A message that must leave the house at least once: pending → sending → sent, or failed for good."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    class Route(models.TextChoices):
        EMAIL = "email", "E-mail"

    route = models.CharField(max_length=10, choices=Route.choices, default=Route.EMAIL)
    recipient = models.CharField(max_length=300)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    html = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    dedupe_key = models.CharField(max_length=200)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["route", "recipient", "dedupe_key"], name="outbox_dedupe_key_unique"),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False) | ~models.Q(state="sent"),
                name="outbox_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=models.Q(state__in=["pending", "sending"]),
                name="outbox_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"
