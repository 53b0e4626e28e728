"""The lines of promises kept by clocks: answers within a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Count

from sla.domain.commitments import Tally, adjusted, rate_pace
from sla.models import AgreementVersion, Breach, Clock, CommitmentKind
from sla.selectors.board.addresses import clocks_url
from sla.selectors.board.shapes import Line
from sla.selectors.clocks import KEPT, LATE, NOT_DUE, OPEN_LATE, RUNNING_OUT
from sla.selectors.periods import Period
from sla.selectors.sums import Ended, open_in
from sla.selectors.terms import Term
from smarketing.accounts.models import User


def tallies_of(
    user: User, period: Period, kinds: Mapping[int, str], ended: Ended, *, now: datetime
) -> tuple[dict[int, dict[str, int]], list[int]]:
    """How many clocks of each commitment ended how, and the next ones to run out. What is open is counted now."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for commitment, days in ended.kept.items():
        counts[commitment][KEPT] = sum(days.values())
    owed = open_in(user, period, kinds, now=now)
    for name, numbers in (
        (LATE, ended.late),
        (OPEN_LATE, owed.past_due),
        (NOT_DUE, owed.not_due),
        (RUNNING_OUT, owed.running_out),
    ):
        for commitment, number in numbers.items():
            counts[commitment][name] = number
    waived = (
        Breach.objects.visible_to(user)
        .filter(
            waiver__isnull=False,
            clock__scope=Clock.Scope.TEAM,
            clock__commitment__in=list(kinds),
            breached_at__gte=period.start,
            breached_at__lt=period.end,
        )
        .order_by()
        .values("clock__commitment")
        .annotate(count=Count("pk"))
    )
    for row in waived:
        counts[row["clock__commitment"]]["waived"] = row["count"]
    return counts, owed.next_due


def in_time_on(period: Period, kinds: Mapping[int, str], ended: Ended) -> dict[date, int]:
    """The first attempts in time by local day; what was done before the period counts on its first day."""
    found: dict[date, int] = defaultdict(int)
    for commitment, days in ended.kept.items():
        if kinds[commitment] == CommitmentKind.FIRST_RESPONSE:
            for day, number in days.items():
                found[max(day, period.first_on)] += number
    return found


def summed(tallies: Mapping[int, Mapping[str, int]], commitment_ids: tuple[int, ...]) -> dict[str, int]:
    """The counts of several commitments as one."""
    found: Counter[str] = Counter()
    for pk in commitment_ids:
        found.update(tallies.get(pk, {}))
    return found


def time_line(term: Term, version: AgreementVersion, period: Period, counts: Mapping[str, int]) -> Line:
    """The line of a promise kept by clocks that ended as `counts` says."""
    commitment = term.commitment
    found = Tally(
        kept=counts.get(KEPT, 0),
        late=counts.get(LATE, 0),
        open_past_due=counts.get(OPEN_LATE, 0),
        open_not_due=counts.get(NOT_DUE, 0),
    )
    waived = counts.get("waived", 0)
    only = () if term.is_only else term.commitment_ids
    urls = {
        name: clocks_url(
            period, agreement_id=version.agreement_id, kind=commitment.kind, outcome=name, commitments=only
        )
        for name in (KEPT, LATE, OPEN_LATE, NOT_DUE, RUNNING_OUT, "due", "waived")
    }
    return Line(
        term=term,
        sentence=commitment.sentence(),
        actual=found.share,
        target=float(commitment.target_share or 0),
        pace=rate_pace(found.kept, found.due, float(commitment.target_share or 0)),
        records=urls["due"],
        tally=found,
        waived=waived,
        adjusted=adjusted(found.kept, found.late, found.open_past_due, waived),
        hits=found.kept,
        of=found.due,
        running_out=counts.get(RUNNING_OUT, 0),
        urls=urls,
    )
