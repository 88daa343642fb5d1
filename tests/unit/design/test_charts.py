"""Charts of a result: chances shaded, the lead's swings in order, first place found exactly."""

import itertools
from fractions import Fraction

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from scorecards.charts import Swing, level_range, rank_heat_map, score_lines, tornado, weight_axis_end
from scorecards.comparison_charts import dumbbell, radar, waterfall_chart

PPB = 1_000_000_000


def test_heat_map_prints_percent_and_leaves_small_chances_blank() -> None:
    drawn = rank_heat_map({"Elverum": (730_000, 265_100, 4_900)}, cases=10_000)

    assert [(cell.text, cell.shade) for cell in drawn.rows[0].cells] == [("73", 5), ("27", 2), ("", 0)]
    assert drawn.ranks == (1, 2, 3)


def test_heat_map_with_a_missing_rank_is_refused() -> None:
    with pytest.raises(ValueError, match="every vendor needs a chance for every rank"):
        rank_heat_map({"A": (1, 2), "B": (1,)}, cases=10)


def test_tornado_puts_the_widest_swing_first_and_names_what_costs_the_lead() -> None:
    swings = [Swing("SUS", "Sustainability", 10, 25_000, 31_000), Swing("QUA", "Quality", 5, -8_000, 60_000)]

    drawn = tornado("Dunmore", 28_000, swings)

    assert [bar.name for bar in drawn.bars] == ["Quality", "Sustainability"]
    assert (drawn.bars[0].low_text, drawn.bars[0].high_text) == ("\N{MINUS SIGN}0.8", "+6.0")
    assert [bar.loses for bar in drawn.bars] == [True, False]
    assert (drawn.bars[0].low_x, drawn.centre_x, drawn.zero_x) == ("0", "52.9", "11.8")
    assert drawn.sentence == "Lead of Dunmore as each weight changes. The lead is lost with Quality."


def test_tornado_without_a_criterion_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one criterion"):
        tornado("Dunmore", 0, [])


SWINGS = [
    Swing("QUA", "Quality <assurance>", 5, -8_000, 60_000),
    Swing("MOD", "Modality", 1, 10_000, 40_000),
]


def test_tornado_draws_two_bars_for_each_criterion_and_escapes_names() -> None:
    html = render_to_string("components/tornado.html", {"tornado": tornado("Dunmore", 28_000, SWINGS)})

    assert html.count("<rect") == 4
    assert "<assurance>" not in html


def test_heat_map_prints_every_cell_of_every_vendor() -> None:
    drawn = rank_heat_map({"Elverum": (730_000, 270_000), "Dunmore": (270_000, 730_000)}, cases=10_000)

    html = render_to_string("components/rank_heat_map.html", {"map": drawn})

    assert html.count("<td") == 4
    assert "10,000 simulated cases" in html


def test_score_lines_draw_one_line_for_each_vendor_and_name_their_scale() -> None:
    curves = {"A": (800_000, 400_000), "B": (410_000, 520_000)}

    drawn = score_lines("Quality", 130_000_000, curves, [], leading=("A", "B"), sentence="As it is.")
    html = render_to_string("components/score_lines.html", {"lines": drawn})

    assert (html.count('class="line-lead"'), html.count('class="line-second"')) == (1, 1)
    assert drawn.scale == "40 to 80"
    assert [level.text for level in drawn.levels] == ["40", "50", "60", "70", "80"]
    assert (drawn.levels[0].y, drawn.levels[-1].y) == ("280", "0")
    assert html.count('aria-label="As it is."') == 1


def test_score_lines_break_where_there_is_no_score_and_keep_their_labels_apart_and_inside() -> None:
    names = [f"A vendor with a name that is longer than its own place {number}" for number in range(8)]
    curves: dict[str, list[int | None]] = {name: [None, 500_000, 0] for name in names}

    drawn = score_lines(
        "Quality", 200_000_000, curves, [(500_000_000, "50.00%")], leading=names[:2], sentence="As it is."
    )

    assert [line.role for line in drawn.lines] == ["rest"] * 6 + ["lead", "second"]
    assert {line.path.count("M") for line in drawn.lines} == {1}
    assert {line.path.count("L") for line in drawn.lines} == {1}
    heights = sorted(float(line.label_y) for line in drawn.lines)
    assert heights[-1] <= float(drawn.height) + 4
    assert min(after - before for before, after in itertools.pairwise(heights)) >= 16
    assert [(flip.x, flip.text) for flip in drawn.flips] == [("50", "50.00%")]
    assert (drawn.now.x, drawn.now.text) == ("20", "now 20.0%")
    assert max(len(line.short) for line in drawn.lines) == 44


@pytest.mark.parametrize(
    ("now", "flips", "end"), [(10, [], 40), (30, [], 60), (10, [79], 80), (10, [2, 81], 100), (70, [], 100)]
)
def test_axis_of_a_weight_reaches_past_now_and_every_flip(now: int, flips: list[int], end: int) -> None:
    percent = PPB // 100

    assert weight_axis_end(now * percent, [flip * percent for flip in flips]) == end * percent


@given(st.lists(st.integers(0, 1_000_000), max_size=9))
def test_scale_of_scores_holds_them_all_and_is_named_in_whole_tens(scores: list[int]) -> None:
    low, high = level_range(scores)

    assert 0 <= low < high <= 1_000_000
    assert (low % 100_000, high % 100_000) == (0, 0)
    assert all(low <= score <= high for score in scores)
    assert high - low >= 200_000


def test_dumbbell_stacks_marks_that_would_cover_one_another_and_never_draws_unknown() -> None:
    drawn = dumbbell(["A", "B", "C", "D"], [500_000, 505_000, None, 0])

    assert [(mark.place, mark.x, mark.y) for mark in drawn.marks] == [
        (0, "50", "11.5"),
        (1, "50.5", "16.5"),
        (3, "0", "14"),
    ]
    assert (drawn.from_x, drawn.to_x) == ("0", "50.5")
    assert drawn.sentence == "From 0 to 100: A 50.0, B 50.5, C unknown, D 0.0."


def test_waterfall_shows_zero_and_ends_at_the_whole_difference() -> None:
    drawn = waterfall_chart([Fraction(6, 100), Fraction(-2, 100), Fraction(1, 100)])

    assert (drawn.zero_x, drawn.end_x) == ("0", "83.3")
    assert [(step.x, step.width, step.direction) for step in drawn.steps] == [
        ("0", "100", "up"),
        ("66.7", "33.3", "down"),
        ("66.7", "16.7", "up"),
    ]


def test_waterfall_of_nothing_is_drawn_without_a_fault() -> None:
    assert waterfall_chart([]).steps == ()


def test_radar_breaks_at_what_is_unknown_and_is_called_an_overview() -> None:
    drawn = radar(["Q", "R", "S", "T"], [("A", [1_000_000, None, 0, 500_000])])

    assert drawn.lines[0].path.count("M") == 2
    assert len(drawn.lines[0].marks) == 3
    assert drawn.sentence == "Overview from 0 in the middle to 100. A: Q 100.0, R unknown, S 0.0, T 50.0."


@pytest.mark.parametrize(("axes", "candidates"), [(2, 2), (9, 2), (5, 4)])
def test_radar_of_too_much_or_too_little_is_refused(axes: int, candidates: int) -> None:
    values = [(str(number), [0] * axes) for number in range(candidates)]

    with pytest.raises(ValueError, match="3 to 8 criteria and at most 3 candidates"):
        radar([str(axis) for axis in range(axes)], values)
