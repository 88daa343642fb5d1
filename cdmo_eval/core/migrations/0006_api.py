"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0005_notifications")]

    operations: list[object] = []
