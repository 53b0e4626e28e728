"""How leads are counted into funnel buckets: one statement for the rollup and for days not yet summed.

A lead has reached a stage when it has a transition to that stage or to a later one of the funnel.
"""

from __future__ import annotations

from leads.domain.lifecycle import FUNNEL, RANK
from smarketing.lib.zones import opens_sql

# Stage names are constants of the code, never input.
_RANKS = ", ".join(f"('{stage.value}', {RANK[stage]})" for stage in FUNNEL)

COHORT = f"""
WITH ranks(stage, rank) AS (VALUES {_RANKS}),
span AS (
    SELECT {opens_sql("d")} AS opens, {opens_sql("d + 1")} AS closes
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

_STAGES = ", ".join(f"'{stage.value}'" for stage in FUNNEL)

AS_OF = f"""
WITH span AS (
    SELECT d AS day, {opens_sql("d")} AS opens, {opens_sql("d + 1")} AS closes
    FROM unnest(%(days)s::date[]) AS d
)
SELECT 'as_of' AS basis, span.day, l.channel, l.source, l.campaign_id, s.stage, count(*) AS leads
FROM span CROSS JOIN LATERAL (
    SELECT stage, lead_id FROM leads_stagereached
    WHERE stage IN ({_STAGES}) AND reached_at >= span.opens AND reached_at < span.closes OFFSET 0
) AS s
JOIN leads_lead l ON l.id = s.lead_id
GROUP BY 2, 3, 4, 5, 6
"""  # noqa: S608

COUNTED = {"cohort": COHORT, "as_of": AS_OF}

# How the value of a dimension is written.
KEYS = {
    "total": "'all'",
    "channel": "channel",
    "source": "source",
    "campaign": "coalesce(campaign_id::text, '')",
}

SUM_DAYS = """
INSERT INTO reporting_funnelsum (basis, dimension, grain, first_on, key, stage, leads)
SELECT basis,
    CASE WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(source) = 0 THEN 'source'
        WHEN grouping(campaign_id) = 0 THEN 'campaign' ELSE 'total' END,
    'day', day,
    CASE WHEN grouping(channel) = 0 THEN channel WHEN grouping(source) = 0 THEN source
        WHEN grouping(campaign_id) = 0 THEN coalesce(campaign_id::text, '') ELSE 'all' END,
    stage, sum(leads)
FROM reporting_funnelbucket WHERE basis = %(basis)s AND day = ANY(%(days)s::date[])
GROUP BY GROUPING SETS ((basis, day, stage), (basis, day, stage, channel), (basis, day, stage, source),
    (basis, day, stage, campaign_id))
"""

SUM_MONTHS = """
INSERT INTO reporting_funnelsum (basis, dimension, grain, first_on, key, stage, leads)
SELECT s.basis, s.dimension, 'month', month, s.key, s.stage, sum(s.leads)
FROM unnest(%(months)s::date[]) AS month
JOIN reporting_funnelsum AS s ON s.basis = %(basis)s AND s.dimension IN ('total', 'channel', 'source', 'campaign')
    AND s.grain = 'day' AND s.first_on >= month AND s.first_on < (month + interval '1 month')::date
GROUP BY 1, 2, 4, 5, 6
"""
