"""Weight sets, locks of weights, and what was settled before scores were seen."""

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
        ("scorecards", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='scorecard',
            name='hide_until_locked',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='weight_locks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='weight_scales',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='weights_locked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Preregistration',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('locked_by_name', models.CharField(max_length=200)),
                ('locked_at', models.DateTimeField()),
                ('locked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('scorecard', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='preregistrations', to='scorecards.scorecard')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'scorecard'), name='scorecards_preregistration_once', violation_error_code='locked', violation_error_message='The weights are locked already.')],
            },
        ),
        migrations.CreateModel(
            name='RulesChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('digest', models.CharField(max_length=64)),
                ('parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None)),
                ('edited_by', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), size=None)),
                ('edited_at', models.DateTimeField(null=True)),
                ('leader_before', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), size=None)),
                ('leader_after', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), size=None)),
                ('changes_leader', models.BooleanField()),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('run', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='rules_changes', to='scorecards.run')),
                ('scorecard', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='rules_changes', to='scorecards.scorecard')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'scorecard', 'id'], name='scorecards_ruleschange_card')],
            },
        ),
        migrations.CreateModel(
            name='WeightSet',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=cdmo_eval.core.ids.new_public_id, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('name', models.CharField(max_length=120)),
                ('method', models.CharField(choices=[('points', 'Points'), ('swing', 'Worst-to-best comparison'), ('order', 'Weights from an order'), ('pairwise', 'Pairwise comparison')], default='points', max_length=10)),
                ('inputs', models.JSONField(blank=True, default=dict)),
                ('points', models.JSONField()),
                ('scales', models.JSONField(blank=True, default=dict)),
                ('locks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, size=None)),
                ('in_force', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scorecard', cdmo_eval.core.models.tenant.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='weight_sets', to='scorecards.scorecard')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('name__regex', '\\S')), name='scorecards_weightset_name_given', violation_error_code='scorecards_weightset_name_given', violation_error_message='A weight set needs a name.'), models.UniqueConstraint(condition=models.Q(('archived_at__isnull', True)), fields=('organization', 'scorecard', 'name'), name='scorecards_weightset_name_once', violation_error_code='duplicate', violation_error_message='This scorecard has a weight set of that name already.'), models.UniqueConstraint(condition=models.Q(('in_force', True)), fields=('organization', 'scorecard'), name='scorecards_weightset_one_in_force', violation_error_code='in_force', violation_error_message='Only one weight set is in force.'), models.CheckConstraint(condition=models.Q(('in_force', False), ('archived_at__isnull', True), _connector='OR'), name='scorecards_weightset_in_force_stands', violation_error_code='scorecards_weightset_in_force_stands', violation_error_message='The weight set in force cannot be archived.')],
            },
        ),
        TenantTable("WeightSet"),
        TenantTable("Preregistration", append_only=True),
        TenantTable("RulesChange", append_only=True),
    ]
