"""When each lead first reached each stage of the funnel or a later one, kept by the database from the transitions."""

import django.db.models.deletion
from django.db import migrations, models

FUNNEL = ["inquiry", "lead", "mql", "sal", "sql", "opportunity", "customer"]
RANKS = ", ".join(f"('{stage}', {rank})" for rank, stage in enumerate(FUNNEL))

# A transition reaches its stage and those before it. In the order of the key, so that two writers of the same leads
# wait for each other instead of both at once.
REACHED = f"""
    SELECT t.lead_id, past.stage, min(t.occurred_at)
    FROM {{transitions}} AS t
    JOIN (VALUES {RANKS}) AS own (stage, rank) ON own.stage = t.to_stage
    JOIN (VALUES {RANKS}) AS past (stage, rank) ON past.rank <= own.rank
    {{where}}
    GROUP BY 1, 2
    ORDER BY 1, 2
"""  # noqa: S608

FORWARD = f"""
CREATE FUNCTION stages_are_reached() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_stagereached (lead_id, stage, reached_at)
    {REACHED.format(transitions="added", where="")}
    ON CONFLICT (lead_id, stage) DO UPDATE SET reached_at = excluded.reached_at
        WHERE leads_stagereached.reached_at > excluded.reached_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER stages_are_reached AFTER INSERT ON leads_stagetransition
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION stages_are_reached();

CREATE FUNCTION stages_are_reached_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM leads_stagereached WHERE lead_id IN (SELECT lead_id FROM gone);
    INSERT INTO leads_stagereached (lead_id, stage, reached_at)
    {REACHED.format(transitions="leads_stagetransition", where="WHERE t.lead_id IN (SELECT lead_id FROM gone)")};
    RETURN NULL;
END
$$;
CREATE TRIGGER stages_are_reached_again AFTER DELETE ON leads_stagetransition
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION stages_are_reached_again();

INSERT INTO leads_stagereached (lead_id, stage, reached_at)
{REACHED.format(transitions="leads_stagetransition", where="")};
"""  # noqa: S608

BACKWARD = """
DROP TRIGGER stages_are_reached ON leads_stagetransition;
DROP FUNCTION stages_are_reached();
DROP TRIGGER stages_are_reached_again ON leads_stagetransition;
DROP FUNCTION stages_are_reached_again();
"""

STAGES = [
    ("inquiry", "Inquiry"),
    ("lead", "Lead"),
    ("mql", "MQL"),
    ("sal", "SAL"),
    ("sql", "SQL"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
]


class Migration(migrations.Migration):
    dependencies = [("leads", "0007_indexes_for_lists")]

    operations = [
        migrations.CreateModel(
            name="StageReached",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "lead", "stage", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("stage", models.CharField(choices=STAGES, max_length=12)),
                ("reached_at", models.DateTimeField()),
                (
                    "lead",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reached",
                        to="leads.lead",
                    ),
                ),
            ],
            options={"ordering": ["reached_at"]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddConstraint(
            model_name="stagereached",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", FUNNEL)), name="reached_stage_in_funnel"
            ),
        ),
        migrations.AddIndex(
            model_name="stagereached",
            index=models.Index(fields=["stage", "reached_at", "lead"], name="reached_by_stage_and_time"),
        ),
    ]
