"""How each format is written: rows in pieces, and the pieces as a file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from scorecards.exporting.parquet_file import parquet_piece, write_parquet
from scorecards.exporting.tables import Document, Table
from scorecards.exporting.text_files import (
    BYTE_ORDER_MARK,
    csv_header,
    csv_piece,
    json_file,
    json_piece,
    ndjson_piece,
)
from scorecards.exporting.xlsx_file import MOST_ROWS, Written, rows_xml, write_workbook
from scorecards.models.export import ExportFormat

CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
    ExportFormat.NDJSON: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.PDF: "application/pdf",
    ExportFormat.ZIP: "application/zip",
}
ONE_TABLE = frozenset({ExportFormat.CSV, ExportFormat.NDJSON, ExportFormat.PARQUET})
"""Formats that hold a single table."""
TABULAR = (ExportFormat.CSV, ExportFormat.XLSX, ExportFormat.JSON, ExportFormat.NDJSON, ExportFormat.PARQUET)


@dataclass(frozen=True)
class Pieces:
    """The written rows of one table: how many rows each piece has, and the pieces."""

    table: Table
    counts: Sequence[int]
    pieces: Iterable[bytes]


def tables_of(document: Document, file_format: ExportFormat, table: str = "") -> tuple[Table, ...]:
    """The tables that a file of this format holds."""
    return (document.table(table),) if file_format in ONE_TABLE else document.tables


def write_piece(file_format: ExportFormat, table: Table, rows: Sequence[Any], first: int) -> bytes:
    """Rows of a table in the format; `first` is the place of the first of them, from 0."""
    if file_format is ExportFormat.XLSX:
        return rows_xml(table.columns, rows, first)
    if file_format is ExportFormat.PARQUET:
        return parquet_piece(table, rows)
    text: dict[ExportFormat, Callable[[Any, Any], bytes]] = {
        ExportFormat.CSV: csv_piece,
        ExportFormat.NDJSON: ndjson_piece,
        ExportFormat.JSON: json_piece,
    }
    return text[file_format](table.fields(), rows)


def write_file(
    target: BinaryIO,
    file_format: ExportFormat,
    document: Document,
    tables: Sequence[Pieces],
    *,
    mark: bool = False,
) -> None:
    """The whole file. `mark`: CSV with a byte order mark, which some spreadsheets need to read UTF-8."""
    if file_format is ExportFormat.XLSX:
        write_workbook(target, document, [Written(one.table, one.counts, one.pieces) for one in tables])
    elif file_format is ExportFormat.PARQUET:
        write_parquet(target, document, tables[0].table, tables[0].pieces)
    elif file_format is ExportFormat.JSON:
        target.writelines(json_file(document, [(one.table, one.pieces) for one in tables]))
    else:
        if file_format is ExportFormat.CSV:
            target.write((BYTE_ORDER_MARK if mark else b"") + csv_header(tables[0].table.fields()))
        target.writelines(tables[0].pieces)


def split(rows: Sequence[Any], first: int) -> Iterable[tuple[int, Sequence[Any]]]:
    """Rows cut where a sheet ends, each part with the place of its first row."""
    while rows:
        room = MOST_ROWS - first % MOST_ROWS
        yield first, rows[:room]
        rows, first = rows[room:], first + room


def write_at_once(target: BinaryIO, file_format: ExportFormat, document: Document, *, table: str = "", mark: bool = False) -> None:  # fmt: skip
    """Read and write everything in one go: for what is small."""
    written = []
    for one in tables_of(document, file_format, table):
        pieces = list(pieces_of(file_format, one))
        written.append(Pieces(one, [count for count, _ in pieces], [piece for _, piece in pieces]))
    write_file(target, file_format, document, written, mark=mark)


def pieces_of(file_format: ExportFormat, table: Table) -> Iterable[tuple[int, bytes]]:
    """A table read to its end, in pieces with how many rows each has."""
    place: Any = None
    first = 0
    while True:
        rows, place = table.read(place)
        for start, part in split(rows, first):
            yield len(part), write_piece(file_format, table, part, start)
        first += len(rows)
        if place is None:
            return
