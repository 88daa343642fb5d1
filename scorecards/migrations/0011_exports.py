"""Placeholder."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0010_shortlists")]

    operations: list[object] = []
