"""The kinds of records that can be imported."""

from typing import Final

from leads.domain.importing.deal_kinds import DEALS
from leads.domain.importing.fields import Kind
from leads.domain.importing.lead_kinds import LEADS, TOUCHPOINTS
from leads.domain.importing.marketing_kinds import CAMPAIGNS, COMPANIES, SPEND, VISITS

__all__ = ["KINDS", "kind_named"]

#: Every kind by its name, in the order in which a company would bring its data in.
KINDS: Final[dict[str, Kind]] = {
    kind.name: kind for kind in (COMPANIES, CAMPAIGNS, LEADS, TOUCHPOINTS, DEALS, SPEND, VISITS)
}


def kind_named(name: str) -> Kind:
    """The kind of that name; raises KeyError where there is none."""
    return KINDS[name]
