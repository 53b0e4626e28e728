"""What scoring must hear of whoever wrote it: an import, a person, a program or a sync.

A new touchpoint waits in the queue until a score has absorbed it. A lead whose attributes changed, or whose company's
did, counts as not scored. A definition version keeps its content from the first signature on, and comes into force
only with both sides' signatures under exactly that content.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION touchpoint_is_queued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_scorequeue (touchpoint_id, lead_id, occurred_at) SELECT id, lead_id, occurred_at FROM added;
    RETURN NULL;
END
$$;
CREATE TRIGGER touchpoint_is_queued AFTER INSERT ON leads_touchpoint
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION touchpoint_is_queued();

CREATE FUNCTION lead_is_to_score() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.scored_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER lead_is_to_score BEFORE UPDATE ON leads_lead FOR EACH ROW
    WHEN (NEW.scored_at IS NOT NULL AND NEW.scored_at IS NOT DISTINCT FROM OLD.scored_at
        AND (OLD.email, OLD.first_name, OLD.last_name, OLD.job_title, OLD.seniority, OLD.department, OLD.country,
             OLD.source, OLD.channel, OLD.consent, OLD.company_id)
        IS DISTINCT FROM
            (NEW.email, NEW.first_name, NEW.last_name, NEW.job_title, NEW.seniority, NEW.department, NEW.country,
             NEW.source, NEW.channel, NEW.consent, NEW.company_id))
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

CREATE FUNCTION definition_keeps_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.definition_id, OLD.number, OLD.criteria, OLD.enter_score, OLD.leave_score, OLD.summary, OLD.content_hash)
        IS DISTINCT FROM
        (NEW.definition_id, NEW.number, NEW.criteria, NEW.enter_score, NEW.leave_score, NEW.summary, NEW.content_hash)
    THEN
        RAISE EXCEPTION 'A definition version keeps its content; a change is a new version.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'definition_keeps_content';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER definition_keeps_content BEFORE UPDATE ON leads_definitionversion
    FOR EACH ROW EXECUTE FUNCTION definition_keeps_content();

CREATE FUNCTION definition_in_force_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.in_force_from IS NOT NULL AND 2 > (
        SELECT count(DISTINCT side) FROM accounts_signature
        WHERE subject_kind = 'definition_version' AND subject_id = NEW.id AND content_hash = NEW.content_hash)
    THEN
        RAISE EXCEPTION 'A definition version comes into force only when both sides have signed exactly its content.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'definition_in_force_is_signed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER definition_in_force_is_signed BEFORE INSERT OR UPDATE OF in_force_from ON leads_definitionversion
    FOR EACH ROW EXECUTE FUNCTION definition_in_force_is_signed();

-- Touchpoints that were there before the queue need no row: a lead without a state is scored from its history.
"""

BACKWARD = """
DROP TRIGGER definition_in_force_is_signed ON leads_definitionversion;
DROP FUNCTION definition_in_force_is_signed();
DROP TRIGGER definition_keeps_content ON leads_definitionversion;
DROP FUNCTION definition_keeps_content();
DROP TRIGGER company_leads_are_to_score ON leads_company;
DROP FUNCTION company_leads_are_to_score();
DROP TRIGGER lead_is_to_score ON leads_lead;
DROP FUNCTION lead_is_to_score();
DROP TRIGGER touchpoint_is_queued ON leads_touchpoint;
DROP FUNCTION touchpoint_is_queued();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_score_queue"), ("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
