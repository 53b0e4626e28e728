"""An action item of minutes that were not sent yet may be taken back; one that somebody was told of stays."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION meetings_action_item_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM meetings_meeting m WHERE m.id = OLD.meeting_id AND m.state = 'open')
        AND NOT EXISTS (
            SELECT FROM meetings_minutesissue i WHERE i.meeting_id = OLD.meeting_id AND i.issued_at >= OLD.created_at
        )
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'An action item that minutes have told of is closed, never deleted.'
        USING ERRCODE = 'restrict_violation';
END
$$;
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION meetings_action_item_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'An action item is closed, never deleted.' USING ERRCODE = 'restrict_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_decision_drafts")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
