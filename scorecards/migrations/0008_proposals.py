"""What vendors offer: versions of proposals with their lines, exchange rates, their walls, and what they make dirty."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import TenantReference, TenantTable
from scorecards.triggers import DirtyLog, offer_tables


class Migration(migrations.Migration):
    dependencies = [
        ("vendors", "0009_merging"),
        ("scorecards", "0007_snapshots"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
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
                ("recorded_by_name", models.CharField(blank=True, default="", max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField()),
                ("received_on", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("currency", models.CharField(max_length=3)),
                (
                    "pass_throughs",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
                ),
                (
                    "minimum_commitment",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
                ),
                ("capex", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("payment_terms", models.TextField(blank=True, default="", max_length=4000)),
                ("cancellation_fees", models.TextField(blank=True, default="", max_length=4000)),
                ("slot_week", models.DateField(blank=True, null=True)),
                (
                    "weeks_to_milestone",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True),
                ),
                (
                    "stand_alone_stages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), blank=True, null=True, size=None
                    ),
                ),
                ("terms", models.JSONField(blank=True, default=dict)),
                ("must_have_terms", models.JSONField(blank=True, default=dict)),
                (
                    "candidate",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
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
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signed_offer",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.storedfile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProposalLine",
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
                ("position", models.PositiveSmallIntegerField()),
                ("scope_item", models.CharField(max_length=100)),
                ("inclusion", models.CharField(default="included", max_length=16)),
                ("price", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("unit", models.CharField(blank=True, default="", max_length=50)),
                ("quantity", models.DecimalField(decimal_places=4, default=1, max_digits=14)),
                ("assumption", models.TextField(blank=True, default="", max_length=4000)),
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
                    "proposal",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="scorecards.proposal",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProposalWithdrawal",
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
                ("recorded_by_name", models.CharField(blank=True, default="", max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("reason", models.TextField(max_length=4000)),
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
                    "proposal",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="scorecards.proposal",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExchangeRate",
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
                ("recorded_by_name", models.CharField(blank=True, default="", max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("source", models.CharField(max_length=3)),
                ("target", models.CharField(max_length=3)),
                ("on", models.DateField()),
                ("revision", models.PositiveIntegerField(default=1)),
                ("rate", models.DecimalField(blank=True, decimal_places=10, max_digits=22, null=True)),
                ("published_by", models.CharField(blank=True, default="", max_length=200)),
                ("reason", models.TextField(blank=True, default="", max_length=4000)),
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
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "target", "source", "on", "revision"),
                        name="scorecards_exchangerate_once",
                        violation_error_code="duplicate",
                        violation_error_message="This rate was changed meanwhile.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__regex", "^[A-Z]{3}$")),
                        name="scorecards_exchangerate_source_format",
                        violation_error_code="scorecards_exchangerate_source_format",
                        violation_error_message="A currency is a code of three letters, such as EUR.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("target__regex", "^[A-Z]{3}$")),
                        name="scorecards_exchangerate_target_format",
                        violation_error_code="scorecards_exchangerate_target_format",
                        violation_error_message="A currency is a code of three letters, such as EUR.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", models.F("target")), _negated=True),
                        name="scorecards_exchangerate_pair_differs",
                        violation_error_code="scorecards_exchangerate_pair_differs",
                        violation_error_message="A rate is between two currencies.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__isnull", True), ("rate__gt", 0), _connector="OR"),
                        name="scorecards_exchangerate_rate_range",
                        violation_error_code="scorecards_exchangerate_rate_range",
                        violation_error_message="A rate is above 0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rate__isnull", False), ("reason__regex", "\\S"), _connector="OR"
                        ),
                        name="scorecards_exchangerate_reason_given",
                        violation_error_code="scorecards_exchangerate_reason_given",
                        violation_error_message="Taking a rate back needs a reason.",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                fields=("organization", "candidate", "version"),
                name="scorecards_proposal_once",
                violation_error_code="duplicate",
                violation_error_message="This version of the proposal exists already: somebody else added it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)),
                name="scorecards_proposal_version_range",
                violation_error_code="scorecards_proposal_version_range",
                violation_error_message="Versions are counted from 1.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                name="scorecards_proposal_currency_format",
                violation_error_code="scorecards_proposal_currency_format",
                violation_error_message="A currency is a code of three letters, such as EUR.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("received_on")),
                    _connector="OR",
                ),
                name="scorecards_proposal_valid_until_later",
                violation_error_code="scorecards_proposal_valid_until_later",
                violation_error_message="A proposal is valid until a day after it was received.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pass_throughs__isnull", True), ("pass_throughs__gte", 0), _connector="OR"
                ),
                name="scorecards_proposal_pass_throughs_range",
                violation_error_code="scorecards_proposal_pass_throughs_range",
                violation_error_message="Pass-through costs are not negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minimum_commitment__isnull", True), ("minimum_commitment__gte", 0), _connector="OR"
                ),
                name="scorecards_proposal_minimum_commitment_range",
                violation_error_code="scorecards_proposal_minimum_commitment_range",
                violation_error_message="A minimum commitment is not negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("capex__isnull", True), ("capex__gte", 0), _connector="OR"),
                name="scorecards_proposal_capex_range",
                violation_error_code="scorecards_proposal_capex_range",
                violation_error_message="A capital outlay is not negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("slot_week__isnull", True), ("slot_week__iso_week_day", 1), _connector="OR"
                ),
                name="scorecards_proposal_slot_week_monday",
                violation_error_code="scorecards_proposal_slot_week_monday",
                violation_error_message="A slot is named by the Monday of its week.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weeks_to_milestone__isnull", True), ("weeks_to_milestone__gte", 0), _connector="OR"
                ),
                name="scorecards_proposal_weeks_to_milestone_range",
                violation_error_code="scorecards_proposal_weeks_to_milestone_range",
                violation_error_message="Weeks to the milestone are not negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "stand_alone_stages__contained_by",
                        [
                            "IND_ENABLING",
                            "PH1",
                            "PH1_2",
                            "PH2",
                            "PH3",
                            "PPQ_FILING",
                            "COMMERCIAL",
                            "LIFECYCLE",
                            "CELL_LINE",
                            "PROCESS_DEV",
                            "FORMULATION",
                            "UPSTREAM",
                            "DOWNSTREAM",
                            "API_SYNTH",
                            "VECTOR",
                            "IVT",
                            "LNP_ENCAP",
                            "CONJUGATION",
                            "CELL_PROCESSING",
                            "FILL_VIAL",
                            "FILL_PFS_CARTRIDGE",
                            "LYO",
                            "OSD",
                            "DEVICE_ASSEMBLY",
                            "PACK_LABEL",
                            "TEST_RELEASE",
                            "QP_RELEASE",
                            "BANKING",
                            "STORAGE_COLD",
                        ],
                    )
                ),
                name="scorecards_proposal_stand_alone_stages_known",
                violation_error_code="scorecards_proposal_stand_alone_stages_known",
                violation_error_message="A stage is a phase or an operation of the lists.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("terms__contains", {})),
                name="scorecards_proposal_terms_map",
                violation_error_code="scorecards_proposal_terms_map",
                violation_error_message="Terms are a map of code to 0, 0.5 or 1.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("must_have_terms__contains", {})),
                name="scorecards_proposal_must_have_terms_map",
                violation_error_code="scorecards_proposal_must_have_terms_map",
                violation_error_message="Terms a programme may demand are a map.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalline",
            constraint=models.UniqueConstraint(
                fields=("organization", "proposal", "position"),
                name="scorecards_proposalline_once",
                violation_error_code="duplicate",
                violation_error_message="Each line of a proposal has its own place.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalline",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope_item__regex", "\\S")),
                name="scorecards_proposalline_scope_item_given",
                violation_error_code="scorecards_proposalline_scope_item_given",
                violation_error_message="A line names its scope item.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalline",
            constraint=models.CheckConstraint(
                condition=models.Q(("inclusion__in", ["included", "excluded", "optional"])),
                name="scorecards_proposalline_inclusion_known",
                violation_error_code="scorecards_proposalline_inclusion_known",
                violation_error_message="An item is included, excluded or optional.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalline",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__isnull", True), ("price__gte", 0), _connector="OR"),
                name="scorecards_proposalline_price_range",
                violation_error_code="scorecards_proposalline_price_range",
                violation_error_message="A price is not negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__isnull", True), ("quantity__gte", 0), _connector="OR"),
                name="scorecards_proposalline_quantity_range",
                violation_error_code="scorecards_proposalline_quantity_range",
                violation_error_message="A quantity is not negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalwithdrawal",
            constraint=models.UniqueConstraint(
                fields=("organization", "proposal"),
                name="scorecards_proposalwithdrawal_once",
                violation_error_code="duplicate",
                violation_error_message="This version is withdrawn already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposalwithdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "\\S")),
                name="scorecards_proposalwithdrawal_reason_given",
                violation_error_code="scorecards_proposalwithdrawal_reason_given",
                violation_error_message="A withdrawal needs a reason.",
            ),
        ),
        TenantTable("Proposal", append_only=True),
        TenantTable("ProposalLine", append_only=True),
        TenantTable("ProposalWithdrawal", append_only=True),
        TenantTable("ExchangeRate", append_only=True),
        TenantReference("vendors.Evidence", "proposal_id", "Proposal"),
        TenantReference("vendors.EvidenceRevision", "proposal_id", "Proposal"),
        TenantReference("vendors.EvidenceRevision", "program_id", "Program"),
        *[DirtyLog(**watched) for watched in offer_tables()],
    ]
