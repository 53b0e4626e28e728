"""What was shown in a meeting stays as it was shown: the database refuses, whoever asks.

`smarketing.allow_truncate` lets test databases be emptied; it is never set elsewhere.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION meetings_evidence_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('smarketing.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Evidence frozen in minutes never changes: % refused.', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER meetings_evidence_frozen BEFORE UPDATE OR DELETE ON meetings_evidence
    FOR EACH ROW EXECUTE FUNCTION meetings_evidence_frozen();
CREATE TRIGGER meetings_evidence_no_truncate BEFORE TRUNCATE ON meetings_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION meetings_evidence_frozen();

CREATE FUNCTION meetings_action_item_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'An action item is closed, never deleted.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER meetings_action_item_kept BEFORE DELETE ON meetings_actionitem
    FOR EACH ROW EXECUTE FUNCTION meetings_action_item_kept();
"""

BACKWARD = """
DROP TRIGGER meetings_action_item_kept ON meetings_actionitem;
DROP FUNCTION meetings_action_item_kept();
DROP TRIGGER meetings_evidence_no_truncate ON meetings_evidence;
DROP TRIGGER meetings_evidence_frozen ON meetings_evidence;
DROP FUNCTION meetings_evidence_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
