"""Import a file of vendors, or write the template for one."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.organizations import OPERATOR
from cdmo_eval.core.policies import system_actor
from cdmo_eval.core.tenancy import organization_scope
from vendors.imports.template import write_template
from vendors.imports.vendors import (
    ImportReport,
    VendorFile,
    check_vendor_rows,
    lock_vendor_imports,
    read_vendor_file,
    write_vendor_file,
)
from vendors.management.options import column_of_field
from vendors.management.organizations import organization_called

_ERRORS_SHOWN = 50
_CHANGES_SHOWN = 50


class Command(BaseCommand):
    """All or nothing: with any error nothing is written, and a second import of a file changes nothing."""

    help = "Import vendors, sites, capabilities and services from a CSV or XLSX file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--organization", metavar="SLUG")
        parser.add_argument(
            "--map",
            type=column_of_field,
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="what a column with another name is, such as legal_name=vendor.name; may be repeated",
        )
        parser.add_argument(
            "--ignore",
            action="append",
            default=[],
            metavar="COLUMN",
            help="leave out a column; may be repeated",
        )
        parser.add_argument(
            "--only-mapped",
            action="store_true",
            help="leave out every column that is neither mapped nor a field",
        )
        parser.add_argument("--sheet", help="sheet of a workbook; the first visible one when left out")
        parser.add_argument(
            "--dry-run", action="store_true", help="check and show the changes, write nothing"
        )
        parser.add_argument(
            "--template",
            type=Path,
            metavar="PATH",
            help="write the documented template (.csv or .xlsx) instead",
        )

    def handle(self, **options: Any) -> None:
        """Run."""
        if options["template"] is not None:
            self._template(options["template"])
            return
        if options["file"] is None or options["organization"] is None:
            raise CommandError("Give a file and --organization SLUG, or --template PATH.")
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        organization = organization_called(options["organization"])
        now, actor = timezone.now(), system_actor(organization, OPERATOR)
        file = read_vendor_file(
            options["file"],
            mapping=dict(options["map"]),
            ignore=options["ignore"],
            only_mapped=options["only_mapped"],
            sheet=options["sheet"],
        )
        try:
            with organization_scope(organization.pk, actor):
                lock_vendor_imports(organization)
                report = check_vendor_rows(file, organization=organization, by=actor, now=now)
                if not report.problems and not options["dry_run"]:
                    report = write_vendor_file(report, by=actor, now=now)
        except DomainError as error:
            raise CommandError(f"Nothing was written. {error.message}") from error
        self._print(report, file)

    def _template(self, path: Path) -> None:
        try:
            write_template(path)
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Wrote the template to {path}.")

    def _print(self, report: ImportReport, file: VendorFile) -> None:
        if report.problems:
            groups = report.grouped_problems
            lines = [f"  {group}" for group in groups[:_ERRORS_SHOWN]]
            if len(groups) > _ERRORS_SHOWN:
                lines.append(f"  and {len(groups) - _ERRORS_SHOWN} more kinds of error")
            raise CommandError(
                "\n".join([f"Nothing was written. {file.name} has {len(report.problems)} errors:", *lines])
            )
        if not report.written:
            for change in report.changes[:_CHANGES_SHOWN]:
                self.stdout.write(
                    f"  row {change.row}: {change.name}: {change.field}: {change.old or 'unknown'} → {change.new}"
                )
            if len(report.changes) > _CHANGES_SHOWN:
                self.stdout.write(f"  and {len(report.changes) - _CHANGES_SHOWN} more values")
        did = "Imported" if report.written else "Dry run, nothing written:"
        self.stdout.write(f"{did} {file.name}: {report.summary.rows} rows")
        self.stdout.write(f"  vendors: {report.vendors}")
        self.stdout.write(f"  sites: {report.sites}")
        self.stdout.write(f"  capabilities: {report.capabilities}")
        self.stdout.write(f"  evidence: {report.evidence} new records")
