"""What the lists of reasons hold once people keep them."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0016_attempt_outcomes")]

    operations = [
        migrations.AddConstraint(
            "rejectionreason",
            models.CheckConstraint(condition=~models.Q(label=""), name="rejection_reason_label_given"),
        ),
        migrations.AddConstraint(
            "rejectionreason",
            models.UniqueConstraint(
                django.db.models.functions.text.Lower("label"),
                condition=models.Q(archived_at__isnull=True),
                name="rejection_reason_label_unique",
            ),
        ),
        migrations.AddConstraint(
            "lossreason",
            models.CheckConstraint(condition=~models.Q(label=""), name="loss_reason_label_given"),
        ),
        migrations.AddConstraint(
            "lossreason",
            models.UniqueConstraint(
                django.db.models.functions.text.Lower("label"),
                condition=models.Q(archived_at__isnull=True),
                name="loss_reason_label_unique",
            ),
        ),
        migrations.AddConstraint(
            "lossreason",
            models.CheckConstraint(
                condition=~models.Q(code="other") | models.Q(archived_at__isnull=True), name="loss_reason_other_stays"
            ),
        ),
    ]
