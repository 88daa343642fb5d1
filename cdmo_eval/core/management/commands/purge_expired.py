"""Take away derived things that have outlived their days, organisation by organisation."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.models import Organization
from cdmo_eval.core.retention import purge_expired


class Command(BaseCommand):
    """The nightly purge does the same by itself; this is for now, or to see what it would take."""

    help = "Purge generated exports, remembered answers, logs and read notifications past their days; never a fact."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument(
            "--organization", default="", metavar="SLUG", help="one organisation; default: all"
        )
        parser.add_argument("--rehearse", action="store_true", help="count, and take nothing away")

    def handle(self, *, organization: str, rehearse: bool, **_: object) -> None:
        """Run."""
        chosen = Organization.objects.order_by("slug")
        if organization:
            chosen = chosen.filter(slug=organization)
            if not chosen.exists():
                raise CommandError(f"There is no organisation {organization!r}.")
        held = 0
        for one in chosen:
            done = purge_expired(organization=one, now=timezone.now(), rehearse=rehearse)
            if done.held:
                held += 1
                self.stderr.write(
                    f"{one.slug}: nothing is purged, a legal hold stands: {'; '.join(done.held)}"
                )
                continue
            counts = ", ".join(f"{code} {count}" for code, count in sorted(done.taken.items()))
            self.stdout.write(f"{one.slug}: {'would purge' if rehearse else 'purged'} {counts}")
        if held:
            raise CommandError(f"{held} of {len(chosen)} organisations are under a legal hold.")
