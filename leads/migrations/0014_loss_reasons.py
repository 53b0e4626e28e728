"""The list of reasons for losing a deal that a new organisation starts with; what was written before stays."""

import django.db.models.deletion
from django.db import migrations, models

REASONS = [
    # code, label, needs words
    ("competitor", "Chose a competitor", False),
    ("price", "Price", False),
    ("no-budget", "No budget", False),
    ("no-decision", "No decision this year", False),
    ("no-need", "Does not need it", False),
    ("own-solution", "Built it themselves", False),
    ("no-contact", "Could not be reached any more", False),
    ("other", "Something else", True),
]


def add(apps, schema_editor):
    reason = apps.get_model("leads", "LossReason")
    for position, (code, label, needs_note) in enumerate(REASONS):
        defaults = {"label": label, "needs_note": needs_note, "position": position * 10}
        reason.objects.get_or_create(code=code, defaults=defaults)


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0013_scores'),
    ]

    operations = [
        migrations.CreateModel(
            name='LossReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('label', models.CharField(max_length=100)),
                ('needs_note', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['position', 'label'],
            },
        ),
        migrations.AlterField(
            model_name='deal',
            name='lost_reason',
            field=models.CharField(blank=True, help_text='Why it was lost, in words: the reason and what was added.', max_length=310),
        ),
        migrations.AddField(
            model_name='deal',
            name='loss_reason',
            field=models.ForeignKey(blank=True, db_index=False, help_text='From the agreed list; empty where a deal was lost before there was one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deals', to='leads.lossreason'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(('loss_reason__isnull', True), ('stage', 'lost'), _connector='OR'), name='deal_loss_reason_of_lost'),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
