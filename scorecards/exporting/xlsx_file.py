"""Tables as XLSX: typed cells, a header that stays in sight, a filter over every column, live formulas of our own.

XlsxWriter makes the workbook with its styles and headers; the rows are written as XML piece by piece, so that a large
file can be made in slices, and are put in their place at the end. The same document gives the same bytes.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from io import BytesIO
from itertools import chain, islice
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from scorecards.exporting.guard import safe_text
from scorecards.exporting.tables import Cell, Column, Document, Formula, Points, Table

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
MOST_ROWS = 1_048_575
"""Of one sheet, below its header; more go on in another sheet."""
LONGEST_NAME = 31
STYLES = ("header", "whole", "points", "day", "moment")
EPOCH = date(1899, 12, 30)
FIRST_DAY = date(1900, 3, 1)
DAY_SECONDS = 86_400
FIXED = (1980, 1, 1, 0, 0, 0)
LEVEL = 2
"""Of compression: a workbook of 5,000 vendors is put together in one go, within the time of a task."""
_TEMPLATE = re.compile(r'<row r="2"[^>]*>.*?</row>', re.DOTALL)
_DIMENSION = re.compile(r'<dimension ref="[^"]*"/>')
_STYLE = re.compile(r'<c r="[A-Z]+2" s="([0-9]+)"')
_ESCAPED = re.compile(r"(_x[0-9A-Fa-f]{4}_)")


def sheet_name(title: str, part: int = 0) -> str:
    """The name of the n-th sheet of a table."""
    ending = f" {part + 1}" if part else ""
    return re.sub(r"[\[\]:*?/\\']", " ", title)[: LONGEST_NAME - len(ending)] + ending


def rows_xml(columns: Sequence[Column], rows: Iterable[Any], first: int) -> bytes:
    """Rows as XML; `first` is the place of the first of them in its table, from 0."""
    styles, letters = _styles(), [xl_col_to_name(number) for number in range(len(columns))]
    made: list[str] = []
    for place, row in enumerate(rows, start=first):
        number = place % MOST_ROWS + 2
        cells = "".join(
            cell_xml(f"{letter}{number}", column.value(row), styles)
            for letter, column in zip(letters, columns, strict=True)
        )
        made.append(f'<row r="{number}">{cells}</row>')
    return "".join(made).encode()


def cell_xml(at: str, cell: Cell, styles: dict[str, str]) -> str:
    """One typed cell. Texts are written as texts: nothing that a person wrote can become a formula or a link."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, Points):
        return f'<c r="{at}" s="{styles["points"]}"><v>{cell.text}</v></c>'
    if isinstance(cell, int):
        return f'<c r="{at}" s="{styles["whole"]}"><v>{cell}</v></c>'
    if isinstance(cell, Formula):
        return _formula(at, cell, styles)
    if isinstance(cell, datetime):
        moment = cell.astimezone(UTC)
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
        days = f"{(moment.date() - EPOCH).days + seconds / DAY_SECONDS:.10f}"
        return f'<c r="{at}" s="{styles["moment"]}"><v>{days}</v></c>'
    if isinstance(cell, date) and cell >= FIRST_DAY:
        return f'<c r="{at}" s="{styles["day"]}"><v>{(cell - EPOCH).days}</v></c>'
    text = _text(str(cell))
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f'<c r="{at}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _formula(at: str, cell: Formula, styles: dict[str, str]) -> str:
    value = cell.value
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><f>{escape(cell.text)}</f><v>{int(value)}</v></c>'
    style = styles["points" if isinstance(value, Points) else "whole"]
    shown = "" if value is None else value.text if isinstance(value, Points) else str(value)
    return f'<c r="{at}" s="{style}"><f>{escape(cell.text)}</f><v>{shown}</v></c>'


def _text(text: str) -> str:
    """Guarded, and as XML: it reads a carriage return as a line feed, and Excel reads "_x0041_" as a letter."""
    clean = safe_text(text).replace("\r\n", "\n").replace("\r", "\n")
    return escape(_ESCAPED.sub(r"_x005F\1", clean))


@dataclass(frozen=True)
class Written:
    """The rows of one table as XML: pieces, and how many rows each has. No piece reaches over the end of a sheet."""

    table: Table
    counts: Sequence[int]
    pieces: Iterable[bytes]

    @property
    def sheets(self) -> list[tuple[int, int]]:
        """For each sheet of the table how many rows and how many pieces it has."""
        found: list[tuple[int, int]] = []
        rows = pieces = 0
        for count in self.counts:
            if rows + count > MOST_ROWS:
                found.append((rows, pieces))
                rows = pieces = 0
            rows, pieces = rows + count, pieces + 1
        return [*found, (rows, pieces)]


def write_workbook(target: BinaryIO, document: Document, tables: Sequence[Written]) -> None:
    """Write the whole workbook, a piece at a time."""
    frame = zipfile.ZipFile(BytesIO(_frame(document, tables)))
    sheets = _sheets(tables)
    with frame, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as book:
        for info in frame.infolist():
            member = zipfile.ZipInfo(info.filename, FIXED)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            data = frame.read(info)
            if not info.filename.startswith("xl/worksheets/"):
                book.writestr(member, data)
                continue
            area, rows = next(sheets)
            head, _, tail = _TEMPLATE.sub("<!--rows-->", data.decode(), count=1).partition("<!--rows-->")
            with book.open(member, "w", force_zip64=True) as file:
                file.write(_DIMENSION.sub(f'<dimension ref="{area}"/>', head, count=1).encode())
                for piece in rows:
                    file.write(piece)
                file.write(tail.encode())


def _sheets(tables: Sequence[Written]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The area and the rows of each sheet, in their order."""
    for written in tables:
        pieces, sheets = iter(written.pieces), written.sheets
        corner = xl_col_to_name(len(written.table.columns) - 1)
        for number, (rows, count) in enumerate(sheets, start=1):
            below = _totals(written.table, rows) if number == len(sheets) == 1 else []
            bottom = rows + 1 + (len(below) + 1 if below else 0)
            yield f"A1:{corner}{bottom}", chain(islice(pieces, count), below)


def _totals(table: Table, count: int) -> list[bytes]:
    """Lines below the rows, such as a sum of weights; one row stays empty between."""
    lines = table.finish(count) if table.finish is not None else ()
    made = []
    for number, line in enumerate(lines, start=count + 3):
        cells = "".join(
            cell_xml(f"{xl_col_to_name(at)}{number}", cell, _styles()) for at, cell in enumerate(line)
        )
        made.append(f'<row r="{number}">{cells}</row>'.encode())
    return made


@lru_cache(maxsize=1)
def _styles() -> dict[str, str]:
    """The numbers of the styles: the same in every workbook, since each begins with the same cells."""
    blank = Document("", "", datetime(2000, 1, 1, tzinfo=UTC), ())
    only = Table("x", "x", [Column("x", lambda row: row)], lambda _: ([], None))
    with zipfile.ZipFile(BytesIO(_frame(blank, [Written(only, (), ())]))) as frame:
        found = _TEMPLATE.search(frame.read("xl/worksheets/sheet1.xml").decode())
    numbers = _STYLE.findall(found.group(0)) if found else []
    return dict(zip(STYLES, numbers, strict=True))


def _frame(document: Document, tables: Sequence[Written]) -> bytes:
    """The workbook without its rows; the second row of every sheet holds one cell of each style in their place."""
    target = BytesIO()
    book: Any = xlsxwriter.Workbook(target, OPTIONS)
    made = document.made.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"created": made, "title": document.title or "CDMO Eval", "company": "CDMO Eval"})
    header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = [
        header, book.add_format({"num_format": "0"}), book.add_format({"num_format": "0.00"}),
        book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    ]  # fmt: skip
    names: set[str] = set()
    for written in tables:
        for part, (rows, _) in enumerate(written.sheets):
            sheet = book.add_worksheet(_unused(sheet_name(written.table.title, part), names))
            _sheet(sheet, written.table.columns, rows, header, formats)
    book.close()
    return target.getvalue()


def _unused(name: str, names: set[str]) -> str:
    """Sheets have different names, whatever the case of their letters."""
    number, found = 2, name
    while found.lower() in names:
        found, number = f"{name[: LONGEST_NAME - 3]} {number}", number + 1
    names.add(found.lower())
    return found


def _sheet(sheet: Any, columns: Sequence[Column], rows: int, header: Any, formats: Sequence[Any]) -> None:
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, safe_text(column.title), header)
    for number, style in enumerate(formats):
        sheet.write_blank(1, number, None, style)
    sheet.autofilter(0, 0, max(1, rows), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
