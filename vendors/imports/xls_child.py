"""Read one sheet of a workbook of 1997 (XLS, BIFF). A program of its own under hard limits.

The reader is xlrd: pure Python, so that a damaged file raises an error where a compiled reader would crash, and still
kept for exactly this format. Saved results of formulas are read; macros and links are not looked at.
"""

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from vendors.imports.child_process import Options, Output, RefusalError, run, sheet_to_read, text_of

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_VISIBLE = 0


def rows_of(sheet: Any, datemode: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each only as wide as its own cells reach."""
    for index in range(sheet.nrows):
        cells = [_text(cell, datemode) for cell in sheet.row(index)]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield index + 1, cells


def _text(cell: Any, datemode: int) -> str:
    """A cell as text."""
    import xlrd  # noqa: PLC0415 - see read

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return text_of(xlrd.xldate_as_datetime(cell.value, datemode))
        except (xlrd.xldate.XLDateError, OverflowError):
            return text_of(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return text_of(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
    return text_of(cell.value)


def read(source: BinaryIO, options: Options, out: BinaryIO) -> None:
    """Write the sheet. Raises RefusalError."""
    import xlrd  # noqa: PLC0415 - after the limits are set

    content = source.read(options["file_bytes"] + 1)
    if _ENCRYPTED in content:
        raise RefusalError("The workbook is protected by a password.")
    with open(os.devnull, "w", encoding="utf-8") as silence:  # noqa: PTH123 - a device, not a file
        try:
            book = xlrd.open_workbook(
                file_contents=content, logfile=silence, on_demand=True, ragged_rows=True
            )
        except (xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
            protected = "encrypted" in str(error)
            raise RefusalError(
                "The workbook is protected by a password."
                if protected
                else "The workbook is damaged or cut off, or is not a workbook."
            ) from error
        names = book.sheet_names()
        sheets = {name: book.sheet_by_name(name) for name in names}
        visible = [name for name in names if sheets[name].visibility == _VISIBLE]
        wanted = sheet_to_read(names, visible, options)
        output = Output(out, options, what="sheet")
        output.about(sheets=names, sheet=wanted)
        for number, cells in rows_of(sheets[wanted], book.datemode):
            output.row(number, cells)


def main() -> int:
    """Run as a program; returns the exit status."""
    return run(read)
