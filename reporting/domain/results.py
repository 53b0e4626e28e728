"""What a campaign cost and brought, and what that makes per head."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Results:
    """Counts and money of one campaign in a period. Per-head values are None where there is nothing to divide by."""

    spend: Decimal
    leads: int
    mqls: int
    customers: int
    revenue: Decimal

    @property
    def per_lead(self) -> Decimal | None:
        """Spend ÷ leads."""
        return _per(self.spend, self.leads)

    @property
    def per_mql(self) -> Decimal | None:
        """Spend ÷ qualified leads."""
        return _per(self.spend, self.mqls)

    @property
    def per_customer(self) -> Decimal | None:
        """Campaign spend ÷ customers; salaries are not in it."""
        return _per(self.spend, self.customers)

    @property
    def roi(self) -> Decimal | None:
        """(Revenue − spend) ÷ spend as a share; None where nothing was spent, never infinity."""
        return (self.revenue - self.spend) / self.spend if self.spend else None

    def __add__(self, other: Results) -> Results:
        return Results(
            self.spend + other.spend,
            self.leads + other.leads,
            self.mqls + other.mqls,
            self.customers + other.customers,
            self.revenue + other.revenue,
        )


NOTHING = Results(Decimal(0), 0, 0, 0, Decimal(0))


def _per(spend: Decimal, heads: int) -> Decimal | None:
    """None without heads, and without spend: a campaign on which nothing was booked did not come for free."""
    return spend / heads if heads and spend else None
