"""The lines of promises about a period: volumes, and shares of what was decided or closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from leads.models import Deal
from leads.selectors.delivered import BELOW, not_delivered
from sla.domain.commitments import elapsed_share, forecast, pace, rate_pace
from sla.domain.terms import months_in
from sla.domain.worktime import WorkCalendar
from sla.models import CommitmentKind
from sla.selectors.board.addresses import records_url
from sla.selectors.board.records import lost_in, won_in
from sla.selectors.board.shapes import Line
from sla.selectors.periods import Period
from sla.selectors.sums import Ended
from sla.selectors.terms import Term
from smarketing.accounts.models import User
from smarketing.accounts.querysets import counts_of
from smarketing.accounts.remembered import remembered


def handed_below(user: User, period: Period) -> int:
    """How many leads were handed off below the definition in the period and have not met it since."""
    below = not_delivered().visible_to(user)
    return below.filter(reached_at__gte=period.start, reached_at__lt=period.end).count()


def period_facts(user: User, term: Term, ended: Ended) -> tuple[int, int]:
    """Hits and of how many on the days of a promise; of a volume twice the count."""
    kind, days = term.commitment.kind, term.days
    if kind == CommitmentKind.QUALIFIED_LEADS:
        count = _on(ended.qualified, days)
        return count, count
    if kind == CommitmentKind.ACCEPTED_SHARE:
        accepted = _on(ended.accepted, days)
        return accepted, accepted + _on(ended.rejected, days)
    # A deal is won or lost, never both; counted apart, each from its index.
    deals = Deal.objects.visible_to(user)
    won, lost = remembered(
        f"deals of {user.pk} closed from {days.first_on} to {days.last_on}",
        lambda: counts_of(deals.filter(won_in(days)), deals.filter(lost_in(days))),
    )
    return won, won if kind == CommitmentKind.CUSTOMERS_WON else won + lost


def _on(numbers: Mapping[date, int], days: Period) -> int:
    return sum(number for day, number in numbers.items() if days.first_on <= day <= days.last_on)


def volume_line(term: Term, count: int, calendar: WorkCalendar | None, *, left_out: int, now: datetime) -> Line:
    """The line of a volume that came to `count` on the days of its term."""
    days = term.days
    target = (term.commitment.target_count or 0) * _months(calendar, days)
    elapsed = elapsed_share(calendar, days.first_on, days.last_on, now) if calendar else None
    records = records_url(term.commitment.kind, days)
    return Line(
        term=term,
        sentence=term.commitment.sentence(),
        actual=count,
        target=target,
        pace=pace(count, target, elapsed),
        records=records,
        hits=count,
        left_out=left_out,
        forecast=forecast(count, elapsed),
        urls={"actual": records, "left_out": records_url(term.commitment.kind, days, only=BELOW)},
    )


def _months(calendar: WorkCalendar | None, days: Period) -> float:
    """How many months' worth of a monthly promise some days owe."""
    return months_in(calendar.working_days if calendar else lambda first, last: 0, days.first_on, days.last_on)


def share_line(term: Term, hits: int, of: int) -> Line:
    """The line of a share: so many hits of so many."""
    kind, target = term.commitment.kind, float(term.commitment.target_share or 0)
    return Line(
        term=term,
        sentence=term.commitment.sentence(),
        actual=hits / of if of else None,
        target=target,
        pace=rate_pace(hits, of, target),
        records=records_url(kind, term.days),
        hits=hits,
        of=of,
        urls={"of": records_url(kind, term.days), "hits": records_url(kind, term.days, only="hits")},
    )
