"""Small files for import tests, and what a database holds."""

from pathlib import Path
from typing import Any

import xlsxwriter

from vendors.models import Capability, Evidence, ExternalId, ServiceOffering, Site, Vendor

SITES_NAMED = {
    "legal_name": "vendor.name",
    "fei_number": "site.fei",
    "country": "site.country",
    "city": "site.city",
}


def csv_file(folder: Path, *lines: str, name: str = "vendors.csv") -> Path:
    """A text table of these lines."""
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def xlsx_file(
    folder: Path, rows: list[list[Any]], *, name: str = "vendors.xlsx", sheet: str = "Data"
) -> Path:
    """A workbook of one sheet."""
    path = folder / name
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path


def held() -> dict[str, int]:
    """How many rows of each kind are there, in the open scope."""
    models = (Vendor, Site, Capability, ServiceOffering, ExternalId, Evidence)
    return {model.__name__: model.objects.count() for model in models}
