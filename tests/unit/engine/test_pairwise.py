"""Pairwise comparisons: published weights and ratios, what contradicts most, and what is refused by name."""

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.pairwise import SCALE, nearest_step, pairs_of, pairwise_weights
from scorecards.engine.weights import WeightError
from tests.unit.engine.builders import unhurried
from tests.unit.engine.test_oracles import cases_of

THREE = {("A", "B"): 3, ("B", "C"): 3, ("A", "C"): 9}


def judged(matrix: list[list[float]]) -> tuple[list[str], dict[tuple[str, str], Fraction]]:
    """The upper triangle of a published matrix, its decimals read as the steps of the scale that they stand for."""
    codes = [f"C{number}" for number in range(len(matrix))]
    pairs = pairs_of(range(len(codes)))  # type: ignore[arg-type]
    return codes, {(codes[i], codes[j]): nearest_step(Fraction(matrix[i][j])) for i, j in pairs}  # type: ignore[call-overload]


@pytest.mark.parametrize("case", cases_of("ahp"))
def test_pairwise_published_case(case: dict[str, Any]) -> None:
    codes, judgements = judged(case["matrix"])

    found = pairwise_weights(codes, judgements)

    expected = case["expected"]
    assert [float(found.weights[code]) for code in codes] == pytest.approx(
        expected["weights"], abs=case["tolerance"]
    )
    if "consistency_ratio" in expected:
        assert float(found.consistency_ratio) == pytest.approx(
            expected["consistency_ratio"], abs=case["tolerance"]
        )


@pytest.mark.parametrize("case", cases_of("hierarchical_weights"))
def test_pairwise_published_hierarchy(case: dict[str, Any]) -> None:
    expected = case["expected"]
    for name, local in (("criteria", "criteria_local"), ("cost_subcriteria", "cost_local")):
        codes, judgements = judged(case["matrix"][name])

        found = pairwise_weights(codes, judgements)

        assert [float(found.weights[code]) for code in codes] == pytest.approx(
            expected[local], abs=case["tolerance"]
        )


@pytest.mark.parametrize("case", cases_of("ahp_hierarchy"))
def test_pairwise_published_choice_by_distribution(case: dict[str, Any]) -> None:
    codes, judgements = judged(case["matrix"]["criteria"])
    weights = pairwise_weights(codes, judgements).weights
    scores = [0.0] * 6

    for code, matrix in zip(codes, case["matrix"]["alternatives_per_criterion"], strict=True):
        names, compared = judged(matrix)
        local = pairwise_weights(names, compared).weights
        scores = [
            score + float(weights[code] * local[name]) for score, name in zip(scores, names, strict=True)
        ]

    assert scores == pytest.approx(case["expected"]["score"], abs=case["tolerance"])


def test_pairwise_published_inconsistent_case_warns() -> None:
    (case,) = [each.values[0] for each in cases_of("ahp") if each.id == "ahp_wang_chin2011"]

    found = pairwise_weights(*judged(case["matrix"]))  # type: ignore[index]

    assert (found.consistent, float(found.consistency_ratio)) == (False, pytest.approx(0.2290, abs=0.0005))
    assert len(found.inconsistent) == 3


def test_pairwise_consistent_judgements_have_no_contradiction() -> None:
    found = pairwise_weights(["A", "B", "C"], THREE)

    assert (found.consistency_ratio, found.inconsistent, found.consistent) == (0, (), True)
    assert [float(share) for share in found.weights.values()] == pytest.approx([9 / 13, 3 / 13, 1 / 13])


def test_pairwise_contradiction_is_named_with_the_value_that_would_agree() -> None:
    judgements = dict.fromkeys(pairs_of(["A", "B", "C", "D"]), 1) | {("A", "D"): Fraction(1, 9)}  # fmt: skip

    found = pairwise_weights(["A", "B", "C", "D"], judgements)

    worst = found.inconsistent[0]
    assert (worst.first, worst.second, worst.given) == ("A", "D", Fraction(1, 9))
    assert worst.nearest > worst.given


def test_pairwise_two_criteria_are_always_consistent() -> None:
    found = pairwise_weights(["A", "B"], {("A", "B"): 4})

    assert found.weights == {"A": Fraction(4, 5), "B": Fraction(1, 5)}
    assert found.consistency_ratio == 0


def test_pairwise_reciprocal_says_the_same() -> None:
    assert pairwise_weights(["A", "B", "C"], THREE) == pairwise_weights(
        ["A", "B", "C"], {("B", "A"): Fraction(1, 3), ("C", "B"): Fraction(1, 3), ("C", "A"): Fraction(1, 9)}
    )


@pytest.mark.parametrize(
    ("judgements", "name", "words"),
    [
        ({("A", "B"): 3, ("B", "C"): 3}, "A/C", "is not compared yet"),
        (THREE | {("C", "A"): Fraction(1, 9)}, "C/A", "is judged twice"),
        (THREE | {("A", "B"): 10}, "A/B", "must be a whole number from 1 to 9"),
        (THREE | {("A", "B"): 0}, "A/B", "must be a whole number from 1 to 9"),
        (THREE | {("A", "B"): 1.5}, "A/B", "must be a whole number from 1 to 9"),
        (THREE | {("A", "B"): float("nan")}, "A/B", "must be a finite number"),
        (THREE | {("A", "X"): 2}, "A/X", "is not a pair of these criteria"),
        (THREE | {("A", "A"): 1}, "A/A", "is not a pair of these criteria"),
    ],
)
def test_pairwise_bad_judgements_are_refused_by_name(judgements: Any, name: str, words: str) -> None:
    with pytest.raises(WeightError, match=words) as refused:
        pairwise_weights(["A", "B", "C"], judgements)

    assert refused.value.name == name


def test_pairwise_more_criteria_than_the_index_knows_are_refused() -> None:
    with pytest.raises(WeightError, match="at most 15"):
        pairwise_weights([f"C{n}" for n in range(16)], {})


judgements_of_four = st.lists(st.sampled_from(SCALE), min_size=6, max_size=6)


@unhurried
@given(judgements_of_four)
def test_pairwise_weights_do_not_depend_on_the_order(values: list[Fraction]) -> None:
    codes = ["A", "B", "C", "D"]
    judgements = dict(zip(pairs_of(codes), values, strict=True))

    found = [pairwise_weights(list(order), judgements) for order in permutations(codes)]

    assert all(dict(each.weights) == dict(found[0].weights) for each in found)
    assert {each.consistency_ratio for each in found} == {found[0].consistency_ratio}
    assert sum(found[0].weights.values()) == 1


@unhurried
@given(judgements_of_four, st.integers(0, 5))
def test_pairwise_a_stronger_judgement_never_weakens_the_first(values: list[Fraction], at: int) -> None:
    codes = ["A", "B", "C", "D"]
    step = SCALE.index(values[at])
    stronger = [*values[:at], SCALE[min(step + 1, len(SCALE) - 1)], *values[at + 1 :]]
    first, second = list(pairs_of(codes))[at]

    before = pairwise_weights(codes, dict(zip(pairs_of(codes), values, strict=True))).weights
    after = pairwise_weights(codes, dict(zip(pairs_of(codes), stronger, strict=True))).weights

    assert after[first] / after[second] >= before[first] / before[second] * (1 - Fraction(1, 10**9))
