"""Registrations, GMP certificates and the import alert: sites named without an FEI."""

from datetime import date
from pathlib import Path

import pytest

from tests.support.biff_files import xls_file
from tests.support.official_files import SAMPLE_OF, sample_rows
from tests.unit.regulatory.records import parse_file, parse_rows
from vendors.regulatory.formats.base import RowError
from vendors.regulatory.formats.fda_registrations import country_of
from vendors.regulatory.formats.identity import RowIdentity, identity_of
from vendors.regulatory.formats.import_alert import FIRM, HEADING, rows_of_page
from vendors.regulatory.formats.iso3 import TWO_LETTERS
from vendors.regulatory.formats.values import made_id, normalise_duns
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import COUNTRY_CODES, RecordKind

FINECURE = RegulatoryRecord(
    kind=RecordKind.GMP_NONCOMPLIANCE,
    authority="EMA",
    native_id="MT/001NCR/2026",
    firm="Finecure Pharmaceuticals Limited",
    city="Ahmedabad",
    country="India",
    event_on=date(2026, 1, 14),
    posted_on=date(2026, 2, 9),
    project_area="LOC-100078218",
    source="eudragmdp.csv",
    read_on=date(2026, 7, 1),
)


def test_registration_of_the_native_file() -> None:
    records, refused = parse_file(SAMPLE_OF["fda_registrations"], "fda_registrations")

    assert refused == []
    assert records[1] == RegulatoryRecord(
        kind=RecordKind.REGISTRATION,
        authority="FDA",
        native_id="007654321",
        fei="9900002",
        firm='Societe Fictive "Generique" S.A.',
        country="FR",
        scope="API MANUFACTURE",
        closed_on=date(2026, 12, 31),
        source="drls_reg.txt",
        read_on=date(2026, 7, 1),
    )
    assert [(r.fei, r.native_id, r.scope) for r in records] == [
        ("9900001001", "001234567", "MANUFACTURE; ANALYSIS; PACK"),
        ("9900002", "007654321", "API MANUFACTURE"),
        ("", "020304050", "LABEL; REPACK"),
    ]
    assert records[1].raw["REGISTRANT_NAME"] == '"Fictive" S.A.'


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("latin-1", "Société"),
        ("latin-1", "Sociét\xe3"),
        ("utf-8", "Société"),
        ("utf-8-sig", "Société"),
        ("utf-16", "Société"),
    ],
)
def test_registration_in_the_encoding_of_the_native_file_and_of_others(
    encoding: str, name: str, tmp_path: Path
) -> None:
    text = SAMPLE_OF["fda_registrations"].read_bytes().decode().replace("Societe", name)
    path = tmp_path / "drls_reg.txt"
    path.write_bytes(text.encode(encoding))

    records, refused = parse_file(path, "fda_registrations")

    assert (records[1].firm, refused) == (f'{name} Fictive "Generique" S.A.', [])


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("1 Sample Road, Springfield, Illinois (IL) 62701, United States (USA)", "US"),
        ("Seoul, Korea, Republic of (KOR)", "KR"),
        ("Somewhere (IND) ", "IN"),
        ("Somewhere (QQQ)", ""),
        ("1 Sample Road, Springfield", ""),
    ],
)
def test_country_at_the_end_of_an_address(address: str, country: str) -> None:
    assert country_of(address) == country


def test_three_letter_codes_are_those_of_every_country() -> None:
    assert COUNTRY_CODES - set(TWO_LETTERS.values()) == frozenset()
    assert len(set(TWO_LETTERS.values())) == len(TWO_LETTERS)


@pytest.mark.parametrize(
    ("text", "duns"),
    [("7654321", "007654321"), ("46-201-0034", "462010034"), (" 123456789.0 ", "123456789"), ("", "")],
)
def test_duns_number_gets_its_zeros_back(text: str, duns: str) -> None:
    assert normalise_duns(text) == duns


@pytest.mark.parametrize("text", ["1234567890", "12A", "0", "1e8"])
def test_text_that_is_no_duns_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a DUNS number"):
        normalise_duns(text)


@pytest.mark.parametrize("form", ["text", "native workbook"])
def test_statement_of_noncompliance(form: str, tmp_path: Path) -> None:
    path = SAMPLE_OF["eudragmdp"]
    if form == "native workbook":
        header, *rows = sample_rows("eudragmdp")
        above = [
            ["EudraGMDP", "(Public Site)"],
            ["Search GMP Compliance"],
            ["Total Records: 4, Tue Mar 03 2026"],
            [""],
        ]
        path = xls_file(
            tmp_path,
            [*above, [f"  {name}  " for name in header], *rows],
            name="eudragmdp.csv",
            sheet="GMPC Search Results",
            more={"Search Criteria": [["Country", "[-All Countries-]"]]},
        )

    records, refused = parse_file(path, "eudragmdp")

    assert refused == []
    assert records[1] == FINECURE
    assert [(r.kind.value, r.authority) for r in records] == [
        ("GMP_CERTIFICATE", "EMA"),
        ("GMP_NONCOMPLIANCE", "EMA"),
        ("GMP_CERTIFICATE", "EMA"),
        ("GMP_CERTIFICATE", "MHRA"),
    ]


def test_identity_of_a_certificate() -> None:
    records, _ = parse_file(SAMPLE_OF["eudragmdp"], "eudragmdp")

    assert identity_of(records[2].raw) == RowIdentity(
        address="Avenida De La Industria 30, Alcobendas",
        duns="462010034",
        ema_org_id="ORG-100003996",
        ema_loc_id="LOC-100001233",
        mia_number="0287",
    )


@pytest.mark.parametrize("duns", ["", "-", "not known"])
def test_identity_without_a_usable_duns_number(duns: str) -> None:
    assert identity_of({"DUNS Number": duns, "Zip Code": "62701"}) == RowIdentity(postcode="62701")


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        (
            "eudragmdp",
            {"Issue Date": "03/04/2026"},
            ("Issue Date", "'03/04/2026' can be read as two dates (write YYYY-MM-DD)"),
        ),
        (
            "eudragmdp",
            {"Inspection End Date": "2026-02-30"},
            ("Inspection End Date", "'2026-02-30' is not a day of the calendar"),
        ),
        (
            "eudragmdp",
            {"Inspection End Date": "4 May"},
            ("Inspection End Date", "'4 May' is not a date (YYYY-MM-DD)"),
        ),
        ("eudragmdp", {"Document Type": "WDA"}, ("Document Type", "'WDA' is not GMPC or GMPNC")),
        (
            "eudragmdp",
            {"Inspection End Date": "", "Issue Date": ""},
            ("Inspection End Date", "is blank, and so is the day of issue"),
        ),
        (
            "fda_registrations",
            {"FEI_NUMBER": "", "DUNS_NUMBER": ""},
            ("FEI_NUMBER", "is blank, and so is the DUNS number"),
        ),
        (
            "fda_registrations",
            {"DUNS_NUMBER": "1234567890"},
            ("DUNS_NUMBER", "'1234567890' is not a DUNS number (9 digits)"),
        ),
        (
            "fda_registrations",
            {"EXPIRATION_DATE": "31/12/2026"},
            ("EXPIRATION_DATE", "'31/12/2026' is not a day of the calendar"),
        ),
    ],
)
def test_row_that_cannot_be_read_names_its_cell(
    kind: str, cells: dict[str, str], expected: tuple[str, str]
) -> None:
    (parsed,) = parse_rows(kind, [cells])

    assert parsed == RowError(2, *expected)


def test_firm_of_the_import_alert() -> None:
    records, refused = parse_file(SAMPLE_OF["import_alert"], "import_alert")

    assert refused == []
    assert records[2] == RegulatoryRecord(
        kind=RecordKind.IMPORT_ALERT,
        authority="FDA",
        native_id="Fictional Labels & Packs Pvt. Ltd., Plot 5, Hyderabad, Telangana, INDIA",
        firm="Fictional Labels & Packs Pvt. Ltd.",
        country="INDIA",
        event_on=date(2019, 11, 20),
        classification="66-40",
        product_area="Drugs",
        scope="62 - - -- Pharmaceutical preparations\nDesc: All finished drug products\n62 - - -- Eye drops\n"
        "Desc: All finished drug products",
        source="importalert_189.html",
        read_on=date(2026, 7, 1),
    )
    assert [(r.country, r.native_id.partition(", ")[2]) for r in records] == [
        ("CHINA", "Ltd., No. 1 Sample Road, Shanghai, CHINA"),
        ("CHINA", "Ltd., No. 2 Other Road, Wuhan, CHINA"),
        ("INDIA", "Plot 5, Hyderabad, Telangana, INDIA"),
        ("KOREA, REPUBLIC OF (SOUTH)", "1 Example-ro, Seoul, KOREA, REPUBLIC OF (SOUTH)"),
    ]


@pytest.mark.parametrize(
    ("blocks", "row"),
    [
        ([(1, FIRM, "A\nDate Published: 01/02/2020\nHere")], ("", "A", "Here", "01/02/2020", "")),
        ([(1, HEADING, "Red List"), (2, FIRM, "A")], ("", "A", "", "", "")),
        ([(1, HEADING, "INDIA"), (2, FIRM, "")], ("INDIA", "", "", "", "")),
        (
            [(1, HEADING, "INDIA"), (2, FIRM, "A Date  Published : 2/1/2020\nDate Published : 12/31/2019")],
            ("INDIA", "A", "", "12/31/2019", ""),
        ),
        (
            [(1, HEADING, "INDIA"), (2, FIRM, "A\nDate Published: 1/1/2020\nDate Published: soon")],
            ("INDIA", "A", "soon", "", ""),
        ),
        ([(1, HEADING, "INDIA"), (2, HEADING, "Notes"), (3, FIRM, "A")], ("", "A", "", "", "")),
    ],
)
def test_block_of_the_page(blocks: list[tuple[int, str, str]], row: tuple[str, ...]) -> None:
    (found,) = rows_of_page(blocks)

    assert found == (blocks[-1][0], row)


def test_made_id_is_stable_and_never_too_long() -> None:
    first, second = made_id("a " * 300, "x"), made_id("a " * 300, "y")

    assert (len(first), first == made_id(" a" * 300, "x"), first == second) == (200, True, False)
