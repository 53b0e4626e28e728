"""What a check constraint cannot say, because it needs another row or the old one.

A version is in force only with both sides' signatures under exactly its content, and keeps that content from then on.
A calendar's revision keeps what it says for ever: due times are explained by it.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION agreement_in_force_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.in_force_from IS NOT NULL AND
        (OLD.agreement_id, OLD.number, OLD.summary, OLD.goals, OLD.requirements, OLD.contacts, OLD.repercussions,
         OLD.cancellation, OLD.calendar_id, OLD.content_hash, OLD.in_force_from)
        IS DISTINCT FROM
        (NEW.agreement_id, NEW.number, NEW.summary, NEW.goals, NEW.requirements, NEW.contacts, NEW.repercussions,
         NEW.cancellation, NEW.calendar_id, NEW.content_hash, NEW.in_force_from)
    THEN
        RAISE EXCEPTION 'An agreement version that came into force keeps its content.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_in_force_is_signed';
    END IF;
    IF NEW.in_force_from IS NOT NULL AND 2 > (
        SELECT count(DISTINCT side) FROM accounts_signature
        WHERE subject_kind = 'agreement_version' AND subject_id = NEW.id AND content_hash = NEW.content_hash)
    THEN
        RAISE EXCEPTION 'An agreement version comes into force only when both sides have signed exactly its content.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_in_force_is_signed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER agreement_in_force_is_signed BEFORE INSERT OR UPDATE ON sla_agreementversion
    FOR EACH ROW EXECUTE FUNCTION agreement_in_force_is_signed();

CREATE FUNCTION calendar_revision_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.calendar_id, OLD.number, OLD.timezone, OLD.hours, OLD.holidays, OLD.special, OLD.breaks, OLD.created_at)
        IS DISTINCT FROM
        (NEW.calendar_id, NEW.number, NEW.timezone, NEW.hours, NEW.holidays, NEW.special, NEW.breaks, NEW.created_at)
    THEN
        RAISE EXCEPTION 'A revision of a calendar never changes; a correction is a new one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'calendar_revision_is_kept';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER calendar_revision_is_kept BEFORE UPDATE ON sla_calendarrevision
    FOR EACH ROW EXECUTE FUNCTION calendar_revision_is_kept();
"""

BACKWARD = """
DROP TRIGGER calendar_revision_is_kept ON sla_calendarrevision;
DROP FUNCTION calendar_revision_is_kept();
DROP TRIGGER agreement_in_force_is_signed ON sla_agreementversion;
DROP FUNCTION agreement_in_force_is_signed();
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial"), ("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
