"""Charts of a result: chances shaded, the lead's swings in order, first place found exactly."""

import itertools

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from scorecards.charts import Swing, first_place_changes, rank_heat_map, score_curves, score_lines, tornado

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
    assert (drawn.bars[0].left_text, drawn.bars[0].right_text) == ("\N{MINUS SIGN}0.8", "+6.0")
    assert drawn.sentence == "Lead of Dunmore as each weight changes. The lead is lost with Quality."
    assert drawn.zero_x != ""


def test_tornado_without_a_criterion_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one criterion"):
        tornado("Dunmore", 0, [])


def test_first_place_changes_where_the_lines_cross() -> None:
    ends = {"A": (800_000, 400_000), "B": (600_000, 800_000)}

    assert first_place_changes(ends) == ((333_333_333, "A", "B"),)


def test_vendor_dominated_everywhere_never_takes_first_place() -> None:
    ends = {"A": (800_000, 900_000), "B": (700_000, 800_000)}

    assert first_place_changes(ends) == ()


def test_no_vendor_means_no_change() -> None:
    assert first_place_changes({}) == ()


@given(
    st.dictionaries(
        st.sampled_from("ABCDEFG"),
        st.tuples(st.integers(0, 1_000_000), st.integers(0, 1_000_000)),
        min_size=1,
    )
)
def test_walk_along_the_top_ends_with_the_best_at_full_weight(ends: dict[str, tuple[int, int]]) -> None:
    changes = first_place_changes(ends)

    weights = [weight for weight, _, _ in changes]
    leader = changes[-1][2] if changes else max(ends, key=lambda name: ends[name])
    assert weights == sorted(weights)
    assert ends[leader][1] == max(end for _, end in ends.values())


def test_score_lines_keep_end_labels_apart_and_say_the_flip() -> None:
    ends = {"A": (800_000, 400_000), "B": (600_000, 800_000), "C": (300_000, 401_000)}

    drawn = score_lines("Quality", 130_000_000, ends, leading=("A", "B"))

    heights = sorted(float(line.label_y) for line in drawn.lines)
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 13.9
    assert {line.name: line.role for line in drawn.lines} == {"A": "lead", "B": "second", "C": "rest"}
    assert drawn.sentence == "Score by weight of Quality. First place changes: at 33.3 % B passes A."


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


def test_score_lines_draw_one_line_for_each_vendor() -> None:
    drawn = score_lines("Quality", 130_000_000, {"A": (800_000, 400_000), "B": (1, 2)}, leading=("A", "B"))

    html = render_to_string("components/score_lines.html", {"lines": drawn})

    assert (html.count('class="line-lead"'), html.count('class="line-second"')) == (1, 1)


def test_score_curves_break_where_there_is_no_score_and_keep_their_labels_inside() -> None:
    names = [f"A vendor with a long name {number}" for number in range(8)]
    curves: dict[str, list[int | None]] = {name: [None, 500_000, 0] for name in names}

    drawn = score_curves(
        "Quality", 200_000_000, curves, [(500_000_000, "50.00%")], leading=names[:2], sentence="As it is."
    )

    assert [line.role for line in drawn.lines] == ["rest"] * 6 + ["lead", "second"]
    assert {line.path.count("M") for line in drawn.lines} == {1}
    assert {line.path.count("L") for line in drawn.lines} == {1}
    heights = sorted(float(line.label_y) for line in drawn.lines)
    assert heights[-1] <= float(drawn.bottom) + 4
    assert min(after - before for before, after in itertools.pairwise(heights)) >= 14
    assert [flip.text for flip in drawn.flips] == ["50.00%"]
    assert drawn.sentence == "As it is."
    assert max(len(line.name) for line in drawn.lines) == 21
