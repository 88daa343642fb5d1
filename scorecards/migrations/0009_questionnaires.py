"""Questionnaires: rounds of questions, what each candidate is asked, answers, their review, and what silence makes dirty."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import TenantTable
from scorecards.triggers import DirtyLog, questionnaire_tables


class Migration(migrations.Migration):
    dependencies = [
        ("scorecards", "0008_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Questionnaire",
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
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("message", models.TextField(blank=True, default="", max_length=4000)),
                ("contact", models.CharField(blank=True, default="", max_length=200)),
                ("deadline", models.DateField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "follows",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later_rounds",
                        to="scorecards.questionnaire",
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
                        related_name="questionnaires",
                        to="scorecards.scorecard",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuestionnaireCopy",
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
                ("contact_name", models.CharField(blank=True, default="", max_length=200)),
                ("contact_email", models.EmailField(blank=True, default="", max_length=254)),
                ("deadline", models.DateField(blank=True, null=True)),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, default="", max_length=500)),
                (
                    "candidate",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questionnaire_copies",
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
                    "questionnaire",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="scorecards.questionnaire",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuestionnaireItem",
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
                ("number", models.PositiveSmallIntegerField()),
                ("target", models.CharField(max_length=64)),
                ("subject_type", models.CharField(max_length=16)),
                ("about", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("answered", "To review"),
                            ("unknown", "Not known to the vendor"),
                            ("refused", "Refused"),
                            ("accepted", "Accepted"),
                            ("rejected", "Rejected"),
                            ("again", "Asked again"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                (
                    "capability",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.capability",
                    ),
                ),
                (
                    "copy",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="scorecards.questionnairecopy",
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
                    "site",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuestionnaireAnswer",
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
                ("revision", models.PositiveIntegerField(default=1)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("value", "Answered"),
                            ("unknown", "Don't know"),
                            ("refused", "Not disclosed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("value", models.JSONField(blank=True, null=True)),
                (
                    "comment",
                    models.TextField(
                        blank=True, default="", validators=[django.core.validators.MaxLengthValidator(4000)]
                    ),
                ),
                ("source", models.CharField(blank=True, default="", max_length=500)),
                ("answered_on", models.DateField()),
                (
                    "channel",
                    models.CharField(
                        choices=[("sheet", "Workbook"), ("page", "Typed in"), ("api", "By a program")],
                        max_length=16,
                    ),
                ),
                ("recorded_by_name", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
                (
                    "file",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.storedfile",
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
                    "item",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="scorecards.questionnaireitem",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuestionnaireQuestion",
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
                ("target", models.CharField(max_length=64)),
                ("criterion", models.CharField(blank=True, default="", max_length=32)),
                ("wording", models.TextField(max_length=4000)),
                ("help_text", models.TextField(blank=True, default="", max_length=4000)),
                ("why", models.CharField(blank=True, default="", max_length=300)),
                ("modality", models.CharField(blank=True, default="", max_length=32)),
                ("content", models.JSONField()),
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
                    "questionnaire",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="scorecards.questionnaire",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="questionnaireitem",
            name="question",
            field=cdmo_eval.core.models.tenant.TenantForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="scorecards.questionnairequestion",
            ),
        ),
        migrations.CreateModel(
            name="QuestionnaireReview",
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
                    "decision",
                    models.CharField(
                        choices=[("accepted", "Accept"), ("rejected", "Reject"), ("again", "Ask again")],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("reviewed_by_name", models.CharField(max_length=200)),
                ("reviewed_at", models.DateTimeField()),
                (
                    "answer",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="scorecards.questionnaireanswer",
                    ),
                ),
                (
                    "evidence",
                    cdmo_eval.core.models.tenant.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.evidence",
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
                    "reviewed_by",
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
        migrations.AddIndex(
            model_name="questionnaire",
            index=models.Index(fields=["organization", "scorecard"], name="scorecards_questionnaire_card"),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", "\\S")),
                name="scorecards_questionnaire_name_given",
                violation_error_code="scorecards_questionnaire_name_given",
                violation_error_message="A questionnaire has a name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(("sent_at__isnull", True), ("deadline__isnull", False), _connector="OR"),
                name="scorecards_questionnaire_deadline_given",
                violation_error_code="scorecards_questionnaire_deadline_given",
                violation_error_message="What is sent names the day until which answers are expected.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_at__isnull", True), ("sent_at__isnull", False), _connector="OR"),
                name="scorecards_questionnaire_closed_sent",
                violation_error_code="scorecards_questionnaire_closed_sent",
                violation_error_message="Only what was sent is closed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                condition=models.Q(("archived_at__isnull", True), ("sent_at__isnull", True), _connector="OR"),
                name="scorecards_questionnaire_archived_draft",
                violation_error_code="scorecards_questionnaire_archived_draft",
                violation_error_message="What was sent is closed, never thrown away.",
            ),
        ),
        migrations.AddIndex(
            model_name="questionnairecopy",
            index=models.Index(fields=["organization", "candidate"], name="scorecards_qcopy_candidate"),
        ),
        migrations.AddConstraint(
            model_name="questionnairecopy",
            constraint=models.UniqueConstraint(
                fields=("organization", "questionnaire", "candidate"),
                name="scorecards_questionnairecopy_once",
                violation_error_code="duplicate",
                violation_error_message="This vendor is asked already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairecopy",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest", ""), ("digest__regex", "^[0-9a-f]{64}$"), _connector="OR"),
                name="scorecards_questionnairecopy_digest_format",
                violation_error_code="scorecards_questionnairecopy_digest_format",
                violation_error_message="A digest is a SHA-256.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairecopy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at__isnull", True),
                    models.Q(("deadline__isnull", False), models.Q(("digest", ""), _negated=True)),
                    _connector="OR",
                ),
                name="scorecards_questionnairecopy_sent_complete",
                violation_error_code="scorecards_questionnairecopy_sent_complete",
                violation_error_message="What is sent has a deadline and a digest.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairecopy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawal_reason", ""), ("withdrawn_at__isnull", True)),
                    models.Q(
                        ("sent_at__isnull", False),
                        ("withdrawn_at__isnull", False),
                        models.Q(("withdrawal_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="scorecards_questionnairecopy_withdrawn_why",
                violation_error_code="scorecards_questionnairecopy_withdrawn_why",
                violation_error_message="Taking a questionnaire back has a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairecopy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_at__isnull", True), ("answered_at__isnull", False), _connector="OR"
                ),
                name="scorecards_questionnairecopy_reviewed_answered",
                violation_error_code="scorecards_questionnairecopy_reviewed_answered",
                violation_error_message="Only what is answered is reviewed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaireanswer",
            constraint=models.UniqueConstraint(
                fields=("organization", "item", "revision"),
                name="scorecards_questionnaireanswer_once",
                violation_error_code="duplicate",
                violation_error_message="This answer was changed meanwhile.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaireanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["value", "unknown", "refused"])),
                name="scorecards_questionnaireanswer_kind_known",
                violation_error_code="scorecards_questionnaireanswer_kind_known",
                violation_error_message="An answer is a value, “don't know” or a refusal.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaireanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "value"), ("value__isnull", False)),
                    models.Q(models.Q(("kind", "value"), _negated=True), ("value__isnull", True)),
                    _connector="OR",
                ),
                name="scorecards_questionnaireanswer_value_given",
                violation_error_code="scorecards_questionnaireanswer_value_given",
                violation_error_message="An answer states a value, or says why not.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaireanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sheet", "page", "api"])),
                name="scorecards_questionnaireanswer_channel_known",
                violation_error_code="scorecards_questionnaireanswer_channel_known",
                violation_error_message="An answer came by a workbook, a page or a program.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairequestion",
            constraint=models.UniqueConstraint(
                fields=("organization", "questionnaire", "target"),
                name="scorecards_questionnairequestion_once",
                violation_error_code="duplicate",
                violation_error_message="This is asked already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairequestion",
            constraint=models.CheckConstraint(
                condition=models.Q(("wording__regex", "\\S")),
                name="scorecards_questionnairequestion_wording_given",
                violation_error_code="scorecards_questionnairequestion_wording_given",
                violation_error_message="A question has words.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairequestion",
            constraint=models.CheckConstraint(
                condition=models.Q(("content__contains", {})),
                name="scorecards_questionnairequestion_content_object",
                violation_error_code="scorecards_questionnairequestion_content_object",
                violation_error_message="A question says how it is answered.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaireitem",
            constraint=models.UniqueConstraint(
                fields=("organization", "copy", "number"),
                name="scorecards_questionnaireitem_once",
                violation_error_code="duplicate",
                violation_error_message="Each question has its own number.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaireitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "answered", "unknown", "refused", "accepted", "rejected", "again"])
                ),
                name="scorecards_questionnaireitem_state_known",
                violation_error_code="scorecards_questionnaireitem_state_known",
                violation_error_message="The state of a question is not known.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaireitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject_type__in", ["vendor", "site", "capability", "candidate"])),
                name="scorecards_questionnaireitem_subject_type_known",
                violation_error_code="scorecards_questionnaireitem_subject_type_known",
                violation_error_message="A question is about a vendor, a site, a capability or an offer.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairereview",
            constraint=models.UniqueConstraint(
                fields=("organization", "answer"),
                name="scorecards_questionnairereview_once",
                violation_error_code="duplicate",
                violation_error_message="This answer was reviewed meanwhile.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairereview",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["accepted", "rejected", "again"])),
                name="scorecards_questionnairereview_decision_known",
                violation_error_code="scorecards_questionnairereview_decision_known",
                violation_error_message="An answer is accepted, rejected or asked again.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairereview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "accepted"), ("evidence__isnull", False)),
                    models.Q(models.Q(("decision", "accepted"), _negated=True), ("evidence__isnull", True)),
                    _connector="OR",
                ),
                name="scorecards_questionnairereview_accepted_recorded",
                violation_error_code="scorecards_questionnairereview_accepted_recorded",
                violation_error_message="An accepted answer is on record as evidence, no other is.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairereview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decision", "accepted"), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="scorecards_questionnairereview_reason_given",
                violation_error_code="scorecards_questionnairereview_reason_given",
                violation_error_message="Rejecting and asking again have a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnairequestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "modality__in",
                        [
                            "",
                            "SMALL_MOLECULE",
                            "PEPTIDE",
                            "OLIGO",
                            "MAB",
                            "ADVANCED_MAB",
                            "RECOMB_PROTEIN",
                            "MICROBIAL",
                            "ADC",
                            "VACCINE",
                            "MRNA_LNP",
                            "PLASMID",
                            "AAV",
                            "LENTI_RETRO",
                            "ADENO_ONCOLYTIC",
                            "CAR_T_AUTO",
                            "CAR_T_ALLO",
                            "CELL_AUTO",
                            "CELL_ALLO_IPSC",
                            "RADIOPHARM",
                            "LBP",
                            "OTHER",
                        ],
                    )
                ),
                name="scorecards_questionnairequestion_modality_known",
                violation_error_code="scorecards_questionnairequestion_modality_known",
                violation_error_message="The modality is not in the list of modalities.",
            ),
        ),
        TenantTable("Questionnaire"),
        TenantTable(
            "QuestionnaireQuestion", append_only=True, deletable=True
        ),  # a draft's questions are exchanged
        TenantTable("QuestionnaireCopy", deletable=True),  # so are the vendors of a draft
        TenantTable("QuestionnaireItem"),
        TenantTable("QuestionnaireAnswer", append_only=True),
        TenantTable("QuestionnaireReview", append_only=True),
        *[DirtyLog(**watched) for watched in questionnaire_tables()],
    ]
