"""What a metric is: its name, formula in words, unit, basis and the side that owes it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Unit(enum.StrEnum):
    """How a value is shown."""

    COUNT = "count"
    SHARE = "share"
    MONEY = "money"
    DAYS = "days"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number that both teams read alike. A change of formula is a new version."""

    name: str
    label: str
    formula: str
    unit: Unit
    side: str
    bases: tuple[str, ...] = ("as_of",)
    dimensions: tuple[str, ...] = ("total", "channel", "source", "campaign", "day", "week", "month")
    more_is_better: bool = True
    version: int = 1
    numerator: str = ""
    denominator: str = ""

    @property
    def is_ratio(self) -> bool:
        """True where the value is one metric divided by another."""
        return bool(self.denominator)

    @property
    def adds_up(self) -> bool:
        """True where nothing recorded means zero; a mean, a median or a ratio of nothing is no data."""
        return self.unit in (Unit.COUNT, Unit.MONEY) and not self.is_ratio


BOTH = ("cohort", "as_of")
# Money is spent on campaigns; which source a lead names is not known for it.
NO_SOURCE = ("total", "channel", "campaign", "day", "week", "month")
_STAGES = {
    "inquiries": ("inquiry", "Inquiries", "marketing"),
    "leads": ("lead", "Leads", "marketing"),
    "mqls": ("mql", "Qualified leads (MQL)", "marketing"),
    "sals": ("sal", "Accepted leads (SAL)", "sales"),
    "sqls": ("sql", "Sales qualified (SQL)", "sales"),
    "opportunities": ("opportunity", "Opportunities", "sales"),
    "customers": ("customer", "Customers", "sales"),
}
STAGE_OF = {name: stage for name, (stage, _, _) in _STAGES.items()}

STAGE_METRICS = tuple(
    Metric(
        name=name,
        label=label,
        formula=f"Leads that reached {stage.upper() if len(stage) == 3 else stage} or a later stage; cohort: of those"
        " who came in the period, as-of: for the first time in the period.",
        unit=Unit.COUNT,
        side=side,
        bases=BOTH,
    )
    for name, (stage, label, side) in _STAGES.items()
)

FACT_METRICS = (
    Metric(
        "qualified_leads",
        "Qualified leads delivered",
        "Leads that reached MQL or a later stage in the period for the first time, by the dates of an imported file"
        " too; one handed off below the definition in force counts from when it meets the definition by itself.",
        Unit.COUNT,
        "marketing",
    ),
    Metric("handoffs", "Handoffs", "Leads handed to sales in the period.", Unit.COUNT, "marketing"),
    Metric("handoffs_decided", "Handoffs decided", "Handoffs accepted or rejected in the period.", Unit.COUNT, "sales"),
    Metric(
        "handoffs_accepted",
        "Handoffs accepted",
        "Handoffs that sales accepted in the period, whatever came after.",
        Unit.COUNT,
        "sales",
    ),
    Metric("deals_won", "Deals won", "Deals won in the period.", Unit.COUNT, "sales"),
    Metric("deals_closed", "Deals closed", "Deals won or lost in the period.", Unit.COUNT, "sales"),
    Metric(
        "revenue",
        "Revenue",
        "Amounts of deals won in the period, in the organisation's currency; a deal without an amount adds nothing,"
        " and one in another currency is not converted and left out.",
        Unit.MONEY,
        "sales",
    ),
    Metric(
        "days_to_win",
        "Days to win",
        "Median days from the lead's coming to the win, deals won in the period.",
        Unit.DAYS,
        "sales",
        more_is_better=False,
    ),
    Metric(
        "spend",
        "Spend",
        "Campaign spend booked on days of the period, in the organisation's currency.",
        Unit.MONEY,
        "marketing",
        dimensions=NO_SOURCE,
        more_is_better=False,
    ),
    Metric(
        "sessions",
        "Web sessions",
        "Sessions imported from web analytics for days of the period.",
        Unit.COUNT,
        "marketing",
    ),
    Metric("rating", "Rating by sales", "Mean rating (1–5) of feedback given in the period.", Unit.RATING, "marketing"),
)


def _ratio(name: str, label: str, formula: str, unit: Unit, side: str, over: tuple[str, str], **more: object) -> Metric:
    return Metric(name, label, formula, unit, side, numerator=over[0], denominator=over[1], **more)  # type: ignore[arg-type]


RATIO_METRICS = (
    _ratio(
        "lead_to_customer",
        "Lead → customer",
        "Reached customer ÷ reached lead.",
        Unit.SHARE,
        "sales",
        ("customers", "leads"),
        bases=BOTH,
    ),
    _ratio(
        "lead_to_mql",
        "Lead → MQL",
        "Reached MQL ÷ reached lead.",
        Unit.SHARE,
        "marketing",
        ("mqls", "leads"),
        bases=BOTH,
    ),
    _ratio("mql_to_sal", "MQL → SAL", "Reached SAL ÷ reached MQL.", Unit.SHARE, "sales", ("sals", "mqls"), bases=BOTH),
    _ratio(
        "mql_to_customer",
        "MQL → customer",
        "Reached customer ÷ reached MQL.",
        Unit.SHARE,
        "sales",
        ("customers", "mqls"),
        bases=BOTH,
    ),
    _ratio(
        "sql_to_customer",
        "SQL → customer",
        "Reached customer ÷ reached SQL.",
        Unit.SHARE,
        "sales",
        ("customers", "sqls"),
        bases=BOTH,
    ),
    _ratio(
        "acceptance",
        "Acceptance",
        "Handoffs accepted ÷ handoffs decided.",
        Unit.SHARE,
        "marketing",
        ("handoffs_accepted", "handoffs_decided"),
    ),
    _ratio("win_rate", "Win rate", "Deals won ÷ deals closed.", Unit.SHARE, "sales", ("deals_won", "deals_closed")),
    _ratio("average_deal", "Average deal", "Revenue ÷ deals won.", Unit.MONEY, "sales", ("revenue", "deals_won")),
    _ratio(
        "cost_per_lead",
        "Spend per lead",
        "Spend ÷ leads.",
        Unit.MONEY,
        "marketing",
        ("spend", "leads"),
        dimensions=NO_SOURCE,
        more_is_better=False,
    ),
    _ratio(
        "cost_per_mql",
        "Spend per MQL",
        "Spend ÷ MQLs.",
        Unit.MONEY,
        "marketing",
        ("spend", "mqls"),
        dimensions=NO_SOURCE,
        more_is_better=False,
    ),
    _ratio(
        "cost_per_customer",
        "Campaign spend per customer",
        "Spend ÷ customers; salaries are not in it.",
        Unit.MONEY,
        "marketing",
        ("spend", "customers"),
        dimensions=NO_SOURCE,
        more_is_better=False,
    ),
)

REGISTRY: dict[str, Metric] = {metric.name: metric for metric in (*STAGE_METRICS, *FACT_METRICS, *RATIO_METRICS)}
