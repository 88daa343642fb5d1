"""One way to open a table, whatever the file: a header and its rows as text.

The kind is judged by the content and not by the name. Files come from strangers: nothing here trusts a size,
a count or a type that the file states about itself.
"""

import re
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from vendors.imports.csv_table import inspect_csv, read_csv
from vendors.imports.errors import TableError
from vendors.imports.guarded import Program, Spool, read_rows, spool
from vendors.imports.limits import DEFAULT_LIMITS, Limits
from vendors.imports.values import parse_date, parse_number

__all__ = ["Layout", "Limits", "Row", "Table", "TableError", "open_table", "parse_date", "parse_number"]

_WORKBOOKS = {b"PK\x03\x04": Program.XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": Program.XLS}
_NOT_TABLES = {
    b"PK\x05\x06": "an empty archive",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a compressed file; unpack it first",
}
_TEXTS_NOT_TABLES = (
    (
        re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div)\b", re.IGNORECASE),
        "a web page, not a table",
    ),
    (re.compile(rb"<\?xml\b|<!doctype\b", re.IGNORECASE), "an XML document, not a table"),
    (re.compile(rb"[{\[]\s*(?:[{\[\"}\]]|$)"), "JSON, not a table"),
)
_START = 512
_HEADER_WITHIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What is known of a file before it is opened.

    ``is_header`` finds the header among the first ten rows, which may hold titles; ``sheets`` are those to look
    for first; ``encoding`` is the one of the native file where its bytes do not tell; ``bare_tabs``: cells
    between tabs are not quoted.
    """

    is_header: Callable[[Sequence[str]], bool] | None = None
    sheets: tuple[str, ...] = ()
    encoding: str | None = None
    bare_tabs: bool = False


_ANY = Layout()


class Row(NamedTuple):
    """A row as it stands in the file: its number as a spreadsheet shows it, and its cells as text."""

    number: int
    cells: tuple[str, ...]


class Table:
    """An open table: its header, how it was read, and its rows, once.

    ``encoding`` and ``delimiter`` are "" for a workbook; ``sheet`` and ``sheets`` are empty for a text file.
    ``open_ended``: the last line of a text file has no end. A context manager; what nobody closes is let go with the object.
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
        open_ended: bool = False,
        spool: IO[bytes] | None = None,
    ) -> None:
        self.header = header
        self.rows = rows
        self.encoding = encoding
        self.delimiter = delimiter
        self.sheets = sheets
        self.sheet = sheet
        self.open_ended = open_ended
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

    def breaks_off(self, last: Row | None) -> TableError | None:
        """The error of a file that was cut in the middle of its last row; None for a whole one, as far as one can see."""
        if last is None or not self.open_ended or len(last.cells) >= len(self.header):
            return None
        return TableError("The file breaks off in the middle of this row: it is not whole.", last.number)

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
    layout: Layout = _ANY,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Open a CSV file (any of , ; tab |) or a workbook (XLSX, or XLS of 1997).

    ``sheet`` picks a sheet of a workbook, else the first visible one; ``header_row`` passes over lines above
    the header; ``encoding`` is for people who say it, else it is detected; ``layout`` is for known formats.
    Rows stream: a text file is read while they are taken, a workbook was read by then.

    Raises TableError, here or while rows are taken, for a file that cannot be read safely and certainly.
    """
    with path.open("rb") as stream:
        start = stream.read(_START)
    for magic, what in _NOT_TABLES.items():
        if start.startswith(magic):
            raise TableError(f"The file is {what}.")
    for magic, program in _WORKBOOKS.items():
        if start.startswith(magic):
            opened = spool(
                program, path, limits=limits, largest=limits.xlsx_bytes, sheet=sheet, preferred=layout.sheets
            )
            return _workbook(opened, header_row, layout)
    if sheet is not None:
        raise TableError("The file is a text file: it has no sheets.")
    text_start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, what in _TEXTS_NOT_TABLES:
        if pattern.match(text_start):
            raise TableError(f"The file is {what}.")
    text = inspect_csv(path, header_row=header_row, encoding=encoding, layout=layout, limits=limits)
    header, rows = _split(read_csv(path, text, limits=limits), header_row, layout, pad=False)
    return Table(
        header, rows, encoding=text.encoding, delimiter=text.delimiter, open_ended=_is_open_ended(path)
    )


def _is_open_ended(path: Path) -> bool:
    """Whether the last line of a text file lacks its end, in any encoding that is read."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4))
        return not stream.read().rstrip(b"\0").endswith((b"\n", b"\r"))


def spooled_table(opened: Spool) -> Table:
    """A table of the rows that a program has read, of which the first is the header."""
    source = read_rows(opened.file)
    first = next(source, None)
    if first is None:
        opened.file.close()
        raise TableError("The file holds no records.")
    try:
        header = _header(first[1], 0)
    except TableError:
        opened.file.close()
        raise
    return Table(header, _rows(source, len(header), pad=False), spool=opened.file)


def _workbook(opened: Spool, header_row: int, layout: Layout) -> Table:
    """The table of a sheet."""
    try:
        header, rows = _split(read_rows(opened.file), header_row, layout, pad=True)
    except TableError:
        opened.file.close()
        raise
    return Table(
        header, rows, sheets=tuple(opened.about["sheets"]), sheet=opened.about["sheet"], spool=opened.file
    )


def _split(
    source: Iterable[tuple[int, Sequence[str]]], header_row: int, layout: Layout, *, pad: bool
) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The header, checked, and the rows below it."""
    records = ((number, cells) for number, cells in source if number >= header_row)
    first = list(islice(records, 1 if layout.is_header is None else _HEADER_WITHIN))
    if not first:
        raise TableError("The file has no header row.")
    place = 0
    if layout.is_header is not None:
        place = next((place for place, (_, cells) in enumerate(first) if layout.is_header(cells)), 0)
    number, cells = first[place]
    header = _header(cells, number)
    return header, _rows(chain(first[place + 1 :], records), len(header), pad=pad)


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


def _rows(records: Iterable[tuple[int, Sequence[str]]], width: int, *, pad: bool) -> Iterator[Row]:
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
