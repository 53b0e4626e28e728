"""Answers that were stored before secrets were left out of them lose what opens a door."""

from django.db import migrations

FORGET = """
UPDATE api_idempotencyrecord SET body = jsonb_set(body, '{invitation_link}', '""')
WHERE jsonb_typeof(body) = 'object' AND body ? 'invitation_link' AND body->>'invitation_link' <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]
    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
