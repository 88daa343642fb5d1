"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0006_api"), ("vendors", "0005_regulatory_state")]

    operations: list[object] = []
