"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0011_exports")]

    operations: list[object] = []
