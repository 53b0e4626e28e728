"""How leads are counted into funnel buckets: one statement for the rollup and for days not yet summed.

A lead has reached a stage when it has a transition to that stage or to a later one of the funnel.
"""

from __future__ import annotations

from leads.domain.lifecycle import FUNNEL, RANK

# Stage names are constants of the code, never input.
_RANKS = ", ".join(f"('{stage.value}', {RANK[stage]})" for stage in FUNNEL)

COHORT = f"""
WITH ranks(stage, rank) AS (VALUES {_RANKS}),
span AS (
    SELECT (d::timestamp AT TIME ZONE %(zone)s) AS opens, ((d + 1)::timestamp AT TIME ZONE %(zone)s) AS closes
    FROM unnest(%(days)s::date[]) AS d
),
-- Both are kept apart so that each day is one range of the index and each lead's stages are read once.
came AS MATERIALIZED (
    SELECT l.id, l.channel, l.source, l.campaign_id, (l.created_at AT TIME ZONE %(zone)s)::date AS day
    FROM span CROSS JOIN LATERAL (
        SELECT * FROM leads_lead WHERE created_at >= span.opens AND created_at < span.closes OFFSET 0
    ) AS l
),
reach AS MATERIALIZED (
    SELECT c.day, c.channel, c.source, c.campaign_id,
           coalesce((SELECT max(r.rank) FROM leads_stagetransition t JOIN ranks r ON r.stage = t.to_stage
                     WHERE t.lead_id = c.id), 0) AS rank
    FROM came c
)
SELECT 'cohort' AS basis, reach.day, reach.channel, reach.source, reach.campaign_id, ranks.stage, count(*) AS leads
FROM reach JOIN ranks ON ranks.rank <= reach.rank
GROUP BY 2, 3, 4, 5, 6
"""  # noqa: S608

AS_OF = f"""
WITH ranks(stage, rank) AS (VALUES {_RANKS}),
span AS (
    SELECT (d::timestamp AT TIME ZONE %(zone)s) AS opens, ((d + 1)::timestamp AT TIME ZONE %(zone)s) AS closes
    FROM unnest(%(days)s::date[]) AS d
),
moved AS (
    SELECT DISTINCT t.lead_id FROM leads_stagetransition t JOIN span ON t.occurred_at >= span.opens
    AND t.occurred_at < span.closes
),
first_reached AS (
    SELECT t.lead_id, ranks.stage, min(t.occurred_at) AS at
    FROM moved m
    JOIN leads_stagetransition t ON t.lead_id = m.lead_id
    JOIN ranks own ON own.stage = t.to_stage
    JOIN ranks ON ranks.rank <= own.rank
    GROUP BY 1, 2
)
SELECT 'as_of' AS basis, (f.at AT TIME ZONE %(zone)s)::date AS day, l.channel, l.source, l.campaign_id, f.stage,
       count(*) AS leads
FROM first_reached f JOIN leads_lead l ON l.id = f.lead_id
WHERE (f.at AT TIME ZONE %(zone)s)::date = ANY(%(days)s::date[])
GROUP BY 2, 3, 4, 5, 6
"""  # noqa: S608

COUNTED = {"cohort": COHORT, "as_of": AS_OF}
