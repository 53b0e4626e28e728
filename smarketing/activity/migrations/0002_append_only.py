"""The log cannot be edited: the database refuses, whoever asks.

Two settings open the door a crack. `smarketing.erasure` lets the erasure of a person's data anonymise entries;
`smarketing.allow_truncate` lets test databases be emptied. Neither is ever set outside those two places.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION activity_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        IF current_setting('smarketing.allow_truncate', true) = 'on' THEN
            RETURN NULL;
        END IF;
    ELSIF current_setting('smarketing.erasure', true) = 'on' THEN
        IF TG_OP = 'UPDATE' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'The activity log is append-only: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON activity_activityentry
    FOR EACH ROW EXECUTE FUNCTION activity_append_only();
CREATE TRIGGER activity_no_truncate BEFORE TRUNCATE ON activity_activityentry
    FOR EACH STATEMENT EXECUTE FUNCTION activity_append_only();
"""

BACKWARD = """
DROP TRIGGER activity_no_truncate ON activity_activityentry;
DROP TRIGGER activity_append_only ON activity_activityentry;
DROP FUNCTION activity_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
