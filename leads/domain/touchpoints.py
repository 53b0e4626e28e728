"""Kinds of touchpoint: the closed list of what a lead can do that is worth remembering."""

from __future__ import annotations

import enum


class TouchpointKind(enum.StrEnum):
    """What happened, in the past tense. Values are stored in the database and shown in the API."""

    PAGE_VIEW = "page_view"
    FORM_SUBMITTED = "form_submitted"
    CONTENT_DOWNLOADED = "content_downloaded"
    WEBINAR_ATTENDED = "webinar_attended"
    EVENT_ATTENDED = "event_attended"
    EMAIL_OPENED = "email_opened"
    EMAIL_CLICKED = "email_clicked"
    AD_CLICKED = "ad_clicked"
    DEMO_REQUESTED = "demo_requested"
    PRICING_VIEWED = "pricing_viewed"
    REFERRED = "referred"
    CHAT = "chat"
    MEETING = "meeting"
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Short name for screens, e.g. ``Form submitted``."""
        return _LABELS[self]

    @property
    def did(self) -> str:
        """What follows "has" in a sentence, e.g. ``submitted a form``."""
        return _DID[self]


_T = TouchpointKind

_LABELS: dict[TouchpointKind, str] = {
    _T.PAGE_VIEW: "Page viewed",
    _T.FORM_SUBMITTED: "Form submitted",
    _T.CONTENT_DOWNLOADED: "Content downloaded",
    _T.WEBINAR_ATTENDED: "Webinar attended",
    _T.EVENT_ATTENDED: "Event attended",
    _T.EMAIL_OPENED: "E-mail opened",
    _T.EMAIL_CLICKED: "E-mail clicked",
    _T.AD_CLICKED: "Ad clicked",
    _T.DEMO_REQUESTED: "Demo requested",
    _T.PRICING_VIEWED: "Pricing page viewed",
    _T.REFERRED: "Referred by somebody",
    _T.CHAT: "Chat",
    _T.MEETING: "Met a person",
    _T.UNSUBSCRIBED: "Unsubscribed",
    _T.OTHER: "Other",
}

_DID: dict[TouchpointKind, str] = {
    _T.PAGE_VIEW: "viewed a page",
    _T.FORM_SUBMITTED: "submitted a form",
    _T.CONTENT_DOWNLOADED: "downloaded content",
    _T.WEBINAR_ATTENDED: "attended a webinar",
    _T.EVENT_ATTENDED: "attended an event",
    _T.EMAIL_OPENED: "opened an e-mail",
    _T.EMAIL_CLICKED: "clicked in an e-mail",
    _T.AD_CLICKED: "clicked an ad",
    _T.DEMO_REQUESTED: "requested a demo",
    _T.PRICING_VIEWED: "viewed the pricing page",
    _T.REFERRED: "been referred by somebody",
    _T.CHAT: "chatted with us",
    _T.MEETING: "met one of us",
    _T.UNSUBSCRIBED: "unsubscribed",
    _T.OTHER: "had another kind of touchpoint",
}

CHOICES: tuple[tuple[str, str], ...] = tuple((kind.value, kind.label) for kind in TouchpointKind)
"""(value, label) pairs for a form or a model field."""
