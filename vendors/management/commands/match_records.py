"""Match official records without a site's number with the sites of an organisation, or of all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cdmo_eval.core.models import Organization
from cdmo_eval.core.organizations import OPERATOR
from cdmo_eval.core.tenancy import organization_scope
from vendors.management.organizations import organization_called
from vendors.services import match_records


class Command(BaseCommand):
    """What every load and every night does anyway, at once."""

    help = "Match official records with sites by number, else by name and place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--organization", metavar="SLUG", help="one organisation (default: all)")

    def handle(self, **options: Any) -> None:
        """Run."""
        slug = options["organization"]
        chosen = [organization_called(slug)] if slug else list(Organization.objects.order_by("id"))
        for organization in chosen:
            with organization_scope(organization.pk, OPERATOR):
                report = match_records(organization=organization, now=timezone.now())
            self.stdout.write(
                f"{organization.slug}: {report.looked_at} records looked at, {report.matched} matched, "
                f"{report.proposed} proposed"
            )
