"""What decisions have opened, and which decisions opened a draft."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from leads.selectors.definitions import DEFINED
from meetings.models import Decision
from sla.selectors.agreements import agreements
from smarketing.accounts.models import User
from smarketing.web.origins import Origin


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft that a decision has opened: its name, its page, and what became of it."""

    label: str
    url: str
    state: str


DRAFTED = ("definition_version__definition", "agreement_version__agreement")
"""What `opened_by` reads, for `select_related`."""


def opened_by(decision: Decision) -> list[Opened]:
    """The drafts that a decision has opened."""
    found = []
    if decision.definition_version is not None:
        definition = decision.definition_version
        url = reverse("leads:definition-detail", args=[definition.definition.stage])
        found.append(Opened(str(definition), url, _state(definition.in_force_from, definition.discarded_at)))
    if decision.agreement_version is not None:
        agreement = decision.agreement_version
        label = f"{agreement.agreement.name}, version {agreement.number}"
        url = reverse("sla:agreement-version", args=[agreement.pk])
        found.append(Opened(label, url, _state(agreement.in_force_from)))
    return found


def _state(in_force_from: datetime | None, discarded_at: datetime | None = None) -> str:
    if discarded_at is not None:
        return "discarded"
    return "draft" if in_force_from is None else "came into force"


def targets(user: User) -> list[tuple[str, str]]:
    """What a decision can change, as choices: the definitions, then the agreements."""
    found = [(f"definition-{stage.value}", f"What an {stage.label} is") for stage in DEFINED]
    return found + [(f"agreement-{each.pk}", f"The agreement “{each.name}”") for each in agreements(user)]


def definition_origins(user: User, version_ids: Collection[int]) -> dict[int, list[Origin]]:
    """The decisions that opened these versions of definitions."""
    return _origins(user, "definition_version", version_ids)


def agreement_origins(user: User, version_ids: Collection[int]) -> dict[int, list[Origin]]:
    """The decisions that opened these versions of agreements."""
    return _origins(user, "agreement_version", version_ids)


def _origins(user: User, field: str, ids: Collection[int]) -> dict[int, list[Origin]]:
    found: dict[int, list[Origin]] = defaultdict(list)
    wanted: dict[str, Any] = {f"{field}__in": ids}
    for decision in Decision.objects.visible_to(user).filter(**wanted).select_related("meeting__series"):
        meeting = decision.meeting
        label = f"{meeting.series.name}, {meeting.starts_at:%-d %B}: {decision.text}"
        found[getattr(decision, f"{field}_id")].append(
            Origin(label, f"{meeting.get_absolute_url()}?topic={decision.topic_id}")
        )
    return found
