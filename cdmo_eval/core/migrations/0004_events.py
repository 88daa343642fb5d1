"""The outbox of events, webhooks with their deliveries, and the feed of changes."""

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from cdmo_eval.core.delta_feed import InstallDeltaFeed
from cdmo_eval.core.walls import TenantTable
from cdmo_eval.core.webhooks.triggers import DueWebhooks


class Migration(migrations.Migration):
    dependencies = [("core", "0003_signatures")]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('type', models.CharField(max_length=60)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField()),
                ('data', models.JSONField(default=dict)),
                ('dedupe_key', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('xid', models.BigIntegerField()),
                ('seq', models.BigIntegerField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('seq__isnull', True)), fields=['xid', 'id'], name='core_event_waiting'), models.Index(fields=['at'], name='core_event_by_time')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'seq'), name='core_event_in_order'), models.UniqueConstraint(condition=models.Q(('dedupe_key', ''), _negated=True), fields=('organization', 'type', 'dedupe_key'), name='core_event_once')],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=40)),
                ('public_id', models.UUIDField(null=True)),
                ('scorecard_public_id', models.UUIDField(null=True)),
                ('op', models.CharField(choices=[('upsert', 'Written'), ('delete', 'Archived or gone'), ('merge', 'Merged into another'), ('retract', 'Retracted')], max_length=8)),
                ('merged_into', models.UUIDField(null=True)),
                ('commercial', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('xid', models.BigIntegerField()),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'xid', 'id'], name='core_change_in_order'), django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='core_change_by_time')],
            },
        ),
        InstallDeltaFeed(),
        migrations.CreateModel(
            name='WebhookCursor',
            fields=[
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='core.organization')),
                ('seq', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delivered', 'Delivered'), ('failed', 'Given up')], default='waiting', max_length=10)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='core.event')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('error', models.CharField(blank=True, default='', max_length=40)),
                ('milliseconds', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('delivery', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='core.webhookdelivery')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('name', models.CharField(max_length=100)),
                ('url', models.CharField(max_length=1000)),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), size=None)),
                ('enabled', models.BooleanField(default=True)),
                ('off_reason', models.CharField(blank=True, choices=[('by_hand', 'Switched off by a member'), ('failing', 'Switched off after days of failures'), ('gone', 'Switched off because the receiver said it is gone')], default='', max_length=10)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='endpoint',
            field=cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='core.webhookendpoint'),
        ),
        migrations.CreateModel(
            name='WebhookHealth',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Failed tries since the last success.')),
                ('failing_since', models.DateTimeField(null=True)),
                ('resting_until', models.DateTimeField(null=True)),
                ('last_success_at', models.DateTimeField(null=True)),
                ('endpoint', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='health', to='core.webhookendpoint')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookSecret',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('sealed', models.BinaryField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('endpoint', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='secrets', to='core.webhookendpoint')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.UniqueConstraint(models.F('organization'), django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at__isnull', True)), name='core_webhookendpoint_name_once', violation_error_code='duplicate', violation_error_message='Another webhook already has this name.'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='core_webhookendpoint_name_given', violation_error_code='required', violation_error_message='A webhook needs a name.'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('types', []), _negated=True), name='core_webhookendpoint_types_given', violation_error_code='required', violation_error_message='Choose at least one event.'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('enabled', True), ('off_reason', '')), models.Q(('enabled', False), models.Q(('off_reason', ''), _negated=True)), _connector='OR'), name='core_webhookendpoint_off_why', violation_error_code='inconsistent', violation_error_message='A webhook that is off says why.'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['organization', 'endpoint', '-id'], name='core_webhookdelivery_log'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['next_at'], name='core_webhookdelivery_due'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(fields=('organization', 'endpoint', 'event'), name='core_webhookdelivery_once'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('next_at__isnull', False), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('finished_at__isnull', False), ('next_at__isnull', True)), _connector='OR'), name='core_webhookdelivery_ends', violation_error_code='inconsistent', violation_error_message='A delivery has an end exactly when it is over.'),
        ),
        migrations.AddConstraint(
            model_name='webhookhealth',
            constraint=models.UniqueConstraint(fields=('organization', 'endpoint'), name='core_webhookhealth_once'),
        ),
        TenantTable('WebhookEndpoint'),
        TenantTable('WebhookSecret', audited=False, referenced=False, deletable=True),
        TenantTable('WebhookHealth', audited=False, referenced=False),
        TenantTable('WebhookDelivery', audited=False, deletable=True),
        TenantTable('WebhookAttempt', audited=False, referenced=False, append_only=True, deletable=True),
        DueWebhooks(),
    ]
