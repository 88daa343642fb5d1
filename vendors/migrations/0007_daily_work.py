"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vendors", "0006_imports")]

    operations: list[object] = []
