"""The page about imports and the shipped templates agree with the catalogue of columns."""

from pathlib import Path

import pytest

from tests.integration.imports.documents import PAGE, TEMPLATES, page
from vendors.imports.countries import country_code
from vendors.imports.fields import import_fields
from vendors.imports.tables import open_table
from vendors.imports.template import COLUMNS_SHEET, HEADINGS, SHEET, described, write_template
from vendors.models import Capability, Site, Vendor
from vendors.services.columns import scored_names
from vendors.services.sites import CAPABILITY_FIELDS, SITE_FIELDS
from vendors.services.vendors import VENDOR_FIELDS
from vendors.vocabulary import COUNTRY_CODES


def test_page_lists_the_columns_of_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("name", ["vendors.csv", "vendors.xlsx"])
def test_shipped_template_has_the_columns_of_the_catalogue(name: str) -> None:
    with open_table(TEMPLATES / name) as table:
        assert table.header == tuple(import_fields())


def test_workbook_explains_every_column() -> None:
    with open_table(TEMPLATES / "vendors.xlsx", sheet=COLUMNS_SHEET) as table:
        rows = [row.cells for row in table.rows]

    assert (table.header, table.sheets) == (HEADINGS, (SHEET, COLUMNS_SHEET))
    assert rows == [described(field) for field in import_fields().values()]


def test_template_is_the_same_file_every_time(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx")
    write_template(tmp_path / "b.xlsx")

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_every_writable_column_of_the_profile_can_be_imported() -> None:
    wanted = {
        *(f"vendor.{name}" for name in (*VENDOR_FIELDS, *scored_names(Vendor))),
        *(f"site.{name}" for name in (*SITE_FIELDS, *scored_names(Site))),
        *(f"capability.{name}" for name in (*CAPABILITY_FIELDS, *scored_names(Capability))),
    }

    assert wanted - set(import_fields()) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("Germany", "DE"),
        ("UNITED KINGDOM", "GB"),
        ("UK", "GB"),
        ("Korea (the Republic of)", "KR"),
        ("Türkiye", "TR"),
        ("Côte d'Ivoire", "CI"),
        ("Czech Republic", "CZ"),
        ("British Virgin Islands", "VG"),
        ("Narnia", None),
        ("", None),
    ],
)
def test_country_is_read_by_code_or_name(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_every_country_code_is_its_own_country() -> None:
    assert [code for code in sorted(COUNTRY_CODES) if country_code(code) != code] == []
