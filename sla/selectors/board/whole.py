"""The board of a period, and the agreement it is about."""

from __future__ import annotations

from datetime import datetime

from sla.domain.commitments import elapsed_share
from sla.domain.worktime import WorkCalendar
from sla.models import AgreementVersion, CalendarRevision, CommitmentKind
from sla.models.calendars import calendar_of_revision
from sla.selectors.board.addresses import clocks_url
from sla.selectors.board.clocked import in_time_on, summed, tallies_of, time_line
from sla.selectors.board.counted import handed_below, period_facts, share_line, volume_line
from sla.selectors.board.shapes import Board, SideBoard
from sla.selectors.clocks import LATE, OPEN_LATE, RUNNING_OUT
from sla.selectors.periods import Period
from sla.selectors.sums import ended_in
from sla.selectors.terms import terms_of, versions_before
from smarketing.accounts.models import Side, User


def current_version(period: Period, *, agreement_id: int | None = None) -> AgreementVersion | None:
    """The last version that was, or is, in force within the period; the general agreement unless said."""
    found = [
        version
        for version in versions_before(period.end)
        if (version.in_force_until is None or version.in_force_until > period.start)
        and agreement_id in (None, version.agreement_id)
    ]
    return min(reversed(found), key=lambda version: version.agreement.team_id or 0, default=None)


def board(user: User, period: Period, *, now: datetime, agreement_id: int | None = None) -> Board:
    """The board for a period, for one person: every number counts what that person may see and opens its records.

    A handful of set-based queries, whatever the size.
    """
    version = current_version(period, agreement_id=agreement_id)
    if version is None:
        return Board(period, None)
    calendar = calendar_of(version)
    elapsed = elapsed_share(calendar, period.first_on, period.last_on, now) if calendar else None
    days = calendar.working_days(period.first_on, period.last_on) if calendar else 0
    terms = terms_of(version.agreement_id, period)
    kinds = {pk: term.commitment.kind for term in terms for pk in term.commitment_ids}
    ended = ended_in(user, period, kinds)
    tallies, next_due = tallies_of(user, period, kinds, ended, now=now)
    lines = []
    for term in terms:
        if term.commitment.is_time:
            counts = summed(tallies, term.commitment_ids)
            if term.is_shown or any(counts.values()):
                lines.append(time_line(term, version, period, counts))
            continue
        facts = period_facts(user, term, ended)
        if term.commitment.is_volume:
            of_leads = term.commitment.kind == CommitmentKind.QUALIFIED_LEADS
            left_out = handed_below(user, term.days) if of_leads else 0
            lines.append(volume_line(term, facts[0], calendar, left_out=left_out, now=now))
        else:
            lines.append(share_line(term, *facts))
    sides = tuple(
        SideBoard(side, tuple(line for line in lines if line.commitment.owed_by == side))
        for side in (Side.MARKETING, Side.SALES)
    )
    today = min(now.astimezone(calendar.zone).date(), period.last_on) if calendar else period.last_on
    return Board(
        period=period,
        version=version,
        working_days=days,
        working_days_gone=calendar.working_days(period.first_on, today) if calendar and today >= period.first_on else 0,
        elapsed=elapsed,
        sides=sides,
        open_late=sum(tally.get(OPEN_LATE, 0) for tally in tallies.values()),
        running_out=sum(tally.get(RUNNING_OUT, 0) for tally in tallies.values()),
        breached=sum(tally.get(OPEN_LATE, 0) + tally.get(LATE, 0) for tally in tallies.values()),
        urls={
            name: clocks_url(period, agreement_id=version.agreement_id, outcome=name)
            for name in (OPEN_LATE, RUNNING_OUT, "breached")
        },
        calendar=calendar,
        qualified_on=ended.qualified,
        in_time_on=in_time_on(period, kinds, ended),
        next_due=tuple(next_due),
    )


def calendar_of(version: AgreementVersion) -> WorkCalendar | None:
    """The calendar by which a version's periods are paced: its own, else the default."""
    current = CalendarRevision.objects.filter(superseded_at__isnull=True)
    chosen = (
        current.filter(calendar=version.calendar_id)
        if version.calendar_id
        else current.filter(calendar__is_default=True)
    )
    # One calendar is the default, and one revision of a calendar is current.
    revision = chosen.order_by().values_list("pk", flat=True).first()
    return calendar_of_revision(revision) if revision else None
