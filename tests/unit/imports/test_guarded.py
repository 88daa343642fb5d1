"""Programs that read one file each: their limits, and what becomes of files over them."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.biff_files import Cell, xls_file
from tests.support.official_files import SAMPLE_OF
from vendors.imports.limits import DEFAULT_LIMITS, Limits
from vendors.imports.openers import open_source
from vendors.imports.tables import TableError, open_table
from vendors.regulatory.formats import format_for


def refusal(kind: str, limits: Limits) -> str:
    """Why the sample of a kind is refused under these limits."""
    with (
        pytest.raises(TableError) as caught,
        open_source(SAMPLE_OF[kind], format_for(kind), limits=limits) as table,
    ):
        list(table.rows)
    return str(caught.value)


JSON_SIZE = SAMPLE_OF["openfda_enforcement"].stat().st_size
PAGE_SIZE = SAMPLE_OF["import_alert"].stat().st_size


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("openfda_enforcement", {"json_bytes": 10}, f"The file has {JSON_SIZE} bytes; at most 10 are read."),
        ("openfda_enforcement", {"rows": 2}, "row 4: The file has more than 2 rows."),
        ("openfda_enforcement", {"output_bytes": 1000}, "The file holds too much text."),
        ("openfda_enforcement", {"columns": 3}, "has 24 cells; at most 3 columns are read"),
        (
            "openfda_enforcement",
            {"json_wall_seconds": 0.001},
            "Reading the file takes more than 0.001 seconds.",
        ),
        ("import_alert", {"page_bytes": 10}, f"The page has {PAGE_SIZE} bytes; at most 10 are read."),
        ("import_alert", {"wall_seconds": 0.001}, "Reading the page takes more than 0.001 seconds."),
        (
            "import_alert",
            {"memory_bytes": 4 * 1024 * 1024},
            "Reading the page takes too much computing time or memory.",
        ),
    ],
)
def test_file_over_a_limit_is_refused(kind: str, changes: dict[str, int], words: str) -> None:
    found = refusal(kind, replace(DEFAULT_LIMITS, **changes))

    assert found.removeprefix("row 1: ").removeprefix("row 2: ") == words


def test_old_workbook_is_read_as_text(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["name", "number", "day"], ["é", 2.5, (45_000.0,)], ["x", 3.0, ""], ["", 0.1]]
    path = xls_file(tmp_path, rows, more={"Other": [["a"], ["b"]]})

    with open_table(path) as table:
        found = [(row.number, row.cells) for row in table.rows]

    assert (table.header, table.sheets, table.sheet) == (("name", "number", "day"), ("Data", "Other"), "Data")
    assert found == [(2, ("é", "2.5", "2023-03-15")), (3, ("x", "3", "")), (4, ("", "0.1", ""))]


def test_sheet_of_an_old_workbook_is_found_by_name(tmp_path: Path) -> None:
    path = xls_file(tmp_path, [["a"]], more={"Other": [["b"], ["c"]]})

    with open_table(path, sheet="Other") as table:
        assert ([row.cells for row in table.rows], table.header) == ([("c",)], ("b",))
    with pytest.raises(TableError, match=r"^There is no sheet 'Third'; the workbook has 'Data', 'Other'\.$"):
        open_table(path, sheet="Third")


def test_old_workbook_over_its_size_is_refused(tmp_path: Path) -> None:
    path = xls_file(tmp_path, [["a"]])

    with pytest.raises(TableError, match=r"at most 10 are read\.$"):
        open_table(path, limits=replace(DEFAULT_LIMITS, xlsx_bytes=10))


@pytest.mark.parametrize("kind", ["openfda_enforcement", "import_alert"])
def test_sheet_of_a_text_file_is_refused(kind: str) -> None:
    with pytest.raises(TableError, match=r"^The file is a text file: it has no sheets\.$"):
        open_source(SAMPLE_OF[kind], format_for(kind), sheet="Data")


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n\n  "])
@pytest.mark.parametrize("form", ["wrapped", "plain"])
def test_list_of_objects_in_every_wrapping(start: bytes, form: str, tmp_path: Path) -> None:
    row = b'{"event_id": 7, "x": null, "deep": {"a": [1.50, true]}, "reason_for_recall": "\\u00e9"}'
    path = tmp_path / "list.json"
    path.write_bytes(
        start + (b'{"meta": {"results": [0]}, "results": [%s]}' % row if form == "wrapped" else b"[%s]" % row)
    )

    with open_source(path, format_for("openfda_enforcement")) as table:
        (found,) = table.rows

    assert table.header[:4] == ("event_id", "x", "deep", "reason_for_recall")
    assert found.cells[:4] == ("7", "", '{"a":["1.50",true]}', "é")


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (
            '<div class="a div-info b">Firm<br>Date Published: 01/02/2020<p>Road <b>5</b></div>',
            ("INDIA", "Firm", "Road 5", "01/02/2020", ""),
        ),
        (
            '<DIV CLASS="div-info"><div>F&eacute;<div>rm</div></div>Date Published : 1/2/2020</DIV>',
            ("INDIA", "Fé", "rm", "1/2/2020", ""),
        ),
        (
            '<div class="div-info">Firm<script>no<div></script> Date\nPublished: 01/02/2020</div>',
            ("INDIA", "Firm", "", "01/02/2020", ""),
        ),
    ],
)
def test_page_is_read_as_a_browser_shows_it(page: str, found: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<html>Import Alert 66-40<h4>INDIA</h4>{page}</html>", encoding="utf-8")

    with open_source(path, format_for("import_alert")) as table:
        (row,) = table.rows

    assert row.cells == found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_page_in_an_encoding_that_it_declares(encoding: str, tmp_path: Path) -> None:
    text = SAMPLE_OF["import_alert"].read_text(encoding="utf-8")
    path = tmp_path / "page.html"
    path.write_text(
        text.replace("utf-8", "ISO-8859-1" if encoding == "cp1252" else "utf-8"), encoding=encoding
    )

    with open_source(path, format_for("import_alert")) as table:
        names = [row.cells[1] for row in table.rows]

    assert names[-1] == "Fictional Cosmétique"
