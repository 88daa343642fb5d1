"""Recalls and repeat observations."""

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.regulatory.records import event, inspection
from vendors.regulatory.citations import RepeatObservations, cfr_section
from vendors.regulatory.history import site_history
from vendors.regulatory.recalls import is_quality_cause
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

DAY = date(2026, 1, 1)


def recall(
    on: str, classification: str, *, number: str = "1", reason: str = "CGMP Deviations"
) -> RegulatoryRecord:
    return event(RecordKind.RECALL, on, number=number, classification=classification, scope=reason)


def recall_score(*records: RegulatoryRecord) -> float | None:
    return site_history(records, as_of=DAY).recalls.score


def test_recalls_without_a_read_source_are_unknown() -> None:
    assert recall_score() is None


def test_no_recall_in_a_read_source_scores_100() -> None:
    recalls = site_history([], as_of=DAY, reads={RecordKind.RECALL: DAY}).recalls

    assert (recalls.score, recalls.value, recalls.read_on) == (100.0, 1_000_000, DAY)


@pytest.mark.parametrize(
    ("records", "score"),
    [
        ([recall("2026-01-01", "Class I")], 80),
        ([recall("2026-01-01", "Class II")], 94),
        ([recall("2026-01-01", "Class III")], 98),
        ([recall("2026-01-01", "Class II"), recall("2026-01-01", "Class I")], 80),
        ([recall("2026-01-01", "Class II"), recall("2026-01-01", "Class I", number="2")], 74),
        ([recall("2026-01-01", "Not Yet Classified")], 100),
        ([recall("2026-01-01", "Class I", reason="Labeling: Label Mixup")], 100),
        ([recall("2026-01-01", "Class I", number=str(number)) for number in range(6)], 0),
    ],
)
def test_recall_points_by_event(records: list[RegulatoryRecord], score: float) -> None:
    assert recall_score(*records) == score


def test_recall_points_halve_in_two_years() -> None:
    assert recall_score(recall("2024-01-01", "Class I")) == pytest.approx(90, abs=0.01)


@pytest.mark.parametrize(
    ("reason", "quality"),
    [
        ("Lack of Assurance of Sterility", True),
        ("cGMP Deviations- AZIDO impurity", True),
        ("Failed Dissolution Specifications", True),
        ("Penicillin Cross Contamination", True),
        ("Marketed Without An Approved NDA/ANDA", False),
        ("Marketed without approval; Lack of sterility assurance", True),
        ("Labeling: Incorrect potency on label", False),
        ("Temperature Abuse", False),
        ("", False),
    ],
)
def test_quality_cause_of_a_recall(reason: str, quality: bool) -> None:
    assert is_quality_cause(reason) is quality


def citation(on: str, cfr: str) -> RegulatoryRecord:
    return replace(event(RecordKind.CITATION, on, number=on), cfr=cfr)


def repeats(*records: RegulatoryRecord) -> RepeatObservations:
    return site_history(records, as_of=DAY).repeats


def test_repeat_observations_need_two_cited_inspections() -> None:
    one = repeats(citation("2024-01-01", "21 CFR 211.22(d)"), citation("2024-01-01", "21 CFR 211.192"))

    assert (one.value, one.sections) == (None, ("211.192", "211.22"))


def test_repeat_observations_share_of_sections_not_cited_again() -> None:
    found = repeats(
        citation("2022-01-01", "21 CFR 211.22(a)"),
        citation("2022-01-01", "21 CFR 211.192"),
        citation("2024-01-01", "21 CFR 211.22(d)"),
    )

    assert (found.value, found.repeated) == (500_000, ("211.22",))


def test_citation_more_than_five_years_before_the_latest_is_left_out() -> None:
    found = repeats(citation("2018-12-31", "211.22"), citation("2024-01-01", "211.22"))

    assert (found.value, found.inspections) == (None, ("2024-01-01",))


def test_citation_of_an_inspection_outside_the_score_is_left_out() -> None:
    row = replace(citation("2024-01-01", "312.60"), product_area="", project_area="Bioresearch Monitoring")
    kept = replace(citation("2024-06-01", "211.22"), product_area="")

    history = site_history([row, kept, inspection("2024-06-01", "VAI")], as_of=DAY)

    assert history.repeats.sections == ("211.22",)


@pytest.mark.parametrize(
    ("reference", "section"),
    [
        ("21 CFR 211.22(d)", "211.22"),
        ("21 CFR Part 1271.75", "1271.75"),
        ("211.192", "211.192"),
        ("FDCA 501(a)(2)(B)", "fdca 501(a)(2)(b)"),
    ],
)
def test_section_of_a_citation(reference: str, section: str) -> None:
    assert cfr_section(reference) == section
