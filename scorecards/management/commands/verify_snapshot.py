"""Check a file of a frozen calculation, without a database."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from scorecards.snapshots.verification import Verification, verify_file


class Command(BaseCommand):
    """Needs nothing but the file: no database, no network, no settings of an organisation."""

    help = "Work every figure of a frozen calculation out again from its own cells, and say what differs."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="as downloaded from the page or the REST interface"
        )

    def handle(self, *, file: Path, **_: object) -> None:
        """Run; exits with an error when anything differs."""
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        found = verify_file(data)
        self._tell(found)
        if not found.intact:
            raise CommandError(f"{found.words} {len(found.differences)} differences.")

    def _tell(self, found: Verification) -> None:
        self.stdout.write(f"SHA-256 {found.recomputed_digest or 'unknown'}")
        self.stdout.write(f"{found.candidates} candidates, {found.figures} figures worked out again.")
        for difference in found.differences:
            self.stderr.write(f"  {difference}")
        if found.intact:
            self.stdout.write(found.words)
