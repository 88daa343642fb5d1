"""A ranking as CSV (RFC 4180, UTF-8)."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO

from scorecards.exporting.content import Cell, Points, RankingContent, ranking_columns
from scorecards.exporting.guard import safe_text

BYTE_ORDER_MARK = "\ufeff"


def csv_pieces(content: RankingContent, *, mark: bool) -> Iterator[bytes]:
    """The file in pieces. `mark`: with a byte order mark, which some spreadsheets need to read UTF-8."""
    columns = ranking_columns(content)
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)  # commas, CRLF, quotes where needed
    if mark:
        buffer.write(BYTE_ORDER_MARK)
    writer.writerow([safe_text(column.title) for column in columns])
    for row in content.rows():
        writer.writerow([as_text(column.value(row)) for column in columns])
        if buffer.tell() > 64 * 1024:
            yield _taken(buffer)
    yield _taken(buffer)


def as_text(cell: Cell) -> str:
    """A cell as CSV has it: numbers bare, texts guarded, dates ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Points):
        return cell.text
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, int) else safe_text(cell)


def _taken(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8")
