"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0002_walls")]

    operations: list[object] = []
