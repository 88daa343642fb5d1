"""Records of evidence as lines of a table: what each says, how well it is known, and where from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cdmo_eval.core.models import Organization
from scorecards.exporting.content import raw_text
from scorecards.exporting.tables import Column, Table, Type, by_id
from vendors.facts import FACTS
from vendors.models import Evidence, Vendor
from vendors.querysets import EvidenceQuerySet

AT_ONCE = 500


@dataclass(frozen=True)
class RecordLine:
    """A record, and what rests on it: a vendor's name as listed and the criteria."""

    record: Evidence
    vendor: str
    criteria: tuple[str, ...] = ()


def record_rows(organization: Organization, *, commercial: bool) -> EvidenceQuerySet[Evidence]:
    """Records that this reader may see, with what a line shows of them."""
    rows = Evidence.objects.for_organization(organization).visible(commercial=commercial)
    return rows.select_related("vendor", "site", "capability", "file")


def record_columns(*, criteria: bool) -> list[Column]:
    """The columns of a list of records; with the criteria that rest on each where that is known."""
    found = [
        Column("Vendor", lambda line: line.vendor, 30, name="vendor"),
        _column("About", _about, 30),
        _column("Fact", lambda row: row.target, 24, name="target"),
        _column(
            "What it is", lambda row: FACTS[row.target].label if row.target in FACTS else "", 34, name="fact"
        ),
        _column(
            "Says", lambda row: "refused to answer" if row.refused else raw_text(row.value), 30, name="value"
        ),
        _column("Claimed or verified", lambda row: row.claim_type, 12, name="claim_type"),
        _column("Grade", lambda row: row.grade, 7, name="grade"),
        _column("Obtained on", lambda row: row.obtained_on, 12, Type.DATE, name="obtained_on"),
        _column("Valid until", lambda row: row.valid_until, 12, Type.DATE, name="valid_until"),
        _column("Reviewed by", lambda row: row.reviewed_by, 22, name="reviewed_by"),
        _column("Reviewed on", lambda row: row.reviewed_on, 12, Type.DATE, name="reviewed_on"),
        _column("Source", lambda row: row.source, 36, name="source"),
        _column("Address", lambda row: row.source_url, 36, name="source_url"),
        _column("Confidentiality", lambda row: row.confidentiality, 14, name="confidentiality"),
        _column("File", lambda row: row.file.name if row.file else "", 26, name="file"),
        _column(
            "SHA-256 of the file", lambda row: row.file.sha256 if row.file else "", 40, name="file_sha256"
        ),
        _column("Retracted on", lambda row: row.retracted_on, 12, Type.DATE, name="retracted_on"),
        _column("Version", lambda row: row.version, 8, Type.INTEGER, name="version"),
        _column("Record id", lambda row: str(row.public_id), 38, name="id"),
    ]
    if criteria:
        found.insert(
            1, Column("Criteria that rest on it", lambda line: ", ".join(line.criteria), 26, name="criteria")
        )
    return found


def _column(title: str, value: Any, width: int = 12, kind: Type = Type.TEXT, *, name: str = "") -> Column:
    return Column(title, lambda line: value(line.record), width, kind, name)


def _about(row: Evidence) -> str:
    """The site or capability it is about, and the scope it holds for."""
    place = row.site.name if row.site else ""
    what = f"{row.capability.modality} {row.capability.operation}" if row.capability else ""
    scope = " ".join(part for part in (row.modality, row.operation, row.phase, row.market) if part)
    return ", ".join(part for part in (place, what, scope) if part)


def evidence_table(
    organization: Organization, *, commercial: bool, vendors: Sequence[Vendor] | None = None, retracted: bool = False
) -> Table:  # fmt: skip
    """Every record of the organisation or of some vendors, in the order in which they were written down."""
    rows = record_rows(organization, commercial=commercial)
    if vendors is not None:
        rows = rows.filter(vendor__in=vendors)
    if not retracted:
        rows = rows.active()
    read = by_id(rows, lambda page: [RecordLine(row, row.vendor.name) for row in page], AT_ONCE)
    return Table("evidence", "Evidence", record_columns(criteria=False), read, count=rows.count())


def record_lines(rows: Iterable[Evidence], criteria: dict[tuple[int, int], list[str]], wanted: Sequence[tuple[int, str, Iterable[int]]]) -> list[RecordLine]:  # fmt: skip
    """The records that candidates rest on: (candidate, name, records) with the criteria by candidate and record."""
    found = {row.pk: row for row in rows}
    return [
        RecordLine(found[pk], name, tuple(criteria[candidate, pk]))
        for candidate, name, numbers in wanted
        for pk in numbers
        if pk in found
    ]
