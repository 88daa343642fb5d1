"""A file of vendors: read → match columns → check → preview → write; the same for command, page and REST.

Every row speaks of a vendor, perhaps of one of its sites, perhaps of one capability there. All errors are
collected by row and column; with any error nothing is written, and a file that says nothing new writes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.core.tenancy import change_reason
from vendors.imports.cells import CellProblem, is_blank, read_cell
from vendors.imports.columns import match_columns
from vendors.imports.difference import Differences
from vendors.imports.fields import ImportField
from vendors.imports.known import Known
from vendors.imports.placing import Placing
from vendors.imports.report import Change, Counts, Problem, ProblemGroup, Summary, grouped
from vendors.imports.tables import Limits, Row, Table, TableError, open_table
from vendors.imports.targets import ParsedRow, RowError, VendorTarget
from vendors.imports.writing import write_targets
from vendors.services.writing import begin

__all__ = [
    "ImportReport",
    "VendorFile",
    "check_vendor_file",
    "check_vendor_rows",
    "lock_vendor_imports",
    "read_vendor_file",
    "write_vendor_file",
]

IMPORT_LOCK = 4715
"""Class of the advisory lock under which an organisation's imports follow one another."""
_PERMISSIONS = (Permission.IMPORT, Permission.EDIT_VENDORS, Permission.EDIT_EVIDENCE)
_LIMITS = Limits(rows=100_000)
"""All rows of a file are checked against each other: more are imported in parts."""


@dataclass(frozen=True)
class VendorFile:
    """A file as it was read: its rows as values, and what could not be read."""

    name: str
    columns: Mapping[str, str]
    """Path of a field → name of its column in the file."""
    rows: tuple[ParsedRow, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What a file changes, or why it is refused. `written` says whether the changes are made."""

    file: VendorFile
    organization: Organization
    summary: Summary = field(default_factory=Summary)
    targets: tuple[VendorTarget, ...] = ()
    written: bool = False

    @property
    def problems(self) -> list[Problem]:
        """Every error, by row and then column."""
        return self.summary.problems

    @property
    def grouped_problems(self) -> list[ProblemGroup]:
        """Equal errors together with their rows."""
        return grouped(self.problems)

    @property
    def changes(self) -> list[Change]:
        """Every value that changes, old → new."""
        return self.summary.changes

    @property
    def vendors(self) -> Counts:
        """How many vendors are new, changed and unchanged."""
        return self.summary.vendors

    @property
    def sites(self) -> Counts:
        """How many sites are new, changed and unchanged."""
        return self.summary.sites

    @property
    def capabilities(self) -> Counts:
        """How many capabilities are new, changed and unchanged."""
        return self.summary.capabilities

    @property
    def evidence(self) -> int:
        """How many records of evidence are made."""
        return self.summary.evidence


def read_vendor_file(
    path: Path,
    *,
    mapping: Mapping[str, str],
    ignore: Collection[str] = (),
    only_mapped: bool = False,
    sheet: str | None = None,
    name: str = "",
) -> VendorFile:
    """Read a CSV or XLSX file into values. No database: for before a transaction begins.

    `mapping` is column → field path ("legal_name": "vendor.name"); columns that are no field are errors unless
    named in `ignore`, or all left out by `only_mapped`. `name` is what the file is called, else the path's own.
    A file that cannot be read at all has one problem and no rows.
    """
    called = name or path.name
    try:
        with open_table(path, sheet=sheet, limits=_LIMITS) as table:
            fields, problems = match_columns(
                table.header, mapping=mapping, ignore=ignore, only_mapped=only_mapped
            )
            columns = {found.path: table.header[position] for position, found in fields.items()}
            if problems:
                return VendorFile(called, columns, problems=tuple(problems))
            rows = [_parse(table, row, fields, problems) for row in table.rows]
    except TableError as error:
        problem = Problem(error.row, error.column, "", "unreadable", error.message)
        return VendorFile(called, {}, problems=(problem,))
    if not rows:
        problems.append(Problem(0, "", "", "no_rows", "The file has no rows below its header."))
    parsed = tuple(row for row in rows if row is not None)
    return VendorFile(called, columns, parsed, tuple(problems))


def _parse(
    table: Table, row: Row, fields: Mapping[int, ImportField], problems: list[Problem]
) -> ParsedRow | None:
    """The values of a row; None for one of another width. Adds what cannot be read to `problems`."""
    if (ragged := table.ragged(row)) is not None:
        problems.append(Problem(row.number, "", "", "ragged", ragged.message))
        return None
    values: dict[str, Any] = {}
    for position, column in fields.items():
        cell = row.cells[position]
        if is_blank(cell):
            continue
        try:
            values[column.path] = read_cell(column, cell)
        except CellProblem as error:
            name = table.header[position]
            problems.append(Problem(row.number, name, column.path, error.code, error.message))
    return ParsedRow(row.number, values)


def check_vendor_file(
    path: Path,
    *,
    mapping: Mapping[str, str],
    organization: Organization,
    by: Actor,
    now: datetime,
    ignore: Collection[str] = (),
    only_mapped: bool = False,
    sheet: str | None = None,
    name: str = "",
) -> ImportReport:
    """Read a file and work out what it would change; writes nothing. Inside the organisation's scope.

    Raises PermissionDenied; everything that is wrong with the file itself stands in the report.
    """
    file = read_vendor_file(
        path, mapping=mapping, ignore=ignore, only_mapped=only_mapped, sheet=sheet, name=name
    )
    return check_vendor_rows(file, organization=organization, by=by, now=now)


def check_vendor_rows(
    file: VendorFile, *, organization: Organization, by: Actor, now: datetime
) -> ImportReport:
    """Work out what a file that was read would change; writes nothing. Inside the organisation's scope."""
    _begin(organization, by)
    placing = Placing(Known(organization))
    problems = list(file.problems)
    unreadable = {problem.row for problem in file.problems}
    for row in file.rows:
        try:
            placing.place(row)
        except RowError as error:
            # the key of a row may be the very cell that could not be read: that error is enough
            if row.number not in unreadable:
                problems.append(Problem(row.number, "", error.field, error.code, error.message))
    differences = Differences(placing.known, source=file.name, by=by, now=now)
    differences.compare(placing.vendors)
    summary = differences.summary
    summary.rows = len(file.rows)
    named = [_named(problem, file) for problem in (*problems, *summary.problems)]
    summary.problems = sorted(named, key=lambda problem: (problem.row, problem.column, problem.message))
    return ImportReport(file, organization, summary, tuple(placing.vendors))


def _named(problem: Problem, file: VendorFile) -> Problem:
    """The problem with the column as the file names it; a field that the file lacks is named by its path."""
    if problem.column or not problem.field:
        return problem
    return replace(problem, column=file.columns.get(problem.field, problem.field))


@transaction.atomic
def write_vendor_file(report: ImportReport, *, by: Actor, now: datetime) -> ImportReport:
    """Write what a check found, all of it or nothing. Inside the organisation's scope.

    Raises Invalid that lists the errors of a report that has any, Conflict when something changed since the
    check. A second write of the same report is refused.
    """
    _begin(report.organization, by)
    if report.written:
        raise Conflict("This import is written already.", code="written")
    if report.problems:
        raise Invalid(
            f"The file has {len(report.problems)} errors; nothing was written.",
            code="import_refused",
            errors=[
                FieldError(f"{problem.row}.{problem.field}", problem.code, str(problem))
                for problem in report.problems
            ],
        )
    lock_vendor_imports(report.organization)
    if report.summary.writes:
        with change_reason(f"import of {report.file.name}"[:200]):
            write_targets(report.organization, report.targets, by=by, now=now)
    return replace(report, written=True)


def lock_vendor_imports(organization: Organization) -> None:
    """Let the imports of an organisation follow one another; until the transaction ends.

    Taken before the check, the check cannot be overtaken by another import.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [IMPORT_LOCK, organization.pk])


def _begin(organization: Organization, by: Actor) -> None:
    begin(organization, by, _PERMISSIONS[0])
    for permission in _PERMISSIONS[1:]:
        require(by, permission)
