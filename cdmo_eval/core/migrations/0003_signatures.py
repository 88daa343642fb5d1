"""Signatures, refused attempts to sign, and the chain that seals the audit trail."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
from cdmo_eval.core.sealing import AuditSealer
from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0002_walls")]

    operations = [
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="core.organization",
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("horizon", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("event_id", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RefusedSignature",
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
                ("subject_type", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField()),
                (
                    "meaning",
                    models.CharField(
                        choices=[
                            ("authored", "Authored"),
                            ("reviewed", "Reviewed"),
                            ("quality_approved", "Quality approved"),
                            ("awarded", "Awarded"),
                        ],
                        max_length=20,
                    ),
                ),
                ("person_name", models.CharField(max_length=200)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("password", "Wrong password"),
                            ("code", "Wrong code"),
                            ("locked", "Locked out"),
                        ],
                        max_length=10,
                    ),
                ),
                ("refused_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Signature",
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
                ("subject_type", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "meaning",
                    models.CharField(
                        choices=[
                            ("authored", "Authored"),
                            ("reviewed", "Reviewed"),
                            ("quality_approved", "Quality approved"),
                            ("awarded", "Awarded"),
                        ],
                        max_length=20,
                    ),
                ),
                ("printed_name", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=20)),
                ("signed_at", models.DateTimeField()),
                (
                    "proof",
                    models.CharField(
                        choices=[
                            ("password", "Password"),
                            ("password_totp", "Password and authenticator code"),
                            ("password_recovery", "Password and recovery code"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "declaration",
                    models.TextField(
                        help_text="What the signer had declared about conflicts of interest when signing."
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["organization", "xid"], name="core_auditevent_by_transaction"),
        ),
        migrations.AddField(
            model_name="auditseal",
            name="organization",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.organization",
            ),
        ),
        migrations.AddField(
            model_name="refusedsignature",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.organization",
            ),
        ),
        migrations.AddField(
            model_name="refusedsignature",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="signature",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.organization",
            ),
        ),
        migrations.AddField(
            model_name="signature",
            name="signer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="auditseal",
            constraint=models.UniqueConstraint(
                fields=("organization", "number"), name="core_auditseal_numbered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(
                fields=("organization", "subject_id", "meaning"),
                name="core_signature_meaning_once",
                violation_error_code="signed",
                violation_error_message="This was signed in this meaning already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(
                fields=("organization", "subject_id", "signer"),
                name="core_signature_person_once",
                violation_error_code="signed_by_you",
                violation_error_message="One person signs a decision once.",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(("meaning__in", ["authored", "reviewed", "quality_approved", "awarded"])),
                name="core_signature_meaning_known",
                violation_error_code="unknown",
                violation_error_message="A signature means authored, reviewed, quality approved or awarded.",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                name="core_signature_digest_format",
                violation_error_code="format",
                violation_error_message="A digest is 64 hexadecimal digits.",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(("printed_name__regex", "\\S"), ("declaration__regex", "\\S")),
                name="core_signature_complete",
                violation_error_code="required",
                violation_error_message="A signature has a printed name and a declaration.",
            ),
        ),
        TenantTable("Signature", append_only=True),
        TenantTable("RefusedSignature", append_only=True, referenced=False),
        AuditSealer(),
    ]
