"""Our samples of the official files, and tables written from them in every form."""

import csv
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from tests.support.shared_data import SAMPLES
from vendors.imports.openers import open_source
from vendors.regulatory.formats import format_for

_FOLDER = SAMPLES / "regulatory"
SAMPLE_OF = {
    "fda_inspections": SAMPLES / "fda_inspections_native.csv",
    "fda_citations": _FOLDER / "fda_citations.csv",
    "fda_483": _FOLDER / "fda_483.csv",
    "fda_compliance_actions": SAMPLES / "fda_compliance_actions.csv",
    "fda_recalls": _FOLDER / "fda_recalls.csv",
    "openfda_enforcement": _FOLDER / "openfda_enforcement.json",
    "fda_warning_letters": _FOLDER / "fda_warning_letters.csv",
    "fda_registrations": _FOLDER / "drls_reg.txt",
    "eudragmdp": _FOLDER / "eudragmdp.csv",
    "import_alert": _FOLDER / "importalert_189.html",
}
"""One sample of each kind, in its native form as far as that is text."""
TABLE_KINDS = tuple(kind for kind in SAMPLE_OF if kind not in {"openfda_enforcement", "import_alert"})
"""Kinds whose native form is a table."""


def sample_rows(kind: str) -> list[list[str]]:
    """The header and the rows of a kind's sample."""
    with open_source(SAMPLE_OF[kind], format_for(kind)) as table:
        return [list(table.header), *(list(row.cells) for row in table.rows)]


def write_csv(
    path: Path, rows: Sequence[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    """A text table."""
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    return path


def write_xlsx(
    path: Path, rows: Sequence[Sequence[str]], *, sheets: Sequence[str] = ("Data",), of: str = ""
) -> Path:
    """A workbook whose sheet `of` (the first unless given) holds the rows; the others hold a note."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name in sheets:
            page = book.add_worksheet(name)
            for number, row in enumerate(rows if name == (of or sheets[0]) else [["note"], ["nothing here"]]):
                page.write_row(number, 0, row)
    return path
