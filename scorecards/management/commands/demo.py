"""Make the demo organisation."""

from argparse import ArgumentParser
from time import monotonic

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.models import Organization
from cdmo_eval.core.roles import Role
from scorecards import duties, scheduling
from scorecards.demo.builder import Made, make_demo
from scorecards.demo.exports import export_launch
from scorecards.demo.news import add_news
from scorecards.demo.people import DEMO_NAME, DEMO_PASSWORD, DEMO_USERS, find_demo
from scorecards.demo.shortlists import shortlist_launch
from scorecards.demo.simulated import simulate_launch

ROUNDS = 20  # slices of recomputing before the background processes are left to finish


class Command(BaseCommand):
    """Safe to repeat: what is there stays as it is, what is missing is added."""

    help = "Make the demo organisation with fictional vendors, programmes and scorecards (everything in it is invented)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument(
            "--yes-really", action="store_true", help="also where CDMO_ENV=production: its password is public"
        )

    def handle(self, *, yes_really: bool, **_: object) -> None:
        """Run."""
        if settings.PRODUCTION and not yes_really:
            raise CommandError(
                "This is a production installation, and the password of the demo users is public. "
                "Use --yes-really if that is what you want."
            )
        began = monotonic()
        organization = find_demo()
        if organization is None:
            made = make_demo(now=timezone.now())
            organization = made.organization
            self._tell(made)
            self._calculate(organization)
        else:
            self.stdout.write(f"{DEMO_NAME} is there already.")
        if add_news(organization, now=timezone.now()):
            self.stdout.write(
                "Added an inspection, an audit and a change of weights after the first calculation."
            )
        self._calculate(organization)
        if simulate_launch(organization, clock=timezone.now):
            self.stdout.write("Simulated cases of one scorecard.")
        if export_launch(organization, clock=timezone.now):
            self.stdout.write("Exported a ranking and a dossier.")
        if shortlist_launch(organization, clock=timezone.now):
            self.stdout.write("Made a signed shortlist and an open one.")
        self.stdout.write(
            f"Done in {monotonic() - began:.0f} s. Other roles: {', '.join(sorted(DEMO_USERS))}@demo.example."
        )
        self.stdout.write(f"Sign in as {DEMO_USERS[Role.MANAGER][0]} with the password: {DEMO_PASSWORD}")

    def _tell(self, made: Made) -> None:
        self.stdout.write(
            f"Made {DEMO_NAME}: {made.vendors} fictional vendors, {made.sites} sites, {made.capabilities} capabilities, "
            f"{made.evidence} pieces of evidence, {made.records} regulatory records, {made.programmes} programmes, "
            f"{made.scorecards} scorecards."
        )

    def _calculate(self, organization: Organization) -> None:
        """Recompute what is due; a running worker may do part of it."""
        ran = 0
        for _ in range(ROUNDS):
            done = duties.recompute_dirty(organization_id=organization.pk, clock=timezone.now)
            ran += done
            if not done:
                break
        if ran:
            self.stdout.write(f"Calculated {ran} scorecards.")
        left = scheduling.due_scorecards(now=timezone.now(), organization_id=organization.pk)
        if left:
            self.stdout.write(f"{len(left)} scorecards are still being calculated in the background.")
