"""Warning letters: the case in the address, the product of the office, and which letters count."""

from datetime import date

import pytest

from tests.support.official_files import SAMPLE_OF
from tests.support.shared_data import shared_data
from tests.unit.regulatory.records import DQA, inspection, parse_file, parse_rows
from vendors.regulatory.enforcement import assess, is_cgmp_subject
from vendors.regulatory.formats.base import ParsedRecord, RowError
from vendors.regulatory.formats.fda_warning_letters import case_number, product_area
from vendors.regulatory.inspections import collapse
from vendors.regulatory.records import RegulatoryRecord
from vendors.regulatory.rules import DEFAULT_RULE, KEPT_PRODUCT_TYPES
from vendors.vocabulary import RecordKind

LETTERS = "/inspections-compliance-enforcement-and-criminal-investigations/warning-letters/"


def test_letter_with_its_close_out() -> None:
    records, refused = parse_file(SAMPLE_OF["fda_warning_letters"], "fda_warning_letters")

    assert refused == []
    assert records[1] == RegulatoryRecord(
        kind=RecordKind.WARNING_LETTER,
        authority="FDA",
        native_id="630316",
        firm="Cangene BioPharma, LLC dba Emergent BioSolutions",
        event_on=date(2022, 8, 10),
        posted_on=date(2022, 8, 16),
        product_area="Drugs",
        scope="CGMP/Finished Pharmaceuticals/Adulterated",
        closed_on=date(2023, 10, 4),
        source="fda_warning_letters.csv",
        read_on=date(2026, 7, 1),
    )


@pytest.mark.parametrize(
    ("address", "number"),
    [
        (f"{LETTERS}oralabs-inc-720690-03112026", "720690"),
        (f"https://www.fda.gov{LETTERS}a-b-720690-03112026/", "720690"),
        (f"{LETTERS}aytu-biopharma-705190-09092025-1", "705190"),
        (f"{LETTERS}hou-fu-biotech-611644-jiangsu-co-ltd", "611644"),
        (f"{LETTERS}somebody-612345", "612345"),
        (f"{LETTERS}glam-derma-11032025", ""),
        (f"{LETTERS}zhejiang-care-products-technology", ""),
        ("", ""),
    ],
)
def test_case_number_in_the_address(address: str, number: str) -> None:
    assert case_number(address) == number


@pytest.mark.parametrize(
    ("office", "subject", "area"),
    [
        ("Center for Drug Evaluation and Research | CDER", "Unapproved", "Drugs"),
        ("Division of Pharmaceutical Quality Operations IV", "CGMP", "Drugs"),
        ("Office of Compliance and Biologics Quality", "CGMP", "Biologics"),
        ("Center for Devices and Radiological Health", "CGMP/QSR/Medical Devices", "Devices"),
        ("Division of Human and Animal Food Operations West V", "CGMP/Food", "Food/Cosmetics"),
        ("Center for Veterinary Medicine", "CGMP/Medicated Feeds/Adulterated", "Veterinary"),
        ("Center for Tobacco Products", "Family Smoking Prevention", "Tobacco"),
        ("Office of Inspections and Investigations", "CGMP/Finished Pharmaceuticals/Adulterated", "Drugs"),
        ("Division of Southwest Imports", "Foreign Supplier Verification Program (FSVP)", ""),
    ],
)
def test_product_of_a_letter(office: str, subject: str, area: str) -> None:
    assert product_area(office, subject) == area


@pytest.mark.parametrize("number", ["", "660904"])
def test_letter_without_a_number_joins_the_case_of_its_day(number: str) -> None:
    (parsed,) = parse_rows("fda_warning_letters", [{"letter_url": ""}])
    assert isinstance(parsed, ParsedRecord)
    letter = parsed.record
    action = RegulatoryRecord(
        kind=RecordKind.WARNING_LETTER,
        authority="FDA",
        native_id="660904",
        fei="7",
        event_on=letter.event_on,
        product_area="Drugs",
    )
    seen, _ = collapse([inspection("2023-02-01", "OAI", DQA)])

    events, excluded = assess([letter, action], seen, as_of=date(2026, 7, 1), rule=DEFAULT_RULE)

    assert letter.native_id == "unnumbered: Cipla Limited, 2023-11-17"
    assert excluded == ()
    assert [(one.code.value, len(one.records), one.subject_stated) for one in events] == [
        ("WARNING_LETTER", 2, True),
        ("OAI", 1, True),
    ]
    assert (
        events[0].statement
        == "Warning letter 660904 of 2023-11-17: CGMP/Finished Pharmaceuticals/Adulterated."
    )


def test_only_letters_about_making_drugs_or_biologics_count() -> None:
    path = shared_data("fda_warning_letters.csv")
    records, _ = parse_file(path or SAMPLE_OF["fda_warning_letters"], "fda_warning_letters")

    counting = [
        r for r in records if r.product_area.casefold() in KEPT_PRODUCT_TYPES and is_cgmp_subject(r.scope)
    ]

    assert len(counting) == (COUNTING if path else 3)


COUNTING = 291


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"company_name": ""}, ("company_name", "is blank")),
        ({"subject": "-"}, ("subject", "is blank")),
        (
            {"letter_issue_date": "17/11/2023"},
            ("letter_issue_date", "'17/11/2023' is not a day of the calendar"),
        ),
        ({"closeout_letter": "yes"}, ("closeout_letter", "'yes' is not a date (YYYY-MM-DD or MM/DD/YYYY)")),
    ],
)
def test_letter_that_cannot_be_read_names_its_cell(cells: dict[str, str], expected: tuple[str, str]) -> None:
    (parsed,) = parse_rows("fda_warning_letters", [cells])

    assert parsed == RowError(2, *expected)
