"""A change of a company waits to be scored, without locking a score; what belongs to a lead always goes with it."""

import django.db.models.deletion
from django.db import migrations, models

FACTS = ("name", "domain", "industry", "employees", "country")
OLD = ", ".join(f"OLD.{name}" for name in FACTS)
NEW = ", ".join(f"NEW.{name}" for name in FACTS)
DROPPED = """
DROP TRIGGER company_leads_are_to_score ON leads_company;
DROP FUNCTION company_leads_are_to_score();
"""
# Scores are locked in the order of their leads. A statement that changes companies, and a transaction of several such
# statements, comes upon them in another order; so it only notes the companies.
QUEUED = f"""
{DROPPED}
CREATE FUNCTION company_is_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_companychange (company_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER company_is_to_score AFTER UPDATE ON leads_company FOR EACH ROW
    WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION company_is_to_score();
"""  # noqa: S608 - names of columns
MARKED = f"""
DROP TRIGGER company_is_to_score ON leads_company;
DROP FUNCTION company_is_to_score();
CREATE FUNCTION company_leads_are_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM leads_score WHERE lead_id IN (SELECT id FROM leads_lead WHERE company_id = NEW.id)
        ORDER BY lead_id FOR NO KEY UPDATE;
    UPDATE leads_score SET scored_at = NULL WHERE lead_id IN (SELECT id FROM leads_lead WHERE company_id = NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER company_leads_are_to_score AFTER UPDATE ON leads_company FOR EACH ROW
    WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION company_leads_are_to_score();
UPDATE leads_score SET scored_at = NULL
WHERE lead_id IN (SELECT id FROM leads_lead WHERE company_id IN (SELECT company_id FROM leads_companychange));
"""  # noqa: S608 - names of columns

TABLES = ("leads_score", "leads_scorestate")
UNTIED = (*TABLES, "leads_scorequeue", "leads_scorechange", "leads_stagereached")


def _gone(tables: tuple[str, ...]) -> str:
    """The function that takes along, from these tables, what belongs to leads that are deleted."""
    deleted = "\n".join(f"    DELETE FROM {table} t USING gone WHERE t.lead_id = gone.id;" for table in tables)  # noqa: S608
    return f"""
CREATE OR REPLACE FUNCTION scores_go_with_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{deleted}
    RETURN NULL;
END
$$;
"""


ALL_GONE = f"""
{_gone(UNTIED)}
CREATE FUNCTION scores_go_with_all_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Not emptied at once, for they may be among the tables that are being emptied.
    {" ".join(f"DELETE FROM {table};" for table in UNTIED)}
    RETURN NULL;
END
$$;
CREATE TRIGGER scores_go_with_all_leads AFTER TRUNCATE ON leads_lead
    FOR EACH STATEMENT EXECUTE FUNCTION scores_go_with_all_leads();
"""  # noqa: S608 - names of tables
ALL_GONE_BACK = f"""
DROP TRIGGER scores_go_with_all_leads ON leads_lead;
DROP FUNCTION scores_go_with_all_leads();
{_gone(TABLES)}
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0014_loss_reasons")]

    operations = [
        migrations.CreateModel(
            name="CompanyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leads.company",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(QUEUED, MARKED),
        migrations.RunSQL(ALL_GONE, ALL_GONE_BACK),
    ]
