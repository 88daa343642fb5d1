"""Files that attack the reader: each refused with a sentence, none a crash or a wait."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.hostile_files import HOSTILE, inline, workbook
from vendors.imports.limits import DEFAULT_LIMITS
from vendors.imports.tables import TableError, open_table


def read_all(path: Path) -> int:
    """Take every row; returns how many there were."""
    with open_table(path) as table:
        return sum(1 for _ in table.rows)


def outcome(path: Path) -> str:
    """What a person learns: how many rows, or why there are none. Any other error fails the test."""
    try:
        return f"{read_all(path)} rows"
    except TableError as error:
        return error.message


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    build, sentence = HOSTILE[name]
    path = build(tmp_path)

    with pytest.raises(TableError) as caught:
        read_all(path)

    assert str(caught.value) == sentence


def test_workbook_over_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    size = path.stat().st_size

    with pytest.raises(TableError, match=rf"^The workbook has {size} bytes; at most 10 are read\.$"):
        open_table(path, limits=replace(DEFAULT_LIMITS, xlsx_bytes=10))


def test_text_file_over_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n")

    with pytest.raises(TableError, match=r"^The file has 8 bytes; at most 7 are read\.$"):
        open_table(path, limits=replace(DEFAULT_LIMITS, csv_bytes=7))


def test_text_file_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n3,4\n")

    with open_table(path, limits=replace(DEFAULT_LIMITS, rows=1)) as table:
        assert next(table.rows).number == 2
        with pytest.raises(TableError, match=r"^row 3: The table has more than 1 rows\.$"):
            next(table.rows)


def styles_that_take_memory() -> bytes:
    """A small part of which the reader makes hundreds of thousands of objects."""
    fonts = b"<font><sz val='11'/><name val='Calibri'/></font>" * 1_000_000
    return (
        b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<fonts>" + fonts + b"</fonts></styleSheet>"
    )


@pytest.mark.parametrize(
    "bound", [{"memory_bytes": 256 * 1024 * 1024}, {"cpu_seconds": 1}], ids=lambda v: next(iter(v))
)
def test_workbook_that_takes_too_much_is_stopped(bound: dict[str, int], tmp_path: Path) -> None:
    types = workbook(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(types) as archive:
        declared = archive.read("[Content_Types].xml").replace(
            b"</Types>",
            b'<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-'
            b'officedocument.spreadsheetml.styles+xml"/></Types>',
        )
        related = archive.read("xl/_rels/workbook.xml.rels").replace(
            b"</Relationships>",
            b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            b'relationships/styles" Target="styles.xml"/></Relationships>',
        )
    path = workbook(
        tmp_path / "styles.xlsx",
        parts={
            "[Content_Types].xml": declared,
            "xl/_rels/workbook.xml.rels": related,
            "xl/styles.xml": styles_that_take_memory(),
        },
    )
    limits = replace(DEFAULT_LIMITS, **bound)

    with pytest.raises(TableError, match=r"^Reading the workbook takes too much computing time or memory\.$"):
        open_table(path, limits=limits)


def test_workbook_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")

    with pytest.raises(TableError, match=r"^Reading the workbook takes more than 0\.001 seconds\.$"):
        open_table(path, limits=replace(DEFAULT_LIMITS, wall_seconds=0.001))  # type: ignore[arg-type]


def test_sheet_of_too_much_text_is_refused(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}">{inline("A", n, "x" * 1000)}</row>' for n in range(2, 50))
    path = workbook(tmp_path / "a.xlsx", rows)

    with pytest.raises(TableError, match=r"The sheet holds too much text\.$"):
        open_table(path, limits=replace(DEFAULT_LIMITS, output_bytes=10_000))


def test_stated_size_of_a_sheet_is_not_believed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", f'<row r="2">{inline("A", 2, "x")}</row>', dimension="A1:XFD1048576")

    with open_table(path) as table:
        assert [row.cells for row in table.rows] == [("x", "")]


@settings(deadline=2_000, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=2_000))
def test_any_bytes_give_rows_or_a_clear_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)

    assert outcome(path)


CSV_PARTS = [
    b"a",
    b"1.5",
    b",",
    b";",
    b"\t",
    b"|",
    b'"',
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    "é".encode(),
    b"\xe9",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\0",
    b"\x1a",
    "\u2028".encode(),
    b"=1+1",
]


@settings(deadline=2_000, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(CSV_PARTS), max_size=60))
def test_any_pieces_of_a_table_give_rows_or_a_clear_error(parts: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(b"".join(parts))

    assert outcome(path)


@settings(deadline=10_000, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_workbook_gives_rows_or_a_clear_error(data: st.DataObject, tmp_path: Path) -> None:
    whole = bytearray(workbook(tmp_path / "a.xlsx", f'<row r="2">{inline("A", 2, "x")}</row>').read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(bytes(whole))

    assert outcome(path)
