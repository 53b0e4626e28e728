"""Who was handed off below the definition: at the stage, but not delivered as qualified until it meets it.

The triggers of `0008_stages_reached` carry the fact from the transitions on.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

FUNNEL = ["inquiry", "lead", "mql", "sal", "sql", "opportunity", "customer"]
RANKS = ", ".join(f"('{stage}', {rank})" for rank, stage in enumerate(FUNNEL))


def triggers(with_below):
    """The functions behind the triggers, as they are from here on, or as they were before."""
    below, keep, set_below = "", "lead_id, stage, reached_at", ""
    if with_below:
        # The first transition decides: the stage is reached below the definition where that one was.
        below = """, past.stage = 'mql'
            AND min(t.occurred_at) FILTER (WHERE NOT t.below_definition) IS DISTINCT FROM min(t.occurred_at)"""
        keep, set_below = f"{keep}, below_definition", ", below_definition = excluded.below_definition"
    reached = f"""
        INSERT INTO leads_stagereached ({keep})
        SELECT t.lead_id, past.stage, min(t.occurred_at){below}
        FROM {{transitions}} AS t
        JOIN (VALUES {RANKS}) AS own (stage, rank) ON own.stage = t.to_stage
        JOIN (VALUES {RANKS}) AS past (stage, rank) ON past.rank <= own.rank
        {{where}}
        GROUP BY 1, 2
        ORDER BY 1, 2
    """
    of_gone = reached.format(
        transitions="leads_stagetransition", where="WHERE t.lead_id IN (SELECT lead_id FROM gone)"
    )
    return f"""
        CREATE OR REPLACE FUNCTION stages_are_reached() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {reached.format(transitions="added", where="")}
            ON CONFLICT (lead_id, stage) DO UPDATE SET reached_at = excluded.reached_at{set_below}
                WHERE leads_stagereached.reached_at > excluded.reached_at;
            RETURN NULL;
        END
        $$;
        CREATE OR REPLACE FUNCTION stages_are_reached_again() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM leads_stagereached WHERE lead_id IN (SELECT lead_id FROM gone);
            {of_gone};
            RETURN NULL;
        END
        $$;
    """


# What a handoff lacked is frozen in it; here the transition that it caused is told so.
KNOWN = """
UPDATE leads_stagetransition AS t SET below_definition = true
FROM leads_handoff AS h
WHERE h.lead_id = t.lead_id AND h.created_at = t.occurred_at AND t.to_stage = 'mql' AND NOT t.imputed
    AND t.definition_version_id IS NULL AND h.why_now -> 'unmet' <> '[]'::jsonb;
UPDATE leads_stagereached AS r SET below_definition = true
FROM leads_stagetransition AS t
WHERE t.below_definition AND t.lead_id = r.lead_id AND t.occurred_at = r.reached_at AND r.stage = 'mql';
"""

# One that an earlier date was imported for since counts then, and not twice.
DELIVERIES = """
CREATE VIEW leads_delivery AS
    SELECT lead_id, reached_at AS delivered_at FROM leads_stagereached WHERE stage = 'mql' AND NOT below_definition
    UNION ALL
    SELECT late.lead_id, late.met_at FROM leads_latequalification AS late
    JOIN leads_stagereached AS r ON r.lead_id = late.lead_id AND r.stage = 'mql' AND r.below_definition;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0008_stages_reached"),
    ]

    operations = [
        migrations.CreateModel(
            name="LateQualification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("met_at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "ordering": ["met_at", "id"],
            },
        ),
        migrations.RemoveIndex(
            model_name="stagereached",
            name="reached_by_stage_and_time",
        ),
        migrations.AddField(
            model_name="stagereached",
            name="below_definition",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="By a handoff below the definition: at the stage, but not delivered as qualified.",
            ),
        ),
        migrations.AddField(
            model_name="stagetransition",
            name="below_definition",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A person handed the lead off although it did not meet the definition in force.",
            ),
        ),
        migrations.AddIndex(
            model_name="stagereached",
            index=models.Index(
                fields=["stage", "reached_at", "lead"], include=("below_definition",), name="reached_by_stage_and_time"
            ),
        ),
        migrations.AddIndex(
            model_name="stagereached",
            index=models.Index(
                condition=models.Q(("below_definition", True)),
                fields=["reached_at", "lead"],
                name="reached_below_definition",
            ),
        ),
        migrations.AddConstraint(
            model_name="stagereached",
            constraint=models.CheckConstraint(
                condition=models.Q(("below_definition", False), ("stage", "mql"), _connector="OR"),
                name="reached_below_definition_is_mql",
            ),
        ),
        migrations.AddConstraint(
            model_name="stagetransition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("below_definition", False),
                    models.Q(("definition_version__isnull", True), ("imputed", False), ("to_stage", "mql")),
                    _connector="OR",
                ),
                name="transition_below_definition_is_by_hand",
            ),
        ),
        migrations.AddField(
            model_name="latequalification",
            name="definition_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.definitionversion"
            ),
        ),
        migrations.AddField(
            model_name="latequalification",
            name="lead",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="late_qualification", to="leads.lead"
            ),
        ),
        migrations.AddIndex(
            model_name="latequalification",
            index=models.Index(fields=["met_at", "lead"], name="late_qualification_by_time"),
        ),
        migrations.RunSQL(triggers(True) + KNOWN, triggers(False)),
        migrations.RunSQL(DELIVERIES, "DROP VIEW leads_delivery"),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "lead",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="delivery",
                        serialize=False,
                        to="leads.lead",
                    ),
                ),
                ("delivered_at", models.DateTimeField()),
            ],
            options={"db_table": "leads_delivery", "verbose_name_plural": "deliveries", "ordering": ["delivered_at"], "managed": False},
        ),
    ]
