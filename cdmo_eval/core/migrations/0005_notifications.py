"""What members are told, and legal holds; with their walls."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import cdmo_eval.core.ids
from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0004_events")]

    operations = [
        migrations.CreateModel(
            name='MemberState',
            fields=[
                ('membership', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='state', serialize=False, to='core.membership')),
                ('unread', models.PositiveIntegerField(default=0)),
                ('looked_at', models.DateTimeField(null=True)),
                ('looked_before', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='NotificationCursor',
            fields=[
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='core.organization')),
                ('seq', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('program_public_id', models.UUIDField(blank=True, help_text='Null: the whole organisation.', null=True)),
                ('matter', models.CharField(help_text='What it is about, in words.', max_length=200)),
                ('reason', models.TextField()),
                ('placed_by_name', models.CharField(max_length=200)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lifted_by_name', models.CharField(blank=True, default='', max_length=200)),
                ('lifted_reason', models.TextField(blank=True, default='')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('placed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('lifted_at__isnull', True)), fields=['organization'], name='core_legalhold_standing')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('matter', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='core_legalhold_has_reason', violation_error_code='required', violation_error_message='A legal hold says what it is about and why.'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_reason', '')), models.Q(('lifted_at__isnull', False), models.Q(('lifted_reason', ''), _negated=True)), _connector='OR'), name='core_legalhold_lifted_with_reason', violation_error_code='required', violation_error_message='Lifting a legal hold needs a reason.')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('seq', models.BigIntegerField()),
                ('kind', models.CharField(max_length=20)),
                ('type', models.CharField(max_length=60)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField()),
                ('data', models.JSONField(default=dict)),
                ('happened', models.PositiveIntegerField(default=1)),
                ('commercial', models.BooleanField(default=False)),
                ('in_app', models.BooleanField(default=True)),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'recipient', '-id'], name='core_notification_list'), models.Index(condition=models.Q(('in_app', True), ('read_at__isnull', True)), fields=['organization', 'recipient'], name='core_notification_unread'), models.Index(condition=models.Q(('mailed_at__isnull', True)), fields=['organization', 'recipient', 'kind'], name='core_notification_unmailed')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'recipient', 'seq'), name='core_notification_once', violation_error_code='duplicate', violation_error_message='This person was told of this event already.')],
            },
        ),
        migrations.CreateModel(
            name='NotificationSetting',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(max_length=20)),
                ('in_app', models.BooleanField()),
                ('email', models.CharField(choices=[('daily', 'Daily'), ('weekly', 'Weekly'), ('never', 'Never')], max_length=10)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'user', 'kind'), name='core_notificationsetting_once', violation_error_code='duplicate', violation_error_message='There is a setting of this kind already.'), models.CheckConstraint(condition=models.Q(('email__in', ['daily', 'weekly', 'never'])), name='core_notificationsetting_email_known', violation_error_code='unknown', violation_error_message='Mail comes daily, weekly or never.')],
            },
        ),
        # what retention may take away, and nothing else: notifications that were read, and remembered answers
        TenantTable("Notification", audited=False, deletable=True, referenced=False),
        TenantTable("NotificationSetting", audited=False, referenced=False),
        TenantTable("LegalHold", referenced=False),
        migrations.RunSQL("GRANT DELETE ON core_idempotencykey TO cdmo_app", migrations.RunSQL.noop),
    ]
