"""Load a file of official records."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.organizations import OPERATOR
from cdmo_eval.core.policies import system_actor
from vendors.imports.regulatory import (
    KINDS,
    RegulatoryReport,
    import_public_records,
    import_uploaded_records,
)
from vendors.management.organizations import organization_called

_REJECTED_SHOWN = 20


class Command(BaseCommand):
    """Without --organization the records are public reference data; with it they stay inside that organisation."""

    help = "Load a file of official records (CSV or XLSX); running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("kind", choices=sorted(KINDS), help="what the file is")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--organization", metavar="SLUG", help="keep the records inside this organisation"
        )
        parser.add_argument(
            "--read-on", type=_date, metavar="DATE", help="the day the source was read; today when left out"
        )
        parser.add_argument("--sheet", help="sheet of a workbook; the first visible one when left out")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")

    def handle(self, **options: Any) -> None:
        """Run."""
        now = timezone.now()
        shared = {
            "read_on": options["read_on"] or now.date(),
            "now": now,
            "sheet": options["sheet"],
            "dry_run": options["dry_run"],
        }
        kind, path = options["kind"], options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            if options["organization"] is None:
                report = import_public_records(kind, path, by=OPERATOR, **shared)
            else:
                organization = organization_called(options["organization"])
                actor = system_actor(organization, OPERATOR)
                report = import_uploaded_records(kind, path, organization=organization, by=actor, **shared)
        except DomainError as error:
            rejected = [f"  {found.field}: {found.message}" for found in error.errors[:_REJECTED_SHOWN]]
            raise CommandError("\n".join([f"Nothing was loaded. {error.message}", *rejected])) from error
        self._print(report)

    def _print(self, report: RegulatoryReport) -> None:
        did = "Loaded" if report.written else "Dry run, nothing written:"
        self.stdout.write(f"{did} {report.kind}, read on {report.read_on}: {report.read} rows")
        self.stdout.write(
            f"  {report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
            f"{report.repeated} repeated in the file, {report.public} public already, {len(report.rejected)} rejected"
        )
        self.stdout.write(
            f"  {report.matched} records matched to sites by FEI, {report.unmatched} without a site (kept)"
        )
        for row in report.rejected[:_REJECTED_SHOWN]:
            column = f", column {row.column}" if row.column else ""
            self.stderr.write(f"  row {row.row}{column}: {row.message}")
        if len(report.rejected) > _REJECTED_SHOWN:
            self.stderr.write(f"  and {len(report.rejected) - _REJECTED_SHOWN} more rejected rows")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-07-01") from None
