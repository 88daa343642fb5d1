"""Frozen calculations, and what the nightly comparison of published figures with the facts found."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("scorecards", "0006_comparison"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "public_id",
                    models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField(help_text="Bytes of the content.")),
                ("candidates", models.PositiveIntegerField()),
                ("ranked", models.PositiveIntegerField()),
                ("frozen_by_name", models.CharField(max_length=200)),
                ("frozen_at", models.DateTimeField()),
                (
                    "frozen_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.organization",
                    ),
                ),
                (
                    "run",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="scorecards.run",
                    ),
                ),
                (
                    "scorecard",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="scorecards.scorecard",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SnapshotContent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.organization",
                    ),
                ),
                (
                    "snapshot",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contents",
                        to="scorecards.snapshot",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                fields=("organization", "scorecard", "number"),
                name="scorecards_snapshot_numbered_once",
                violation_error_code="duplicate",
                violation_error_message="Another calculation was frozen at the same moment. Try again.",
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                fields=("organization", "scorecard", "digest"),
                name="scorecards_snapshot_digest_once",
                violation_error_code="duplicate",
                violation_error_message="This calculation is frozen already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest", ""), ("digest__regex", "^[0-9a-f]{64}$"), _connector="OR"),
                name="scorecards_snapshot_digest_format",
                violation_error_code="scorecards_snapshot_digest_format",
                violation_error_message="A digest is 64 hexadecimal digits.",
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(("frozen_by_name__regex", "\\S")),
                name="scorecards_snapshot_by_whom",
                violation_error_code="scorecards_snapshot_by_whom",
                violation_error_message="A frozen calculation says who froze it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshotcontent",
            constraint=models.UniqueConstraint(
                fields=("organization", "snapshot"),
                name="scorecards_snapshotcontent_once",
                violation_error_code="duplicate",
                violation_error_message="This frozen calculation has its content already.",
            ),
        ),
        migrations.AddField(
            model_name="scorecardstate",
            name="proved_on",
            field=models.DateField(
                help_text="The day on which what is published was last compared with the facts.", null=True
            ),
        ),
        migrations.AddField(
            model_name="scorecardstate",
            name="unproved",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Differences that comparison found."
            ),
        ),
        migrations.CreateModel(
            name="ConsistencyFinding",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "public_id",
                    models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("differences", models.PositiveIntegerField()),
                ("examples", models.TextField(help_text="The first few, a line each.")),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.organization",
                    ),
                ),
                (
                    "scorecard",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consistency_findings",
                        to="scorecards.scorecard",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("examples__regex", "\\S")),
                        name="scorecards_consistencyfinding_examples_given",
                        violation_error_code="scorecards_consistencyfinding_examples_given",
                        violation_error_message="A finding says what differs.",
                    )
                ],
            },
        ),
        TenantTable("ConsistencyFinding", append_only=True),
        TenantTable("Snapshot", append_only=True),
        TenantTable("SnapshotContent", audited=False, append_only=True, referenced=False),
    ]
