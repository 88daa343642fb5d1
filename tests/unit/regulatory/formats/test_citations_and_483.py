"""Citations and published Form 483s: layouts, what is skipped, what a row without an FEI keeps."""

from datetime import date

import pytest

from tests.support.official_files import SAMPLE_OF
from tests.support.shared_data import SAMPLES
from tests.unit.regulatory.records import parse_file, parse_rows
from vendors.regulatory.citations import repeat_observations
from vendors.regulatory.formats.base import ParsedRecord, RowError, SkippedRow
from vendors.regulatory.records import RegulatoryRecord
from vendors.regulatory.rules import DEFAULT_RULE
from vendors.vocabulary import RecordKind

ANNUAL = SAMPLES / "regulatory" / "fda_citations_annual.csv"
EXPORT_2024 = SAMPLES / "regulatory" / "fda_483_2024.csv"


def test_citation_of_the_dashboard() -> None:
    records, left_out = parse_file(SAMPLE_OF["fda_citations"], "fda_citations")

    assert records[0] == RegulatoryRecord(
        kind=RecordKind.CITATION,
        authority="FDA",
        native_id="9000001",
        fei="9900001001",
        firm="Fictional Biologics Works",
        event_on=date(2022, 3, 14),
        product_area="Drugs",
        cfr="21 CFR 211.22(d)",
        scope="Procedures not in writing, fully followed",
        source="fda_citations.csv",
        read_on=date(2026, 7, 1),
    )
    assert [record.native_id for record in records] == ["9000001", "9000001", "9000002", "9000003"]
    assert left_out == [SkippedRow(4, "", "no regulation is named")]


def test_spreadsheet_number_and_other_date_are_read() -> None:
    records, _ = parse_file(SAMPLE_OF["fda_citations"], "fda_citations")

    assert (records[2].fei, records[2].event_on) == ("9900001001", date(2024, 5, 17))


def test_citation_of_the_yearly_table_is_kept_under_firm_and_day() -> None:
    records, left_out = parse_file(ANNUAL, "fda_citations")

    first = records[0]
    assert (first.native_id, first.case_number, first.fei, first.city, first.country, first.cfr) == (
        "unnumbered: Fictional Biologics Works, Springfield, 2022-03-14",
        "",
        "",
        "Springfield",
        "United States",
        "21 CFR 211.22(d)",
    )
    assert [type(one) for one in left_out] == [SkippedRow]


def test_yearly_row_joins_the_inspection_of_its_day() -> None:
    dashboard, _ = parse_file(SAMPLE_OF["fda_citations"], "fda_citations")
    yearly, _ = parse_file(ANNUAL, "fda_citations")
    drugs = [record for record in (*dashboard, yearly[0]) if record.product_area == "Drugs"]

    found, excluded = repeat_observations(drugs, (), rule=DEFAULT_RULE)

    assert (found.inspections, found.repeated, found.value) == (("9000001", "9000002"), ("211.192",), 500_000)
    assert excluded == ()


def test_form_of_the_reading_room() -> None:
    records, left_out = parse_file(SAMPLE_OF["fda_483"], "fda_483")

    assert records[0] == RegulatoryRecord(
        kind=RecordKind.FORM_483,
        authority="FDA",
        native_id="287249",
        fei="3002930340",
        firm="Lonza AG",
        event_on=date(2023, 3, 28),
        posted_on=date(2024, 7, 15),
        source="fda_483.csv",
        read_on=date(2026, 7, 1),
    )
    assert (len(records), left_out) == (6, [])


def test_export_of_2024_gives_the_number_of_the_document() -> None:
    records, left_out = parse_file(EXPORT_2024, "fda_483")

    assert [(r.native_id, r.fei, r.event_on, r.posted_on) for r in records] == [
        ("media 180072", "3002930340", date(2023, 3, 28), date(2024, 7, 15)),
        ("media 177229", "", date(2023, 11, 15), date(2024, 3, 22)),
    ]
    assert left_out == [SkippedRow(4, "", "'EIR' is no Form 483")]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (
            {"FEI Number": "30112866349"},
            ("FEI Number", "'30112866349' is not an FEI number (up to 10 digits)"),
        ),
        (
            {"FEI Number": "Unico Holdings, Inc."},
            ("FEI Number", "'Unico Holdings, Inc.' is not an FEI number (up to 10 digits)"),
        ),
        ({"Legal Name": "-"}, ("Legal Name", "is blank")),
        (
            {"Record Date": "28.03.2023"},
            ("Record Date", "'28.03.2023' is not a date (YYYY-MM-DD or MM/DD/YYYY)"),
        ),
        ({"Record ID": "", "Download": "none"}, ("Record ID", "gives no number of the record")),
        ({"Record ID": "x"}, ("Record ID", "'x' is not a number")),
    ],
)
def test_form_that_cannot_be_read_names_its_cell(cells: dict[str, str], expected: tuple[str, str]) -> None:
    (parsed,) = parse_rows("fda_483", [cells])

    assert parsed == RowError(2, *expected)


@pytest.mark.parametrize("record_type", ["483", "483.0", "FDA 483", "FDA-483", "Amended 483", "Form FDA-483"])
def test_spelling_of_the_form(record_type: str) -> None:
    (parsed,) = parse_rows("fda_483", [{"Record Type": record_type}])

    assert isinstance(parsed, ParsedRecord)
