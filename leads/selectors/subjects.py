"""What the things of leads are called in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from leads.models import (
    Attempt,
    Campaign,
    ContentAsset,
    Deal,
    DefinitionVersion,
    Feedback,
    Handoff,
    Lead,
    LossReason,
    RejectionReason,
    ScoreModelVersion,
    Touchpoint,
)
from leads.selectors.imports import import_list
from smarketing.accounts.models import User
from smarketing.web.subjects import Subject, named


def _plain(model: Any, user: User, ids: Collection[int]) -> dict[int, Subject]:
    return named(model.objects.visible_to(user).filter(pk__in=ids))


def _of_lead(model: Any, user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = model.objects.visible_to(user).filter(pk__in=ids).select_related("lead")
    return named(rows, label=lambda row: row.lead.label, of=lambda row: row.lead)


def _handoffs(user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = Handoff.objects.visible_to(user).filter(pk__in=ids).select_related("lead")
    return named(rows, label=lambda handoff: handoff.lead.label)


def _definition_versions(user: User, ids: Collection[int]) -> dict[int, Subject]:
    rows = DefinitionVersion.objects.visible_to(user).filter(pk__in=ids).select_related("definition")
    return named(rows)


SUBJECTS: Mapping[str, Callable[[User, Collection[int]], Mapping[int, Subject]]] = {
    "lead": partial(_plain, Lead),
    "handoff": _handoffs,
    "attempt": partial(_of_lead, Attempt),
    "feedback": partial(_of_lead, Feedback),
    "touchpoint": partial(_of_lead, Touchpoint),
    "deal": partial(_plain, Deal),
    "campaign": partial(_plain, Campaign),
    "content": partial(_plain, ContentAsset),
    "import": lambda user, ids: named(import_list(user).filter(pk__in=ids)),
    "definition_version": _definition_versions,
    "rejection_reason": partial(_plain, RejectionReason),
    "loss_reason": partial(_plain, LossReason),
    "score_model": partial(_plain, ScoreModelVersion),
}
