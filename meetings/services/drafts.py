"""Decisions that act: one opens the draft of what the teams agreed, and the two know of each other."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leads.events import DefinitionVersionDrafted
from leads.services.definitions import open_definition_draft
from meetings.events import DecisionDraftOpened
from meetings.models import Decision
from meetings.permissions import can_open_drafts
from sla.services.agreements import open_agreement_draft
from smarketing.accounts.models import User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid


@transaction.atomic
def open_draft(decision_id: int, *, target: str, actor: User, now: datetime) -> Decision:
    """Opens the draft of the next version of what the decision changes, and links both.

    `target`: "definition-mql", "definition-sql" or "agreement-<id>". A draft that waits already is taken; else one is
    made from the newest version. A decision opens one draft of a definition and one of an agreement at most, and
    another of the definition where the first was discarded. Publishes DecisionDraftOpened. Raises NotFound, NotAllowed,
    Invalid (target), Conflict (`draft_opened`).
    """
    require(can_open_drafts, actor)
    decision: Decision = Decision.objects.visible_to(actor).lock(decision_id)
    what, _, which = target.partition("-")
    given_up = decision.definition_version is not None and decision.definition_version.discarded_at is not None
    if what == "definition" and (decision.definition_version_id is None or given_up):
        why = f"Decided on {decision.decided_at:%-d %B %Y}: {decision.text}"
        decision.definition_version = open_definition_draft(which, why=why, actor=actor, now=now)
        draft, field = str(decision.definition_version), "definition_version"
    elif what == "agreement" and which.isdecimal() and decision.agreement_version_id is None:
        decision.agreement_version = open_agreement_draft(int(which), actor=actor, now=now)
        version = decision.agreement_version
        draft, field = f"{version.agreement.name}, version {version.number}", "agreement_version"
    elif what in ("definition", "agreement"):
        raise Conflict(f"This decision has opened the draft of a {what} already.", code="draft_opened")
    else:
        text = "Choose what the decision changes."
        raise Invalid(text, code="target_unknown", fields={"target": [text]})
    decision.save(update_fields=[field])
    publish(
        DecisionDraftOpened(
            decision_id=decision.pk,
            meeting_id=decision.meeting_id,
            text=decision.text,
            draft=draft,
            definition_version_id=decision.definition_version_id,
            agreement_version_id=decision.agreement_version_id,
        ),
        actor=actor,
        at=now,
    )
    return decision


def follow_draft(event: DefinitionVersionDrafted) -> int:
    """A draft written anew is another version: decisions go along from the draft before it; gives how many.

    Once a version was in force, what it came from stays with it.
    """
    if event.previous_id is None:
        return 0
    waiting = Decision.objects.filter(
        definition_version=event.previous_id, definition_version__in_force_from__isnull=True
    )
    return waiting.update(definition_version=event.definition_version_id)
