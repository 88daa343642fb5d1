"""The inspection score: what counts, interval, freshness, confidence."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.regulatory.records import DQA, VACCINES, event, inspection
from vendors.regulatory.explanation import explain
from vendors.regulatory.history import SiteHistory, site_history
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import Freshness, RecordKind

DAY = date(2026, 1, 1)


def test_score_without_records_is_missing() -> None:
    history = site_history([], as_of=DAY)

    assert (history.base, history.score, history.point, history.confidence) == (None, None, None, None)
    assert (history.low, history.high) == (0, 1_000_000)
    assert history.next_change is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (inspection("2025-01-01", "NAI", product="Devices"), "product type Devices"),
        (
            inspection("2025-01-01", "OAI", "Bioresearch  monitoring"),
            "project area Bioresearch  monitoring says nothing about manufacturing",
        ),
        (
            inspection("2025-01-01", "OAI", "Prescription Drug Advertising and Labeling"),
            "project area Prescription Drug Advertising and Labeling says nothing about manufacturing",
        ),
        (inspection("2025-01-01", "NOT_OAI"), "classification NOT_OAI"),
        (inspection("2025-01-01", ""), "classification not stated"),
        (replace(inspection("2025-01-01", "NAI"), authority="MHRA"), "inspected by MHRA, not by FDA"),
        (replace(inspection("2025-01-01", "NAI"), event_on=None), "no date"),
    ],
)
def test_row_outside_the_score_is_listed_with_its_reason(row: RegulatoryRecord, reason: str) -> None:
    history = site_history([row], as_of=DAY)

    assert history.score is None
    assert [one.reason for one in history.excluded] == [reason]


def test_record_after_the_day_is_not_looked_at() -> None:
    history = site_history([inspection("2025-01-01", "NAI"), inspection("2026-01-02", "OAI")], as_of=DAY)

    assert [one.native_id for one in history.inspections] == ["2025-01-01"]
    assert history.caps == ()


def test_inspection_is_one_row_of_its_worst_class() -> None:
    rows = [
        inspection("2025-01-01", "NAI", number="9"),
        inspection("2025-01-01", "OAI", VACCINES, number="9"),
        inspection("2025-01-01", "OAI", "Bioresearch Monitoring", number="9"),
    ]

    only = site_history(rows, as_of=DAY).inspections

    assert [(one.classification, one.project_areas, one.official_action_areas) for one in only] == [
        ("OAI", (DQA, VACCINES), (VACCINES,))
    ]


def test_same_inspection_id_at_two_establishments_stays_two() -> None:
    rows = [
        inspection("2025-01-01", "NAI", number="9", fei="7"),
        inspection("2025-01-01", "VAI", number="9", fei="8"),
    ]

    assert len(site_history(rows, as_of=DAY).inspections) == 2


def test_zero_padded_establishment_number_is_the_same_establishment() -> None:
    rows = [
        inspection("2025-01-01", "NAI", number="9", fei="0007"),
        inspection("2025-01-01", "VAI", VACCINES, number="9", fei="7"),
    ]

    assert len(site_history(rows, as_of=DAY).inspections) == 1


def test_inspection_more_than_ten_years_before_the_latest_has_no_weight() -> None:
    history = site_history(
        [inspection("2010-01-01", "OAI"), inspection("2020-01-03", "NAI")], as_of=date(2020, 6, 1)
    )

    assert [share.inspection.native_id for share in history.shares] == ["2020-01-03"]
    assert [one.reason for one in history.excluded] == ["more than ten years before the latest inspection"]
    assert history.base == 95.0


def test_latest_official_action_does_not_fade_with_the_calendar() -> None:
    rows = [inspection("2015-01-01", "OAI")]

    assert site_history(rows, as_of=date(2015, 2, 1)).base == site_history(rows, as_of=DAY).base


@pytest.mark.parametrize(
    ("as_of", "freshness", "confidence", "next_change"),
    [
        ("2023-02-28", Freshness.FRESH, 1.0, "2026-03-01"),
        ("2026-02-28", Freshness.FRESH, 1.0, "2026-03-01"),
        ("2026-03-01", Freshness.AGEING, 0.9, "2028-02-29"),
        ("2028-02-28", Freshness.AGEING, 0.9, "2028-02-29"),
        ("2028-02-29", Freshness.STALE, 0.76, None),
    ],
)
def test_freshness_by_months_since_the_latest_inspection(
    as_of: str, freshness: Freshness, confidence: float, next_change: str | None
) -> None:
    history = site_history([inspection("2023-02-28", "NAI")], as_of=date.fromisoformat(as_of))

    assert (history.freshness, history.confidence) == (freshness, confidence)
    assert history.next_change == (date.fromisoformat(next_change) if next_change else None)


def test_half_width_shrinks_with_weight_and_doubles_when_old() -> None:
    rows = [inspection("2020-01-01", "VAI")]

    young = site_history(rows, as_of=date(2025, 1, 1))
    old = site_history(rows, as_of=date(2025, 1, 2))

    assert (young.half_width, old.half_width) == (0.125, 0.25)
    assert young.base == pytest.approx(100 * (1 - 0.275 / 1.5))
    assert (young.low, young.point, young.high) == (691_667, 816_667, 941_667)


def test_half_width_is_never_below_three_hundredths() -> None:
    rows = [inspection(f"2025-01-{day:02d}", "VAI") for day in range(1, 21)]

    assert site_history(rows, as_of=DAY).half_width == 0.03


def test_interval_never_reaches_above_the_cap() -> None:
    history = site_history(
        [*(inspection(f"20{y}-01-01", "NAI") for y in range(16, 24)), inspection("2024-01-01", "OAI")],
        as_of=DAY,
    )

    assert history.cap_bites is True
    assert (history.point, history.high) == (400_000, 400_000)
    assert history.low < 400_000


@pytest.mark.parametrize(
    ("rows", "pending"),
    [
        ([inspection("2025-01-01", "VAI")], False),
        ([inspection("2025-01-01", "VAI"), event(RecordKind.FORM_483, "2025-01-01")], False),
        ([inspection("2025-01-01", "VAI"), event(RecordKind.FORM_483, "2025-01-02")], True),
        (
            [
                inspection("2025-01-01", "VAI"),
                event(RecordKind.FORM_483, "2025-01-02"),
                inspection("2025-01-02", "NAI", "Bioresearch Monitoring"),
            ],
            False,
        ),
    ],
)
def test_form_483_newer_than_everything_classified_is_pending(
    rows: list[RegulatoryRecord], pending: bool
) -> None:
    history = site_history(rows, as_of=DAY)

    assert history.pending is pending
    assert history.confidence == (0.7 if pending else 1.0)
    assert history.base == site_history(rows[:1], as_of=DAY).base


def test_form_483_without_its_own_date_is_not_pending() -> None:
    form = replace(event(RecordKind.FORM_483, "2025-06-01"), event_on=None, posted_on=date(2025, 6, 1))

    assert site_history([inspection("2025-01-01", "VAI"), form], as_of=DAY).pending is False


def test_reading_date_per_kind_is_the_latest_known() -> None:
    row = replace(inspection("2025-01-01", "VAI"), read_on=date(2025, 12, 1))
    older = {RecordKind.INSPECTION: date(2025, 11, 1), RecordKind.IMPORT_ALERT: date(2025, 12, 24)}

    assert dict(site_history([row], as_of=DAY, reads=older).reads) == {
        RecordKind.INSPECTION: date(2025, 12, 1),
        RecordKind.IMPORT_ALERT: date(2025, 12, 24),
    }


def test_form_483_without_inspection_gives_no_score() -> None:
    history = site_history([event(RecordKind.FORM_483, "2025-01-02")], as_of=DAY)

    assert (history.pending, history.score, history.confidence) == (True, None, None)


def test_explanation_accounts_for_every_record() -> None:
    rows = [
        replace(inspection("2025-01-01", "OAI"), record_id="a"),
        replace(inspection("2025-01-01", "NAI", product="Devices", number="5"), record_id="b"),
    ]

    told = explain(site_history(rows, as_of=DAY))

    assert told["inspections"] == [
        {
            "inspection": "2025-01-01",
            "fei": "7",
            "ended_on": "2025-01-01",
            "classification": "OAI",
            "project_areas": [DQA],
            "age_years": 0.0,
            "weight": 1.0,
            "points": 66.666667,
            "records": ["a"],
        }
    ]
    assert json.loads(json.dumps(told)) == told
    assert told["cap"] == "OAI"
    assert told["cap_bites"] is False
    assert told["left_out"] == [
        {"record": "Inspection 5", "reason": "product type Devices", "records": ["b"]}
    ]


days = st.dates(min_value=date(2000, 1, 1), max_value=date(2030, 1, 1))
inspections = st.builds(
    lambda on, classification, area, product: inspection(
        on.isoformat(), classification, area, product=product
    ),
    days,
    st.sampled_from(["NAI", "VAI", "OAI", "NOT_OAI"]),
    st.sampled_from([DQA, VACCINES, "Bioresearch Monitoring"]),
    st.sampled_from(["Drugs", "Biologics", "Devices"]),
)
others = st.builds(
    lambda kind, on, closed, number: event(kind, on.isoformat(), closed=closed.isoformat(), number=number),
    st.sampled_from([kind for kind in RecordKind if kind is not RecordKind.INSPECTION]),
    days,
    days,
    st.sampled_from(["1", "2", ""]),
)
histories = st.lists(st.one_of(inspections, others), max_size=12)


def facts(history: SiteHistory) -> tuple[object, ...]:
    return (
        history.base,
        history.low,
        history.point,
        history.high,
        history.caps,
        history.lifted,
        history.recalls,
        history.repeats,
        history.excluded,
        history.next_change,
    )


@settings(deadline=None)
@given(rows=histories, as_of=days, data=st.data())
def test_order_of_records_does_not_matter(
    rows: list[RegulatoryRecord], as_of: date, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows))

    assert facts(site_history(shuffled, as_of=as_of)) == facts(site_history(rows, as_of=as_of))


@settings(deadline=None)
@given(rows=histories, as_of=days)
def test_interval_holds_the_point_and_stays_in_bounds(rows: list[RegulatoryRecord], as_of: date) -> None:
    history = site_history(rows, as_of=as_of)

    if history.point is None:
        assert (history.low, history.inspections) == (0, ())
    else:
        assert 0 <= history.low <= history.point <= history.high <= history.cap_limit


@settings(deadline=None)
@given(rows=st.lists(inspections, max_size=8), on=days)
def test_worse_class_never_scores_higher(rows: list[RegulatoryRecord], on: date) -> None:
    as_of = date(2031, 1, 1)
    scores = [
        site_history([*rows, inspection(on.isoformat(), c, number="x")], as_of=as_of).score
        for c in ("NAI", "VAI", "OAI")
    ]

    assert all(score is not None for score in scores)
    assert scores == sorted(scores, key=lambda score: -(score or 0))
