"""Files of official records as they were taken in, and the earlier versions of the records that they changed."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import ReferenceTable, TenantTable
from vendors.triggers import LoadsDirtyLog


class Migration(migrations.Migration):
    # the dirty log's functions come with the scorecards' walls
    dependencies = [
        ("vendors", "0002_walls"),
        ("scorecards", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='publicrecord',
            name='withdrawn_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='uploadedrecord',
            name='withdrawn_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='PublicLoad',
            fields=[
                ('kind', models.CharField(max_length=64)),
                ('file_name', models.CharField(blank=True, default='', max_length=255)),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('read_on', models.DateField()),
                ('record_kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), blank=True, default=list, size=None)),
                ('state', models.CharField(choices=[('checked', 'Checked, not loaded'), ('loaded', 'Loaded'), ('undone', 'Undone'), ('discarded', 'Discarded')], default='loaded', max_length=16)),
                ('counts', models.JSONField(blank=True, default=dict)),
                ('header', models.JSONField(blank=True, default=list)),
                ('rejected', models.JSONField(blank=True, default=list)),
                ('added', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('met', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('by_name', models.CharField(blank=True, default='', max_length=200)),
                ('position', models.PositiveIntegerField(blank=True, null=True)),
                ('loaded_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone_by_name', models.CharField(blank=True, default='', max_length=200)),
                ('undone_reason', models.CharField(blank=True, default='', max_length=500)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__regex', '\\S')), name='vendors_publicload_kind_given', violation_error_code='vendors_publicload_kind_given', violation_error_message='A load says what its file is.'), models.CheckConstraint(condition=models.Q(('state__in', ['checked', 'loaded', 'undone', 'discarded'])), name='vendors_publicload_state_known', violation_error_code='vendors_publicload_state_known', violation_error_message='The state of a load is not known.'), models.CheckConstraint(condition=models.Q(('record_kinds__contained_by', ['INSPECTION', 'CITATION', 'FORM_483', 'WARNING_LETTER', 'INJUNCTION', 'SEIZURE', 'IMPORT_ALERT', 'RECALL', 'REGISTRATION', 'GMP_CERTIFICATE', 'GMP_NONCOMPLIANCE', 'COURT_RELEASE'])), name='vendors_publicload_record_kinds_known', violation_error_code='vendors_publicload_record_kinds_known', violation_error_message='A load reads known kinds of record.'), models.CheckConstraint(condition=models.Q(('sha256', ''), ('sha256__regex', '^[0-9a-f]{64}$'), _connector='OR'), name='vendors_publicload_sha256_format', violation_error_code='vendors_publicload_sha256_format', violation_error_message='A SHA-256 has 64 lower-case hexadecimal digits.'), models.CheckConstraint(condition=models.Q(models.Q(('loaded_at__isnull', True), ('state__in', ['checked', 'discarded'])), models.Q(('loaded_at__isnull', False), ('state__in', ['loaded', 'undone'])), _connector='OR'), name='vendors_publicload_loaded_when', violation_error_code='vendors_publicload_loaded_when', violation_error_message='A load has a time exactly when it was loaded.'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'undone'), ('undone_at__isnull', False)), models.Q(models.Q(('state', 'undone'), _negated=True), ('undone_at__isnull', True)), _connector='OR'), name='vendors_publicload_undone_when', violation_error_code='vendors_publicload_undone_when', violation_error_message='A load has an end exactly when it was undone.')],
            },
        ),
        migrations.CreateModel(
            name='PublicRecordVersion',
            fields=[
                ('reason', models.CharField(choices=[('changed', 'A newer file said something else'), ('returned', 'A file brought a withdrawn record back'), ('closed', 'The whole list no longer held it'), ('undone', 'The load that said so was undone')], max_length=16)),
                ('content', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('load', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='vendors.publicload')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='vendors.publicrecord')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UploadedLoad',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(max_length=64)),
                ('file_name', models.CharField(blank=True, default='', max_length=255)),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('read_on', models.DateField()),
                ('record_kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), blank=True, default=list, size=None)),
                ('state', models.CharField(choices=[('checked', 'Checked, not loaded'), ('loaded', 'Loaded'), ('undone', 'Undone'), ('discarded', 'Discarded')], default='loaded', max_length=16)),
                ('counts', models.JSONField(blank=True, default=dict)),
                ('header', models.JSONField(blank=True, default=list)),
                ('rejected', models.JSONField(blank=True, default=list)),
                ('added', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('met', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('by_name', models.CharField(blank=True, default='', max_length=200)),
                ('position', models.PositiveIntegerField(blank=True, null=True)),
                ('loaded_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone_by_name', models.CharField(blank=True, default='', max_length=200)),
                ('undone_reason', models.CharField(blank=True, default='', max_length=500)),
                ('storage_name', models.CharField(blank=True, default='', max_length=200)),
                ('options', models.JSONField(blank=True, default=dict)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('uploaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='UploadedRecordVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reason', models.CharField(choices=[('changed', 'A newer file said something else'), ('returned', 'A file brought a withdrawn record back'), ('closed', 'The whole list no longer held it'), ('undone', 'The load that said so was undone')], max_length=16)),
                ('content', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('load', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='vendors.uploadedload')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('record', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='vendors.uploadedrecord')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='uploadedload',
            index=models.Index(fields=['organization', '-id'], name='vendors_uploadedload_by_time'),
        ),
        migrations.AddConstraint(
            model_name='uploadedload',
            constraint=models.CheckConstraint(condition=models.Q(('kind__regex', '\\S')), name='vendors_uploadedload_kind_given', violation_error_code='vendors_uploadedload_kind_given', violation_error_message='A load says what its file is.'),
        ),
        migrations.AddConstraint(
            model_name='uploadedload',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['checked', 'loaded', 'undone', 'discarded'])), name='vendors_uploadedload_state_known', violation_error_code='vendors_uploadedload_state_known', violation_error_message='The state of a load is not known.'),
        ),
        migrations.AddConstraint(
            model_name='uploadedload',
            constraint=models.CheckConstraint(condition=models.Q(('record_kinds__contained_by', ['INSPECTION', 'CITATION', 'FORM_483', 'WARNING_LETTER', 'INJUNCTION', 'SEIZURE', 'IMPORT_ALERT', 'RECALL', 'REGISTRATION', 'GMP_CERTIFICATE', 'GMP_NONCOMPLIANCE', 'COURT_RELEASE'])), name='vendors_uploadedload_record_kinds_known', violation_error_code='vendors_uploadedload_record_kinds_known', violation_error_message='A load reads known kinds of record.'),
        ),
        migrations.AddConstraint(
            model_name='uploadedload',
            constraint=models.CheckConstraint(condition=models.Q(('sha256', ''), ('sha256__regex', '^[0-9a-f]{64}$'), _connector='OR'), name='vendors_uploadedload_sha256_format', violation_error_code='vendors_uploadedload_sha256_format', violation_error_message='A SHA-256 has 64 lower-case hexadecimal digits.'),
        ),
        migrations.AddConstraint(
            model_name='uploadedload',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('loaded_at__isnull', True), ('state__in', ['checked', 'discarded'])), models.Q(('loaded_at__isnull', False), ('state__in', ['loaded', 'undone'])), _connector='OR'), name='vendors_uploadedload_loaded_when', violation_error_code='vendors_uploadedload_loaded_when', violation_error_message='A load has a time exactly when it was loaded.'),
        ),
        migrations.AddConstraint(
            model_name='uploadedload',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'undone'), ('undone_at__isnull', False)), models.Q(models.Q(('state', 'undone'), _negated=True), ('undone_at__isnull', True)), _connector='OR'), name='vendors_uploadedload_undone_when', violation_error_code='vendors_uploadedload_undone_when', violation_error_message='A load has an end exactly when it was undone.'),
        ),
        TenantTable("UploadedLoad", audited=False),
        TenantTable("UploadedRecordVersion", audited=False, append_only=True, referenced=False),
        ReferenceTable("PublicLoad"),
        ReferenceTable("PublicRecordVersion"),
        LoadsDirtyLog(),
    ]
