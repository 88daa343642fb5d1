"""Load a file of official records, or take a load back."""

import csv
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
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
    rejected_table,
    undo_public_records,
)
from vendors.imports.uploads import undo_numbered_upload
from vendors.management.organizations import organization_called

_REJECTED_SHOWN = 20


class Command(BaseCommand):
    """Without --organization the records are public reference data; with it they stay inside that organisation."""

    help = (
        "Load a file of official records; running it again changes nothing. Or take a load back with --undo."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("kind", choices=sorted(KINDS), nargs="?", help="what the file is")
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument(
            "--organization", metavar="SLUG", help="keep the records inside this organisation"
        )
        parser.add_argument(
            "--read-on", type=_date, metavar="DATE", help="the day the source was read; today when left out"
        )
        parser.add_argument("--sheet", help="sheet of a workbook; the first visible one when left out")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument(
            "--rejected", type=Path, metavar="CSV", help="write the rejected rows to this file"
        )
        parser.add_argument("--undo", type=int, metavar="LOAD", help="take the load of this number back")
        parser.add_argument("--reason", default="undone by the operator", help="why, for the load's record")

    def handle(self, **options: Any) -> None:
        """Run."""
        now = timezone.now()
        if options["undo"] is not None:
            self._undo(options["undo"], options, now)
            return
        kind, path = options["kind"], options["file"]
        if kind is None or path is None:
            raise CommandError("Name the kind and the file, or a load with --undo.")
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        shared = {
            "read_on": options["read_on"] or now.date(),
            "now": now,
            "sheet": options["sheet"],
            "dry_run": options["dry_run"],
        }
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
        if options["rejected"] is not None:
            _write_rejected(options["rejected"], report)

    def _undo(self, number: int, options: dict[str, Any], now: datetime) -> None:
        shared = {"reason": options["reason"], "now": now}
        try:
            if options["organization"] is None:
                load: Any = undo_public_records(number, by=OPERATOR, **shared)
            else:
                organization = organization_called(options["organization"])
                actor = system_actor(organization, OPERATOR)
                load = undo_numbered_upload(number, organization=organization, by=actor, **shared)
        except DomainError as error:
            raise CommandError(f"Nothing was undone. {error.message}") from error
        self.stdout.write(f"Undone: load {number} of {load.kind}, read on {load.read_on}")

    def _print(self, report: RegulatoryReport) -> None:
        did = f"Load {report.number}: loaded" if report.written else "Dry run, nothing written:"
        self.stdout.write(f"{did} {report.kind}, read on {report.read_on}: {report.read} rows")
        self.stdout.write(
            f"  {report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
            f"{report.repeated} repeated in the file, {report.public} public already, "
            f"{report.outdated} known from a newer file, {report.skipped} without a record, "
            f"{report.rejections} rejected"
        )
        if report.closed:
            self.stdout.write(f"  {report.closed} closed: the list no longer holds them")
        self.stdout.write(
            f"  {report.matched} records matched to sites by FEI, {report.unmatched} without a site (kept)"
        )
        for row in report.rejected[:_REJECTED_SHOWN]:
            column = f", column {row.column}" if row.column else ""
            self.stderr.write(f"  row {row.row}{column}: {row.message}")
        if report.rejections > _REJECTED_SHOWN:
            self.stderr.write(f"  and {report.rejections - _REJECTED_SHOWN} more rejected rows")


def _write_rejected(path: Path, report: RegulatoryReport) -> None:
    """The rejected rows as a text table, each after its number and reason."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows(rejected_table(report.header, report.rejected_rows))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-07-01") from None
