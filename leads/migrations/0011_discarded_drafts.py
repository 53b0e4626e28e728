from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0010_moves_without_idle_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='definitionversion',
            name='discarded_at',
            field=models.DateTimeField(blank=True, help_text='A draft that nobody had signed was given up.', null=True),
        ),
        migrations.AddConstraint(
            model_name='definitionversion',
            constraint=models.CheckConstraint(condition=models.Q(('discarded_at__isnull', True), ('in_force_from__isnull', True), _connector='OR'), name='definition_discarded_never_in_force'),
        ),
    ]
