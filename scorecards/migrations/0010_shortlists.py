"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0009_questionnaires")]

    operations: list[object] = []
