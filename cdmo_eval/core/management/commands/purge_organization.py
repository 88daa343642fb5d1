"""Delete one organisation for good."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.leaving import delete_organization
from cdmo_eval.core.models import Organization


class Command(BaseCommand):
    """Needs the owner role's password; refuses while a legal hold stands. Export first: nothing brings it back."""

    help = "Delete an organisation with every row and file of it. Refused under a legal hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("slug", help="the organisation's short name")
        parser.add_argument("--confirm", required=True, metavar="SLUG", help="the short name once more")

    def handle(self, *, slug: str, confirm: str, **_: object) -> None:
        """Run."""
        if confirm != slug:
            raise CommandError("The two names differ: nothing was deleted.")
        organization = Organization.objects.filter(slug=slug).first()
        if organization is None:
            raise CommandError(f"There is no organisation {slug!r}.")
        try:
            done = delete_organization(organization=organization)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"{slug}: deleted {sum(done.rows.values()):,} rows and {done.files:,} files. "
            f"{done.people} people belong to no organisation any more and can no longer sign in."
        )
