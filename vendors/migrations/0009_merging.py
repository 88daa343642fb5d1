"""Vendors of which somebody said that they are two companies; from which file a value of a record comes."""

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from cdmo_eval.core.walls import TenantTable


def carried():
    return models.JSONField(
        blank=True,
        db_default=models.Value({}, models.JSONField()),
        default=dict,
        help_text="By column, the day of the file that a value comes from, where it is not the record's own.",
    )


class Migration(migrations.Migration):
    dependencies = [("vendors", "0008_delta_feed")]

    operations = [
        migrations.CreateModel(
            name="DistinctVendors",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("decided_by_name", models.CharField(max_length=200)),
                ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization")),
                ("other", cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="vendors.vendor")),
                ("vendor", cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="vendors.vendor")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "vendor", "other"), name="vendors_distinctvendors_once", violation_error_code="vendors_distinctvendors_once", violation_error_message="These two are known to be two companies."),
                    models.CheckConstraint(condition=models.Q(("vendor__lt", models.F("other"))), name="vendors_distinctvendors_in_order", violation_error_code="vendors_distinctvendors_in_order", violation_error_message="Two different vendors, the older one first."),
                ],
            },
        ),
        TenantTable("DistinctVendors"),
        migrations.AddField("publicrecord", "carried", carried()),
        migrations.AddField("uploadedrecord", "carried", carried()),
    ]
