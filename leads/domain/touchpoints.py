"""Kinds of touchpoint: the closed list of what a lead can do that is worth remembering."""

from __future__ import annotations

import enum


class TouchpointKind(enum.StrEnum):
    """What happened, in the past tense. Values are stored in the database and shown in the API."""

    AD_CLICKED = "ad_clicked"
    PAGE_VIEWED = "page_viewed"
    PRICING_VIEWED = "pricing_viewed"
    CONTENT_DOWNLOADED = "content_downloaded"
    VIDEO_WATCHED = "video_watched"
    FORM_SUBMITTED = "form_submitted"
    EMAIL_OPENED = "email_opened"
    EMAIL_CLICKED = "email_clicked"
    EMAIL_REPLIED = "email_replied"
    SOCIAL_ENGAGED = "social_engaged"
    WEBINAR_REGISTERED = "webinar_registered"
    WEBINAR_ATTENDED = "webinar_attended"
    EVENT_ATTENDED = "event_attended"
    CHAT_STARTED = "chat_started"
    CALL_HELD = "call_held"
    MEETING_HELD = "meeting_held"
    DEMO_REQUESTED = "demo_requested"
    TRIAL_STARTED = "trial_started"
    EMAIL_BOUNCED = "email_bounced"
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Short name for screens, e.g. ``Form submitted``."""
        return self.value.replace("_", " ").capitalize()

    @property
    def did(self) -> str:
        """What follows "has" in a sentence, e.g. ``submitted a form``."""
        return _DID[self]


_T = TouchpointKind

_DID: dict[TouchpointKind, str] = {
    _T.AD_CLICKED: "clicked an ad",
    _T.PAGE_VIEWED: "viewed a page",
    _T.PRICING_VIEWED: "viewed the prices",
    _T.CONTENT_DOWNLOADED: "downloaded content",
    _T.VIDEO_WATCHED: "watched a video",
    _T.FORM_SUBMITTED: "submitted a form",
    _T.EMAIL_OPENED: "opened an email",
    _T.EMAIL_CLICKED: "clicked in an email",
    _T.EMAIL_REPLIED: "replied to an email",
    _T.SOCIAL_ENGAGED: "engaged on social media",
    _T.WEBINAR_REGISTERED: "registered for a webinar",
    _T.WEBINAR_ATTENDED: "attended a webinar",
    _T.EVENT_ATTENDED: "attended an event",
    _T.CHAT_STARTED: "started a chat",
    _T.CALL_HELD: "had a call with us",
    _T.MEETING_HELD: "met with us",
    _T.DEMO_REQUESTED: "requested a demo",
    _T.TRIAL_STARTED: "started a trial",
    _T.EMAIL_BOUNCED: "had an email bounce",
    _T.UNSUBSCRIBED: "unsubscribed",
    _T.OTHER: "had another kind of touchpoint",
}

CHOICES: tuple[tuple[str, str], ...] = tuple((kind.value, kind.label) for kind in TouchpointKind)
"""(value, label) pairs for a form or a model field."""
