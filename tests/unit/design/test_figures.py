"""Drawings: parts add up to the score, labels do not collide, places land where they are."""

from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdmo_eval.core.figures.bars import Layout, Part, interval_whisker, points, score_bar, weight_ruler
from cdmo_eval.core.figures.coordinates import coordinate
from cdmo_eval.core.figures.curves import value_curve
from cdmo_eval.core.figures.palette import colour_of_slot
from cdmo_eval.core.figures.timeline import Event, Shape, timeline
from cdmo_eval.core.figures.worldmap import WORLD_HEIGHT, WORLD_WIDTH, Place, equal_earth, site_map

PPB = 1_000_000_000
TWO = (
    Part("QUA", "Quality", 2, weight=400_000_000, known=300_000_000),
    Part(
        "MOD", "Modality", 1, weight=600_000_000, known=200_000_000, assumed=100_000_000, unknown=200_000_000
    ),
)


@st.composite
def part_lists(draw: st.DrawFn) -> list[Part]:
    count = draw(st.integers(1, 11))
    cuts = sorted(draw(st.lists(st.integers(0, PPB), min_size=count - 1, max_size=count - 1)))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, PPB], strict=True)]
    parts = []
    for slot, weight in enumerate(weights, start=1):
        known = draw(st.integers(0, weight))
        assumed = draw(st.integers(0, weight - known))
        parts.append(Part(f"C{slot}", f"Criterion {slot}", slot, weight, known, assumed))
    return parts


def test_coordinate_of_minus_zero_is_zero() -> None:
    assert [coordinate(value) for value in (-0.01, 0.0, 12.0, 12.34)] == ["0", "0", "12", "12.3"]


def test_stacked_bar_sets_parts_end_to_end_in_slot_order() -> None:
    bar = score_bar("Elverum Bio", TWO, score=600_000, interval=(500_000, 700_000))

    placed = [(part.code, part.x, part.width, part.assumed_x, part.assumed_width) for part in bar.segments]
    assert placed == [("MOD", "0", "200", "200", "100"), ("QUA", "300", "300", "600", "0")]


def test_split_bar_starts_each_part_where_its_weight_starts() -> None:
    bar = score_bar("Elverum Bio", TWO, layout=Layout.SPLIT, score=600_000, interval=(500_000, 700_000))

    assert [(part.x, part.slot_x, part.slot_width) for part in bar.segments] == [
        ("0", "0", "600"),
        ("600", "600", "400"),
    ]
    assert bar.whisker is None


def test_baseline_criterion_comes_first() -> None:
    bar = score_bar("Elverum Bio", TWO, baseline="QUA")

    assert [part.code for part in bar.segments] == ["QUA", "MOD"]


def test_bar_sentence_says_score_interval_and_every_part() -> None:
    bar = score_bar("Elverum Bio", TWO, score=600_000, interval=(500_000, 700_000))

    assert bar.sentence == (
        "Elverum Bio: score 60.0, interval 50.0 to 70.0. Modality 30.0 of 60.0; Quality 30.0 of 40.0."
    )


def test_unknown_criterion_is_said_and_hatched_never_zero() -> None:
    parts = (Part("SUS", "Sustainability", 10, weight=PPB, known=0, unknown=PPB),)

    bar = score_bar("Elverum Bio", parts, layout=Layout.SPLIT)

    assert bar.sentence == "Elverum Bio: score unknown. Sustainability unknown, weight 100.0."
    assert bar.segments[0].slot_is_unknown


@pytest.mark.parametrize(
    ("known", "assumed", "unknown"),
    [(-1, 0, 0), (6, 5, 0), (0, 0, 11)],
    ids=["negative", "too much", "unknown"],
)
def test_part_that_cannot_be_drawn_truthfully_is_refused(known: int, assumed: int, unknown: int) -> None:
    with pytest.raises(ValueError, match="MOD"):
        Part("MOD", "Modality", 1, weight=10, known=known, assumed=assumed, unknown=unknown)


@given(part_lists())
def test_stacked_parts_touch_and_end_at_the_score(parts: list[Part]) -> None:
    bar = score_bar("Any", parts)

    total = sum(part.known + part.assumed for part in parts)
    last = bar.segments[-1]
    assert abs(float(last.assumed_x) + float(last.assumed_width) - total * 1000 / PPB) <= 0.11


@given(part_lists())
def test_weight_ruler_spans_the_whole_scale(parts: list[Part]) -> None:
    ruler = weight_ruler(parts)

    assert abs(sum(float(mark.width) for mark in ruler.marks) - 1000) <= 0.05 * len(parts) + 0.001


@given(st.integers(0, 1_000_000))
def test_points_round_half_up_and_never_reach_a_hundred_early(ppm: int) -> None:
    assert points(ppm, 1_000_000) == f"{(ppm + 500) // 1000 / 10:.1f}"


def test_interval_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="low <= point <= high"):
        interval_whisker(600_000, 500_000, 700_000)


@pytest.mark.parametrize("slot", [0, 13])
def test_slot_outside_the_palette_is_refused(slot: int) -> None:
    with pytest.raises(ValueError, match="palette slot"):
        colour_of_slot(slot)


@given(st.floats(-57, 83), st.floats(-180, 180))
def test_places_with_a_site_lie_on_the_map(latitude: float, longitude: float) -> None:
    x, y = equal_earth(latitude, longitude)

    assert -0.001 <= x <= WORLD_WIDTH + 0.001
    assert 0 <= y <= WORLD_HEIGHT


def test_equator_and_greenwich_meet_in_the_middle_column() -> None:
    assert equal_earth(0, 0)[0] == WORLD_WIDTH / 2


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (-90.5, 0)])
def test_place_off_the_globe_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match="must be between"):
        equal_earth(latitude, longitude)


def test_map_without_a_place_shows_the_world_and_says_so() -> None:
    drawn = site_map([])

    assert (drawn.view_box, drawn.markers) == ("0 0 960 440", ())
    assert drawn.sentence == "World map without a site: no location is known."


def test_markers_of_one_campus_do_not_cover_each_other() -> None:
    drawn = site_map([Place(f"Building {number}", 54.97, -2.1) for number in range(1, 7)])

    spots = [(float(marker.x), float(marker.y)) for marker in drawn.markers]
    least = min(
        ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
        for at, a in enumerate(spots)
        for b in spots[at + 1 :]
    )
    assert least >= 2 * float(drawn.radius) - 0.2
    assert [marker.moved for marker in drawn.markers] == [False, True, True, True, True, True]


@given(st.lists(st.tuples(st.floats(-55, 80), st.floats(-179, 179)), min_size=1, max_size=8))
def test_map_view_holds_every_place(spots: list[tuple[float, float]]) -> None:
    drawn = site_map([Place("Site", latitude, longitude) for latitude, longitude in spots])

    left, top, width, height = (float(part) for part in drawn.view_box.split())
    for marker in drawn.markers:
        assert left - 0.2 <= float(marker.anchor_x) <= left + width + 0.2
        assert top - 0.2 <= float(marker.anchor_y) <= top + height + 0.2


def test_timeline_keeps_an_empty_lane_and_lists_latest_first() -> None:
    events = (
        Event(date(2021, 9, 2), "FDA", Shape.WARN, "VAI", "Inspection at Durham"),
        Event(date(2024, 6, 11), "FDA", Shape.BAD, "Warning letter", "Warning letter 24-118"),
    )

    drawn = timeline(events, lanes=("FDA", "EMA"), until=date(2026, 11, 21))

    assert [(lane.name, len(lane.events)) for lane in drawn.lanes] == [("FDA", 2), ("EMA", 0)]
    assert [event.word for event in drawn.listed] == ["Warning letter", "VAI"]
    assert [year.label for year in drawn.years] == ["2021", "2022", "2023", "2024", "2025", "2026", "2027"]


def test_timeline_words_without_room_give_way_to_the_list() -> None:
    crowd = tuple(
        Event(date(2026, 1, day), "FDA", Shape.GOOD, "No action", f"Visit {day}") for day in (1, 2, 3, 4, 5)
    )

    drawn = timeline(crowd, lanes=("FDA",), until=date(2026, 11, 21))

    assert [placed.label_y != "" for placed in drawn.lanes[0].events] == [True, True, True, True, False]


def test_timeline_without_events_shows_five_years() -> None:
    drawn = timeline((), lanes=("FDA",), until=date(2026, 11, 21))

    assert [year.label for year in drawn.years] == ["2022", "2023", "2024", "2025", "2026", "2027"]


def test_event_on_a_lane_nobody_named_is_refused() -> None:
    with pytest.raises(ValueError, match="no lane is called TGA"):
        timeline(
            (Event(date(2024, 1, 1), "TGA", Shape.GOOD, "x", "x"),), lanes=("FDA",), until=date(2026, 1, 1)
        )


def test_value_curve_marks_the_value_in_proportion() -> None:
    curve = value_curve([(0, 0), (1, 70), (2, 100)], here=1.5)

    assert curve.here is not None
    assert (curve.here.raw, curve.here.value) == ("1.5", "85")


def test_value_curve_clamps_outside_its_breakpoints() -> None:
    curve = value_curve([(0, 100), (60, 0)], here=90)

    assert curve.here is not None
    assert (curve.here.raw, curve.here.value) == ("60", "0")


@pytest.mark.parametrize("breakpoints", [[(0, 0)], [(0, 0), (0, 100)], [(0, 0), (1, 101)]])
def test_value_curve_that_is_no_function_is_refused(breakpoints: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="value"):
        value_curve(breakpoints)


def test_map_file_uses_the_same_projection() -> None:

    text = (Path(__file__).resolve().parents[3] / "static" / "img" / "world.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)  # noqa: S314  (our own committed file)

    assert root.attrib["viewBox"] == f"0 0 {WORLD_WIDTH} {WORLD_HEIGHT}"
    assert [child.attrib["id"] for child in root] == ["land", "borders"]
