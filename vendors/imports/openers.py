"""How an official file becomes a header and rows of text: the readers that a format's `opener` names.

A new layout (a workbook of 1997, JSON, a page of HTML) is one function here or in a module of its own: it takes the
path and the format, returns a `Table` whose rows stream, and raises TableError for anything it cannot read safely
and certainly. The loader (`vendors.imports.regulatory`) does the rest: it knows no layout.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from vendors.imports.guarded import Program, read_rows, spool
from vendors.imports.limits import DEFAULT_LIMITS, Limits
from vendors.imports.tables import Layout, Row, Table, TableError, open_table, spooled_table
from vendors.regulatory.formats.base import FileFormat
from vendors.regulatory.formats.import_alert import FIRM, HEADING, PAGE_HEADER, rows_of_page
from vendors.regulatory.rules import IMPORT_ALERT_DRUG_GMP

Opener = Callable[[Path, FileFormat, str | None, Limits], Table]
"""Path, format, the sheet that a person named (None: the format's own choice), and the limits."""

_JSON = re.compile(rb"\s*[{\[]")
_PAGE = re.compile(rb"\s*<")
_LIST = "results"


def _table(path: Path, file_format: FileFormat, sheet: str | None, limits: Limits) -> Table:
    """CSV with any usual delimiter, or a workbook (XLSX, XLS); the header may stand below titles."""

    def is_header(cells: Sequence[str]) -> bool:
        return file_format.recognise(cells) is not None

    layout = Layout(
        is_header=is_header,
        sheets=file_format.sheets,
        encoding=file_format.encoding,
        bare_tabs=file_format.bare_tabs,
    )
    return open_table(path, sheet=sheet, header_row=file_format.header_row, layout=layout, limits=limits)


def _json(path: Path, file_format: FileFormat, sheet: str | None, limits: Limits) -> Table:
    """A list of JSON objects, alone or beside others under "results"; or a table of the same names.

    The columns are the names in the first object and those of the format. An object stands in the row of its place
    in the list.
    """
    if not _starts(path, _JSON):
        return _table(path, file_format, sheet, limits)
    _no_sheet(sheet)
    names = [column.names[0] for column in file_format.columns if not column.required]
    longer = replace(
        limits,
        cell_characters=limits.json_cell_characters,
        cpu_seconds=limits.json_cpu_seconds,
        wall_seconds=limits.json_wall_seconds,
    )
    opened = spool(
        Program.JSON, path, limits=longer, largest=limits.json_bytes, named_list=_LIST, elements=names
    )
    return spooled_table(opened)


def _page(path: Path, file_format: FileFormat, sheet: str | None, limits: Limits) -> Table:
    """The web page of an import alert, and nothing else.

    What the list no longer holds is off the alert, so the list has to be whole: a page says where it ends, a table
    that was cut between two rows does not.
    """
    if not _starts(path, _PAGE):
        raise TableError(f"This is not the web page of {file_format.label}; save the page as HTML.")
    _no_sheet(sheet)
    opened = spool(
        Program.PAGE,
        path,
        limits=limits,
        largest=limits.page_bytes,
        elements=(HEADING, FIRM),
        mention=IMPORT_ALERT_DRUG_GMP,
    )
    blocks = ((line, element, text) for line, (element, text) in read_rows(opened.file))
    rows: Iterator[Row] = (Row(line, cells) for line, cells in rows_of_page(blocks))
    return Table(PAGE_HEADER, rows, spool=opened.file)


def _starts(path: Path, pattern: re.Pattern[bytes]) -> bool:
    """Whether the file's text starts so, whatever its mark; the other half of UTF-16 is not looked at."""
    with path.open("rb") as stream:
        start = stream.read(512).lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")
    return pattern.match(start) is not None


def _no_sheet(sheet: str | None) -> None:
    if sheet is not None:
        raise TableError("The file is a text file: it has no sheets.")


OPENERS: Mapping[str, Opener] = MappingProxyType({"table": _table, "json": _json, "page": _page})
"""By the name that a format gives in `opener`."""


def open_source(
    path: Path, file_format: FileFormat, *, sheet: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Table:
    """The file as a header and rows, by the reader of its format. Raises TableError."""
    return OPENERS[file_format.opener](path, file_format, sheet, limits)
