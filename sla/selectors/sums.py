"""How the board's facts are counted: from the sums that are kept, and afresh for days not yet summed.

A fact counts for whoever may see it: everybody with sight of all handoffs, a rep through the teams that had it. What a
rep sees beside that (a handoff owned in another team, a lead owned and never handed to one's team) is little and is
counted as it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from sla.models import BoardSum
from sla.querysets import SEES_ALL
from sla.selectors.periods import Period
from smarketing.accounts.models import Role, User
from smarketing.accounts.permissions import has_role
from smarketing.accounts.remembered import remembered
from smarketing.lib.zones import opens_sql

Fact = BoardSum.Fact

# Ended for good: what is open still changes with the time of day.
_ENDED = "(c.state = 'met' OR c.state = 'breached' AND (c.stopped_at IS NOT NULL OR c.cancelled_at IS NOT NULL))"
_FACT_OF_CLOCK = "CASE c.state WHEN 'met' THEN 'kept' ELSE 'late' END"
_DONE_ON = "CASE c.state WHEN 'met' THEN (c.stopped_at AT TIME ZONE %(zone)s)::date END"
_FACT_OF_HANDOFF = "CASE h.status WHEN 'rejected' THEN 'rejected' ELSE 'accepted' END"
_DECIDED = "h.status IN ('accepted', 'returned', 'rejected')"

_ENDED_ON_DAY = f"""
    SELECT c.* FROM sla_clock AS c
    WHERE c.scope = 'team' AND c.due_at >= s.opens AND c.due_at < s.closes AND {_ENDED} OFFSET 0
"""  # noqa: S608
# Of the days in `spans`. Each day is one range of an index, whatever the planner thinks of how many there are.
_COUNTED = f"""
SELECT s.day, {_FACT_OF_CLOCK} AS fact, c.commitment_id, {_DONE_ON} AS done_on, ARRAY[h.team_id] AS teams,
    count(*) AS number, NULL::int[] AS seconds
FROM spans AS s
CROSS JOIN LATERAL ({_ENDED_ON_DAY}) AS c
JOIN leads_handoff AS h ON h.id = c.handoff_id
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT s.day, 'answered', c.commitment_id, NULL, ARRAY[h.team_id], count(*),
    array_agg(c.response_seconds ORDER BY c.response_seconds)
FROM spans AS s
CROSS JOIN LATERAL ({_ENDED_ON_DAY}) AS c
JOIN leads_handoff AS h ON h.id = c.handoff_id
WHERE c.stopped_at IS NOT NULL
GROUP BY 1, 3, 5
UNION ALL
SELECT s.day, {_FACT_OF_HANDOFF}, NULL, NULL, ARRAY[h.team_id], count(*), NULL
FROM spans AS s
CROSS JOIN LATERAL (
    SELECT h.* FROM leads_handoff AS h
    WHERE h.decided_at >= s.opens AND h.decided_at < s.closes AND {_DECIDED} OFFSET 0
) AS h
GROUP BY 1, 2, 5
UNION ALL
SELECT s.day, 'delivered', NULL, NULL, had.teams, count(*), NULL
FROM spans AS s
CROSS JOIN LATERAL (
    SELECT lead_id FROM leads_delivery WHERE delivered_at >= s.opens AND delivered_at < s.closes OFFSET 0
) AS d
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(DISTINCT h.team_id ORDER BY h.team_id), ARRAY[]::bigint[]) AS teams
    FROM leads_handoff AS h WHERE h.lead_id = d.lead_id
) AS had
GROUP BY 1, 5
"""  # noqa: S608

_SPANS = f"""
spans AS (
    SELECT day, {opens_sql("day")} AS opens, {opens_sql("day + 1")} AS closes FROM {{days}}
)
"""  # noqa: S608

SUM_DAYS = f"""
INSERT INTO sla_boardsum (day, fact, commitment_id, done_on, teams, number, seconds)
WITH {_SPANS.format(days="unnest(%(days)s::date[]) AS day")}
{_COUNTED}
"""

# What a rep sees beside the teams' own: read from the few rows that the rep owns.
_OWN = """
own AS MATERIALIZED (
    SELECT id, status, decided_at FROM leads_handoff
    WHERE owner_id = %(person)s AND NOT team_id = ANY (%(teams)s::bigint[])
),
own_clocks AS MATERIALIZED (
    SELECT c.* FROM own CROSS JOIN LATERAL (
        SELECT * FROM sla_clock WHERE handoff_id = own.id AND scope = 'team' OFFSET 0
    ) AS c
    WHERE c.due_at >= %(start)s AND c.due_at < %(end)s AND c.commitment_id = ANY (%(commitments)s::bigint[])
),
own_leads AS MATERIALIZED (
    SELECT id FROM leads_lead AS l
    WHERE l.owner_id = %(person)s AND NOT EXISTS (
        SELECT FROM leads_handoff AS h WHERE h.lead_id = l.id AND h.team_id = ANY (%(teams)s::bigint[])
    )
)
"""

_KEPT = """
    SELECT day, fact, commitment_id, done_on, teams, number{seconds} FROM sla_boardsum
    WHERE day >= %(first)s AND day <= %(last)s AND day <> ALL (%(stale)s::date[])
"""
_FRESH = f"""
    UNION ALL
    SELECT day, fact, commitment_id, done_on, teams, number{{seconds}} FROM ({_COUNTED}) AS live
"""  # noqa: S608

_OF_TEAMS = "AND found.teams && %(teams)s::bigint[]"

_NUMBERS = """
SELECT found.fact, found.commitment_id,
    CASE found.fact WHEN 'kept' THEN found.done_on WHEN 'late' THEN NULL ELSE found.day END, sum(found.number)::bigint
"""

_NUMBERS_BESIDE = f"""
UNION ALL
SELECT {_FACT_OF_CLOCK}, c.commitment_id, {_DONE_ON}, count(*)
FROM own_clocks AS c WHERE {_ENDED}
GROUP BY 1, 2, 3
UNION ALL
SELECT {_FACT_OF_HANDOFF}, NULL, (h.decided_at AT TIME ZONE %(zone)s)::date, count(*)
FROM own AS h WHERE {_DECIDED} AND h.decided_at >= %(start)s AND h.decided_at < %(end)s
GROUP BY 1, 3
UNION ALL
SELECT 'delivered', NULL, (d.delivered_at AT TIME ZONE %(zone)s)::date, count(*)
FROM own_leads AS l CROSS JOIN LATERAL (
    SELECT delivered_at FROM leads_delivery WHERE lead_id = l.id OFFSET 0
) AS d
WHERE d.delivered_at >= %(start)s AND d.delivered_at < %(end)s
GROUP BY 3
"""  # noqa: S608

_ANSWERS_BESIDE = "UNION ALL SELECT c.response_seconds FROM own_clocks AS c WHERE c.stopped_at IS NOT NULL"


def _found(columns: str, *, answers: bool, of_teams: bool, fresh: bool, only: str = "") -> str:
    """`columns` of the sums that are kept and, where days are not summed yet, of those counted for them.

    To count them takes the database longer to plan than to do, so it is only there where there are such days.
    """
    seconds = ", seconds" if answers else ""
    before = [_SPANS.format(days="unnest(%(stale)s::date[]) AS day")] * fresh + [_OWN] * of_teams
    return f"""
{f"WITH {','.join(before)}" if before else ""}
{columns}
FROM ({_KEPT.format(seconds=seconds)}{_FRESH.format(seconds=seconds) if fresh else ""}) AS found
WHERE (found.commitment_id IS NULL OR found.commitment_id = ANY (%(commitments)s::bigint[]))
    AND {"" if answers else "NOT "}found.fact = 'answered' {_OF_TEAMS if of_teams else ""} {only}
"""


def _numbers(*, of_teams: bool, fresh: bool) -> str:
    found = _found(_NUMBERS, answers=False, of_teams=of_teams, fresh=fresh)
    return f"{found} GROUP BY 1, 2, 3 {_NUMBERS_BESIDE if of_teams else ''}"


def _answers(*, of_teams: bool, fresh: bool) -> str:
    found = _found("SELECT unnest(found.seconds) AS seconds", answers=True, of_teams=of_teams, fresh=fresh)
    return f"""
SELECT count(*), percentile_disc(%(shares)s::float8[]) WITHIN GROUP (ORDER BY seconds), {{below}}
FROM ({found}{_ANSWERS_BESIDE if of_teams else ""}) AS answers
"""  # noqa: S608


# Few clocks are open: they are found first and only then held against what the person may see.
_OPEN = """
SELECT c.commitment_id,
    count(*) FILTER (WHERE c.state = 'breached' OR c.state = 'running' AND c.due_at < %(now)s),
    count(*) FILTER (WHERE c.state = 'running' AND c.due_at >= %(now)s),
    count(*) FILTER (WHERE c.state = 'running' AND c.due_at >= %(now)s AND c.warn_at <= %(now)s),
    (array_agg(c.id ORDER BY c.due_at, c.id)
        FILTER (WHERE c.state = 'running' AND c.due_at >= %(now)s AND c.warn_at <= %(now)s))[:%(limit)s],
    (array_agg(c.due_at ORDER BY c.due_at, c.id)
        FILTER (WHERE c.state = 'running' AND c.due_at >= %(now)s AND c.warn_at <= %(now)s))[:%(limit)s]
FROM (
    SELECT id, commitment_id, state, due_at, warn_at, handoff_id FROM sla_clock
    WHERE scope = 'team' AND stopped_at IS NULL AND cancelled_at IS NULL
        AND due_at >= %(start)s AND due_at < %(end)s AND commitment_id = ANY (%(commitments)s::bigint[]) OFFSET 0
) AS c {seen}
GROUP BY 1
"""
_OPEN_SEEN = {
    False: _OPEN.format(seen=""),
    True: _OPEN.format(
        seen="JOIN leads_handoff AS h ON h.id = c.handoff_id"
        " AND (h.owner_id = %(person)s OR h.team_id = ANY (%(teams)s::bigint[]))"
    ),
}

_EACH = [(of_teams, fresh) for of_teams in (False, True) for fresh in (False, True)]
_NUMBERS_SEEN = {(of_teams, fresh): _numbers(of_teams=of_teams, fresh=fresh) for of_teams, fresh in _EACH}
_ANSWERS_SEEN = {(of_teams, fresh): _answers(of_teams=of_teams, fresh=fresh) for of_teams, fresh in _EACH}
_DELIVERED = {
    fresh: _found(
        "SELECT found.day, sum(found.number)::bigint",
        answers=False,
        of_teams=False,
        fresh=fresh,
        only="AND found.fact = 'delivered' GROUP BY 1",
    )
    for fresh in (False, True)
}


@dataclass(frozen=True, slots=True)
class Ended:
    """What ended in a period, as one person may see it."""

    kept: dict[int, dict[date, int]] = field(default_factory=lambda: defaultdict(dict))
    """By commitment and by the day on which it was done."""
    late: dict[int, int] = field(default_factory=dict)
    """By commitment."""
    accepted: dict[date, int] = field(default_factory=dict)
    rejected: dict[date, int] = field(default_factory=dict)
    qualified: dict[date, int] = field(default_factory=dict)
    """By day, as the two above."""


def ended_in(user: User, period: Period, commitment_ids: Collection[int]) -> Ended:
    """What ended in the period: the teams' clocks of these commitments, decisions, leads delivered; one query."""
    found = Ended()
    by_day = {Fact.ACCEPTED: found.accepted, Fact.REJECTED: found.rejected, Fact.DELIVERED: found.qualified}
    stale = _stale_days(period.first_on, period.last_on)
    statements = {of_teams: _NUMBERS_SEEN[of_teams, bool(stale)] for of_teams in (False, True)}
    for fact, commitment_id, day, number in _read(statements, user, period, commitment_ids, stale=stale):
        if fact == Fact.LATE:
            found.late[commitment_id] = found.late.get(commitment_id, 0) + number
        else:
            numbers = found.kept[commitment_id] if fact == Fact.KEPT else by_day[fact]
            numbers[day] = numbers.get(day, 0) + number
    return found


def delivered_on(first: date, last: date, zone: str) -> dict[date, int]:
    """How many leads were delivered as qualified on each local day from `first` to `last`, whoever may see them."""
    stale = _stale_days(first, last)
    given: dict[str, Any] = {"zone": zone, "first": first, "last": last, "commitments": [], "stale": stale}
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERED[bool(stale)], given)
        return dict(cursor.fetchall())


def _stale_days(first: date, last: date) -> list[date]:
    """The days from `first` to `last` that facts have touched since they were summed: they are counted afresh."""

    def ask() -> list[date]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT day FROM sla_staleboardday WHERE day >= %s AND day <= %s ORDER BY 1", [first, last]
            )
            return [day for (day,) in cursor.fetchall()]

    return remembered(f"board days to sum from {first} to {last}", ask)


@dataclass(frozen=True, slots=True)
class Answers:
    """How long answers took, in seconds of working time."""

    count: int = 0
    percentiles: tuple[int | None, ...] = ()
    below: tuple[int, ...] = ()


def answers_in(
    user: User, period: Period, commitment_ids: Collection[int], *, shares: Sequence[float], limits: Sequence[int]
) -> Answers:
    """Of the teams' clocks of these commitments that were due in the period how many were answered; one query.

    For each of `shares` the smallest time that so many do not exceed, for each of `limits` how many took less.
    """
    below = [f"count(*) FILTER (WHERE seconds < {int(limit)})" for limit in limits]
    stale = _stale_days(period.first_on, period.last_on)
    statements = {
        of_teams: _ANSWERS_SEEN[of_teams, bool(stale)].format(below=", ".join(below)) for of_teams in (False, True)
    }
    found = _read(statements, user, period, commitment_ids, shares=list(shares), stale=stale)
    ((count, percentiles, *numbers),) = found or [(0, None, *[0] * len(limits))]
    return Answers(count, tuple(percentiles or [None] * len(shares)), tuple(numbers))


@dataclass(frozen=True, slots=True)
class Open:
    """What is still owed of a period at an instant, as one person may see it; numbers by commitment.

    The same conditions as those of `sla.selectors.clocks.outcome`.
    """

    past_due: dict[int, int] = field(default_factory=dict)
    not_due: dict[int, int] = field(default_factory=dict)
    running_out: dict[int, int] = field(default_factory=dict)
    next_due: list[int] = field(default_factory=list)
    """Clocks that are running out, the next one first."""


NEXT = 8


def open_in(user: User, period: Period, commitment_ids: Collection[int], *, now: datetime) -> Open:
    """The teams' clocks of these commitments that are due in the period and still owed; one query."""
    found = Open()
    following: list[tuple[datetime, int]] = []
    for commitment_id, past_due, not_due, running_out, ids, due in _read(
        _OPEN_SEEN, user, period, commitment_ids, now=now, limit=NEXT
    ):
        found.past_due[commitment_id] = past_due
        found.not_due[commitment_id] = not_due
        found.running_out[commitment_id] = running_out
        following += zip(due or (), ids or (), strict=True)
    found.next_due.extend(pk for _, pk in sorted(following)[:NEXT])
    return found


def _read(
    statements: Mapping[bool, str], user: User, period: Period, commitment_ids: Collection[int], **more: Any
) -> list[tuple[Any, ...]]:
    sees_all = has_role(user, *SEES_ALL)
    if not sees_all and not has_role(user, Role.REP):
        return []
    given = {
        "zone": period.zone,
        "first": period.first_on,
        "last": period.last_on,
        "start": period.start,
        "end": period.end,
        "commitments": list(commitment_ids),
        "person": user.pk,
        "teams": sorted(user.team_ids),
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements[not sees_all], given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
