"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vendors", "0009_merging"), ("scorecards", "0007_snapshots")]

    operations: list[object] = []
