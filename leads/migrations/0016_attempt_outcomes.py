"""An attempt's outcome is one that can come of its kind; what was recorded otherwise is put right, and a note tells."""

from django.db import migrations, models
from django.db.models import Q

FITTING = {
    "call": ["left_message", "no_answer", "reached", "wrong_contact"],
    "email": ["no_answer", "reached", "sent", "wrong_contact"],
    "message": ["left_message", "no_answer", "reached", "sent", "wrong_contact"],
    "meeting": ["held", "no_answer", "wrong_contact"],
}
# kind, outcome as it was recorded, its name, what comes nearest
MENDED = [
    ("call", "sent", "Sent", "left_message"),
    ("call", "held", "Held", "reached"),
    ("email", "left_message", "Left a message", "sent"),
    ("email", "held", "Held", "reached"),
    ("message", "held", "Held", "reached"),
    ("meeting", "reached", "Reached", "held"),
    ("meeting", "left_message", "Left a message", "no_answer"),
    ("meeting", "sent", "Sent", "no_answer"),
]


def mend(apps, schema_editor):
    attempts = apps.get_model("leads", "Attempt").objects.using(schema_editor.connection.alias)
    for kind, outcome, name, nearest in MENDED:
        wrong = list(attempts.filter(kind=kind, outcome=outcome))
        for attempt in wrong:
            attempt.note = f"{attempt.note}\n(Recorded as: {name}.)".strip()
            attempt.outcome = nearest
        attempts.bulk_update(wrong, ["note", "outcome"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("leads", "0015_company_changes")]
    operations = [
        migrations.RunPython(mend, migrations.RunPython.noop),
        migrations.AddConstraint(
            "attempt",
            models.CheckConstraint(
                name="attempt_outcome_fits_kind",
                condition=Q(kind="call", outcome__in=FITTING["call"])
                | Q(kind="email", outcome__in=FITTING["email"])
                | Q(kind="message", outcome__in=FITTING["message"])
                | Q(kind="meeting", outcome__in=FITTING["meeting"]),
            ),
        ),
    ]
