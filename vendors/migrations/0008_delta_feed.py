"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vendors", "0007_daily_work")]

    operations: list[object] = []
