"""The list of rejection reasons that a new organisation starts with; it changes them as the teams agree."""

from django.db import migrations

REASONS = [
    # code, label, ground, the clause of the definition it speaks of, needs words
    ("wrong-data", "Contact data wrong or missing", "data", "Can be reached: a working e-mail or phone.", False),
    ("duplicate", "We already work this person or company", "data", "Not known to sales already.", False),
    ("not-icp", "Company is not one we sell to", "fit", "Company matches the ideal customer profile.", False),
    ("wrong-person", "Person has no say in the purchase", "fit", "Person matches one of the personas.", False),
    ("not-now", "Interested, but not now", "timing", "Shows intent to buy within the agreed time.", False),
    ("no-budget", "No budget this year", "timing", "Shows intent to buy within the agreed time.", False),
    ("unreachable", "Did not answer any attempt", "other", "", False),
    ("other", "Something else", "other", "", True),
]


def add(apps, schema_editor):
    reason = apps.get_model("leads", "RejectionReason")
    for position, (code, label, ground, clause, needs_note) in enumerate(REASONS):
        reason.objects.get_or_create(
            code=code,
            defaults={
                "label": label,
                "ground": ground,
                "clause": clause,
                "needs_note": needs_note,
                "position": position * 10,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    # Going back keeps the rows: handoffs may name them, and the table itself goes with the migration before.
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
