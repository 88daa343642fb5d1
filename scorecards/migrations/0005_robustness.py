"""Simulated cases, kept under the digest of what they depend on."""

import cdmo_eval.core.ids
import cdmo_eval.core.models.tenant
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from cdmo_eval.core.walls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0004_evaluators")]

    operations = [
        migrations.CreateModel(
            name='Simulation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('key', models.CharField(max_length=64)),
                ('assumptions', models.JSONField(help_text='What may vary: weights, values, how far.')),
                ('draws', models.PositiveIntegerField()),
                ('seed', models.BigIntegerField()),
                ('numpy_version', models.CharField(max_length=20)),
                ('candidates', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('done', models.PositiveIntegerField(default=0)),
                ('tally', models.BinaryField(null=True)),
                ('any_tally', models.BinaryField(null=True)),
                ('touched_at', models.DateTimeField(help_text='The last sign of life of whoever counts.')),
                ('finished_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('run', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='simulations', to='scorecards.run')),
                ('scorecard', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='simulations', to='scorecards.scorecard')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'scorecard', 'key'), name='scorecards_simulation_once'), models.CheckConstraint(condition=models.Q(('done__lte', django.db.models.expressions.CombinedExpression(models.Value(2), '*', models.F('draws'))), models.Q(('finished_at__isnull', True), ('done', django.db.models.expressions.CombinedExpression(models.Value(2), '*', models.F('draws'))), _connector='OR')), name='scorecards_simulation_counted', violation_error_message='A simulation has ended when every case is counted.')],
            },
        ),
        TenantTable("Simulation", audited=False, deletable=True, referenced=False),
    ]
