"""The facts behind a number that is not a count of leads."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from leads.models import Deal, Feedback, Handoff, Spend, Visit
from reporting.domain.periods import Period
from reporting.querysets.facts import behind
from reporting.selectors.metrics import metric_named
from smarketing.accounts.models import Organisation, User
from smarketing.lib.errors import Invalid, NotFound

_ROWS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "handoffs": (Handoff, "handoffs", ("lead", "team", "owner", "rejection_reason")),
    "handoffs_decided": (Handoff, "handoffs", ("lead", "team", "owner", "rejection_reason")),
    "handoffs_accepted": (Handoff, "handoffs", ("lead", "team", "owner", "rejection_reason")),
    "deals_won": (Deal, "deals", ("lead", "owner")),
    "deals_closed": (Deal, "deals", ("lead", "owner")),
    "revenue": (Deal, "deals", ("lead", "owner")),
    "days_to_win": (Deal, "deals", ("lead", "owner")),
    "spend": (Spend, "spend", ("campaign",)),
    "sessions": (Visit, "visits", ("campaign",)),
    "rating": (Feedback, "feedback", ("lead", "by")),
}


def metric_records(user: User, name: str, period: Period, *, by: str = "total", key: str = "all") -> QuerySet[Any]:
    """The rows from which the metric's value at `key` was computed, as far as this person may see them.

    Raises NotFound for a metric whose records are leads or that is a ratio, Invalid for a dimension it does not have.
    """
    metric = metric_named(name)
    if name not in _ROWS:
        raise NotFound(f"{metric.label} has no list of its own.")
    if by not in metric.dimensions:
        raise Invalid(f"{metric.label} cannot be shown by “{by[:40]}”.", fields={"by": ["Not a dimension."]})
    model, _, related = _ROWS[name]
    found = model.objects.visible_to(user).order_by().values("pk")
    ids = behind(name, period, by, key, Organisation.current().currency)
    rows: QuerySet[Any] = model.objects.filter(pk__in=found.filter(pk__in=ids)).select_related(*related)
    return rows


def record_kind(name: str) -> str:
    """What the records of a metric are: handoffs, deals, spend, visits or feedback; empty for others."""
    return _ROWS[name][1] if name in _ROWS else ""
