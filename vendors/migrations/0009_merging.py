"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vendors", "0008_delta_feed")]

    operations: list[object] = []
