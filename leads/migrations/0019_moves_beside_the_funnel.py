"""Moves that files bring by the ten thousand cost less: an index less, and no question for what cannot be there."""

from django.db import migrations, models

FUNNEL = ["inquiry", "lead", "mql", "sal", "sql", "opportunity", "customer"]
RANKS = ", ".join(f"('{stage}', {rank})" for rank, stage in enumerate(FUNNEL))

# As the function of `0009_delivered`.
REACHED = f"""
            INSERT INTO leads_stagereached (lead_id, stage, reached_at, below_definition)
            SELECT t.lead_id, past.stage, min(t.occurred_at), past.stage = 'mql'
                AND min(t.occurred_at) FILTER (WHERE NOT t.below_definition) IS DISTINCT FROM min(t.occurred_at)
            FROM added AS t
            JOIN (VALUES {RANKS}) AS own (stage, rank) ON own.stage = t.to_stage
            JOIN (VALUES {RANKS}) AS past (stage, rank) ON past.rank <= own.rank
            GROUP BY 1, 2
            ORDER BY 1, 2
"""  # noqa: S608
OR_EARLIER = f"""
{REACHED}
            ON CONFLICT (lead_id, stage) DO UPDATE
                SET reached_at = excluded.reached_at, below_definition = excluded.below_definition
                WHERE leads_stagereached.reached_at > excluded.reached_at;
            RETURN NULL;
"""  # noqa: S608
# Where every lead of the statement has its first move in it, nobody has reached anything before. Should that be wrong,
# the key says so, and what is there counts.
NEWCOMERS = f"""
CREATE OR REPLACE FUNCTION stages_are_reached() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) > 100 AND count(DISTINCT lead_id) = count(*) FILTER (WHERE from_stage = '') FROM added) THEN
        BEGIN
{REACHED};
            RETURN NULL;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
{OR_EARLIER}
END
$$;
"""
EVERYBODY = f"""
CREATE OR REPLACE FUNCTION stages_are_reached() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{OR_EARLIER}
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0018_import_choices")]

    operations = [
        migrations.RemoveIndex(model_name="stagetransition", name="transition_by_stage_time"),
        migrations.AddIndex(
            model_name="stagetransition",
            index=models.Index(
                condition=models.Q(("to_stage__in", ["recycled", "disqualified"])),
                fields=["to_stage", "occurred_at", "lead"],
                name="transition_beside_funnel",
            ),
        ),
        migrations.RunSQL(NEWCOMERS, EVERYBODY),
    ]
