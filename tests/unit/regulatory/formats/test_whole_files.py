"""Every official file is read to its last row: the whole files when they are at hand, else our samples."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.biff_files import xls_file
from tests.support.official_files import SAMPLE_OF, TABLE_KINDS, sample_rows, write_csv, write_xlsx
from tests.support.shared_data import SAMPLES, shared_data
from tests.unit.regulatory.records import parse_file
from vendors.regulatory.formats.base import SkippedRow


class Whole(NamedTuple):
    """A file, how many records of each kind it gives, how many different ones, and how many rows are left out."""

    name: str
    kind: str
    counts: Mapping[str, int]
    different: int
    left_out: int = 0


REAL = [
    Whole("fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv", "fda_inspections", {"INSPECTION": 328}, 328),
    Whole(
        "fda_dashboard_inspections_NATIVE_COLUMNS_drugqa.csv",
        "fda_inspections",
        {"INSPECTION": 12_778},
        12_778,
    ),
    Whole("fda_inspections_drugs_biologics.csv", "fda_inspections", {"INSPECTION": 49_606}, 49_545),
    Whole("cdmo_inspection_history.csv", "fda_inspections", {"INSPECTION": 365}, 365),
    Whole(
        "fda_compliance_actions.csv",
        "fda_compliance_actions",
        {"WARNING_LETTER": 3_082, "INJUNCTION": 44, "SEIZURE": 21},
        3_144,
    ),
    Whole("fda_published_483s.csv", "fda_483", {"FORM_483": 1_374}, 1_374, left_out=3),
    Whole("fda_drug_recalls_dashboard.csv", "fda_recalls", {"RECALL": 11_861}, 3_057),
    Whole("openfda_drug_enforcement.json", "openfda_enforcement", {"RECALL": 12_103}, 2_949),
    Whole("fda_warning_letters.csv", "fda_warning_letters", {"WARNING_LETTER": 2_309}, 2_304),
    Whole("fda_warning_letters_native_cder.xlsx", "fda_warning_letters", {"WARNING_LETTER": 728}, 724),
    Whole(
        "eudragmdp_gmp_certificates.csv", "eudragmdp", {"GMP_CERTIFICATE": 331, "GMP_NONCOMPLIANCE": 1}, 331
    ),
    Whole("eudragmdp_native_export.xls", "eudragmdp", {"GMP_CERTIFICATE": 43, "GMP_NONCOMPLIANCE": 2}, 45),
]
OURS = [
    Whole("fda_inspections_native.csv", "fda_inspections", {"INSPECTION": 37}, 37),
    Whole("fda_inspections_codes.csv", "fda_inspections", {"INSPECTION": 15}, 15),
    Whole("regulatory/fda_inspections_assembled.csv", "fda_inspections", {"INSPECTION": 6}, 6),
    Whole("regulatory/fda_citations.csv", "fda_citations", {"CITATION": 4}, 4, left_out=1),
    Whole("regulatory/fda_citations_annual.csv", "fda_citations", {"CITATION": 2}, 2, left_out=1),
    Whole("regulatory/fda_483.csv", "fda_483", {"FORM_483": 6}, 6),
    Whole("regulatory/fda_483_2024.csv", "fda_483", {"FORM_483": 2}, 2, left_out=1),
    Whole(
        "fda_compliance_actions.csv",
        "fda_compliance_actions",
        {"WARNING_LETTER": 8, "INJUNCTION": 1, "SEIZURE": 1},
        9,
    ),
    Whole("regulatory/fda_recalls.csv", "fda_recalls", {"RECALL": 7}, 6),
    Whole("regulatory/openfda_enforcement.json", "openfda_enforcement", {"RECALL": 4}, 4),
    Whole("regulatory/fda_warning_letters.csv", "fda_warning_letters", {"WARNING_LETTER": 5}, 5),
    Whole("regulatory/drls_reg.txt", "fda_registrations", {"REGISTRATION": 3}, 3),
    Whole("regulatory/eudragmdp.csv", "eudragmdp", {"GMP_CERTIFICATE": 3, "GMP_NONCOMPLIANCE": 1}, 4),
    Whole("regulatory/importalert_189.html", "import_alert", {"IMPORT_ALERT": 4}, 4),
]
FILES = [(SAMPLES / one.name, one) for one in OURS] + [
    (path, one) for one in REAL if (path := shared_data(one.name)) is not None
]


@pytest.mark.parametrize(
    ("path", "whole"), FILES, ids=[f"{path.parent.name}-{path.name}" for path, _ in FILES]
)
def test_every_row_is_read(path: Path, whole: Whole) -> None:
    records, left_out = parse_file(path, whole.kind)

    assert Counter(record.kind.value for record in records) == whole.counts
    assert len({(*record.natural_key, record.cfr) for record in records}) == whole.different
    assert len(left_out) == whole.left_out


def test_every_kind_has_a_sample() -> None:
    assert {one.kind for one in OURS} == set(SAMPLE_OF)


def test_rows_left_out_of_the_published_forms_have_a_wrong_number() -> None:
    path = shared_data("fda_published_483s.csv")
    _, left_out = parse_file(path or SAMPLES / "regulatory" / "fda_483_2024.csv", "fda_483")

    assert {one.column for one in left_out} == ({"FEI Number"} if path else {""})
    assert all(isinstance(one, SkippedRow) for one in left_out) == (path is None)


FORMS = ("csv", "semicolon", "tab", "bom", "utf-16", "blank lines", "titles above", "xlsx", "xls")
SHEETS = {"eudragmdp": "GMPC Search Results", "fda_warning_letters": "Warning Letter Solr Index"}


@pytest.mark.parametrize(
    ("kind", "form"),
    [(kind, form) for kind in (*TABLE_KINDS, "openfda_enforcement") for form in FORMS]
    + [(kind, "second sheet") for kind in SHEETS],
)
def test_same_table_in_every_form_gives_the_same_records(kind: str, form: str, tmp_path: Path) -> None:
    rows = sample_rows(kind)
    path = tmp_path / "file"
    titles = [["Title of the export"], ["Total Records: 4"]]
    match form:
        case "csv":
            write_csv(path, rows)
        case "semicolon":
            write_csv(path, rows, delimiter=";")
        case "tab":
            plain = [[cell.replace("\n", " ").replace('"', "'") for cell in row] for row in rows]
            write_csv(path, plain, delimiter="\t")
        case "bom":
            write_csv(path, rows, encoding="utf-8-sig")
        case "utf-16":
            write_csv(path, rows, encoding="utf-16")
        case "blank lines":
            write_csv(path, [rows[0], [], *rows[1:], [], [""] * len(rows[0])])
        case "titles above":
            write_csv(path, [*titles, [], *rows])
        case "xlsx":
            write_xlsx(path, [*titles, *rows])
        case "xls":
            xls_file(tmp_path, [*titles, *rows], name="file")
        case "second sheet":
            write_xlsx(path, rows, sheets=("Notes", SHEETS[kind]), of=SHEETS[kind])

    expected, _ = parse_file(SAMPLE_OF[kind], kind)
    found, _ = parse_file(path, kind)

    assert [same_facts(one, form) for one in found] == [same_facts(one, form) for one in expected]


def same_facts(record: object, form: str) -> tuple[object, ...]:
    """What a record says, without the name of its file; quotation marks are lost between bare tabs."""
    words = []
    for name in record.__dataclass_fields__:  # type: ignore[attr-defined]
        if name not in {"source", "raw"}:
            value = getattr(record, name)
            words.append(
                " ".join(value.replace('"', "'").split())
                if form == "tab" and isinstance(value, str)
                else value
            )
    return tuple(words)
