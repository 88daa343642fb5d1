"""The template of a file of vendors: an empty table with every column, and what each column means."""

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import xlsxwriter

from cdmo_eval.core.errors import FieldError, Invalid
from vendors.imports.fields import ImportField, allowed_values, import_fields

HEADINGS = ("Column", "Meaning", "Type", "Allowed values")
SHEET, COLUMNS_SHEET = "Vendors", "Columns"
_LONGEST_SHEET_NAME = 31
_MADE_AT = datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed date: the same template is the same file


def described(field: ImportField) -> tuple[str, str, str, str]:
    """A field as the template and the documentation describe it, in the order of HEADINGS."""
    return field.path, field.meaning, field.type_in_words, allowed_values(field)


def write_template(
    path: Path, fields: Mapping[str, ImportField] | None = None, *, sheet: str = SHEET
) -> None:
    """Write the template of a catalogue (None: of the combined file) as CSV or XLSX, by the file's name.

    Raises Invalid for another kind of file.
    """
    catalogue = import_fields() if fields is None else fields
    match path.suffix.lower():
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerow(catalogue)
        case ".xlsx":
            _write_workbook(path, catalogue, sheet)
        case _:
            message = "A template is a .csv or an .xlsx file."
            raise Invalid(message, errors=[FieldError("template", "unknown_kind", message)])


def _write_workbook(path: Path, fields: Mapping[str, ImportField], name: str) -> None:
    """A sheet to fill in, and one that says what its columns mean."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": name, "created": _MADE_AT})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(name[:_LONGEST_SHEET_NAME])
    sheet.freeze_panes(1, 0)
    for position, path_of_field in enumerate(fields):
        # cells are text: a spreadsheet must not turn an FEI or DUNS number into a number
        sheet.set_column(position, position, 18, text)
        sheet.write_string(0, position, path_of_field, heading)
    columns = book.add_worksheet(COLUMNS_SHEET)
    columns.freeze_panes(1, 0)
    for position, width in enumerate((32, 70, 36, 70)):
        columns.set_column(position, position, width)
        columns.write_string(0, position, HEADINGS[position], heading)
    for row, cells in enumerate(map(described, fields.values()), start=1):
        for position, cell in enumerate(cells):
            columns.write_string(row, position, cell, wrapped)
    book.close()
