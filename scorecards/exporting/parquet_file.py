"""Tables as Parquet: typed columns, what they mean in the metadata of each field."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from scorecards.exporting.tables import Cell, Column, Document, Points, Table, Type, plain

TYPES = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.POINTS: pa.decimal128(9, 2),
    Type.NUMBER: pa.decimal128(38, 6),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.MOMENT: pa.timestamp("us", tz="UTC"),
}


def schema_of_table(table: Table) -> Any:
    """The Arrow schema; title and description are metadata of each field."""
    return pa.schema(
        [
            pa.field(
                column.field, TYPES[column.type], metadata={"title": column.title, "description": column.description or column.title}
            )
            for column in table.fields()
        ]
    )  # fmt: skip


def parquet_piece(table: Table, rows: Sequence[Any]) -> bytes:
    """Rows as an Arrow stream, which `write_parquet` puts into a row group."""
    schema, columns = schema_of_table(table), table.fields()
    arrays = [
        pa.array([value_of(column, column.value(row)) for row in rows], type=schema.field(number).type)
        for number, column in enumerate(columns)
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return bytes(sink.getvalue())


def value_of(column: Column, cell: Cell) -> Any:
    """A cell as Arrow takes it."""
    found = plain(cell)
    if found is None or (found == "" and column.type is not Type.TEXT):
        return None
    if column.type is Type.TEXT:
        return found.text if isinstance(found, Points) else _text(found)
    if column.type in {Type.POINTS, Type.NUMBER}:
        return Decimal(found.text if isinstance(found, Points) else str(found))
    if isinstance(found, datetime):
        return found.astimezone(UTC)
    return found


def _text(found: str | int | date) -> str:
    if isinstance(found, bool):
        return "yes" if found else "no"
    return found.isoformat() if isinstance(found, date) else str(found)


def write_parquet(target: BinaryIO, document: Document, table: Table, pieces: Iterable[bytes]) -> None:
    """The whole file; the document's facts are metadata of the schema."""
    about = {"title": document.title} | {name: _fact(value) for name, value in document.facts}
    schema = schema_of_table(table).with_metadata(about)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for piece in pieces:
            with pa.ipc.open_stream(piece) as reader:
                writer.write_table(reader.read_all().replace_schema_metadata(about))


def _fact(value: Cell) -> str:
    found = plain(value)
    if found is None:
        return ""
    return found.text if isinstance(found, Points) else _text(found)
