"""Check the chain that seals the audit trail."""

import re
from argparse import ArgumentParser, ArgumentTypeError

from django.core.management.base import BaseCommand, CommandError

from cdmo_eval.core.audit_chain import MOST_TOLD, Report, verify_chain
from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope


def outside_head(text: str) -> tuple[int, str]:
    """ "1234:ab…" as a number and a hash."""
    found = re.fullmatch(r"([0-9]{1,15}):([0-9a-fA-F]{64})", text)
    if found is None:
        raise ArgumentTypeError("a head looks like 1234:<64 hexadecimal digits>")
    return int(found[1]), found[2]


class Command(BaseCommand):
    """Exits with an error that lists altered, missing and re-ordered rows."""

    help = "Work the hash of every sealed change out again, and say which row is not as it was sealed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose chain, and what to compare it with."""
        parser.add_argument("--organization", metavar="SLUG", help="only this one; all without it")
        parser.add_argument(
            "--head", type=outside_head, metavar="NUMBER:HASH", help="a head kept outside, as e-mailed; needs --organization"
        )  # fmt: skip

    def handle(
        self, *, organization: str | None, head: tuple[int, str] | None = None, **options: object
    ) -> None:
        """Run."""
        if head and not organization:
            raise CommandError("--head belongs to one organisation: name it with --organization.")
        rows = Organization.objects.order_by("id")
        rows = rows.filter(slug=organization) if organization else rows
        if organization and not rows:
            raise CommandError(f"There is no organisation {organization}.")
        wrong = 0
        for row in rows:
            with organization_scope(row.pk, "verify_audit"):
                report = verify_chain(row, outside=head)
            self._say(row, report)
            wrong += len(report.faults)
        if wrong:
            raise CommandError(f"The audit trail is not as it was sealed: {wrong} findings.")

    def _say(self, organization: Organization, report: Report) -> None:
        self.stdout.write(
            f"{organization.slug}: {report.checked} sealed changes checked, {report.unsealed} not sealed yet. "
            f"Head {report.head.number}:{report.head.hash}"
        )
        if report.unsealed and report.unsealed_since:
            self.stdout.write(
                f"{organization.slug}: the oldest of these is of {report.unsealed_since:%Y-%m-%d %H:%M} UTC."
            )
        for fault in report.faults[:MOST_TOLD]:
            self.stderr.write(f"{organization.slug}: {fault}")
        if len(report.faults) > MOST_TOLD:
            self.stderr.write(f"{organization.slug}: and {len(report.faults) - MOST_TOLD} more.")
