"""Looks at the directory under a name."""

import cdmo_eval.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_api"),
        ("vendors", "0009_merging"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("owner_name", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=80)),
                ("query", models.CharField(blank=True, default="", max_length=2000)),
                ("shared", models.BooleanField(default=False)),
                ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organization")),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("organization"), models.F("owner"), django.db.models.functions.text.Lower("name"), name="vendors_savedview_once", violation_error_code="vendors_savedview_once", violation_error_message="You have a view of this name already."),
                    models.CheckConstraint(condition=models.Q(("name__regex", "\\S")), name="vendors_savedview_name_given", violation_error_code="vendors_savedview_name_given", violation_error_message="A view needs a name."),
                ],
            },
        ),
        TenantTable("SavedView", deletable=True),
    ]
