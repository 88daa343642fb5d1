"""Matches that wait for a person, and decisions that hold for the next record of the same spelling."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vendors", "0003_loads")]
    operations = [
        migrations.AddField(
            model_name="recordmatch",
            name="proposed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="recordmatch",
            name="remembered",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="recordmatch",
            index=models.Index(
                condition=models.Q(("proposed", True)),
                fields=["organization", "-confidence_pct", "id"],
                name="vendors_recordmatch_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordmatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("proposed", False),
                    models.Q(("rejected_on__isnull", True), ("remembered", False)),
                    _connector="OR",
                ),
                name="vendors_recordmatch_proposed_is_open",
                violation_error_code="vendors_recordmatch_proposed_is_open",
                violation_error_message="A proposal is neither rejected nor remembered.",
            ),
        ),
    ]
