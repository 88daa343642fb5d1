"""Which scorecard an annual review reviews, and what a past calculation knew of a candidate beside its cells."""

import django.db.models.deletion
from django.db import migrations, models

import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import TenantReference


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0005_robustness")]

    operations = [
        migrations.AddField(
            model_name="scorecard",
            name="copied_from",
            field=cdmo_eval.core.models.tenant.TenantForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copies",
                to="scorecards.scorecard",
            ),
        ),
        migrations.AddField(
            model_name="cellsversion",
            name="facts",
            field=models.JSONField(null=True),
        ),
        TenantReference("Scorecard", "copied_from_id", "Scorecard"),
    ]
