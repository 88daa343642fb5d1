"""Write everything of one organisation into a folder."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.leaving import export_organization
from cdmo_eval.core.models import Organization


class Command(BaseCommand):
    """Rows as NDJSON by table, files as they were uploaded, and a manifest with the SHA-256 of each."""

    help = "Export every row and file of an organisation into a new folder, with a manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("slug", help="the organisation's short name")
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *, slug: str, folder: Path, **_: object) -> None:
        """Run."""
        organization = Organization.objects.filter(slug=slug).first()
        if organization is None:
            raise CommandError(f"There is no organisation {slug!r}.")
        try:
            done = export_organization(organization=organization, folder=folder, now=timezone.now())
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{slug}: {sum(done.rows.values()):,} rows of {len(done.rows)} tables and {done.files:,} files in {folder}"
        )
