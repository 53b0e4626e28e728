"""The engines behind the screens: scoring, the sweep of the clocks, working time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import numpy as np
from django.db import connection

from leads.services import scoring
from leads.services.scoring import CHUNK, score_leads
from leads.tasks.scoring import rescore_all
from sla.domain.worktime import WorkCalendar
from sla.services.sweep import sweep
from smarketing.accounts.models import User
from smarketing.management.bench.figures import Figure, seconds_of, stopwatch
from smarketing.management.bench.world import quick_loading

ROUNDS = 3
DUE = 1_000
FEW_CLOCKS = 10_000
TIMES_AT_ONCE = 1_000_000
TIMES_ONE_BY_ONE = 50_000

# --- Scores -----------------------------------------------------------------------------------------------

_ONE_SUM = """
SELECT max(sums.age) FROM (
    SELECT lead_id, sum(date_part('epoch', %s - occurred_at)) AS age FROM leads_touchpoint GROUP BY lead_id
) AS sums
"""
_NEW_TOUCHPOINTS = """
INSERT INTO leads_touchpoint (lead_id, kind, occurred_at, channel, source, url, note)
SELECT id, 'page_view', %s, 'direct', '', '', '' FROM unnest(%s::bigint[]) AS id
"""


def rescore_figures(now: datetime) -> list[Figure]:
    """Everybody scored: for the first time, after a change of one rule's points, and when nothing has changed.

    Beside them one sum over the touchpoints by lead. What is timed after the change is the task that does it.
    """
    figures = []
    with connection.cursor() as cursor:
        leads, touchpoints = _count(cursor, "leads_lead"), _count(cursor, "leads_touchpoint")
        unscored = _count(cursor, "leads_score WHERE scored_at IS NULL")
        if unscored:
            first = seconds_of(lambda: scoring.rescore_all(now))
            cursor.execute("VACUUM ANALYZE leads_score")
            figures.append(Figure("rescore.first", first, "s", unscored, ""))
        _change_model(datetime.now(UTC))
        changes = _count(cursor, "leads_scorechange")
        taken = seconds_of(rescore_all)
        changed = _count(cursor, "leads_scorechange") - changes
        cursor.execute("VACUUM ANALYZE leads_score")
        unchanged = seconds_of(rescore_all)
        bare = min(seconds_of(lambda: cursor.execute(_ONE_SUM, [now])) for _ in range(2))
    return [
        *figures,
        Figure("rescore", taken, "s", leads, ""),
        Figure("rescore.changed", changed, "leads", leads, ""),
        Figure("rescore.unchanged", unchanged, "s", leads, ""),
        Figure("rescore.one_sum", bare, "s", touchpoints, ""),
        Figure("rescore.ratio", taken / bare, "×", leads, "≤ 2 × one sum"),
    ]


def _change_model(now: datetime) -> None:
    """Puts a model into force in which asking for a demo gives three points more, or again as many as at first."""
    content = scoring.model_in_force(now)[0].content
    rule = next(rule for group in content["groups"] for rule in group["rules"] if rule["key"] == "demo_requested")
    rule["points"] = 25 if rule["points"] == 22 else 22
    scoring.activate_model(content, actor=User.objects.get(email="marketing.manager@bench.example"), now=now)


def score_update_figures(now: datetime) -> list[Figure]:
    """Leads that did one thing more since they were last scored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM leads_lead ORDER BY md5(id::text) LIMIT %s", [10 * CHUNK])
        ids = sorted(pk for (pk,) in cursor.fetchall())
    chunks = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
    for chunk in chunks:
        score_leads(chunk, now)
    with connection.cursor() as cursor:
        cursor.execute(_NEW_TOUCHPOINTS, [now, ids])
    with stopwatch() as watch:
        for chunk in chunks:
            score_leads(chunk, now)
    return [Figure("score_update", len(ids) / watch.seconds, "touchpoints/s", len(ids), "≥ 5,000/s")]


# --- The sweep --------------------------------------------------------------------------------------------

# Each handoff with each promise, for one person after the other.
_CLOCKS = """
WITH handoff AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS places FROM leads_handoff
),
promise AS (
    SELECT *, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS places
    FROM sla_commitment WHERE kind IN ('accept', 'first_response')
),
person AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_user)
INSERT INTO sla_clock (handoff_id, commitment_id, kind, scope, owner_id, calendar_revision_id, state, started_at,
    allowed, due_at, warn_at, cancelled_why)
SELECT handoff.id, promise.id, promise.kind, 'owner', person.id, (SELECT min(id) FROM sla_calendarrevision),
    'running', %(now)s, promise.allowed, %(now)s + interval '10 days' + interval '20 days' * random(),
    %(now)s + interval '9 days', ''
FROM (SELECT max(places) AS handoffs FROM handoff) AS of_handoffs
CROSS JOIN (SELECT max(places) AS promises FROM promise) AS of_promises
CROSS JOIN generate_series(%(offset)s::bigint, %(offset)s::bigint + %(count)s - 1) AS number
JOIN handoff ON handoff.place = number %% handoffs
JOIN promise ON promise.place = number / handoffs %% promises
JOIN person ON person.place = number / (handoffs * promises)
"""
_FALL_DUE = """
UPDATE sla_clock SET started_at = %(now)s - interval '2 days', due_at = %(now)s - interval '1 minute',
    warn_at = %(now)s - interval '1 hour', warned_at = %(now)s - interval '1 hour'
WHERE id IN (SELECT id FROM sla_clock WHERE state = 'running' AND scope = 'owner' ORDER BY due_at DESC LIMIT %(due)s)
"""


def sweep_figures(clocks: int, now: datetime) -> list[Figure]:
    """The same number of clocks fallen due among few that run, and among many. Leaves the clocks behind."""
    few = min(FEW_CLOCKS, max(1, clocks // 10))
    due = max(1, min(DUE, few // 10))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sla_clock WHERE scope = 'owner'")
        made = int(cursor.fetchone()[0])
        running: list[int] = []
        taken: list[float] = []
        for wanted in (few, clocks):
            if wanted > made:
                with quick_loading(cursor, ["sla_clock"], lambda _: None):
                    cursor.execute(_CLOCKS, {"now": now, "offset": made, "count": wanted - made})
                    made += cursor.rowcount
            cursor.execute("VACUUM ANALYZE sla_clock")
            cursor.execute("SELECT count(*) FROM sla_clock WHERE state = 'running'")
            running.append(int(cursor.fetchone()[0]))
            taken.append(median(_swept(cursor, due, now) for _ in range(ROUNDS)))
    budget = f"≤ 250 ms for 1,000; here {due:,} due"
    return [
        Figure("sweep.few_running", taken[0] * 1000, "ms", running[0], budget),
        Figure("sweep.many_running", taken[1] * 1000, "ms", running[1], budget),
    ]


def _swept(cursor: Any, due: int, now: datetime) -> float:
    cursor.execute(_FALL_DUE, {"now": now, "due": due})
    with stopwatch() as watch:
        found = sweep(now=now)
    if found.breached != due:
        raise RuntimeError(f"The sweep found {found.breached} of {due} clocks that fell due.")
    return watch.seconds


# --- Working time -----------------------------------------------------------------------------------------


def work_time_figures(now: datetime) -> list[Figure]:
    """When something is due and how much working time has passed: for many at once, and one by one."""
    calendar = WorkCalendar(
        "Europe/Berlin",
        {day: [("09:00", "12:30"), ("13:30", "17:00")] for day in range(5)},
        holidays=[date(year, 12, 25) for year in range(now.year - 3, now.year + 2)],
    )
    rng = np.random.default_rng(42)
    end = int(now.timestamp() * 1_000_000)
    starts = rng.integers(end - 2 * 365 * 86_400_000_000, end, TIMES_AT_ONCE)
    allowed = rng.integers(0, 40 * 3_600_000_000, TIMES_AT_ONCE)
    later = starts + rng.integers(0, 30 * 86_400_000_000, TIMES_AT_ONCE)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    few = TIMES_ONE_BY_ONE
    begins, ends = ([epoch + timedelta(microseconds=int(us)) for us in column[:few]] for column in (starts, later))
    spans = [timedelta(microseconds=int(us)) for us in allowed[:few]]
    calendar.due(begins[0], spans[0])

    def due_one_by_one() -> None:
        for at, span in zip(begins, spans, strict=True):
            calendar.due(at, span)

    def elapsed_one_by_one() -> None:
        for at, until in zip(begins, ends, strict=True):
            calendar.elapsed(at, until)

    works: list[tuple[str, int, str, Callable[[], object]]] = [
        ("work_time.due_array", TIMES_AT_ONCE, "≥ 1,000,000/s", lambda: calendar.due_array(starts, allowed)),
        ("work_time.due_one_by_one", few, "≥ 100,000/s", due_one_by_one),
        ("work_time.elapsed_array", TIMES_AT_ONCE, "≥ 1,000,000/s", lambda: calendar.elapsed_array(starts, later)),
        ("work_time.elapsed_one_by_one", few, "≥ 100,000/s", elapsed_one_by_one),
    ]
    return [
        Figure(name, n / min(seconds_of(work) for _ in range(ROUNDS)), "per s", n, budget)
        for name, n, budget, work in works
    ]


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
    return int(cursor.fetchone()[0])
