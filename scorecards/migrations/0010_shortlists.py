"""Shortlists: candidates, remarks, declarations of conflicts of interest, and signed decisions."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0009_questionnaires")]

    operations = [
        migrations.CreateModel(
            name="Shortlist",
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
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("owner_name", models.CharField(max_length=200)),
                ("purpose", models.CharField(blank=True, default="", max_length=500)),
                ("reason", models.TextField(blank=True, default="", max_length=5000)),
                ("next_steps", models.TextField(blank=True, default="", max_length=5000)),
                ("edition", models.PositiveIntegerField(default=1)),
                ("frozen_at", models.DateTimeField(blank=True, null=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "backup",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scorecards.candidate",
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
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "primary",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scorecards.candidate",
                    ),
                ),
                (
                    "scorecard",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shortlists",
                        to="scorecards.scorecard",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConflictDeclaration",
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
                ("person_name", models.CharField(max_length=200)),
                ("conflict", models.BooleanField()),
                ("text", models.TextField(blank=True, default="", max_length=2000)),
                ("declared_at", models.DateTimeField()),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shortlist",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="scorecards.shortlist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShortlistDecision",
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
                ("edition", models.PositiveIntegerField()),
                ("frozen_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("superseded_by_name", models.CharField(blank=True, default="", max_length=200)),
                ("superseded_reason", models.CharField(blank=True, default="", max_length=500)),
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
                    "shortlist",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="scorecards.shortlist",
                    ),
                ),
                (
                    "snapshot",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="scorecards.snapshot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShortlistItem",
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
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "decision",
                    models.CharField(
                        choices=[("keep", "Keep"), ("hold", "Hold"), ("drop", "Drop")],
                        default="keep",
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="", max_length=2000)),
                ("added_rank", models.PositiveIntegerField(blank=True, null=True)),
                ("added_state", models.CharField(blank=True, default="", max_length=24)),
                ("added_run", models.PositiveIntegerField(blank=True, null=True)),
                ("added_by_name", models.CharField(max_length=200)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "candidate",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shortlist_items",
                        to="scorecards.candidate",
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
                    "shortlist",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="scorecards.shortlist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShortlistRemark",
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
                ("edition", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("comment", "Comment"), ("dissent", "Dissent")],
                        default="comment",
                        max_length=8,
                    ),
                ),
                ("author_name", models.CharField(max_length=200)),
                ("text", models.TextField(max_length=5000)),
                ("written_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "candidate",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scorecards.candidate",
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
                    "shortlist",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remarks",
                        to="scorecards.shortlist",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="shortlist",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", "\\S")),
                name="scorecards_shortlist_name_given",
                violation_error_code="scorecards_shortlist_name_given",
                violation_error_message="A shortlist needs a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlist",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner_name__regex", "\\S")),
                name="scorecards_shortlist_owner_name_given",
                violation_error_code="scorecards_shortlist_owner_name_given",
                violation_error_message="A shortlist has an owner.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlist",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("organization", "name"),
                name="scorecards_shortlist_name_once",
                violation_error_code="duplicate",
                violation_error_message="There is a shortlist of this name already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("primary__isnull", True),
                    ("backup__isnull", True),
                    models.Q(("primary", models.F("backup")), _negated=True),
                    _connector="OR",
                ),
                name="scorecards_shortlist_backup_is_another",
                violation_error_code="scorecards_shortlist_backup_is_another",
                violation_error_message="The backup is somebody other than the first choice.",
            ),
        ),
        migrations.AddIndex(
            model_name="conflictdeclaration",
            index=models.Index(
                fields=["organization", "shortlist", "id"], name="scorecards_conflict_shortlist"
            ),
        ),
        migrations.AddConstraint(
            model_name="conflictdeclaration",
            constraint=models.CheckConstraint(
                condition=models.Q(("conflict", False), ("text__regex", "\\S"), _connector="OR"),
                name="scorecards_conflictdeclaration_text_of_conflict",
                violation_error_code="scorecards_conflictdeclaration_text_of_conflict",
                violation_error_message="A conflict of interest says which.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistdecision",
            constraint=models.UniqueConstraint(
                fields=("organization", "shortlist", "edition"),
                name="scorecards_shortlistdecision_once",
                violation_error_code="signed",
                violation_error_message="This edition is signed already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistdecision",
            constraint=models.UniqueConstraint(
                fields=("organization", "snapshot"),
                name="scorecards_shortlistdecision_snapshot_once",
                violation_error_code="signed",
                violation_error_message="This snapshot belongs to another decision.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("superseded_at__isnull", True), ("superseded_by_name", ""), ("superseded_reason", "")
                    ),
                    models.Q(
                        ("superseded_at__isnull", False),
                        ("superseded_by_name__regex", "\\S"),
                        ("superseded_reason__regex", "\\S"),
                    ),
                    _connector="OR",
                ),
                name="scorecards_shortlistdecision_superseded_complete",
                violation_error_code="scorecards_shortlistdecision_superseded_complete",
                violation_error_message="A decision is superseded by somebody, for a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("organization", "shortlist", "candidate"),
                name="scorecards_shortlistitem_once",
                violation_error_code="duplicate",
                violation_error_message="This candidate is on the shortlist already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["keep", "hold", "drop"])),
                name="scorecards_shortlistitem_decision_known",
                violation_error_code="scorecards_shortlistitem_decision_known",
                violation_error_message="A decision is keep, hold or drop.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "drop"), _negated=True), ("reason__regex", "\\S"), _connector="OR"
                ),
                name="scorecards_shortlistitem_reason_of_drop",
                violation_error_code="scorecards_shortlistitem_reason_of_drop",
                violation_error_message="Dropping a candidate needs a reason.",
            ),
        ),
        migrations.AddIndex(
            model_name="shortlistremark",
            index=models.Index(
                fields=["organization", "shortlist", "id"], name="scorecards_remark_shortlist"
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistremark",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__regex", "\\S")),
                name="scorecards_shortlistremark_text_given",
                violation_error_code="scorecards_shortlistremark_text_given",
                violation_error_message="A comment says something.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortlistremark",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["comment", "dissent"])),
                name="scorecards_shortlistremark_kind_known",
                violation_error_code="scorecards_shortlistremark_kind_known",
                violation_error_message="A remark is a comment or dissent.",
            ),
        ),
        TenantTable("Shortlist"),
        TenantTable("ShortlistItem"),
        TenantTable("ShortlistRemark", append_only=True),
        TenantTable("ConflictDeclaration", append_only=True),
        TenantTable("ShortlistDecision"),
    ]
