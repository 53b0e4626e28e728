"""Which leads marketing delivered as qualified: who reached MQL, but for those handed off below the definition.

A lead that a person handed off although it lacked something of the definition in force is at the stage, and the funnel
counts it there; the promise counts it only from when it meets the definition by itself, and never where it does not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet

from leads.domain.lifecycle import LifecycleStage
from leads.models import Delivery, LateQualification, StageReached
from leads.querysets.visible import LeadPartQuerySet

COUNTED: Final = "yes"
BELOW: Final = "below"
DELIVERED: Final = {COUNTED: "Delivered as qualified", BELOW: "Handed off below the definition, not counted"}
"""What a list of leads that reached MQL can be narrowed to."""


def not_delivered() -> LeadPartQuerySet:
    """Leads that are MQL by a handoff below the definition and have not met it since."""
    met = LateQualification.objects.filter(lead=OuterRef("lead"))
    below: LeadPartQuerySet = StageReached.objects.filter(stage=LifecycleStage.MQL, below_definition=True)
    return below.order_by().filter(~Exists(met))


def delivered_ids(which: str, start: datetime | None, end: datetime | None) -> QuerySet[Any, int]:
    """Ids of the leads that were delivered in the span (COUNTED), or handed off in it and do not count (BELOW)."""
    rows: QuerySet[Any] = not_delivered() if which == BELOW else Delivery.objects.order_by()
    column = "reached_at" if which == BELOW else "delivered_at"
    span = {f"{column}__gte": start, f"{column}__lt": end}
    return rows.filter(**{name: at for name, at in span.items() if at is not None}).values_list("lead_id", flat=True)
