"""One way to open a table, whatever the file: a header and its rows as text.

The kind is judged by the content and not by the name. Files come from strangers: nothing here trusts a size,
a count or a type that the file states about itself.
"""

import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from vendors.imports.csv_table import inspect_csv, read_csv
from vendors.imports.errors import TableError
from vendors.imports.limits import DEFAULT_LIMITS, Limits
from vendors.imports.values import parse_date, parse_number
from vendors.imports.xlsx_table import read_rows, spool_sheet

__all__ = ["Limits", "Row", "Table", "TableError", "open_table", "parse_date", "parse_number"]

_ZIP = b"PK\x03\x04"
_NOT_TABLES = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old or password-protected workbook; save it as .xlsx or CSV",
    b"PK\x05\x06": "an empty archive",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a compressed file; unpack it first",
}


class Row(NamedTuple):
    """A row as it stands in the file: its number as a spreadsheet shows it, and its cells as text."""

    number: int
    cells: tuple[str, ...]


class Table:
    """An open table: its header, how it was read, and its rows, once.

    ``encoding`` and ``delimiter`` are "" for a workbook; ``sheet`` and ``sheets`` are empty for a text file.
    A context manager; what nobody closes is let go with the object.
    """

    def __init__(
        self,
        header: tuple[str, ...],
        rows: Iterator[Row],
        *,
        encoding: str = "",
        delimiter: str = "",
        sheets: tuple[str, ...] = (),
        sheet: str = "",
        spool: IO[bytes] | None = None,
    ) -> None:
        self.header = header
        self.rows = rows
        self.encoding = encoding
        self.delimiter = delimiter
        self.sheets = sheets
        self.sheet = sheet
        self._release = None if spool is None else weakref.finalize(self, spool.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the rows and let go of the file."""
        self.rows = iter(())
        if self._release is not None:
            self._release()

    def ragged(self, row: Row) -> TableError | None:
        """The error of a row with more or fewer cells than the header; None for one that fits.

        A generator of rows does not stop at such a row, so that all of them can be listed.
        """
        if len(row.cells) == len(self.header):
            return None
        return TableError(f"has {len(row.cells)} cells where the header has {len(self.header)}", row.number)


def open_table(
    path: Path,
    *,
    sheet: str | None = None,
    header_row: int = 1,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Open a CSV file (any of , ; tab |) or an XLSX workbook.

    ``sheet`` picks a sheet of a workbook, else the first visible one; ``header_row`` passes over lines above
    the header; ``encoding`` is for formats whose encoding is known and for people who say it, else it is
    detected. Rows stream: a text file is read while they are taken, a workbook was read by then.

    Raises TableError, here or while rows are taken, for a file that cannot be read safely and certainly.
    """
    with path.open("rb") as stream:
        start = stream.read(8)
    for magic, what in _NOT_TABLES.items():
        if start.startswith(magic):
            raise TableError(f"The file is {what}.")
    if start.startswith(_ZIP):
        spool = spool_sheet(path, sheet=sheet, limits=limits)
        try:
            header, rows = _split(read_rows(spool), header_row, pad=True)
        except TableError:
            spool.file.close()
            raise
        return Table(header, rows, sheets=spool.sheets, sheet=spool.sheet, spool=spool.file)
    if sheet is not None:
        raise TableError("The file is a text file: it has no sheets.")
    found, delimiter = inspect_csv(path, header_row=header_row, encoding=encoding, limits=limits)
    source = read_csv(path, encoding=found, delimiter=delimiter, limits=limits)
    header, rows = _split(source, header_row, pad=False)
    return Table(header, rows, encoding=found, delimiter=delimiter)


def _split(
    source: Iterable[tuple[int, Sequence[str]]], header_row: int, *, pad: bool
) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The header, checked, and the rows below it."""
    records = iter(source)
    for number, cells in records:
        if number >= header_row:
            header = _header(cells, number)
            return header, _rows(records, len(header), pad=pad)
    raise TableError("The file has no header row.")


def _header(cells: Sequence[str], number: int) -> tuple[str, ...]:
    """Column names without surrounding space or trailing blanks; raises TableError when one comes twice."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise TableError("The header row is blank.", number)
    seen: set[str] = set()
    for name in names:
        if name and name.casefold() in seen:
            raise TableError("The header has two columns of this name.", number, name[:60])
        seen.add(name.casefold())
    return tuple(names)


def _rows(records: Iterator[tuple[int, Sequence[str]]], width: int, *, pad: bool) -> Iterator[Row]:
    """Rows with blank cells beyond the header cut off; a workbook's short rows are filled up.

    A workbook does not store blank cells at the end of a row, so there a short row is a whole one.
    """
    for number, given in records:
        cells = list(given)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if pad and len(cells) < width:
            cells.extend([""] * (width - len(cells)))
        yield Row(number, tuple(cells))
