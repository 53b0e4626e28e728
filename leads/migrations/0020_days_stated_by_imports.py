"""Which import stated a day of spend or of visits: later rows of that file add to it, those of another replace it."""

import django.db.models.deletion
from django.db import migrations, models

STATED_BY = {
    "blank": True,
    "null": True,
    "db_index": False,
    "on_delete": django.db.models.deletion.SET_NULL,
    "related_name": "+",
    "to": "leads.importrun",
}


class Migration(migrations.Migration):
    dependencies = [("leads", "0019_moves_beside_the_funnel")]

    operations = [
        migrations.AddField("spend", "stated_by", models.ForeignKey(**STATED_BY)),
        migrations.AddField("visit", "stated_by", models.ForeignKey(**STATED_BY)),
    ]
