"""What invited people judge: invitations, ratings, consensus, their walls, and what they make dirty."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import TenantTable
from scorecards.triggers import DirtyLog, InstallDirtyLog, judgement_tables


class Migration(migrations.Migration):
    dependencies = [
        ("scorecards", "0003_weight_sets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
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
                (
                    "leaves",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), size=None
                    ),
                ),
                ("deadline", models.DateField(blank=True, null=True)),
                ("message", models.TextField(blank=True, default="", max_length=4000)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("counted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "evaluator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
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
                    "scorecard",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="scorecards.scorecard",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InvitedCandidate",
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
                (
                    "candidate",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scorecards.candidate",
                    ),
                ),
                (
                    "invitation",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="candidates",
                        to="scorecards.invitation",
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
            ],
        ),
        migrations.CreateModel(
            name="Rating",
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
                ("leaf", models.CharField(max_length=32)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("level", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("abstained", models.BooleanField(default=False)),
                ("comment", models.TextField(blank=True, default="", max_length=4000)),
                ("rated_at", models.DateTimeField()),
                (
                    "candidate",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="scorecards.candidate",
                    ),
                ),
                (
                    "invitation",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="scorecards.invitation",
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
            ],
        ),
        migrations.CreateModel(
            name="Consensus",
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
                ("leaf", models.CharField(max_length=32)),
                ("level", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("reason", models.TextField(max_length=4000)),
                ("decided_at", models.DateTimeField()),
                (
                    "candidate",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scorecards.candidate",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
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
                    "scorecard",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consensus",
                        to="scorecards.scorecard",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organization", "scorecard", "candidate", "leaf", "id"],
                        name="scorecards_consensus_cell",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason__regex", "\\S")),
                        name="scorecards_consensus_reason_given",
                        violation_error_code="scorecards_consensus_reason_given",
                        violation_error_message="A consensus needs a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__isnull", True),
                            models.Q(("level__gte", 0), ("level__lte", 10)),
                            _connector="OR",
                        ),
                        name="scorecards_consensus_level_range",
                        violation_error_code="scorecards_consensus_level_range",
                        violation_error_message="A level lies on the scale of its criterion.",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["organization", "evaluator"], name="scorecards_invitation_person"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("organization", "scorecard", "evaluator"),
                name="scorecards_invitation_once",
                violation_error_code="duplicate",
                violation_error_message="This person is invited to the scorecard already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("leaves__len__gt", 0)),
                name="scorecards_invitation_leaves_given",
                violation_error_code="scorecards_invitation_leaves_given",
                violation_error_message="An invitation names the criteria to rate.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("counted_at__isnull", True),
                    models.Q(("counted_at__gte", models.F("submitted_at")), ("submitted_at__isnull", False)),
                    _connector="OR",
                ),
                name="scorecards_invitation_counted_submitted",
                violation_error_code="scorecards_invitation_counted_submitted",
                violation_error_message="Only what was submitted counts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitedcandidate",
            constraint=models.UniqueConstraint(
                fields=("organization", "invitation", "candidate"),
                name="scorecards_invitedcandidate_once",
                violation_error_code="duplicate",
                violation_error_message="This candidate is named already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(
                fields=("organization", "invitation", "candidate", "leaf", "revision"),
                name="scorecards_rating_once",
                violation_error_code="duplicate",
                violation_error_message="This rating was changed meanwhile.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("level__isnull", True), models.Q(("level__gte", 0), ("level__lte", 10)), _connector="OR"
                ),
                name="scorecards_rating_level_range",
                violation_error_code="scorecards_rating_level_range",
                violation_error_message="A level lies on the scale of its criterion.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__isnull", True), ("abstained", False), _connector="OR"),
                name="scorecards_rating_level_or_abstention",
                violation_error_code="scorecards_rating_level_or_abstention",
                violation_error_message="Give a level or abstain, not both.",
            ),
        ),
        TenantTable("Invitation"),
        TenantTable("InvitedCandidate", append_only=True),
        TenantTable("Rating", append_only=True),
        TenantTable("Consensus", append_only=True),
        InstallDirtyLog(),  # anew: it looks up what was judged
        *[DirtyLog(**watched) for watched in judgement_tables()],
    ]
