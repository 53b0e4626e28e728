"""What marketing knew when it handed a lead off: frozen into the handoff, so that it can be judged later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from leads.domain.channels import Channel
from leads.domain.lifecycle import LifecycleStage
from leads.models import DefinitionVersion, Lead, Touchpoint
from leads.selectors.scoring import explain_score
from leads.selectors.shortfalls import shortfalls
from smarketing.activity.events import as_json

RECENT = timedelta(days=30)

_K = Touchpoint.Kind
STRONGEST_FIRST: tuple[str, ...] = (
    _K.DEMO_REQUESTED,
    _K.REFERRED,
    _K.PRICING_VIEWED,
    _K.MEETING,
    _K.WEBINAR_ATTENDED,
    _K.EVENT_ATTENDED,
    _K.FORM_SUBMITTED,
    _K.CONTENT_DOWNLOADED,
    _K.CHAT,
    _K.AD_CLICKED,
    _K.EMAIL_CLICKED,
    _K.PAGE_VIEW,
)
"""Kinds of touchpoint by how much they say about wanting to buy; kinds that say nothing are left out."""


def in_force(stage: LifecycleStage, now: datetime) -> QuerySet[DefinitionVersion]:
    """The version of a stage's definition that counts at `now`: one or none."""
    return DefinitionVersion.objects.filter(
        Q(in_force_until__isnull=True) | Q(in_force_until__gt=now), definition__stage=stage, in_force_from__lte=now
    )


def definition_in_force(stage: LifecycleStage, now: datetime) -> DefinitionVersion | None:
    """The version of a stage's definition that counts at `now`; None where the teams have agreed none."""
    return in_force(stage, now).select_related("definition").first()


def why_now(lead: Lead, *, now: datetime) -> dict[str, Any]:
    """The reasons for handing `lead` off at `now`, as JSON values that are stored with the handoff.

    `headline` is one line about the strongest thing the lead did in the last thirty days, empty where it did nothing;
    `definition` names the version of the MQL definition in force, and `unmet` says what the lead lacks of it; the
    scores are those of the moment, and the points of `lines` sum to the score.
    """
    version = definition_in_force(LifecycleStage.MQL, now)
    touch = strongest_touch(lead, now=now)
    explanation = explain_score(lead, now)
    return {
        "headline": headline(lead, touch),
        "touch_at": as_json(touch.occurred_at) if touch else None,
        "definition_version_id": version.pk if version else None,
        "definition": f"MQL definition {version.number}" if version else "",
        "summary": version.summary if version else "",
        "unmet": shortfalls(version, [lead.pk], now).get(lead.pk, []) if version else [],
        "stage": lead.stage,
        "score": lead.score,
        "fit": lead.fit,
        "engagement": lead.engagement,
        "band": lead.band,
        "scored_at": as_json(lead.scored_at),
        "lines": [{"label": part.label, "points": part.points} for part in explanation.parts if part.points],
    }


def strongest_touch(lead: Lead, *, now: datetime) -> Touchpoint | None:
    """What the lead did lately that says most about wanting to buy; of two alike the later."""
    touches = list(
        Touchpoint.objects.filter(
            lead=lead, occurred_at__gt=now - RECENT, occurred_at__lte=now, kind__in=STRONGEST_FIRST
        )
        .select_related("content", "campaign")
        .order_by("-occurred_at", "-id")[:50]
    )
    return min(touches, key=lambda touch: STRONGEST_FIRST.index(touch.kind), default=None)


def headline(lead: Lead, touch: Touchpoint | None) -> str:
    """One line that says why the lead is worth a call."""
    if touch is None:
        if lead.channel == Channel.DIRECT:
            return "Came directly"
        return f"From {lead.source}" if lead.source else ""
    about = touch.content or touch.campaign or touch.note
    return f"{touch.get_kind_display()}: {about}" if about else str(touch.get_kind_display())
