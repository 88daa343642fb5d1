"""Say whether published scores are what the facts say."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from cdmo_eval.core.models import Organization
from scorecards.consistency import check_scorecard
from scorecards.management.commands.recompute import organizations
from scorecards.models import ScorecardState


class Command(BaseCommand):
    """Exits with an error that lists the differences; writes nothing."""

    help = (
        "Rate every candidate again in memory and compare cells, scores and digests with what is published."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--organization", metavar="SLUG", help="only this organisation")

    def handle(self, *, organization: str | None, **_: object) -> None:
        """Run."""
        differences = sum(self._check(owner) for owner in organizations(organization))
        if differences:
            raise CommandError(f"{differences} differences between what is published and what the facts say.")
        self.stdout.write("What is published is what the facts say.")

    def _check(self, organization: Organization) -> int:
        """Check one organisation's scorecards; how many differences there are."""
        count = 0
        states = ScorecardState.objects.filter(organization=organization).order_by("scorecard_id")
        for scorecard_id in states.values_list("scorecard_id", flat=True):
            check = check_scorecard(scorecard_id, organization_id=organization.pk)
            if check.skipped:
                self.stdout.write(
                    f"{organization.slug}, {check.name or scorecard_id}: not compared ({check.skipped})."
                )
                continue
            self.stdout.write(
                f"{organization.slug}, {check.name}: {check.candidates} candidates, {len(check.differences)} differences."
            )
            for difference in check.differences:
                self.stderr.write(f"  {difference}")
            count += len(check.differences)
        return count
