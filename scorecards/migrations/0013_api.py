"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0012_delta_feed")]

    operations: list[object] = []
