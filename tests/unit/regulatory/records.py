"""Short ways to write records in the tests of the regulatory score."""

from datetime import date
from pathlib import Path

from tests.support.official_files import sample_rows
from vendors.imports.openers import open_source
from vendors.regulatory.formats import format_for
from vendors.regulatory.formats.base import Origin, ParsedRecord, RowError
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

DQA = "Drug Quality Assurance"
VACCINES = "Vaccines and Allergenic Products"


def inspection(
    on: str, classification: str, area: str = DQA, *, number: str = "", fei: str = "7", product: str = "Drugs"
) -> RegulatoryRecord:
    """An inspection row; its id is its date unless given."""
    return RegulatoryRecord(
        kind=RecordKind.INSPECTION,
        authority="FDA",
        native_id=number or on,
        fei=fei,
        event_on=date.fromisoformat(on),
        classification=classification,
        project_area=area,
        product_area=product,
    )


def event(
    kind: RecordKind,
    on: str,
    *,
    number: str = "1",
    product: str = "Drugs",
    scope: str = "",
    closed: str = "",
    document: str = "",
    classification: str = "",
    authority: str = "FDA",
    fei: str = "7",
) -> RegulatoryRecord:
    """A record of another kind."""
    return RegulatoryRecord(
        kind=kind,
        authority=authority,
        native_id=number,
        fei=fei,
        event_on=date.fromisoformat(on),
        product_area=product,
        scope=scope,
        closed_on=date.fromisoformat(closed) if closed else None,
        closed_by_document=document,
        classification=classification,
    )


def parse_file(path: Path, code: str) -> tuple[list[RegulatoryRecord], list[RowError]]:
    """Every record of an official file, and every row left out."""
    file_format = format_for(code)
    with open_source(path, file_format) as table:
        origin = Origin(path.name, date(2026, 7, 1))
        parsed = list(file_format.parse(table.header, table.rows, origin=origin))
    return (
        [one.record for one in parsed if isinstance(one, ParsedRecord)],
        [one for one in parsed if isinstance(one, RowError)],
    )


def parse_rows(code: str, changes: list[dict[str, str]]) -> list[ParsedRecord | RowError]:
    """The first row of a kind's sample, read once per set of changed cells (by the column's name)."""
    header, row, *_ = sample_rows(code)
    rows = [[cells.get(name, cell) for name, cell in zip(header, row, strict=True)] for cells in changes]
    origin = Origin("file", date(2026, 7, 1))
    return list(format_for(code).parse(header, enumerate(rows, start=2), origin=origin))
