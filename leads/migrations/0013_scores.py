"""What each lead scores now in a narrow table of its own, so that another score does not rewrite the lead."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TO_SCORES = """
INSERT INTO leads_score (lead_id, stage, fit, engagement, score, band, scored_at)
SELECT id, stage, fit, engagement, score, band, scored_at FROM leads_lead;
"""
TO_LEADS = """
UPDATE leads_lead l
SET fit = s.fit, engagement = s.engagement, score = s.score, band = s.band, scored_at = s.scored_at
FROM leads_score s WHERE s.lead_id = l.id;
"""

# A score beside each lead. Whoever writes the score first, as an import does, is left in peace.
ADDED = """
CREATE FUNCTION leads_have_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_score (lead_id, stage, fit, engagement, score, band)
    SELECT id, stage, 0, 0, 0, 'C3' FROM added ON CONFLICT (lead_id) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER leads_have_scores AFTER INSERT ON leads_lead
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION leads_have_scores();

CREATE FUNCTION scores_go_with_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM leads_score s USING gone WHERE s.lead_id = gone.id;
    DELETE FROM leads_scorestate s USING gone WHERE s.lead_id = gone.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER scores_go_with_leads AFTER DELETE ON leads_lead
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION scores_go_with_leads();
"""
ADDED_BACK = """
DROP TRIGGER scores_go_with_leads ON leads_lead;
DROP FUNCTION scores_go_with_leads();
DROP TRIGGER leads_have_scores ON leads_lead;
DROP FUNCTION leads_have_scores();
"""

ATTRIBUTES = (
    "email first_name last_name job_title seniority department country source channel consent company_id".split()
)
OLD = ", ".join(f"OLD.{name}" for name in ATTRIBUTES)
NEW = ", ".join(f"NEW.{name}" for name in ATTRIBUTES)

DROPPED = """
DROP TRIGGER company_leads_are_to_score ON leads_company;
DROP FUNCTION company_leads_are_to_score();
DROP TRIGGER lead_is_to_score ON leads_lead;
DROP FUNCTION lead_is_to_score();
"""

# The score is written even where it waits already: by that whoever computes it meanwhile sees that facts have changed.
# Scores are locked in the order of their leads, as scoring does.
CHANGED = f"""
CREATE FUNCTION lead_is_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leads_score SET scored_at = NULL WHERE lead_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER lead_is_to_score AFTER UPDATE ON leads_lead FOR EACH ROW
    WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION lead_is_to_score();

CREATE FUNCTION score_has_stage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leads_score SET stage = NEW.stage WHERE lead_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER score_has_stage AFTER UPDATE ON leads_lead FOR EACH ROW
    WHEN (OLD.stage <> NEW.stage) EXECUTE FUNCTION score_has_stage();

CREATE FUNCTION company_leads_are_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM leads_score WHERE lead_id IN (SELECT id FROM leads_lead WHERE company_id = NEW.id)
        ORDER BY lead_id FOR NO KEY UPDATE;
    UPDATE leads_score SET scored_at = NULL WHERE lead_id IN (SELECT id FROM leads_lead WHERE company_id = NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER company_leads_are_to_score AFTER UPDATE ON leads_company FOR EACH ROW
    WHEN ((OLD.name, OLD.domain, OLD.industry, OLD.employees, OLD.country)
        IS DISTINCT FROM (NEW.name, NEW.domain, NEW.industry, NEW.employees, NEW.country))
    EXECUTE FUNCTION company_leads_are_to_score();
"""  # noqa: S608 - names of columns
CHANGED_BACK = f"""
{DROPPED}
DROP TRIGGER score_has_stage ON leads_lead;
DROP FUNCTION score_has_stage();
"""
BEFORE = f"""
CREATE FUNCTION lead_is_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.scored_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER lead_is_to_score BEFORE UPDATE ON leads_lead FOR EACH ROW
    WHEN (NEW.scored_at IS NOT NULL AND NEW.scored_at IS NOT DISTINCT FROM OLD.scored_at
        AND ({OLD}) IS DISTINCT FROM ({NEW}))
    EXECUTE FUNCTION lead_is_to_score();

CREATE FUNCTION company_leads_are_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leads_lead SET scored_at = NULL WHERE company_id = NEW.id AND scored_at IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER company_leads_are_to_score AFTER UPDATE ON leads_company FOR EACH ROW
    WHEN ((OLD.name, OLD.domain, OLD.industry, OLD.employees, OLD.country)
        IS DISTINCT FROM (NEW.name, NEW.domain, NEW.industry, NEW.employees, NEW.country))
    EXECUTE FUNCTION company_leads_are_to_score();
"""

STAGES = [
    ("inquiry", "Inquiry"),
    ("lead", "Lead"),
    ("mql", "MQL"),
    ("sal", "SAL"),
    ("sql", "SQL"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("recycled", "Recycled"),
    ("disqualified", "Disqualified"),
]
AS_A_SHARE = models.Q(fit__lte=100) & models.Q(engagement__lte=100) & models.Q(score__lte=100)


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0012_import_knows_its_leads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Score",
            fields=[
                (
                    "lead",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="current_score",
                        serialize=False,
                        to="leads.lead",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=STAGES,
                        editable=False,
                        help_text="The lead's, kept by the database, so that the best of a stage stand in an index.",
                        max_length=12,
                    ),
                ),
                ("fit", models.PositiveSmallIntegerField(default=0)),
                ("engagement", models.PositiveSmallIntegerField(default=0)),
                ("score", models.PositiveSmallIntegerField(default=0)),
                ("band", models.CharField(default="C3", help_text="Fit A–C and engagement 1–3.", max_length=2)),
                (
                    "scored_at",
                    models.DateTimeField(
                        blank=True, help_text="When the lead got this score; empty: it waits to be scored.", null=True
                    ),
                ),
            ],
        ),
        migrations.RunSQL(TO_SCORES, TO_LEADS),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.CheckConstraint(condition=AS_A_SHARE, name="lead_score_between_0_and_100"),
        ),
        migrations.AddIndex(
            model_name="score", index=models.Index(fields=["-score", "-lead"], name="score_best")
        ),
        migrations.AddIndex(
            model_name="score", index=models.Index(fields=["stage", "-score", "-lead"], name="score_best_of_stage")
        ),
        migrations.AddIndex(
            model_name="score",
            index=models.Index(
                condition=models.Q(scored_at__isnull=True), fields=["lead"], name="score_to_compute"
            ),
        ),
        migrations.RunSQL(DROPPED, BEFORE),
        migrations.RunSQL(ADDED, ADDED_BACK),
        migrations.RunSQL(CHANGED, CHANGED_BACK),
        migrations.RemoveConstraint(model_name="lead", name="lead_score_between_0_and_100"),
        migrations.RemoveIndex(model_name="lead", name="lead_by_score"),
        migrations.RemoveIndex(model_name="lead", name="lead_by_stage_and_score"),
        migrations.RemoveIndex(model_name="lead", name="lead_to_score"),
        migrations.RemoveField(model_name="lead", name="band"),
        migrations.RemoveField(model_name="lead", name="engagement"),
        migrations.RemoveField(model_name="lead", name="fit"),
        migrations.RemoveField(model_name="lead", name="score"),
        migrations.RemoveField(model_name="lead", name="scored_at"),
        migrations.AddIndex(
            model_name="lead", index=models.Index(fields=["stage", "-created_at", "-id"], name="lead_by_stage")
        ),
        migrations.AlterField(
            model_name="scorestate",
            name="lead",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="score_state",
                serialize=False,
                to="leads.lead",
            ),
        ),
        migrations.AlterField(
            model_name="scorestate",
            name="model",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="leads.scoremodelversion",
            ),
        ),
        migrations.AlterField(
            model_name="scorestate",
            name="scored_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the lead was last scored; `Score` says when it last got another score.",
                null=True,
            ),
        ),
    ]
