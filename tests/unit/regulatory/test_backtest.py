"""The backtest: forecasts without looking ahead, the area under the curve, the bands."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.shared_data import shared_data
from tests.unit.regulatory.records import DQA, event, inspection, parse_file
from vendors.regulatory.backtest import BAND_EDGES, Forecast, area_under_curve, forecasts, period
from vendors.regulatory.history import site_history
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

CLASSES = st.sampled_from(["NAI", "VAI", "OAI"])
DAYS = st.dates(min_value=date(2010, 1, 1), max_value=date(2025, 12, 31))


def forecast(score: float, official: bool, year: int = 2020) -> Forecast:
    return Forecast("7", date(year, 6, 1), score, official)


def test_forecast_is_the_score_of_the_eve() -> None:
    records = [
        inspection("2018-03-01", "OAI"),
        inspection("2020-03-01", "VAI"),
        inspection("2022-03-01", "NAI"),
    ]

    found = forecasts(records)

    assert [(one.on.isoformat(), one.official_action) for one in found] == [
        ("2020-03-01", False),
        ("2022-03-01", False),
    ]
    assert [one.score for one in found] == [
        site_history(records, as_of=one.on - timedelta(days=1)).score for one in found
    ]


def test_forecast_counts_caps() -> None:
    letter = event(RecordKind.WARNING_LETTER, "2019-01-01", scope="CGMP/Finished Pharmaceuticals")
    records = [inspection("2018-03-01", "NAI"), letter, inspection("2020-03-01", "NAI")]

    found = forecasts(records)

    assert [one.score for one in found] == [30.0]


def test_first_inspection_of_an_establishment_has_no_forecast() -> None:
    assert forecasts([inspection("2018-03-01", "OAI")]) == []


def test_inspection_known_as_not_official_only_is_an_outcome_and_no_history() -> None:
    last = replace(inspection("2020-03-01", ""), raw={"classification_code": "NOT_OAI"})
    records = [inspection("2018-03-01", "VAI"), last, inspection("2022-03-01", "OAI")]

    found = forecasts(records)

    assert [one.official_action for one in found] == [False, True]
    assert found[0].score == found[1].score


def test_inspection_without_any_class_is_no_outcome() -> None:
    records = [inspection("2018-03-01", "VAI"), inspection("2020-03-01", "")]

    assert forecasts(records) == []


def test_inspection_of_several_areas_is_one_forecast_of_its_worst_class() -> None:
    records = [
        inspection("2018-03-01", "VAI"),
        inspection("2020-03-01", "NAI", number="9"),
        inspection("2020-03-01", "OAI", "Human Tissue", number="9"),
    ]

    assert [one.official_action for one in forecasts(records)] == [True]
    assert [one.official_action for one in forecasts(records, project_area=DQA)] == [False]


@given(st.lists(st.tuples(DAYS, CLASSES), min_size=2, max_size=8, unique_by=lambda one: one[0]))
def test_later_records_never_change_an_earlier_forecast(rows: list[tuple[date, str]]) -> None:
    records = [inspection(day.isoformat(), found) for day, found in sorted(rows)]

    everything, without_last = forecasts(records), forecasts(records[:-1])

    assert everything[: len(without_last)] == without_last


def test_area_under_curve_counts_pairs_and_halves_ties() -> None:
    found = [forecast(20, True), forecast(50, True), forecast(50, False), forecast(80, False)]

    assert area_under_curve(found) == (1 + 1 + 0.5 + 1) / 4


@pytest.mark.parametrize("official", [True, False])
def test_area_under_curve_of_one_kind_only_is_not_defined(official: bool) -> None:
    assert area_under_curve([forecast(20, official), forecast(90, official)]) is None


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=30))
def test_area_under_curve_is_the_share_of_ordered_pairs(rows: list[tuple[int, bool]]) -> None:
    official, other = [s for s, became in rows if became], [s for s, became in rows if not became]
    pairs = [1.0 if a < b else 0.5 if a == b else 0.0 for a in official for b in other]

    found = area_under_curve([forecast(score, became) for score, became in rows])

    assert found == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


def test_bands_have_no_gap_and_hold_exactly_100() -> None:
    scores = [*BAND_EDGES, 19.999, 99.999]

    shown = period([forecast(score, False) for score in scores], first=2020, last=2020)

    assert sum(band.inspections for band in shown.bands) == len(scores)
    assert [band.inspections for band in shown.bands] == [2, 1, 1, 1, 1, 1, 3]


def test_period_holds_its_years_only() -> None:
    found = [forecast(20, True, 2018), forecast(90, False, 2019), forecast(90, True, 2020)]

    assert period(found, first=2019, last=2019).inspections == 1


def test_rates_that_rise_with_the_score_are_not_monotone_unless_few() -> None:
    low, high = [forecast(50, False)] * 60, [forecast(95, True)] * 60

    assert period(low + high, first=2020, last=2020).monotone is False
    assert period(low + high[:49], first=2020, last=2020).monotone is True


def real_or_own() -> tuple[list[RegulatoryRecord], bool]:
    """The assembled file of real inspections, else inspections of our own in which the worse the past the worse the next."""
    path = shared_data("fda_inspections_drugs_biologics.csv")
    if path is not None:
        return parse_file(path, "fda_inspections")[0], True
    outcomes = {"OAI": 4, "VAI": 1, "NAI": 0}
    rows = []
    for past, bad in outcomes.items():
        for number in range(60):
            fei = f"{past}{number}"
            rows += [
                inspection("2019-03-01", past, fei=fei),
                inspection("2021-03-01", "OAI" if number % 10 < bad else "NAI", fei=fei),
            ]
    return rows, False


def test_score_tells_the_next_official_action_from_2019_on() -> None:
    records, real = real_or_own()

    since = period(forecasts(records, project_area=DQA), first=2019, last=2026)

    assert since.auc is not None
    assert since.auc >= 0.75
    assert since.monotone
    assert (since.inspections, since.official_actions) == ((4089, 540) if real else (180, 30))
