"""Text tables: comma, semicolon, tab or bar between cells, read line by line."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from vendors.imports.encodings import UncertainEncodingError, detect_encoding, verify_encoding
from vendors.imports.errors import TableError
from vendors.imports.limits import Limits

if TYPE_CHECKING:
    from vendors.imports.tables import Layout

DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_RECORDS = 20
_LOOKED_AT_FOR_HEADER = 10
_LONGEST_LINE = 1 << 20


class TextLayout(NamedTuple):
    """How a text table is written."""

    encoding: str
    delimiter: str
    quoted: bool = True


def inspect_csv(
    path: Path, *, header_row: int, encoding: str | None, layout: "Layout", limits: Limits
) -> TextLayout:
    """The encoding and the delimiter of a text table.

    Reads the whole file once for its encoding and its first records for the delimiter: the one under which a
    known header is found, else the one that fits most of the records. Raises TableError.
    """
    size = path.stat().st_size
    if size > limits.csv_bytes:
        raise TableError(f"The file has {size} bytes; at most {limits.csv_bytes} are read.")
    if size == 0:
        raise TableError("The file is empty.")
    with path.open("rb") as stream:
        if encoding is not None:
            found = verify_encoding(stream, encoding)
        else:
            try:
                found = detect_encoding(stream)
            except UncertainEncodingError:
                if layout.encoding is None:
                    raise
                found = verify_encoding(stream, layout.encoding)
    if layout.is_header is not None:
        for delimiter in DELIMITERS:
            text = TextLayout(found, delimiter, quoted=not (layout.bare_tabs and delimiter == "\t"))
            if _has_header(path, text, layout, limits):
                return text
    return TextLayout(found, _sniff_delimiter(path, found, header_row=header_row, limits=limits))


def _has_header(path: Path, text: TextLayout, layout: "Layout", limits: Limits) -> bool:
    """Whether a known header is among the first records under this delimiter."""
    assert layout.is_header is not None  # noqa: S101 - asked for by the caller
    first = islice(_until_error(path, text, limits), _LOOKED_AT_FOR_HEADER)
    return any(layout.is_header(cells) for _, cells in first)


def _until_error(path: Path, text: TextLayout, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Records up to the first that cannot be read; its error comes again when the rows are taken."""
    try:
        yield from read_csv(path, text, limits=limits)
    except TableError:
        return


def read_csv(path: Path, text: TextLayout, *, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Each record with its number, blank lines counted but left out.

    A quoted cell may span lines; the number is the record's, as a spreadsheet shows it. Raises TableError
    for a quote that never ends, text after a closing quote, and cells, lines, rows or columns over a limit.
    """
    with path.open("r", encoding=text.encoding, errors="strict", newline="") as stream:
        yield from _records(stream, text, limits)


def _records(stream: TextIO, text: TextLayout, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(stream)
    if text.quoted:
        reader = csv.reader(lines, delimiter=text.delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=text.delimiter, strict=True, quoting=csv.QUOTE_NONE)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise TableError(_reason(error), number) from error
        except UnicodeDecodeError as error:
            raise TableError(f"The text is not {text.encoding}.", number) from error
        if number > limits.rows + 1:
            raise TableError(f"The table has more than {limits.rows} rows.", number)
        if not any(cells):
            continue
        _check_cells(cells, number, limits)
        yield number, cells


def _lines(text: TextIO) -> Iterator[str]:
    """Physical lines of bounded length."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise csv.Error("a line is too long")
        yield line


def _check_cells(cells: Sequence[str], number: int, limits: Limits) -> None:
    if len(cells) > limits.columns:
        raise TableError(f"has {len(cells)} cells; at most {limits.columns} columns are read", number)
    for position, cell in enumerate(cells, start=1):
        if len(cell) > limits.cell_characters:
            raise TableError(
                f"a cell of {len(cell)} characters; at most {limits.cell_characters} are read",
                number,
                str(position),
            )


def _reason(error: csv.Error) -> str:
    """The csv module's words, as people need them."""
    words = str(error)
    if "end of data" in words:
        return "a quoted cell never ends: the file is cut off, or a quotation mark is not doubled"
    if "field limit" in words or "too long" in words:
        return "a cell or a line is too long: the file is damaged, or a quotation mark is not doubled"
    if "expected after" in words:
        return "text follows a closing quotation mark; a quotation mark inside a cell is doubled"
    return f"the row cannot be read ({words})"


def _sniff_delimiter(path: Path, encoding: str, *, header_row: int, limits: Limits) -> str:
    """The delimiter under which most of the first records are as wide as the header, then the wider one.

    A file of one column has none; it reads the same with any.
    """
    best, best_rank, failure = DELIMITERS[0], (-1, 0), None
    for delimiter in DELIMITERS:
        widths: list[int] = []
        try:
            for number, cells in read_csv(path, TextLayout(encoding, delimiter), limits=limits):
                if number >= header_row:
                    widths.append(len(cells))
                if len(widths) == _SNIFFED_RECORDS:
                    break
        except TableError as error:
            failure = failure or error
            if not widths:
                continue
            widths.append(0)  # the error comes again, at its row, when the rows are taken
        if widths and widths[0] > 1:
            rank = (sum(width == widths[0] for width in widths) * 100 // len(widths), widths[0])
            if rank > best_rank:
                best, best_rank = delimiter, rank
        elif best_rank == (-1, 0):
            best_rank = (0, 0)
    if best_rank == (-1, 0) and failure is not None:
        raise failure
    return best
