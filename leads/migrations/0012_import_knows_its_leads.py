
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0011_discarded_drafts'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='created_ids',
            field=models.JSONField(default=list, help_text='Of leads: the ids of those it added, as pairs of the first and the last of a row.'),
        ),
    ]
