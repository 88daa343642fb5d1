"""The worked examples of the method, on the real facts of six establishments."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from tests.support.shared_data import SAMPLES, shared_data
from tests.unit.regulatory.records import parse_file
from vendors.regulatory.history import SiteHistory, site_history
from vendors.regulatory.records import RegulatoryRecord

GOLDENS = [
    ("3005949964", "2025-01-01", 82.91, 82.91),
    ("3005949964", "2026-07-01", 59.71, 40.0),
    ("3011691465", "2021-12-31", 18.27, 18.27),
    ("3001701602", "2013-12-31", 30.50, 30.50),
    ("1000171152", "2023-06-30", 45.25, 40.0),
    ("3002807877", "2022-08-31", 73.90, 73.90),
    ("3003065803", "2023-08-01", 81.94, 81.94),
]


def inspection_files() -> list[Path]:
    """Our sample, and the large file where it is at hand."""
    large = shared_data("fda_inspections_drugs_biologics.csv")
    return [SAMPLES / "fda_inspections_native.csv", *([large] if large else [])]


@cache
def records_by_fei(path: Path) -> dict[str, list[RegulatoryRecord]]:
    by_fei: dict[str, list[RegulatoryRecord]] = {}
    for record in parse_file(path, "fda_inspections")[0]:
        by_fei.setdefault(record.fei, []).append(record)
    return by_fei


def history_of(path: Path, fei: str, as_of: str) -> SiteHistory:
    return site_history(records_by_fei(path)[fei], as_of=date.fromisoformat(as_of))


@pytest.mark.parametrize("path", inspection_files(), ids=lambda path: path.stem)
@pytest.mark.parametrize(("fei", "as_of", "base", "score"), GOLDENS)
def test_score_of_known_establishment(path: Path, fei: str, as_of: str, base: float, score: float) -> None:
    history = history_of(path, fei, as_of)

    assert history.base is not None
    assert history.score is not None
    assert (round(history.base, 2), round(history.score, 2)) == (base, score)


def test_score_with_compliance_actions_takes_the_lowest_open_cap() -> None:
    inspections = records_by_fei(SAMPLES / "fda_inspections_native.csv")
    actions, errors = parse_file(SAMPLES / "fda_compliance_actions.csv", "fda_compliance_actions")

    found = {}
    for fei, as_of, _, _ in GOLDENS:
        letters = [record for record in actions if record.fei == fei]
        history = site_history([*inspections[fei], *letters], as_of=date.fromisoformat(as_of))
        found[fei, as_of] = ([str(cap.code) for cap in history.caps], [str(c.code) for c in history.lifted])

    assert errors == []
    assert found == {
        ("3005949964", "2025-01-01"): ([], []),
        ("3005949964", "2026-07-01"): (["OAI"], []),
        ("3011691465", "2021-12-31"): (["WARNING_LETTER", "OAI", "OAI", "OAI"], []),
        ("3001701602", "2013-12-31"): (["WARNING_LETTER", "OAI", "OAI"], []),
        ("1000171152", "2023-06-30"): (["OAI"], []),
        ("3002807877", "2022-08-31"): ([], ["WARNING_LETTER", "OAI"]),
        ("3003065803", "2023-08-01"): ([], []),
    }


def test_inspection_of_two_areas_counts_once() -> None:
    history = history_of(SAMPLES / "fda_inspections_native.csv", "3005949964", "2025-01-01")

    assert [(one.native_id, one.project_areas) for one in history.inspections][-1] == (
        "1224264",
        ("Drug Quality Assurance", "Vaccines and Allergenic Products"),
    )
    assert len(history.inspections) == 8


def test_points_of_inspections_and_prior_sum_to_what_is_missing_from_100() -> None:
    history = history_of(SAMPLES / "fda_inspections_native.csv", "3005949964", "2026-07-01")

    assert history.base is not None
    lost = history.prior_points + sum(share.points for share in history.shares)
    assert lost == pytest.approx(100 - history.base, abs=1e-12)
