
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0009_delivered'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='importreject',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rejects', to='leads.importrun'),
        ),
        migrations.AlterField(
            model_name='stagetransition',
            name='actor',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='stagetransition',
            name='definition_version',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transitions', to='leads.definitionversion'),
        ),
        migrations.AddIndex(
            model_name='stagetransition',
            index=models.Index(condition=models.Q(('definition_version__isnull', False)), fields=['definition_version'], name='transition_by_definition'),
        ),
    ]
