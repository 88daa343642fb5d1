"""Load a file of official records: public ones for everybody, or a member's own into one organisation.

Rows stream from the file into a temporary table; only the one statement that brings them in holds locks. A row
that cannot be read is left out with its reason; a file that cannot be read as a whole changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from vendors.imports.tables import Table, TableError, open_table
from vendors.models import PublicRecord, Site
from vendors.models.regulatory import NATURAL_KEY
from vendors.regulatory.formats import format_for
from vendors.regulatory.formats.base import FileFormat, Origin, RowError, WrongFileError
from vendors.regulatory.records import RegulatoryRecord
from vendors.services import LoadReport, PublicRead, load_public_records, refresh_standings, upload_records
from vendors.vocabulary import RecordKind

KINDS: Mapping[str, tuple[RecordKind, ...]] = MappingProxyType(
    {
        "fda_inspections": (RecordKind.INSPECTION,),
        "fda_compliance_actions": (RecordKind.WARNING_LETTER, RecordKind.INJUNCTION, RecordKind.SEIZURE),
    }
)
"""Which kinds of record a file of each format is a reading of."""
_LENGTHS = {
    column.name: column.max_length
    for column in PublicRecord._meta.concrete_fields
    if column.name
    in {"native_id", "classification", "product_area", "project_area", "cfr", "closed_by_document"}
}
_AT_ONCE = 5_000
_Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RegulatoryReport:
    """What became of every row of a file: read = new + changed + unchanged + repeated + public + rejected."""

    kind: str
    read_on: date
    read: int
    new: int
    changed: int
    unchanged: int
    repeated: int
    """Rows of a record that the file holds already; the newest one counts."""
    public: int
    """Uploaded rows left out because the record is public."""
    matched: int
    """Records of a site in the directory (of any organisation, for public files), by FEI."""
    unmatched: int
    """Records of no site in the directory: kept, and found when a site gets their FEI."""
    organizations: tuple[int, ...] = ()
    """Those with a matched site."""
    rejected: tuple[RowError, ...] = ()
    written: bool = True


@dataclass
class _Reading:
    """The rows of an open file as records, counted on the way."""

    table: Table
    file_format: FileFormat
    origin: Origin
    read: int = 0
    repeated: int = 0
    rejected: list[RowError] = field(default_factory=list)
    keys: set[_Key] = field(default_factory=set)
    fei_keys: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[RegulatoryRecord]:
        """The records, repeated ones included. Raises TableError where the file breaks off."""
        rows = ((row.number, row.cells) for row in self.table.rows)
        for parsed in self.file_format.parse(self.table.header, rows, origin=self.origin):
            self.read += 1
            if isinstance(parsed, RowError):
                self.rejected.append(parsed)
                continue
            record = parsed.record
            if (reason := _too_long(record)) is not None:
                self.rejected.append(RowError(parsed.row, "", reason))
                continue
            key = _natural_key(record)
            if key in self.keys:
                self.repeated += 1
            else:
                self.keys.add(key)
                self.fei_keys[key[_FEI]] += 1
            yield record


_FEI = NATURAL_KEY.index("fei_key")


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
    file_format, kinds = _format(kind)
    with _opened(path, sheet, file_format) as table:
        reading = _reading(table, file_format, read_on, now)
        with owner_connection(), transaction.atomic():
            public_read = PublicRead(source=kind, kinds=kinds, read_on=read_on)
            loaded = load_public_records(records=reading, read=public_read, now=now)
            _require_rows(reading)
            sites = _sites(reading.fei_keys)
            transaction.set_rollback(dry_run)
    report = _report(kind, reading, loaded, sites, dry_run=dry_run)
    if not dry_run:
        wake = bool(loaded.added or loaded.changed)
        for organization_id in report.organizations:
            touched = [
                site_id for its_organization, site_id, _ in sites if its_organization == organization_id
            ]
            _refresh(organization_id, touched, by=by, now=now, wake=wake)
    return report


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
) -> RegulatoryReport:
    """Load a member's file into the organisation. Opens the organisation's scope itself, after the file.

    A record that is public is left out: nothing counts twice. Raises PermissionDenied, and Invalid as above.
    """
    file_format, _ = _format(kind)
    with _opened(path, sheet, file_format) as table:
        reading = _reading(table, file_format, read_on, now)
        with organization_scope(organization.pk, by, reason=f"import of {path.name}"[:200]):
            with transaction.atomic():
                loaded = upload_records(organization=organization, records=reading, by=by, now=now)
                _require_rows(reading)
                transaction.set_rollback(dry_run)
            sites = _sites(reading.fei_keys, organization)
            public = _public(reading)
    return _report(kind, reading, loaded, sites, public=public, dry_run=dry_run)


def _format(kind: str) -> tuple[FileFormat, tuple[RecordKind, ...]]:
    try:
        return format_for(kind), KINDS[kind]
    except (KeyError, ValueError) as error:
        message = f"{kind!r} is not a kind of file that can be imported; known: {', '.join(KINDS)}."
        raise Invalid(message, errors=[FieldError("kind", "unknown", message)]) from error


@contextmanager
def _opened(path: Path, sheet: str | None, file_format: FileFormat) -> Iterator[Table]:
    """The open file, with its errors in the words of the domain."""
    try:
        with open_table(path, sheet=sheet) as table:
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
    """Refuse a file of which nothing could be read; inside the transaction, so that nothing stays."""
    if reading.keys:
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


def _natural_key(record: RegulatoryRecord) -> _Key:
    """What makes two rows the same record, in the order of NATURAL_KEY."""
    values = {
        "authority": record.authority,
        "kind": record.kind.value,
        "native_id": record.native_id,
        "fei_key": record.fei.lstrip("0"),
        "project_area": record.project_area,
        "product_area": record.product_area,
        "cfr": record.cfr,
    }
    return tuple(values[name] for name in NATURAL_KEY)


_SiteKey = tuple[int, int, str]
"""Organisation, site and FEI."""


def _sites(fei_keys: Iterable[str], organization: Organization | None = None) -> list[_SiteKey]:
    """The living sites with one of these FEIs: of one organisation, or as the owner role of all."""
    rows = Site.objects.active().filter(vendor__archived_at__isnull=True)
    if organization is not None:
        rows = rows.for_organization(organization)
    found: list[_SiteKey] = []
    for part in _parts(sorted(key for key in fei_keys if key)):
        found += (
            rows.with_fei(*part)
            .order_by("organization_id", "id")
            .values_list("organization_id", "id", "fei_key")
        )
    return sorted(found)


def _public(reading: _Reading) -> int:
    """How many of the file's records are public."""
    found: set[_Key] = set()
    for part in _parts(sorted(reading.fei_keys)):
        found.update(PublicRecord.objects.filter(fei_key__in=part).order_by("id").values_list(*NATURAL_KEY))
    return len(found & reading.keys)


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]


def _report(
    kind: str,
    reading: _Reading,
    loaded: LoadReport,
    sites: Sequence[_SiteKey],
    *,
    dry_run: bool,
    public: int = 0,
) -> RegulatoryReport:
    assert reading.origin.read_on is not None  # noqa: S101 - set by _reading
    with_site = {fei_key for _, _, fei_key in sites}
    matched = sum(count for fei_key, count in reading.fei_keys.items() if fei_key in with_site)
    return RegulatoryReport(
        kind=kind,
        read_on=reading.origin.read_on,
        read=reading.read,
        new=loaded.added,
        changed=loaded.changed,
        unchanged=loaded.known - reading.repeated - public,
        repeated=reading.repeated,
        public=public,
        matched=matched,
        unmatched=len(reading.keys) - matched,
        organizations=tuple(sorted({organization_id for organization_id, _, _ in sites})),
        rejected=tuple(reading.rejected),
        written=not dry_run,
    )


def _refresh(organization_id: int, site_ids: Sequence[int], *, by: str, now: datetime, wake: bool) -> None:
    """Work out the standings of an organisation's sites; wake its scorecards once when records changed."""
    with organization_scope(organization_id, by):
        organization = Organization.objects.get(pk=organization_id)
        rows = Site.objects.for_organization(organization).filter(pk__in=site_ids)
        refresh_standings(organization=organization, as_of=now.date(), sites=rows.order_by("id"))
        if wake:
            wakeup.after_commit(organization_id)
