"""Tables as CSV (RFC 4180), NDJSON and JSON, written in pieces that are joined later."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

from scorecards.exporting.guard import safe_text
from scorecards.exporting.tables import Cell, Column, Document, Points, Table, Type, plain

BYTE_ORDER_MARK = "\ufeff".encode()


def as_text(cell: Cell) -> str:
    """A cell as CSV has it: numbers bare, texts guarded, dates ISO 8601."""
    found = plain(cell)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, Points):
        return found.text
    if isinstance(found, datetime):
        return found.isoformat(timespec="seconds")
    if isinstance(found, date):
        return found.isoformat()
    return str(found) if isinstance(found, int) else safe_text(found)


def csv_lines(lines: Iterable[Iterable[str]]) -> bytes:
    """Lines as CSV: commas, CRLF, quotes where needed."""
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue().encode()


def csv_header(columns: Sequence[Column]) -> bytes:
    """The line of titles."""
    return csv_lines([[safe_text(column.title) for column in columns]])


def csv_piece(columns: Sequence[Column], rows: Iterable[Any]) -> bytes:
    """Rows as CSV."""
    return csv_lines([as_text(column.value(row)) for column in columns] for row in rows)


LARGEST_NUMBER = 2**53


def json_value(cell: Cell, kind: Type) -> str:
    """A cell as JSON: figures with the digits they are shown with, integers that JavaScript would round as strings."""
    found = plain(cell)
    if isinstance(found, bool) or found is None:
        return json.dumps(found)
    if isinstance(found, Points):
        return found.text
    if isinstance(found, int):
        return str(found) if abs(found) <= LARGEST_NUMBER else json.dumps(str(found))
    if isinstance(found, datetime):
        return json.dumps(found.astimezone(UTC).isoformat(timespec="seconds"))
    if isinstance(found, date):
        return json.dumps(found.isoformat())
    return json.dumps(found, ensure_ascii=False)


def json_objects(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    """Each row as a JSON object."""
    named = [(json.dumps(column.field), column) for column in columns]
    for row in rows:
        yield (
            "{"
            + ",".join(f"{name}:{json_value(column.value(row), column.type)}" for name, column in named)
            + "}"
        )


def ndjson_piece(columns: Sequence[Column], rows: Iterable[Any]) -> bytes:
    """Rows as JSON, one a line."""
    return "".join(f"{line}\n" for line in json_objects(columns, rows)).encode()


def json_piece(columns: Sequence[Column], rows: Iterable[Any]) -> bytes:
    """Rows as JSON with a comma before each; the one before the first is left out when the pieces are joined."""
    return "".join(f",\n{line}" for line in json_objects(columns, rows)).encode()


def json_file(document: Document, tables: Sequence[tuple[Table, Iterable[bytes]]]) -> Iterator[bytes]:
    """The whole JSON file: what it is, then each table with its columns and rows."""
    facts = ",".join(f"{json.dumps(name)}:{json_value(value, Type.TEXT)}" for name, value in document.facts)
    yield f'{{"title":{json.dumps(document.title, ensure_ascii=False)},"facts":{{{facts}}},"tables":{{'.encode()
    for number, (table, pieces) in enumerate(tables):
        yield f"{',' if number else ''}\n{json.dumps(table.code)}:[".encode()
        first = True
        for piece in pieces:
            yield piece[1:] if first and piece else piece
            first = first and not piece
        yield b"]"
    yield b"}}\n"
