"""Official files: recognised by their columns, read row by row, refused with what was found."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shared_data import SAMPLES, shared_data
from tests.unit.regulatory.records import parse_file
from vendors.regulatory.formats import FORMATS, detect_format, format_for
from vendors.regulatory.formats.base import Origin, ParsedRecord, RowError, WrongFileError
from vendors.regulatory.formats.values import parse_iso_or_us_date
from vendors.regulatory.identifiers import IdentifierError, normalise_fei
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

NATIVE = [
    "FEI Number",
    "Legal Name",
    "City",
    "State",
    "Zip",
    "Country/Area",
    "Fiscal Year",
    "Inspection ID",
    "Posted Citations",
    "Inspection End Date",
    "Classification",
    "Project Area",
    "Product Type",
    "Additional Details",
    "FMD-145 Date",
]
CODES = [
    "Inspection ID",
    "FEI Number",
    "Legal Name",
    "City Name",
    "Country Name",
    "Street Address Line 1",
    "Inspection End Date",
    "Classification Code",
    "Product Type",
    "Center",
    "Project Area",
    "Posted Citations",
]
ACTIONS = [
    "FEI Number",
    "Legal Name",
    "State",
    "Country/Area",
    "Product Type",
    "Action Taken Date",
    "Action Type",
    "Case/Injunction ID",
]
ORIGIN = Origin("file.csv", date(2026, 7, 1))
NATIVE_ROW = [
    "3003774440",
    "Balzac Brothers & Company Inc.",
    "Charleston",
    "South Carolina",
    "29401",
    "United States",
    "2026",
    "1306888",
    "No",
    "03/19/2026",
    "No Action Indicated (NAI)",
    "Foodborne Biological Hazards",
    "Food/Cosmetics",
    "FSVP",
    "03/20/2026",
]
CODES_ROW = [
    "1272871",
    "3002809586",
    "Sun Pharmaceutical Industries Ltd.",
    "Halol",
    "India",
    "Halol - Baroda Highway",
    "06/13/2025",
    "OAI",
    "Drugs",
    "CDER",
    "Drug Quality Assurance",
    "Yes",
]
ACTIONS_ROW = [
    "3011691465",
    "Porton Biopharma Limited",
    "-",
    "United Kingdom",
    "Drugs",
    "2017-01-19",
    "Warning Letter",
    "509689",
]


def parse_one(code: str, header: list[str], row: list[str]) -> ParsedRecord | RowError:
    (only,) = FORMATS[code].parse(header, [(2, row)], origin=ORIGIN)
    return only


def changed(header: list[str], row: list[str], **cells: str) -> list[str]:
    names = {name.replace("_", " "): value for name, value in cells.items()}
    return [names.get(name, cell) for name, cell in zip(header, row, strict=True)]


def test_inspection_in_the_dashboards_own_columns() -> None:
    parsed = parse_one("fda_inspections", NATIVE, NATIVE_ROW)

    assert parsed == ParsedRecord(
        2,
        RegulatoryRecord(
            kind=RecordKind.INSPECTION,
            authority="FDA",
            native_id="1306888",
            fei="3003774440",
            firm="Balzac Brothers & Company Inc.",
            city="Charleston",
            country="United States",
            event_on=date(2026, 3, 19),
            classification="NAI",
            product_area="Food/Cosmetics",
            project_area="Foodborne Biological Hazards",
            source="file.csv",
            read_on=date(2026, 7, 1),
        ),
    )
    assert isinstance(parsed, ParsedRecord)
    assert dict(parsed.record.raw) == dict(zip(NATIVE, NATIVE_ROW, strict=True))


def test_inspection_in_the_columns_of_codes() -> None:
    parsed = parse_one("fda_inspections", CODES, CODES_ROW)

    assert isinstance(parsed, ParsedRecord)
    record = parsed.record
    assert (record.native_id, record.fei, record.event_on, record.classification, record.project_area) == (
        "1272871",
        "3002809586",
        date(2025, 6, 13),
        "OAI",
        "Drug Quality Assurance",
    )


def test_compliance_action() -> None:
    parsed = parse_one("fda_compliance_actions", ACTIONS, ACTIONS_ROW)

    assert isinstance(parsed, ParsedRecord)
    assert parsed.record == RegulatoryRecord(
        kind=RecordKind.WARNING_LETTER,
        authority="FDA",
        native_id="509689",
        fei="3011691465",
        firm="Porton Biopharma Limited",
        country="United Kingdom",
        event_on=date(2017, 1, 19),
        product_area="Drugs",
        source="file.csv",
        read_on=date(2026, 7, 1),
    )


@pytest.mark.parametrize(
    "rename",
    [str.upper, str.lower, lambda n: f"  {n} ", lambda n: n.replace(" ", "_"), lambda n: n.replace(" ", "")],
)
@pytest.mark.parametrize(
    ("code", "header", "row"),
    [
        ("fda_inspections", NATIVE, NATIVE_ROW),
        ("fda_inspections", CODES, CODES_ROW),
        ("fda_compliance_actions", ACTIONS, ACTIONS_ROW),
    ],
)
def test_header_is_recognised_in_any_case_and_spacing(code, header, row, rename) -> None:  # type: ignore[no-untyped-def]
    parsed = parse_one(code, [rename(name) for name in header], row)

    assert parsed == parse_one(code, header, row)


@pytest.mark.parametrize(
    ("usual", "variant"),
    [
        ("Zip", "Zip Code"),
        ("Zip", "ZIP Code"),
        ("FMD-145 Date", "FMD 145 Date"),
        ("Country/Area", "Country Name"),
    ],
)
def test_header_variant_finds_the_same_column(usual: str, variant: str) -> None:
    header = [variant if name == usual else name for name in NATIVE]

    assert FORMATS["fda_inspections"].recognise(header) == FORMATS["fda_inspections"].recognise(NATIVE)


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"FEI_Number": "-"}, "FEI Number", "is blank"),
        ({"FEI_Number": "3.00377E+09"}, "FEI Number", "'3.00377E+09' is not an FEI number (up to 10 digits)"),
        ({"Inspection_ID": "x1"}, "Inspection ID", "'x1' is not a number"),
        (
            {"Inspection_ID": "3003774440", "FEI_Number": "1306888"},
            "Inspection ID",
            "'3003774440' is not the number of an inspection; is the column another one?",
        ),
        (
            {"FEI_Number": "1306888"},
            "Inspection ID",
            "'1306888' is the FEI number too; is one of the columns another one?",
        ),
        (
            {"Inspection_End_Date": "19/03/2026"},
            "Inspection End Date",
            "'19/03/2026' is not a day of the calendar",
        ),
        (
            {"Inspection_End_Date": "2026"},
            "Inspection End Date",
            "'2026' is not a date (YYYY-MM-DD or MM/DD/YYYY)",
        ),
        (
            {"Classification": "Not OAI"},
            "Classification",
            "'Not OAI' is not a classification (NAI, VAI or OAI)",
        ),
    ],
)
def test_row_that_cannot_be_read_names_its_cell(cells: dict[str, str], column: str, message: str) -> None:
    parsed = parse_one("fda_inspections", NATIVE, changed(NATIVE, NATIVE_ROW, **cells))

    assert parsed == RowError(2, column, message)


def test_unknown_action_type_names_its_cell() -> None:
    parsed = parse_one("fda_compliance_actions", ACTIONS, changed(ACTIONS, ACTIONS_ROW, Action_Type="Recall"))

    assert parsed == RowError(2, "Action Type", "'Recall' is not Warning Letter, Injunction or Seizure")


@pytest.mark.parametrize(
    ("text", "classification"),
    [
        ("-", ""),
        ("Voluntary Action Indicated (VAI)", "VAI"),
        ("official action indicated", "OAI"),
        (" nai ", "NAI"),
        ("NOT_OAI", ""),
    ],
)
def test_classification_spellings(text: str, classification: str) -> None:
    parsed = parse_one("fda_inspections", NATIVE, changed(NATIVE, NATIVE_ROW, Classification=text))

    assert isinstance(parsed, ParsedRecord)
    assert parsed.record.classification == classification


def test_ragged_row_is_reported_and_the_rest_is_read() -> None:
    rows = [(2, NATIVE_ROW[:-1]), (3, NATIVE_ROW)]

    first, second = FORMATS["fda_inspections"].parse(NATIVE, rows, origin=ORIGIN)

    assert first == RowError(2, "", "has 14 cells where the header has 15")
    assert isinstance(second, ParsedRecord)


def test_wrong_file_says_what_was_expected_and_found() -> None:
    with pytest.raises(WrongFileError) as caught:
        FORMATS["fda_inspections"].parse(ACTIONS, [], origin=ORIGIN)

    assert str(caught.value) == (
        "This is not a file of the kind FDA inspections: expected the columns Inspection ID, "
        "Inspection End Date, Project Area, Classification or Classification Code; found FEI Number, "
        "Legal Name, State, Country/Area, Product Type, Action Taken Date, Action Type, Case/Injunction ID."
    )


def test_format_is_detected_from_the_header() -> None:
    found = [detect_format(header) for header in (NATIVE, CODES, ACTIONS, ["a", "b"])]

    assert [one.code if one else None for one in found] == [
        "fda_inspections",
        "fda_inspections",
        "fda_compliance_actions",
        None,
    ]


def test_unknown_format_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^unknown file kind 'x'; known: fda_inspections, fda_citations, fda_483, fda_com"
    ):
        format_for("x")


@pytest.mark.parametrize(
    ("text", "fei"),
    [
        ("3003774440", "3003774440"),
        ("0003774440", "3774440"),
        (" 3002930340.0 ", "3002930340"),
        ("405", "405"),
        ("", ""),
    ],
)
def test_establishment_number_in_its_compared_form(text: str, fei: str) -> None:
    assert normalise_fei(text) == fei


@pytest.mark.parametrize(
    "text", ["0", "12345678901", "1e9", "300.5", "-5", "FEI 3003774440", "\uff13\uff10\uff13"]
)
def test_text_that_is_no_establishment_number_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        normalise_fei(text)


@settings(deadline=None)
@given(day=st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_date_is_read_in_both_spellings(day: date) -> None:
    assert {parse_iso_or_us_date(day.isoformat()), parse_iso_or_us_date(f"{day:%m/%d/%Y}")} == {day}


@settings(deadline=None)
@given(row=st.lists(st.text(max_size=30), min_size=15, max_size=15))
def test_any_text_gives_a_record_or_an_error(row: list[str]) -> None:
    assert isinstance(parse_one("fda_inspections", NATIVE, row), ParsedRecord | RowError)


def test_both_layouts_of_our_samples_give_the_same_facts() -> None:
    native, native_errors = parse_file(SAMPLES / "fda_inspections_native.csv", "fda_inspections")
    codes, codes_errors = parse_file(SAMPLES / "fda_inspections_codes.csv", "fda_inspections")

    feis = {record.fei for record in codes}
    assert (native_errors, codes_errors) == ([], [])
    assert [replace(r, source="") for r in codes] == [replace(r, source="") for r in native if r.fei in feis]
    assert len(codes) == 15


def count_files() -> list[tuple[Path, str, int, Counter[str]]]:
    """Files and how many records of each class or kind they hold: our samples, the whole files if at hand."""
    expected = [
        (SAMPLES / "fda_inspections_native.csv", "fda_inspections", 0, {"VAI": 24, "OAI": 8, "NAI": 5}),
        (
            SAMPLES / "fda_compliance_actions.csv",
            "fda_compliance_actions",
            0,
            {"WARNING_LETTER": 8, "INJUNCTION": 1, "SEIZURE": 1},
        ),
        (
            shared_data("fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv"),
            "fda_inspections",
            0,
            {"VAI": 178, "NAI": 106, "OAI": 44},
        ),
        (
            shared_data("fda_dashboard_inspections_NATIVE_COLUMNS_drugqa.csv"),
            "fda_inspections",
            0,
            {"VAI": 6635, "NAI": 4399, "OAI": 1744},
        ),
        (
            shared_data("fda_inspections_drugs_biologics.csv"),
            "fda_inspections",
            0,
            {"NAI": 19_581, "VAI": 10_853, "OAI": 2_321, "INSPECTION": 16_851},
        ),
        (
            shared_data("fda_compliance_actions.csv"),
            "fda_compliance_actions",
            0,
            {"WARNING_LETTER": 3082, "INJUNCTION": 44, "SEIZURE": 21},
        ),
    ]
    return [(path, code, errors, Counter(counts)) for path, code, errors, counts in expected if path]


@pytest.mark.parametrize(
    ("path", "code", "errors", "counts"), count_files(), ids=lambda v: getattr(v, "stem", "")
)
def test_every_row_of_an_official_file_is_read(
    path: Path, code: str, errors: int, counts: Counter[str]
) -> None:
    records, refused = parse_file(path, code)

    assert Counter(r.classification or r.kind.value for r in records) == counts
    assert len(refused) == errors
