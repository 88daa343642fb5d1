"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0008_proposals")]

    operations: list[object] = []
