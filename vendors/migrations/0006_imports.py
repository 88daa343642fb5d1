"""Imports of every kind: what a check found, saved columns, and what each import did to each row."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0006_api"), ("vendors", "0005_regulatory_state")]

    operations = [
        migrations.AddField(
            model_name='uploadedload',
            name='findings',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.CreateModel(
            name='ImportEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('table_name', models.CharField(max_length=64)),
                ('row_id', models.BigIntegerField()),
                ('op', models.CharField(max_length=1)),
                ('before', models.JSONField(blank=True, null=True)),
                ('after', models.JSONField(blank=True, null=True)),
                ('load', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='vendors.uploadedload')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'load', 'table_name'], name='vendors_importentry_of_load')],
                'constraints': [models.CheckConstraint(condition=models.Q(('op__in', ['I', 'U', 'D'])), name='vendors_importentry_op_known', violation_error_code='vendors_importentry_op_known', violation_error_message='An import made, changed or removed a row.')],
            },
        ),
        migrations.CreateModel(
            name='ImportMapping',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(max_length=64)),
                ('header_digest', models.CharField(max_length=64)),
                ('mapping', models.JSONField(blank=True, default=dict)),
                ('used_at', models.DateTimeField()),
                ('by_name', models.CharField(blank=True, default='', max_length=200)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'kind', 'header_digest'), name='vendors_importmapping_once', violation_error_code='vendors_importmapping_once', violation_error_message='The columns of this header are saved already.'), models.CheckConstraint(condition=models.Q(('header_digest', ''), ('header_digest__regex', '^[0-9a-f]{64}$'), _connector='OR'), name='vendors_importmapping_header_digest_format', violation_error_code='vendors_importmapping_header_digest_format', violation_error_message='A SHA-256 has 64 lower-case hexadecimal digits.')],
            },
        ),
        TenantTable("ImportEntry", audited=False, append_only=True, referenced=False),
        TenantTable("ImportMapping", referenced=False),
    ]
