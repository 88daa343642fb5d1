"""Damaged official files: every one is refused with words that a person understands, none is read in part.

A file is refused when it cannot be opened, is not of its kind, or has no row that can be read; a whole list also
when one row cannot be.
"""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.damaged_files import ANY_FILES, JSON_DAMAGES, PAGE_DAMAGES, TABLE_DAMAGES
from tests.support.official_files import SAMPLE_OF, TABLE_KINDS, sample_rows, write_csv
from vendors.imports.openers import open_source
from vendors.imports.tables import TableError
from vendors.regulatory.formats import FORMATS, format_for
from vendors.regulatory.formats.base import Origin, ParsedRecord, WrongFileError

KINDS = tuple(SAMPLE_OF)
quickly = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def outcome(path: Path, kind: str) -> tuple[int, str]:
    """How many records would be loaded, and else why there are none. Any other error fails the test."""
    file_format = format_for(kind)
    try:
        with open_source(path, file_format) as table:
            parsed = list(
                file_format.parse(table.header, table.rows, origin=Origin("file", date(2026, 7, 1)))
            )
    except (TableError, WrongFileError) as error:
        return 0, str(error)
    good = sum(isinstance(one, ParsedRecord) for one in parsed)
    reasons = [one.message for one in parsed if not isinstance(one, ParsedRecord)]
    if reasons and file_format.whole_list:
        good = 0
    return good, "" if good else (reasons or ["The file has no rows below its header."])[0]


def assert_refused(path: Path, kind: str) -> None:
    good, words = outcome(path, kind)
    assert good == 0
    assert 5 <= len(words) < 2_500
    assert "Traceback" not in words


@pytest.mark.parametrize("kind", KINDS)
def test_whole_sample_is_not_refused(kind: str) -> None:
    good, words = outcome(SAMPLE_OF[kind], kind)

    assert (good > 0, words) == (True, "")


@pytest.mark.parametrize("damage", TABLE_DAMAGES)
@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_damaged_table_is_refused(kind: str, damage: str, tmp_path: Path) -> None:
    path = TABLE_DAMAGES[damage](tmp_path, sample_rows(kind), kind)

    assert_refused(path, kind)


@pytest.mark.parametrize("damage", JSON_DAMAGES)
def test_damaged_json_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.json"
    path.write_bytes(JSON_DAMAGES[damage](SAMPLE_OF["openfda_enforcement"].read_bytes()))

    assert_refused(path, "openfda_enforcement")


@pytest.mark.parametrize("damage", PAGE_DAMAGES)
def test_damaged_page_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.html"
    path.write_bytes(PAGE_DAMAGES[damage](SAMPLE_OF["import_alert"].read_bytes()))

    assert_refused(path, "import_alert")


@pytest.mark.parametrize("name", ANY_FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_file_of_no_kind_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    assert_refused(ANY_FILES[name](tmp_path), kind)


@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_file_of_another_kind_is_refused(kind: str, other: str) -> None:
    if kind == other:
        good, _ = outcome(SAMPLE_OF[other], kind)
        assert good > 0
    else:
        assert_refused(SAMPLE_OF[other], kind)


def test_file_of_another_kind_says_what_was_expected() -> None:
    _, words = outcome(SAMPLE_OF["fda_483"], "eudragmdp")

    assert words == (
        "This is not a file of the kind EudraGMDP GMP certificates: expected the columns Certificate Number, "
        "EudraGMDP Document Reference Number, Document Type, OMS Organisation Identifier, OMS Location Identifier, "
        "Site Name, Country, Inspection End Date, Issue Date; found Record Date, FEI Number, Legal Name, Record Type, "
        "Publish Date, Download, Record ID."
    )


@pytest.mark.parametrize(
    ("kind", "damage", "words"),
    [
        (
            "openfda_enforcement",
            "cut",
            "The file is damaged or cut off: it is not well-formed JSON in UTF-8.",
        ),
        ("openfda_enforcement", "no list", "The file has no list 'results' of records."),
        (
            "openfda_enforcement",
            "list of numbers",
            "The list 'results' holds something that is not an object.",
        ),
        ("openfda_enforcement", "empty list", "The file holds no records."),
        (
            "openfda_enforcement",
            "a cell of 10 MB",
            "row 1, column 17: a cell of 10000000 characters; at most 1000000 are read",
        ),
        ("openfda_enforcement", "NUL escaped", "row 1, column 17: a cell with characters that are no text"),
        ("import_alert", "cut", "The page is cut off: its end is missing."),
        ("import_alert", "another alert", "The page does not speak of 66-40: it is another one."),
        (
            "import_alert",
            "Latin-1 said to be UTF-8",
            "The encoding of the page is uncertain (it is not UTF-8).",
        ),
        ("import_alert", "NUL", "The page holds a NUL character: this is not a web page."),
    ],
)
def test_words_of_a_refusal(kind: str, damage: str, words: str, tmp_path: Path) -> None:
    damages = JSON_DAMAGES if kind == "openfda_enforcement" else PAGE_DAMAGES
    path = tmp_path / "damaged"
    path.write_bytes(damages[damage](SAMPLE_OF[kind].read_bytes()))

    assert outcome(path, kind) == (0, words)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "import_alert"])
@given(content=st.binary(max_size=300))
@quickly
def test_any_bytes_give_a_clear_error(kind: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)

    good, words = outcome(path, kind)

    assert (good, bool(words)) == (0, True)


@given(place=st.floats(0, 1), content=st.binary(min_size=1, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", ["fda_registrations", "openfda_enforcement", "import_alert"])
def test_bytes_written_over_a_sample_never_crash(
    kind: str, place: float, content: bytes, tmp_path: Path
) -> None:
    whole = SAMPLE_OF[kind].read_bytes()
    at = int(place * len(whole))
    path = tmp_path / "any"
    path.write_bytes(whole[:at] + content + whole[at + len(content) :])

    good, words = outcome(path, kind)

    assert bool(good) != bool(words)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_cells_give_a_record_or_an_error(kind: str, data: st.DataObject) -> None:
    names = [column.names[0] for column in FORMATS[kind].columns]
    cell = st.one_of(
        st.text(max_size=20),
        st.sampled_from(["-", "2024-01-31", "01/31/2024", "Class I", "7", "483", "GMPC"]),
    )
    row = data.draw(st.lists(cell, min_size=len(names), max_size=len(names)))

    (parsed,) = FORMATS[kind].parse(names, [(2, row)], origin=Origin("file", date(2026, 7, 1)))

    assert parsed.row == 2


@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_column_that_nobody_asked_for_changes_nothing(kind: str, tmp_path: Path) -> None:
    rows = [[*row, "extra" if number else "Another Column"] for number, row in enumerate(sample_rows(kind))]

    found = outcome(write_csv(tmp_path / "more.csv", rows), kind)

    assert found == outcome(SAMPLE_OF[kind], kind)
