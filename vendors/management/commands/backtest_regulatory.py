"""Measure the regulatory score against what happened next, on a file of inspections; reads no database."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vendors.imports.openers import open_source
from vendors.imports.tables import TableError
from vendors.regulatory.backtest import Forecast, Period, forecasts, period
from vendors.regulatory.formats import FORMATS
from vendors.regulatory.formats.base import Origin, ParsedRecord, WrongFileError
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

INSPECTIONS = "fda_inspections"


class Command(BaseCommand):
    """For every inspection with an earlier one at the same establishment: the score on its eve, and how it came out."""

    help = "Backtest the regulatory score: AUC for the next inspection being OAI, and the OAI rate per score band."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("file", type=Path, help="inspections, in any layout of fda_inspections")
        parser.add_argument(
            "--project-area",
            default="Drug Quality Assurance",
            metavar="AREA",
            help='inspections of this area only; "" for all that count (default: %(default)s)',
        )
        parser.add_argument(
            "--also",
            nargs=2,
            action="append",
            default=[],
            metavar=("KIND", "FILE"),
            help="further records with an FEI, such as fda_compliance_actions FILE; may be repeated",
        )
        parser.add_argument(
            "--split",
            type=int,
            action="append",
            default=[],
            metavar="YEAR",
            help="a period begins here; may be repeated (default: 2019)",
        )

    def handle(self, **options: Any) -> None:
        """Run."""
        records = list(self._records(INSPECTIONS, options["file"]))
        for kind, path in options["also"]:
            if kind not in FORMATS:
                raise CommandError(f"There is no kind {kind}; there are {', '.join(sorted(FORMATS))}.")
            records.extend(self._records(kind, Path(path)))
        found = forecasts(records, project_area=options["project_area"])
        if not found:
            raise CommandError("No inspection here has an earlier one that counts and a known outcome.")
        count = sum(record.kind is RecordKind.INSPECTION for record in records)
        self.stdout.write(
            f"{count} rows of inspections, {len({one.fei for one in found})} establishments, "
            f"{len(found)} inspections with a score on their eve"
        )
        for years in _periods(found, options["split"] or [2019]):
            self._print(period(found, first=years[0], last=years[1]))

    def _records(self, kind: str, path: Path) -> Iterator[RegulatoryRecord]:
        """The records of a file; rows that cannot be read are counted and left out."""
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        file_format, left_out = FORMATS[kind], 0
        try:
            with open_source(path, file_format) as table:
                rows = ((row.number, row.cells) for row in table.rows)
                origin = Origin(kind, timezone.now().date())
                for parsed in file_format.parse(table.header, rows, origin=origin):
                    if isinstance(parsed, ParsedRecord):
                        yield parsed.record
                    else:
                        left_out += 1
        except (TableError, WrongFileError) as error:
            raise CommandError(f"{path.name}: {error}") from error
        if left_out:
            self.stderr.write(f"{path.name}: {left_out} rows without a usable record left out")

    def _print(self, shown: Period) -> None:
        auc = "not defined" if shown.auc is None else f"{shown.auc:.3f}"
        self.stdout.write(
            f"{shown.first}-{shown.last}: {shown.inspections} inspections, {shown.official_actions} OAI, AUC {auc}; "
            f"rates {'fall' if shown.monotone else 'do not fall'} with the score"
        )
        for band in shown.bands:
            rate = "     –" if band.rate is None else f"{100 * band.rate:5.1f} %"
            end = "to" if band.high == 100 else "to below"
            self.stdout.write(f"  score {band.low:3} {end:8} {band.high:3}: OAI {rate} of {band.inspections}")


def _periods(found: Sequence[Forecast], starts: Sequence[int]) -> list[tuple[int, int]]:
    """The periods that these years begin, with what lies before the first, without gaps."""
    first, last = min(one.on.year for one in found), max(one.on.year for one in found)
    begins = sorted({first, *(year for year in starts if first < year <= last)})
    ends = [year - 1 for year in begins[1:]] + [last]
    return list(zip(begins, ends, strict=True))
