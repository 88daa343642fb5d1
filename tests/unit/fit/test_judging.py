"""Several levels as one value, and what a judgement puts in the place of the evidence."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.exact import PPM
from scorecards.engine.value_functions import Linear, Ordinal
from scorecards.fit.inputs import FitSettings
from scorecards.fit.judging import (
    Judgement,
    Rule,
    decimal_text,
    is_judged,
    judged_cell,
    level_text,
    number_of,
    pool,
    share_of,
)
from scorecards.frameworks import load_framework
from vendors.vocabulary import CellState, Freshness, Grade

FIVE = Ordinal(tuple((level, Fraction(20 * level)) for level in range(6)))
UNEVEN = Ordinal(((1, Fraction(0)), (2, Fraction(10)), (3, Fraction(70)), (4, Fraction(100))))
SETTINGS = FitSettings()


@pytest.mark.parametrize(
    ("levels", "rule", "level"),
    [
        ([3], Rule.MEAN, "3"),
        ([3, 4], Rule.MEAN, "7/2"),
        ([3, 4, 4], Rule.MEAN, "11/3"),
        ([2, 4], Rule.MEDIAN, "3"),
        ([1, 4, 5], Rule.MEDIAN, "4"),
        ([3, 3, 3, 4], Rule.MEDIAN, "3"),
        ([2, 3, 4, 5], Rule.MEDIAN, "7/2"),
    ],
)
def test_pool_mean_or_median(levels: list[int], rule: Rule, level: str) -> None:
    found = pool(levels)

    assert (found.rule, found.level) == (rule, Fraction(level))


def test_pool_says_count_range_and_deviation() -> None:
    found = pool([4, 1, 5])

    assert (found.count, found.lowest, found.highest, found.spread, found.wide, found.deviation) == (
        3, 1, 5, 4, True, "2.08",
    )  # fmt: skip


def test_pool_single_rating_has_no_deviation() -> None:
    assert pool([3]).deviation == ""


def test_pool_without_levels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one level"):
        pool([])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=9), st.randoms())
def test_pool_order_of_raters_does_not_matter(levels: list[int], random: st.DataObject) -> None:
    mixed = list(levels)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert pool(mixed) == pool(levels)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=9))
def test_judged_cell_point_lies_in_its_interval(levels: list[int]) -> None:
    cell = judged_cell(FIVE, SETTINGS, Judgement(tuple(levels), None, ()))

    assert cell is not None
    assert 0 <= cell.low <= cell.point <= cell.high <= PPM
    assert (cell.known, cell.verified) == (PPM, PPM)


@pytest.mark.parametrize(
    ("function", "level", "share"),
    [(FIVE, "11/3", "11/15"), (UNEVEN, "5/2", "2/5"), (UNEVEN, "1", "0"), (UNEVEN, "4", "1")],
)
def test_share_of_lies_on_the_line_between_levels(function: Ordinal, level: str, share: str) -> None:
    assert share_of(function, Fraction(level)) == Fraction(share)


def test_share_of_beyond_the_rubric_is_refused() -> None:
    with pytest.raises(ValueError, match="level 5 is beyond 1 to 4"):
        share_of(UNEVEN, Fraction(5))


def test_judged_cell_interval_is_at_least_that_of_grade_c() -> None:
    cell = judged_cell(FIVE, SETTINGS, Judgement((3, 3), None, (7, 8)))

    assert cell is not None
    assert (cell.low, cell.point, cell.high) == (450_000, 600_000, 750_000)
    assert (cell.state, cell.grade, cell.freshness, cell.strength) == (
        CellState.KNOWN, Grade.C, Freshness.FRESH, 800_000,
    )  # fmt: skip
    assert (cell.references, cell.reason, cell.level) == (
        ("Evaluators (2)",), "Rated by 2 evaluators: level 3, mean 3.", Fraction(3),
    )  # fmt: skip


def test_judged_cell_consensus_is_not_as_wide_as_the_ratings() -> None:
    cell = judged_cell(FIVE, SETTINGS, Judgement((0, 5), 3, (9,)))

    assert cell is not None
    assert (cell.low, cell.point, cell.high, cell.references, cell.reason) == (
        450_000, 600_000, 750_000, ("Consensus",), "Consensus: level 3.",
    )  # fmt: skip


def test_judged_cell_levels_that_the_rubric_lost_are_left_out() -> None:
    cell = judged_cell(UNEVEN, SETTINGS, Judgement((0, 2), 9, ()))

    assert cell is not None
    assert (cell.point, cell.references[0]) == (100_000, "Evaluators (1)")
    assert judged_cell(UNEVEN, SETTINGS, Judgement((0, 5), None, ())) is None


def test_judged_cell_without_rubric_is_none() -> None:
    assert judged_cell(Linear(Fraction(0), Fraction(1)), SETTINGS, Judgement((1,), None, ())) is None


def test_judged_criteria_are_those_with_described_levels() -> None:
    framework = load_framework()

    judged = {leaf.code for leaf in framework.leaves if is_judged(leaf)}

    assert judged == {leaf.code for leaf in framework.leaves if leaf.kind == "ORD"}
    assert all(
        len(leaf.rubric) == len(leaf.value_function.levels)  # type: ignore[union-attr]
        for leaf in framework.leaves
        if leaf.code in judged
    )


@pytest.mark.parametrize(
    ("level", "text", "number"), [("3", "3", 3), ("11/3", "3.67", 3.67), ("7/2", "3.50", 3.5)]
)
def test_level_as_people_and_programs_read_it(level: str, text: str, number: float) -> None:
    assert (level_text(Fraction(level)), number_of(Fraction(level))) == (text, number)


@pytest.mark.parametrize(
    ("number", "text"), [("1/8", "0.12"), ("3/8", "0.38"), ("-1/3", "-0.33"), ("0", "0.00")]
)
def test_decimal_text_rounds_half_to_even(number: str, text: str) -> None:
    assert decimal_text(Fraction(number)) == text
