"""Events of sites' regulatory states, with their walls."""

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0002_walls"), ("vendors", "0004_matching")]

    operations = [
        migrations.CreateModel(
            name='StandingChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('as_of', models.DateField()),
                ('old_state', models.CharField(max_length=32)),
                ('new_state', models.CharField(max_length=32)),
                ('old_score', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                ('new_score', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                ('reason', models.TextField(blank=True, default='', help_text='The cap or inspection that decides the new state.')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('site', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='standing_changes', to='vendors.site')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', '-id'], name='vendors_standingchange_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('old_state__in', ['no_record', 'nai', 'vai', 'pending', 'oai', 'warning_letter', 'import_alert', 'gmp_noncompliance', 'injunction', 'seizure'])), name='vendors_standingchange_old_known', violation_error_code='vendors_standingchange_old_known', violation_error_message='The regulatory state is not known.'), models.CheckConstraint(condition=models.Q(('new_state__in', ['no_record', 'nai', 'vai', 'pending', 'oai', 'warning_letter', 'import_alert', 'gmp_noncompliance', 'injunction', 'seizure'])), name='vendors_standingchange_new_known', violation_error_code='vendors_standingchange_new_known', violation_error_message='The regulatory state is not known.'), models.CheckConstraint(condition=models.Q(('old_state', models.F('new_state')), _negated=True), name='vendors_standingchange_differs', violation_error_code='vendors_standingchange_differs', violation_error_message='A change is from one state to another.')],
            },
        ),
        TenantTable("StandingChange", append_only=True),
    ]
