"""Indexes and history that scoring a million leads can afford: one index holds all it asks of a touchpoint."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0004_score_triggers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='scoremodelversion',
            name='rescored_at',
            field=models.DateTimeField(blank=True, help_text='When everybody was last scored by this version; empty: somebody may not be.', null=True),
        ),
        migrations.AddIndex(
            model_name='touchpoint',
            index=models.Index(fields=['lead', 'occurred_at'], include=('kind', 'content', 'campaign'), name='touchpoint_of_lead'),
        ),
        migrations.RemoveIndex(
            model_name='touchpoint',
            name='touchpoint_by_lead',
        ),
        migrations.AlterField(
            model_name='lead',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_leads', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='scorechange',
            name='lead',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='score_changes', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='scorechange',
            name='model',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.scoremodelversion'),
        ),
        migrations.AlterField(
            model_name='touchpoint',
            name='campaign',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='touchpoints', to='leads.campaign'),
        ),
        migrations.AlterField(
            model_name='touchpoint',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='touchpoints', to='leads.lead'),
        ),
    ]
