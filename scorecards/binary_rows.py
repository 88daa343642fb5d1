"""Rows of fixed width between PostgreSQL and NumPy: its binary COPY format as one structured array, either way.

A row is the number of its fields, then each field's length in bytes and its bytes, big-endian. Where every field has a
fixed width and none is null, all rows have one size, and thousands are read or written without a Python object each.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from scorecards.engine.cells import Int64Array

Rows = NDArray[np.void]
Layout = Mapping[str, str | np.dtype[np.void]]

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
FIRST_DAY, NEVER = date(2000, 1, 1), 2**31 - 1  # how PostgreSQL counts days, and its date 'infinity'


class RowError(ValueError):
    """Rows that have not the width that was announced."""


def packed_integers(length: int) -> np.dtype[np.void]:
    """The field of a `PackedIntegers` column with so many numbers."""
    return np.dtype((">i8", (length,)))


def row_type(layout: Layout) -> np.dtype[np.void]:
    """A row of these fields; the length of each stands before it as "<name>:bytes"."""
    fields: list[tuple[str, str | np.dtype[np.void]]] = [("fields", ">i2")]
    for name, kind in layout.items():
        fields += [(f"{name}:bytes", ">i4"), (name, kind)]
    return np.dtype(fields)


def blank_rows(count: int, layout: Layout) -> Rows:
    """Rows with all lengths in place, values still 0."""
    row = np.zeros(1, dtype=row_type(layout))
    row["fields"] = len(layout)
    for name in layout:
        row[f"{name}:bytes"] = row.dtype[name].itemsize
    return np.repeat(row, count)


def as_bytes(rows: Rows) -> NDArray[np.uint8]:
    """The rows as a table of bytes, a view where they lie in one piece."""
    return np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), rows.dtype.itemsize)


def read_rows(query: str, parameters: Mapping[str, object], layout: Layout) -> Rows:
    """The rows of a query whose columns are those of the layout, inside the caller's transaction.

    Raises RowError for rows of another width: a field that is null, or longer or shorter than announced.
    """
    raw: psycopg.Connection[tuple[object, ...]] | None = connection.connection
    if raw is None:
        raise RuntimeError("needs an open transaction")
    statement = psycopg.ClientCursor(raw).mogrify(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", parameters)
    data = _copied(raw.pgconn, statement.encode())
    kind = row_type(layout)
    body = len(data) - len(SIGNATURE) - len(TRAILER)
    if body % kind.itemsize:
        raise RowError(f"rows are not {kind.itemsize} bytes wide")
    rows = np.frombuffer(data, dtype=kind, count=body // kind.itemsize, offset=len(SIGNATURE))
    _check_widths(rows, layout)
    return rows


def _check_widths(rows: Rows, layout: Layout) -> None:
    """Refuse rows whose lengths are not those announced: all of them in one walk, then the one that is wrong by name."""
    fields: Mapping[str, Any] = rows.dtype.fields or {}
    places = np.concatenate([np.arange(4) + fields[f"{name}:bytes"][1] for name in layout])
    if (as_bytes(rows)[:, places] == as_bytes(blank_rows(1, layout))[:, places]).all():
        return
    for name in layout:
        if (rows[f"{name}:bytes"] != rows.dtype[name].itemsize).any():
            raise RowError(f"{name} is not always {rows.dtype[name].itemsize} bytes wide")


def _copied(server: PGconn, statement: bytes) -> bytearray:
    """What COPY sends, a row at a time, straight from libpq: psycopg's own reader costs more per row than the row.

    No row is kept as an object: thousands of them would set off the garbage collector, which costs more than reading.
    """
    sent = bytearray()
    answer: PGresult | None = server.exec_(statement)
    while answer is not None:
        if answer.status == ExecStatus.COPY_OUT:
            size, row = server.get_copy_data(0)
            while size > 0:
                sent += row
                size, row = server.get_copy_data(0)
        elif answer.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(answer)
        answer = server.get_result()
    return sent


def write_rows(table: str, rows: Rows, names: Sequence[str]) -> None:
    """COPY the rows into the columns of a table that has no row-level security: a temporary one."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(SIGNATURE + rows.tobytes() + TRAILER)


def earliest_day(days: Int64Array) -> date | None:
    """The earliest of days as PostgreSQL counts them; None where there is none, or only 'infinity'."""
    first = int(days.astype(np.int64).min(initial=NEVER))
    return None if first == NEVER else FIRST_DAY + timedelta(days=first)
