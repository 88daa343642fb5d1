"""Load a file of official records: public ones for everybody, or a member's own into one organisation.

Every official format goes through here. A format (`vendors.regulatory.formats`) says how its columns become records, an
opener (`vendors.imports.openers`) how its bytes become rows; nothing here knows either. To add one: a module below
formats that makes a `FileFormat` with `kinds`, and its entry in `FORMATS`; another layout than a table also needs an
opener. Rows stream from the file into a temporary table, 100 000 in bounded memory; only the one statement that brings
them in holds locks (`vendors.services.record_load` says what it judges). A row that cannot be read is left out with its
reason; a file that cannot be read as a whole changes nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from cdmo_eval.core.formula_guard import safe_text
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from vendors.imports.openers import open_source
from vendors.imports.tables import Row, Table, TableError
from vendors.models import PublicLoad, PublicRecord, Site, UploadedLoad
from vendors.models.load import REJECTED_KEPT
from vendors.regulatory.formats import FORMATS, format_for
from vendors.regulatory.formats.base import FileFormat, Origin, RowError, SkippedRow, WrongFileError
from vendors.regulatory.records import RegulatoryRecord
from vendors.services import (
    LoadReport,
    PublicRead,
    load_public_records,
    match_records,
    refresh_standings,
    undo_public_load,
    upload_records,
)
from vendors.services.record_load import SiteKey
from vendors.vocabulary import RecordKind

KINDS: Mapping[str, tuple[RecordKind, ...]] = MappingProxyType(
    {code: file_format.kinds for code, file_format in FORMATS.items()}
)
"""Which kinds of record a file of each format is a reading of."""
_LENGTHS = {
    column.name: column.max_length
    for column in PublicRecord._meta.concrete_fields
    if column.name
    in {"native_id", "classification", "product_area", "project_area", "cfr", "closed_by_document"}
}
_CHARACTERS_KEPT = 4_000_000
"""Text of rejected rows that is kept, all together."""


@dataclass(frozen=True, kw_only=True)
class RegulatoryReport:
    """What became of every row of a file.

    read = new + changed + unchanged + outdated + repeated + public + skipped + rejected.
    """

    kind: str
    read_on: date
    read: int
    new: int
    changed: int
    unchanged: int
    outdated: int
    """Records of which something newer is known already."""
    repeated: int
    """Rows of a record that the file holds already; the newest one counts."""
    public: int
    """Uploaded rows left out because the record is public."""
    skipped: int
    """Rows that hold no record by the source's own custom."""
    closed: int
    """Open records that a whole list no longer holds."""
    matched: int
    """Records of a site in the directory (of any organisation, for public files), by FEI."""
    unmatched: int
    """Records of no site in the directory: kept, and found when a site gets their FEI."""
    rejections: int
    """Rows left out because they could not be read."""
    organizations: tuple[int, ...] = ()
    """Those with a matched site."""
    rejected: tuple[RowError, ...] = ()
    """The first of them, with their reasons."""
    header: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    """The rejected rows themselves, in the same order."""
    written: bool = True
    number: int | None = None
    """The number of the load, by which it is undone."""

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name, as the load keeps them."""
        return {name: value for name, value in asdict(self).items() if name in COUNTS}

    @property
    def rejected_rows(self) -> list[list[Any]]:
        """Row, column, reason and cells of each rejected row that is kept."""
        return [
            [error.row, error.column, error.message, *cells]
            for error, cells in zip(self.rejected, self.cells, strict=True)
        ]


COUNTS = (
    "read",
    "new",
    "changed",
    "unchanged",
    "outdated",
    "repeated",
    "public",
    "skipped",
    "closed",
    "matched",
    "unmatched",
    "rejections",
)
"""The numbers of a report."""


@dataclass
class _Reading:
    """The rows of an open file as records, counted on the way."""

    table: Table
    file_format: FileFormat
    origin: Origin
    read: int = 0
    good: int = 0
    skipped: int = 0
    rejections: int = 0
    rejected: list[RowError] = field(default_factory=list)
    cells: list[tuple[str, ...]] = field(default_factory=list)
    _row: Row | None = None
    _kept: int = 0

    def __iter__(self) -> Iterator[RegulatoryRecord]:
        """The records, repeated ones included. Raises TableError where the file breaks off."""
        for parsed in self.file_format.parse(self.table.header, self._rows(), origin=self.origin):
            self.read += 1
            if isinstance(parsed, SkippedRow):
                self.skipped += 1
            elif isinstance(parsed, RowError):
                self._reject(parsed)
            elif (reason := _too_long(parsed.record)) is not None:
                self._reject(RowError(parsed.row, "", reason))
            else:
                self.good += 1
                yield parsed.record
        if (cut := self.table.breaks_off(self._row)) is not None:
            raise cut

    def _rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        for row in self.table.rows:
            self._row = row
            yield row.number, row.cells

    def _reject(self, error: RowError) -> None:
        """Count a row that is left out, and keep it with its cells while there is room."""
        self.rejections += 1
        cells = self._row.cells if self._row is not None and self._row.number == error.row else ()
        self._kept += sum(map(len, cells))
        if len(self.rejected) < REJECTED_KEPT and self._kept <= _CHARACTERS_KEPT:
            self.rejected.append(error)
            self.cells.append(cells)


def import_public_records(
    kind: str,
    path: Path,
    *,
    read_on: date,
    now: datetime,
    by: str,
    sheet: str | None = None,
    dry_run: bool = False,
) -> RegulatoryReport:
    """Load a public file for every organisation: the operator's work, outside any transaction.

    Afterwards the standings of the sites it speaks of are worked out anew and their organisations woken, in each
    one's own scope as `by`. A dry run does the same work and takes it back. Raises Invalid, with nothing
    written, for a file of another kind, a damaged one, or one without a single readable row.
    """
    file_format = _format(kind)
    with _opened(path, sheet, file_format) as table:
        reading = _reading(table, file_format, read_on, now)
        read = PublicRead(
            source=kind,
            kinds=file_format.kinds,
            read_on=read_on,
            file_name=path.name[-255:],
            sha256=sha256_of(path),
            by=by,
        )
        load = PublicLoad()
        with owner_connection(), transaction.atomic():
            loaded = load_public_records(
                records=reading, read=read, now=now, complete=file_format.whole_list, load=load
            )
            _require_rows(reading)
            report = _report(
                kind, reading, loaded, dry_run=dry_run, number=None if dry_run else load.position
            )
            keep_report(load, report)
            load.save(update_fields=["counts", "header", "rejected"])
            transaction.set_rollback(dry_run)
    if not dry_run:
        _refresh_all(loaded.sites, by=by, now=now, wake=bool(loaded.added or loaded.changed or loaded.closed))
        match_everywhere(by=by, now=now)
    return report


def undo_public_records(number: int, *, reason: str, by: str, now: datetime) -> PublicLoad:
    """Take a public load back and work its sites' standings out anew: the operator's work, outside any transaction.

    Raises NotFound, and Conflict when a later load built on it.
    """
    with owner_connection(), transaction.atomic():
        load = PublicLoad.objects.filter(position=number).first()
        if load is None:
            raise NotFound(f"There is no load {number} of public records.")
        sites = undo_public_load(load=load, reason=reason, by=by, now=now)
    _refresh_all(sites, by=by, now=now, wake=True)
    match_everywhere(by=by, now=now)
    return load


def import_uploaded_records(
    kind: str,
    path: Path,
    *,
    organization: Organization,
    read_on: date,
    by: Actor,
    now: datetime,
    sheet: str | None = None,
    dry_run: bool = False,
    load: UploadedLoad | None = None,
    name: str = "",
) -> RegulatoryReport:
    """Load a member's file into the organisation. Opens the organisation's scope itself, after the file.

    A record that is public is left out: nothing counts twice. `load` is the row of a file that was checked before,
    `name` what the member called it. Raises PermissionDenied, and Invalid as above.
    """
    file_format = _format(kind)
    with _opened(path, sheet, file_format) as table:
        reading = _reading(table, file_format, read_on, now)
        load = load or UploadedLoad(organization=organization, file_name=(name or path.name)[-255:])
        load.kind, load.read_on, load.sha256 = kind, read_on, load.sha256 or sha256_of(path)
        load.record_kinds = [kind.value for kind in file_format.kinds]
        with (
            organization_scope(organization.pk, by, reason=f"import of {load.file_name}"[:200]),
            transaction.atomic(),
        ):
            loaded = upload_records(
                organization=organization,
                records=reading,
                by=by,
                now=now,
                load=load,
                complete=file_format.whole_list,
            )
            _require_rows(reading)
            report = _report(
                kind, reading, loaded, dry_run=dry_run, number=None if dry_run else load.position
            )
            keep_report(load, report)
            load.save(update_fields=["counts", "header", "rejected"])
            match_records(organization=organization, now=now)
            transaction.set_rollback(dry_run)
    return report


def keep_report(load: PublicLoad | UploadedLoad, report: RegulatoryReport) -> None:
    """Put a report into the columns of its load; not saved yet."""
    load.counts, load.header, load.rejected = report.counts, list(report.header), report.rejected_rows


def rejected_table(header: Sequence[str], rejected: Sequence[Sequence[Any]]) -> Iterator[list[str]]:
    """The rows of a text table of rejected rows, its header first; no cell becomes a formula."""
    yield [safe_text(cell) for cell in ("row", "column", "reason", *header)]
    for row in rejected:
        yield [safe_text(str(cell)) for cell in row]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _format(kind: str) -> FileFormat:
    try:
        return format_for(kind)
    except ValueError as error:
        message = f"{kind!r} is not a kind of file that can be imported; known: {', '.join(KINDS)}."
        raise Invalid(message, errors=[FieldError("kind", "unknown", message)]) from error


@contextmanager
def _opened(path: Path, sheet: str | None, file_format: FileFormat) -> Iterator[Table]:
    """The open file, with its errors in the words of the domain."""
    try:
        with open_source(path, file_format, sheet=sheet) as table:
            file_format.expect(table.header)
            yield table
    except (TableError, WrongFileError) as error:
        raise Invalid(
            str(error), code="unreadable", errors=[FieldError("file", "unreadable", str(error))]
        ) from error


def _reading(table: Table, file_format: FileFormat, read_on: date, now: datetime) -> _Reading:
    if read_on > now.date():
        message = "The day of reading lies in the future."
        raise Invalid(message, errors=[FieldError("read_on", "in_future", message)])
    return _Reading(table, file_format, Origin(file_format.code, read_on))


def _require_rows(reading: _Reading) -> None:
    """Refuse a file of which nothing could be read; inside the transaction, so that nothing stays.

    A whole list must be read wholly: a row that cannot be read would pass for a record that is gone.
    """
    if reading.file_format.whole_list and reading.good and reading.rejections:
        message = f"{reading.rejections} rows cannot be read, and this list only counts as a whole."
        raise Invalid(
            message,
            code="not_whole",
            errors=[
                FieldError(f"{row.row}.{row.column}", "rejected", row.message) for row in reading.rejected
            ],
        )
    if reading.good:
        return
    message = (
        f"None of the {reading.read} rows could be read."
        if reading.read
        else "The file has no rows below its header."
    )
    raise Invalid(
        message,
        code="nothing_read",
        errors=[FieldError(f"{row.row}.{row.column}", "rejected", row.message) for row in reading.rejected],
    )


def _too_long(record: RegulatoryRecord) -> str | None:
    """Why the record does not fit its table; None when it does."""
    for name, limit in _LENGTHS.items():
        length = len(getattr(record, name))
        if limit is not None and length > limit:
            return f"the {name.replace('_', ' ')} has {length} characters; at most {limit} are kept"
    return None


def _report(
    kind: str, reading: _Reading, loaded: LoadReport, *, dry_run: bool, number: int | None
) -> RegulatoryReport:
    assert reading.origin.read_on is not None  # noqa: S101 - set by _reading
    return RegulatoryReport(
        kind=kind,
        read_on=reading.origin.read_on,
        read=reading.read,
        new=loaded.added,
        changed=loaded.changed,
        unchanged=loaded.unchanged,
        outdated=loaded.outdated,
        repeated=loaded.repeated,
        public=loaded.public,
        skipped=reading.skipped,
        closed=loaded.closed,
        matched=loaded.matched,
        unmatched=loaded.unmatched,
        rejections=reading.rejections,
        organizations=tuple(sorted({organization_id for organization_id, _, _ in loaded.sites})),
        rejected=tuple(reading.rejected),
        header=reading.table.header,
        cells=tuple(reading.cells),
        written=not dry_run,
        number=number,
    )


def match_everywhere(*, by: str, now: datetime) -> None:
    """Match records without a site's number, each organisation's in its own scope and transaction.

    The standings of sites that have such records are worked out anew: what changed may be one of theirs.
    """
    for organization in Organization.objects.order_by("id"):
        with organization_scope(organization.pk, by):
            match_records(organization=organization, now=now)
            matched = Site.objects.for_organization(organization).active().with_matches()
            refresh_standings(organization=organization, as_of=now.date(), sites=matched.order_by("id"))


def _refresh_all(sites: Sequence[SiteKey], *, by: str, now: datetime, wake: bool) -> None:
    """Work out the standings of sites, each organisation's in its own scope."""
    for organization_id in sorted({organization_id for organization_id, _, _ in sites}):
        touched = [site_id for its_organization, site_id, _ in sites if its_organization == organization_id]
        _refresh(organization_id, touched, by=by, now=now, wake=wake)


def _refresh(organization_id: int, site_ids: Sequence[int], *, by: str, now: datetime, wake: bool) -> None:
    """Work out the standings of an organisation's sites; wake its scorecards once when records changed."""
    with organization_scope(organization_id, by):
        organization = Organization.objects.get(pk=organization_id)
        rows = Site.objects.for_organization(organization).filter(pk__in=site_ids)
        refresh_standings(organization=organization, as_of=now.date(), sites=rows.order_by("id"))
        if wake:
            wakeup.after_commit(organization_id)
