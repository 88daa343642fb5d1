"""Ordinary tables: text files of every kind, and workbooks."""

import codecs
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.hostile_files import workbook
from vendors.imports.tables import Row, TableError, open_table


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name,city\nKöln GmbH,Москва\n".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "name,city\nKöln GmbH,Москва\n".encode(), "utf-8-sig"),
        ("name,city\nKöln GmbH,Москва\n".encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + "name,city\nKöln GmbH,Москва\n".encode("utf-16-be"), "utf-16"),
    ],
)
def test_encoding_is_detected(content: bytes, encoding: str, tmp_path: Path) -> None:
    with open_table(write(tmp_path, content)) as table:
        assert (table.header, table.encoding) == (("name", "city"), encoding)
        assert list(table.rows) == [Row(2, ("Köln GmbH", "Москва"))]


def test_windows_encoding_is_read_when_every_candidate_agrees(tmp_path: Path) -> None:
    with open_table(write(tmp_path, "name,city\nCafé,Köln\n".encode("cp1252"))) as table:
        assert (table.encoding, [row.cells for row in table.rows]) == ("cp1252", [("Café", "Köln")])


@pytest.mark.parametrize("text", ["Genève", "Łódź", "Ærø", "Ben\u2019s"])
def test_windows_encoding_is_refused_when_candidates_differ(text: str, tmp_path: Path) -> None:
    content = f"name,city\n1,{text}\n".encode("cp1250" if text == "Łódź" else "cp1252")

    with pytest.raises(TableError, match=r"^The encoding of the file is uncertain"):
        open_table(write(tmp_path, content))


def test_named_encoding_is_used(tmp_path: Path) -> None:
    with open_table(write(tmp_path, "name,city\n1,Łódź\n".encode("cp1250")), encoding="cp1250") as table:
        assert [row.cells for row in table.rows] == [("1", "Łódź")]


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("rot13", "The encoding 'rot13' is not read; known: utf-8, utf-8-sig,"),
        ("utf-8", "Line 2 is no text in utf-8; save it as CSV UTF-8"),
    ],
)
def test_named_encoding_that_does_not_fit_is_refused(encoding: str, sentence: str, tmp_path: Path) -> None:
    path = write(tmp_path, "name,city\n1,Łódź\n".encode("cp1250"))

    with pytest.raises(TableError) as caught:
        open_table(path, encoding=encoding)

    assert str(caught.value)[: len(sentence)] == sentence


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_detected(delimiter: str, tmp_path: Path) -> None:
    content = (
        f"name{delimiter}price, EUR or; more\nA{delimiter}1\n"
        if delimiter in "\t|"
        else (f'name{delimiter}"price, EUR; net"\nA{delimiter}1\n')
    )

    with open_table(write(tmp_path, content.encode())) as table:
        assert (table.delimiter, [row.cells for row in table.rows]) == (delimiter, [("A", "1")])


def test_decimal_commas_do_not_win_over_semicolons(tmp_path: Path) -> None:
    with open_table(write(tmp_path, b"name;share\nA;1,5\nB;2,5\n")) as table:
        assert (table.delimiter, table.header) == (";", ("name", "share"))


def test_table_of_one_column(tmp_path: Path) -> None:
    with open_table(write(tmp_path, b"fei\n3003774440\n")) as table:
        assert (table.header, [row.cells for row in table.rows]) == (("fei",), [("3003774440",)])


def test_rows_carry_the_number_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    content = b'a,b\n1,2\n\n,,\n"3\r\n3",4\r\n5,6'

    with open_table(write(tmp_path, content)) as table:
        assert list(table.rows) == [Row(2, ("1", "2")), Row(5, ("3\r\n3", "4")), Row(6, ("5", "6"))]


def test_ragged_rows_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    with open_table(write(tmp_path, b"a,b\n1\n1,2\n1,2,3\n1,2,,\n")) as table:
        found = [(row.number, str(table.ragged(row) or "")) for row in table.rows]

    assert found == [
        (2, "row 2: has 1 cells where the header has 2"),
        (3, ""),
        (4, "row 4: has 3 cells where the header has 2"),
        (5, ""),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b,c\n1,2,3\n4,5", "row 3: The file breaks off in the middle of this row: it is not whole."),
        ("a,b,c\n1,2,3\n4,5".encode("utf-16"), "row 3: The file breaks off in the middle of this row: it is not whole."),
        (b"a,b,c\n1,2,3\n4,5\n", ""),
        (b"a,b,c\r\n1,2,3\r\n4,5\r\n", ""),
        ("a,b,c\n1,2,3\n4,5\n".encode("utf-16"), ""),
        (b"a,b,c\n1,2\n4,5,6", ""),
        (b"a,b,c\n", ""),
    ],
)  # fmt: skip
def test_file_that_ends_in_the_middle_of_a_row_says_so(content: bytes, said: str, tmp_path: Path) -> None:
    with open_table(write(tmp_path, content)) as table:
        rows = list(table.rows)

        assert str(table.breaks_off(rows[-1] if rows else None) or "") == said


def test_header_below_other_lines(tmp_path: Path) -> None:
    with open_table(write(tmp_path, b"Report\n\nname , city,\nA,B\n"), header_row=3) as table:
        assert (table.header, list(table.rows)) == (("name", "city"), [Row(4, ("A", "B"))])


def test_closed_table_has_no_more_rows(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, b"a,b\n1,2\n"))

    table.close()

    assert list(table.rows) == []


def test_sheet_of_a_text_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"^The file is a text file: it has no sheets\.$"):
        open_table(write(tmp_path, b"a,b\n"), sheet="Data")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12).filter(
                str.strip
            ),
            min_size=3,
            max_size=3,
        ),
        max_size=6,
    )
)
def test_what_was_written_is_read(rows: list[list[str]], tmp_path: Path) -> None:
    quoted = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)

    with open_table(write(tmp_path, f"a,b,c\r\n{quoted}".encode("utf-8-sig"))) as table:
        assert [list(row.cells) for row in table.rows] == rows


def save_book(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    hidden = book.active
    hidden.title = "Notes"
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet("Sites")
    sheet.append(["Name", "FEI", "Opened", "Share", "Active", None])
    sheet.append(["Köln", 3003774440, date(2020, 1, 2), 0.25, True])
    sheet.append([])
    sheet.append(["  Basel", 3003774440.0, datetime.fromisoformat("2020-01-02T03:04"), -7, False, None, "  "])
    sheet.append(["Uppsala", None, time(3, 4)])
    sheet.append(["Too", 1, 2, 3, 4, 5])
    book.create_sheet("Other").append(["x"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_workbook_rows_as_text(tmp_path: Path) -> None:
    with open_table(save_book(tmp_path)) as table:
        assert (table.header, table.sheet, table.sheets) == (
            ("Name", "FEI", "Opened", "Share", "Active"),
            "Sites",
            ("Notes", "Sites", "Other"),
        )
        rows = list(table.rows)

    assert rows == [
        Row(2, ("Köln", "3003774440", "2020-01-02", "0.25", "TRUE")),
        Row(4, ("  Basel", "3003774440", "2020-01-02T03:04:00", "-7", "FALSE")),
        Row(5, ("Uppsala", "", "03:04:00", "", "")),
        Row(6, ("Too", "1", "2", "3", "4", "5")),
    ]
    assert str(table.ragged(rows[3])) == "row 6: has 6 cells where the header has 5"


def test_workbook_sheet_by_name(tmp_path: Path) -> None:
    with open_table(save_book(tmp_path), sheet="Other") as table:
        assert (table.header, list(table.rows)) == (("x",), [])


def test_workbook_without_that_sheet_names_those_it_has(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        open_table(save_book(tmp_path), sheet="Sytes")

    assert str(caught.value) == "There is no sheet 'Sytes'; the workbook has 'Notes', 'Sites', 'Other'."


def test_blank_sheet_has_no_header(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"^The file has no header row\.$"):
        open_table(save_book(tmp_path), sheet="Notes")


def test_saved_result_of_a_formula_is_read(tmp_path: Path) -> None:
    rows = '<row r="2"><c r="A2" t="str"><f>""</f><v></v></c><c r="B2"><f>1+1</f><v>2</v></c></row>'

    with open_table(workbook(tmp_path / "a.xlsx", rows)) as table:
        assert [row.cells for row in table.rows] == [("", "2")]


def test_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    path = save_book(tmp_path).rename(tmp_path / "book.csv")

    with open_table(path) as table:
        assert table.sheet == "Sites"


def test_unread_workbook_leaves_no_open_file(tmp_path: Path) -> None:
    table = open_table(save_book(tmp_path))

    del table  # an open temporary file would warn, and warnings are errors
