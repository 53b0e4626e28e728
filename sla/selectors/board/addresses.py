"""Where the records behind a number of the board are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from leads.selectors.delivered import COUNTED
from sla.models import CommitmentKind
from sla.selectors.periods import Period
from smarketing.web.addresses import page_address


def clocks_url(
    period: Period | None = None,
    *,
    agreement_id: int | None = None,
    kind: str = "",
    outcome: str = "",
    within: str = "",
    commitments: Sequence[int] = (),
) -> str:
    """The list of the teams' clocks behind a number; of some commitments only, where versions have changed terms."""
    wanted: dict[str, Any] = {"agreement": agreement_id, "kind": kind, "scope": "team", "outcome": outcome}
    wanted["commitments"] = "-".join(str(pk) for pk in commitments)
    if period is not None:
        wanted |= {"from": period.first_on.isoformat(), "to": period.last_on.isoformat()}
    wanted["within"] = within
    return f"{page_address('sla:clock-list')}?{urlencode({name: value for name, value in wanted.items() if value})}"


def records_url(kind: str, period: Period, *, only: str = "") -> str:
    """The list of leads, handoffs or deals behind a number of a period."""
    if kind == CommitmentKind.QUALIFIED_LEADS:
        wanted = {
            "reached": "mql",
            "reached_from": period.start.isoformat(),
            "reached_before": period.end.isoformat(),
            "delivered": only or COUNTED,
        }
        return f"{page_address('leads:lead-list')}?{urlencode(wanted)}"
    wanted = {"from": period.first_on.isoformat(), "to": period.last_on.isoformat()} | ({"only": only} if only else {})
    return f"{reverse('sla:board-records', args=[kind])}?{urlencode(wanted)}"
