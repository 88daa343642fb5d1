"""Open enforcement: which cap, and exactly what lifts it."""

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.regulatory.records import DQA, VACCINES, event, inspection
from vendors.regulatory.enforcement import CapCode, is_cgmp_subject
from vendors.regulatory.history import SiteHistory, site_history
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

DAY = date(2026, 1, 1)
CGMP = "CGMP/Finished Pharmaceuticals/Adulterated"
LETTER = RecordKind.WARNING_LETTER
CLEAN = [inspection(f"20{year}-01-01", "NAI") for year in range(18, 24)]


def standing(*records: RegulatoryRecord, as_of: date = DAY) -> tuple[list[tuple[str, int]], list[str]]:
    history = site_history([*CLEAN, *records], as_of=as_of)
    return [(cap.code.value, cap.limit) for cap in history.caps], [cap.code.value for cap in history.lifted]


def history(*records: RegulatoryRecord) -> SiteHistory:
    return site_history([*CLEAN, *records], as_of=DAY)


OPEN_OAI = ([("OAI", 40)], [])
LIFTED_OAI: tuple[list[tuple[str, int]], list[str]] = ([], ["OAI"])


@pytest.mark.parametrize("better", ["NAI", "VAI"])
def test_oai_is_lifted_by_a_later_better_inspection_of_the_same_area(better: str) -> None:
    assert standing(inspection("2024-01-01", "OAI"), inspection("2025-01-01", better)) == LIFTED_OAI


@pytest.mark.parametrize(
    "later",
    [
        inspection("2025-01-01", "NAI", VACCINES, product="Biologics"),
        inspection("2025-01-01", "NAI", "Bioresearch Monitoring"),
        inspection("2024-01-01", "NAI", number="same day"),
        inspection("2023-12-31", "NAI"),
        inspection("2026-01-02", "NAI"),
    ],
    ids=["other area", "dropped area", "same day", "before", "after the as-of day"],
)
def test_oai_stays_without_a_later_inspection_of_its_area(later: RegulatoryRecord) -> None:
    assert standing(inspection("2024-01-01", "OAI"), later) == OPEN_OAI


def test_oai_that_is_not_the_latest_inspection_stays_open() -> None:
    caps, _ = standing(
        inspection("2024-01-01", "OAI"), inspection("2025-01-01", "NAI", VACCINES, product="Biologics")
    )

    assert caps == [("OAI", 40)]


def test_oai_of_two_areas_needs_both_covered() -> None:
    two = [inspection("2024-01-01", "OAI", area, number="9") for area in (DQA, VACCINES)]

    assert standing(*two, inspection("2025-01-01", "VAI")) == OPEN_OAI
    both = standing(*two, inspection("2025-01-01", "VAI"), inspection("2025-06-01", "VAI", VACCINES))
    assert both == LIFTED_OAI


def test_oai_in_one_area_is_lifted_there_whatever_else_the_inspection_covered() -> None:
    rows = [
        inspection("2024-01-01", "OAI", number="9"),
        inspection("2024-01-01", "VAI", VACCINES, number="9"),
    ]

    assert standing(*rows, inspection("2025-01-01", "NAI")) == LIFTED_OAI


def test_oai_again_does_not_lift_the_first() -> None:
    caps, lifted = standing(inspection("2024-01-01", "OAI"), inspection("2025-01-01", "OAI"))

    assert (caps, lifted) == ([("OAI", 40), ("OAI", 40)], [])


def test_area_is_compared_without_case_and_spaces() -> None:
    later = inspection("2025-01-01", "NAI", "drug  quality assurance ")

    assert standing(inspection("2024-01-01", "OAI"), later) == LIFTED_OAI


def test_lifted_oai_says_by_what() -> None:
    lifted = history(inspection("2024-01-01", "OAI"), inspection("2025-01-01", "VAI", number="77")).lifted

    assert [(one.lifted_on, one.lifted_by) for one in lifted] == [
        (date(2025, 1, 1), "VAI inspection 77 of 2025-01-01")
    ]


def test_open_oai_says_what_would_lift_it() -> None:
    cap = history(inspection("2024-01-01", "OAI", number="76")).cap

    assert cap is not None
    assert cap.statement == "OAI at inspection 76 of 2024-01-01 (Drug Quality Assurance)."
    assert cap.would_lift == "A later NAI or VAI inspection covering Drug Quality Assurance."


@pytest.mark.parametrize(
    ("letter", "found"),
    [
        (event(LETTER, "2024-01-01"), [("WARNING_LETTER", 30)]),
        (event(LETTER, "2024-01-01", product="Biologics"), [("WARNING_LETTER", 30)]),
        (event(LETTER, "2024-01-01", product="Devices"), []),
        (event(LETTER, "2024-01-01", fei="8"), []),
        (event(LETTER, "2024-01-01", scope=CGMP, fei=""), [("WARNING_LETTER", 30)]),
        (event(LETTER, "2024-01-01", scope="Unapproved New Drugs/Misbranded"), []),
        (event(LETTER, "2024-01-01", closed="2025-01-01"), []),
        (event(LETTER, "2024-01-01", closed="2026-01-02"), [("WARNING_LETTER", 30)]),
        (event(LETTER, "2026-01-02"), []),
    ],
    ids=[
        "drugs",
        "biologics",
        "devices",
        "establishment without inspection",
        "stated subject",
        "other subject",
        "closed out",
        "closed out later",
        "after the day",
    ],
)
def test_warning_letter_counts(letter: RegulatoryRecord, found: list[tuple[str, int]]) -> None:
    assert standing(letter)[0] == found


def test_letter_without_subject_is_marked_until_a_matched_letter_states_it() -> None:
    action = event(LETTER, "2024-01-01", number="718189")
    matched = event(LETTER, "2024-01-01", number="718189", scope=CGMP, fei="")
    other = event(LETTER, "2024-01-01", number="718189", scope="New Drug/Misbranded", fei="")

    assert [cap.subject_stated for cap in history(action).caps] == [False]
    assert [cap.subject_stated for cap in history(action, matched).caps] == [True]
    assert history(action, other).caps == ()


def test_case_repeated_per_product_type_is_one_letter() -> None:
    rows = [event(LETTER, "2024-01-01", product=product) for product in ("Devices", "Drugs", "Biologics")]

    assert standing(*rows)[0] == [("WARNING_LETTER", 30)]


def test_letter_without_number_joins_the_case_of_its_day() -> None:
    numbered = event(LETTER, "2024-01-01", number="718189")
    unnumbered = event(LETTER, "2024-01-01", number="", scope=CGMP, closed="2025-01-01")

    assert standing(numbered, unnumbered) == ([], ["WARNING_LETTER"])


def test_letter_after_an_oai_is_lifted_by_an_inspection_of_the_areas_of_that_oai() -> None:
    oai = inspection("2024-01-01", "OAI", VACCINES, product="Biologics")
    letter = event(LETTER, "2024-06-01", product="Biologics")

    drugs_only = standing(oai, letter, inspection("2025-01-01", "NAI"))
    same_area = standing(oai, letter, inspection("2025-01-01", "NAI", VACCINES, product="Biologics"))

    assert drugs_only == ([("WARNING_LETTER", 30), ("OAI", 40)], [])
    assert same_area == ([], ["WARNING_LETTER", "OAI"])


def test_letter_is_not_lifted_by_an_inspection_before_it() -> None:
    caps, lifted = standing(
        inspection("2024-01-01", "OAI"), inspection("2024-03-01", "VAI"), event(LETTER, "2024-06-01")
    )

    assert (caps, lifted) == ([("WARNING_LETTER", 30)], ["OAI"])


def test_letter_without_oai_is_lifted_by_an_inspection_of_its_product_type() -> None:
    letter = event(LETTER, "2024-06-01", product="Biologics", scope=CGMP)

    assert standing(letter, inspection("2025-01-01", "NAI"))[0] == [("WARNING_LETTER", 30)]
    assert standing(letter, inspection("2025-01-01", "NAI", VACCINES, product="Biologics"))[0] == []


def alert(**changes: object) -> RegulatoryRecord:
    record = event(RecordKind.IMPORT_ALERT, "2024-01-01", classification="66-40")
    return replace(record, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "caps"),
    [
        (alert(), [("IMPORT_ALERT", 10)]),
        (alert(classification=""), [("IMPORT_ALERT", 10)]),
        (alert(classification="99-32"), []),
        (alert(closed_on=date(2025, 1, 1)), []),
        (alert(closed_on=date(2026, 1, 2)), [("IMPORT_ALERT", 10)]),
        (alert(event_on=None, read_on=date(2025, 12, 1)), [("IMPORT_ALERT", 10)]),
    ],
)
def test_import_alert_lasts_until_a_reading_without_the_firm(
    record: RegulatoryRecord, caps: list[tuple[str, int]]
) -> None:
    better = inspection("2025-06-01", "NAI")

    assert standing(record, better)[0] == caps


def gmp(
    kind: RecordKind, on: str, scope: str = "", authority: str = "EMA", closed: str = ""
) -> RegulatoryRecord:
    return event(
        kind, on, scope=scope, authority=authority, number=f"{kind}-{on}", closed=closed, product="", fei=""
    )


NC, CERTIFICATE = RecordKind.GMP_NONCOMPLIANCE, RecordKind.GMP_CERTIFICATE


@pytest.mark.parametrize(
    ("records", "is_open"),
    [
        ([gmp(NC, "2024-01-01")], True),
        ([gmp(NC, "2024-01-01", closed="2025-01-01")], False),
        ([gmp(NC, "2024-01-01"), gmp(CERTIFICATE, "2025-01-01")], False),
        ([gmp(NC, "2024-01-01"), gmp(CERTIFICATE, "2024-01-01")], True),
        ([gmp(NC, "2024-01-01"), gmp(CERTIFICATE, "2025-01-01", authority="MHRA")], True),
        ([gmp(NC, "2024-01-01", authority="MHRA"), gmp(CERTIFICATE, "2025-01-01", authority="UK")], False),
        ([gmp(NC, "2024-01-01", "Sterile vials"), gmp(CERTIFICATE, "2025-01-01", "Packaging")], True),
        ([gmp(NC, "2024-01-01", "Sterile vials"), gmp(CERTIFICATE, "2025-01-01")], True),
        ([gmp(NC, "2024-01-01"), gmp(CERTIFICATE, "2025-01-01", "Packaging")], True),
        ([gmp(NC, "2024-01-01", "vials"), gmp(CERTIFICATE, "2025-01-01", "Packaging; Vials")], False),
    ],
)
def test_noncompliance_lasts_until_withdrawal_or_a_later_certificate_of_its_scope(
    records: list[RegulatoryRecord], is_open: bool
) -> None:
    assert standing(*records)[0] == ([("GMP_NONCOMPLIANCE", 10)] if is_open else [])


def test_latest_gmp_document_per_market() -> None:
    latest = history(
        gmp(CERTIFICATE, "2023-01-01"),
        gmp(NC, "2024-01-01"),
        gmp(CERTIFICATE, "2022-01-01", authority="MHRA"),
    ).latest_gmp

    assert {market.value: record.kind.value for market, record in latest.items()} == {
        "EU": "GMP_NONCOMPLIANCE",
        "UK": "GMP_CERTIFICATE",
    }


INJUNCTION, SEIZURE, RELEASE = RecordKind.INJUNCTION, RecordKind.SEIZURE, RecordKind.COURT_RELEASE


@pytest.mark.parametrize(
    ("records", "caps"),
    [
        ([event(INJUNCTION, "2020-06-01")], [("INJUNCTION", 5)]),
        ([event(INJUNCTION, "2020-06-01", product="Devices")], []),
        ([event(INJUNCTION, "2020-06-01", closed="2021-01-01")], [("INJUNCTION", 5)]),
        ([event(INJUNCTION, "2020-06-01", closed="2021-01-01", document="order.pdf")], []),
        ([event(INJUNCTION, "2020-06-01"), event(RELEASE, "2024-01-01")], []),
        ([event(INJUNCTION, "2020-06-01"), event(RELEASE, "2024-01-01", number="2")], [("INJUNCTION", 5)]),
        ([event(INJUNCTION, "2020-06-01"), event(RELEASE, "2020-01-01")], [("INJUNCTION", 5)]),
        ([event(SEIZURE, "2020-06-01"), event(RELEASE, "2024-01-01")], [("SEIZURE", 5)]),
        ([event(SEIZURE, "2020-06-01", closed="2021-01-01")], [("SEIZURE", 5)]),
        ([event(SEIZURE, "2020-06-01", closed="2021-01-01", document="release.pdf")], []),
    ],
)
def test_court_case_lasts_until_a_recorded_release(
    records: list[RegulatoryRecord], caps: list[tuple[str, int]]
) -> None:
    assert standing(*records)[0] == caps


def test_open_enforcement_by_kind_and_market() -> None:
    found = history(gmp(NC, "2024-01-01", authority="MHRA"), alert())

    assert found.is_open(CapCode.IMPORT_ALERT) is True
    assert found.is_open(CapCode.OAI) is False
    assert found.is_open(CapCode.GMP_NONCOMPLIANCE, "UK") is True
    assert found.is_open(CapCode.GMP_NONCOMPLIANCE, "EU") is False


def test_lowest_open_cap_decides_the_score() -> None:
    found = history(
        inspection("2024-01-01", "OAI"), event(LETTER, "2024-06-01"), event(INJUNCTION, "2024-07-01")
    )

    assert [cap.limit for cap in found.caps] == [5, 30, 40]
    assert (found.score, found.cap_bites, found.high) == (5.0, True, 50_000)


def test_site_without_inspections_spans_up_to_its_cap() -> None:
    found = site_history([alert()], as_of=DAY)

    assert (found.score, found.low, found.point, found.high) == (None, 0, None, 100_000)


@pytest.mark.parametrize(
    ("subject", "counts"),
    [
        (CGMP, True),
        ("CGMP/Active Pharmaceutical Ingredient (API)/Adulterated", True),
        ("Current Good  Manufacturing Practice", True),
        ("CGMP/QSR/Medical Devices/Adulterated", False),
        ("CGMP/QSR/Drug/Medical Devices/Adulterated", True),
        ("CGMP/Dietary Supplement/Adulterated/Misbranded", False),
        ("CGMP/Food/Prepared, Packed or Held Under Insanitary Conditions/Adulterated", False),
        ("Unapproved and Misbranded Products Related to Coronavirus Disease 2019 (COVID-19)", False),
        ("", False),
    ],
)
def test_subject_is_good_manufacturing_practice_for_medicines(subject: str, counts: bool) -> None:
    assert is_cgmp_subject(subject) is counts
