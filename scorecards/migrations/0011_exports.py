"""Files that people took out, and the pieces of those in the making."""

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("scorecards", "0010_shortlists"),
        ("core", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(max_length=20)),
                ('format', models.CharField(max_length=10)),
                ('subject_type', models.CharField(blank=True, default='', max_length=20)),
                ('subject_id', models.UUIDField(blank=True, null=True)),
                ('subject', models.CharField(help_text='What it is about, in words.', max_length=300)),
                ('options', models.JSONField(blank=True, default=dict)),
                ('needs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, null=True, size=None)),
                ('requested_by_name', models.CharField(max_length=200)),
                ('file_name', models.CharField(blank=True, default='', max_length=200)),
                ('content_type', models.CharField(blank=True, default='', max_length=100)),
                ('size', models.PositiveBigIntegerField(blank=True, null=True)),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('storage_name', models.CharField(blank=True, default='', max_length=200)),
                ('columns', models.JSONField(blank=True, default=list, help_text='Tables of the file and what their columns mean.')),
                ('made_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('removed_at', models.DateTimeField(blank=True, help_text='When the bytes were deleted; the record stays.', null=True)),
                ('job', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='core.job')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ExportPart',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('table', models.PositiveSmallIntegerField()),
                ('rows', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('export', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='scorecards.export')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(fields=['organization', '-id'], name='scorecards_export_by_time'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(condition=models.Q(('made_at__isnull', False), ('removed_at__isnull', True)), fields=['expires_at'], name='scorecards_export_to_remove'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['ranking', 'compare', 'profile', 'shortlist', 'evidence', 'proposals', 'audit_plan', 'access_rights', 'audit', 'dossier'])), name='scorecards_export_kind_known', violation_error_code='scorecards_export_kind_known', violation_error_message='There is no such kind of export.'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('format__in', ['csv', 'xlsx', 'json', 'ndjson', 'parquet', 'pdf', 'zip'])), name='scorecards_export_format_known', violation_error_code='scorecards_export_format_known', violation_error_message='There is no such format.'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('requested_by_name__regex', '\\S')), name='scorecards_export_by_whom', violation_error_code='scorecards_export_by_whom', violation_error_message='An export says who asked for it.'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', True), ('made_at__isnull', True), ('sha256', ''), ('size__isnull', True)), models.Q(('expires_at__gte', models.F('made_at')), ('made_at__isnull', False), ('sha256__regex', '^[0-9a-f]{64}$'), ('size__isnull', False)), _connector='OR'), name='scorecards_export_made_whole', violation_error_code='scorecards_export_made_whole', violation_error_message='An export that was made has a size, a SHA-256 and an end.'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('made_at__isnull', False), _connector='OR'), name='scorecards_export_removed_after', violation_error_code='scorecards_export_removed_after', violation_error_message='Only what was made can be removed.'),
        ),
        migrations.AddConstraint(
            model_name='exportpart',
            constraint=models.UniqueConstraint(fields=('organization', 'export', 'number'), name='scorecards_exportpart_once', violation_error_code='duplicate', violation_error_message='This part is written already.'),
        ),
        TenantTable("Export"),
        TenantTable("ExportPart", audited=False, deletable=True, referenced=False),
    ]
