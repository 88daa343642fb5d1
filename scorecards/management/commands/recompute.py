"""Recompute scorecards now, in this process."""

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute, scheduling
from scorecards.models import Scorecard


class Command(BaseCommand):
    """Without --scorecard or --all: those that are due, as the background processes would."""

    help = "Recompute scorecards now: those that are due, one, or all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--scorecard", type=UUID, metavar="ID", help="one scorecard, by its public id")
        which.add_argument("--all", action="store_true", dest="everything", help="also those that are fresh")
        parser.add_argument("--organization", metavar="SLUG", help="only of this organisation")

    def handle(
        self, *, scorecard: UUID | None, everything: bool, organization: str | None, **_: object
    ) -> None:
        """Run; exits with an error when a recompute failed."""
        chosen = [
            pk
            for owner in organizations(organization)
            for pk in (_living(owner, scorecard) if scorecard or everything else _due(owner))
        ]
        if scorecard and not chosen:
            raise CommandError(f"There is no scorecard {scorecard}.")
        failed = 0
        for pk in chosen:
            try:
                outcome = recompute.run(pk, clock=timezone.now)
            except (
                ArithmeticError,
                LookupError,
                TypeError,
                ValueError,
                RuntimeError,
                DatabaseError,
            ) as error:
                failed += 1
                self.stderr.write(f"Scorecard {pk}: failed ({type(error).__name__}: {error})")
            else:
                self.stdout.write(f"Scorecard {pk}: {outcome.value}")
        if failed:
            raise CommandError(f"{failed} of {len(chosen)} scorecards failed.")
        self.stdout.write(f"{len(chosen)} scorecards looked at.")


def organizations(slug: str | None) -> list[Organization]:
    """The organisation of that name, or all. Raises CommandError when there is none of that name."""
    found = Organization.objects.order_by("id")
    if slug is not None:
        found = found.filter(slug=slug)
        if not found:
            raise CommandError(f"There is no organisation {slug!r}.")
    return list(found)


def _due(organization: Organization) -> list[int]:
    return scheduling.due_scorecards(now=timezone.now(), organization_id=organization.pk)


def _living(organization: Organization, public_id: UUID | None) -> list[int]:
    """The organisation's scorecards that are not archived, or the one with that public id."""
    with organization_scope(organization.pk, "recompute"):
        rows = (
            Scorecard.objects.for_organization(organization).filter(archived_at__isnull=True).order_by("id")
        )
        return list((rows.filter(public_id=public_id) if public_id else rows).values_list("pk", flat=True))
