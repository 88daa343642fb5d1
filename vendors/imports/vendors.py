"""A file of vendors: read → match columns → check → preview → write; the same for command, page and REST.

Every row speaks of a vendor, perhaps of one of its sites, perhaps of one capability there. All errors are
collected by row and column; with any error nothing is written, and a file that says nothing new writes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.core.tenancy import change_reason
from vendors.imports.difference import Differences
from vendors.imports.fields import import_fields
from vendors.imports.known import Known
from vendors.imports.placing import EVERYTHING, Placing
from vendors.imports.reading import TableFile, read_table, rows_of
from vendors.imports.repairs import NO_REPAIRS, Repairs
from vendors.imports.report import Change, Counts, Problem, ProblemGroup, Summary, grouped, named_column
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


VendorFile = TableFile
"""A file of vendors as it was read."""


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
    return read_table(
        path,
        fields=import_fields(),
        mapping=mapping,
        ignore=ignore,
        only_mapped=only_mapped,
        sheet=sheet,
        name=name,
    )


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
    summary, targets = plan_vendors(
        file.rows,
        known=Known(organization),
        source=file.name,
        by=by,
        now=now,
        unreadable=rows_of(file.problems),
    )
    named = [named_column(problem, file.columns) for problem in (*file.problems, *summary.problems)]
    summary.problems = sorted(named, key=lambda problem: (problem.row, problem.column, problem.message))
    return ImportReport(file, organization, summary, targets)


def plan_vendors(
    rows: Sequence[ParsedRow],
    *,
    known: Known,
    source: str,
    by: Actor,
    now: datetime,
    unreadable: Collection[int] = (),
    describes: Collection[str] = EVERYTHING,
    repairs: Repairs = NO_REPAIRS,
) -> tuple[Summary, tuple[VendorTarget, ...]]:
    """What rows change of vendors, sites, capabilities and services, with what is wrong with them.

    `unreadable` are rows with a cell that could not be read: it may be the very key that is missing, so the row's other
    faults of placing are left out.
    """
    placing = Placing(known, describes=describes, repairs=repairs)
    problems = []
    for row in rows:
        try:
            placing.place(row)
        except RowError as error:
            if row.number not in unreadable:
                problems.append(problem_of(row, error))
    differences = Differences(placing.known, source=source, by=by, now=now)
    differences.compare(placing.vendors)
    differences.summary.rows = len(rows)
    differences.summary.problems += problems
    return differences.summary, tuple(placing.vendors)


def problem_of(row: ParsedRow, error: RowError) -> Problem:
    """A row's refusal as a problem."""
    return Problem(row.number, "", error.field, error.code, error.message, error.value)


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
