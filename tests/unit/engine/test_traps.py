"""Traps other scoring tools fell into, each by its name."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from scorecards.engine.aggregate import Stage
from scorecards.engine.cells import MissingPolicy
from scorecards.engine.display import score_text
from scorecards.engine.exact import EXACT_ONE, PPM
from scorecards.engine.ranks import Standing
from scorecards.engine.value_functions import Linear, PiecewiseLinear
from scorecards.engine.weights import WeightError, WeightNode, leaf_weights, normalise
from tests.unit.engine.builders import answer, make_cells, rank, score, weights_of

POLICIES = list(MissingPolicy)


@pytest.mark.parametrize("policy", POLICIES)
def test_no_data_is_never_100_and_never_0(policy: MissingPolicy) -> None:
    scores = score(answer([[("unknown", 0)] * 3], policy), policy=policy)

    assert scores.has_score.tolist() == [False]
    assert (scores.low.tolist(), scores.high.tolist()) == ([0], [EXACT_ONE])
    assert rank(scores).standing == (Standing.INSUFFICIENT_EVIDENCE,)


@pytest.mark.parametrize(("x", "ppm"), [(0, 0), (50, 500_000), (60, 700_000), (100, PPM)])
def test_score_of_exactly_100_lies_in_a_band_and_no_gap_between_bands(x: int, ppm: int) -> None:
    bands = PiecewiseLinear(
        (
            (Fraction(0), Fraction(0)),
            (Fraction(50), Fraction(50)),
            (Fraction(60), Fraction(70)),
            (Fraction(100), Fraction(100)),
        )
    )

    found = bands.value(x)

    assert (found.ppm, found.clipped) == (ppm, False)


def test_perfect_candidate_scores_exactly_100() -> None:
    scores = score(make_cells([[PPM] * 62]))

    assert scores.numerator.tolist() == [EXACT_ONE]
    assert score_text(int(scores.numerator[0])) == "100.00"


def test_weights_10_1_x_9_plus_9_1_are_legal() -> None:
    weights = normalise({f"C{i}": 10.1 for i in range(9)} | {"C9": 9.1})

    assert weights["C9"] == Fraction(91, 1000)


def test_weight_0_stays_0_and_does_not_become_1() -> None:
    scores = score(make_cells([[PPM, 0]]), weights_of([0, 5]))

    assert scores.numerator.tolist() == [0]


@pytest.mark.parametrize(
    ("numerator", "shown"),
    [
        (59_996 * 10**10, "60.00"),
        (71_995 * 10**10, "72.00"),
        (71_985 * 10**10, "71.98"),
        (599_949_999_999_999, "59.99"),
    ],
)
def test_displayed_score_is_rounded_half_even_not_truncated(numerator: int, shown: str) -> None:
    assert score_text(numerator) == shown


def test_equal_when_shown_is_not_a_tie() -> None:
    scores = score(make_cells([[500_001], [500_000]]))

    shown = [score_text(int(n)) for n in scores.numerator]

    assert shown == ["50.00", "50.00"]
    assert rank(scores).rank.tolist() == [1, 2]


def test_scale_keeps_its_minimum() -> None:
    scale = Linear(Fraction(60), Fraction(100))

    assert [scale.value(x).ppm for x in (60, 80, 100)] == [0, 500_000, PPM]


@pytest.mark.parametrize("newcomer", [[0, 0, 0], [PPM, PPM, PPM], [PPM, 0, 500_000]])
def test_adding_a_vendor_never_reverses_two_others(newcomer: list[int]) -> None:
    field = [[800_000, 300_000, 500_000], [500_000, 600_000, 499_999]]

    before = score(make_cells(field), weights_of([3, 3, 1]))
    after = score(make_cells([*field, newcomer]), weights_of([3, 3, 1]))

    assert after.numerator[:2].tolist() == before.numerator.tolist()
    ranks = rank(after).rank[:2]
    assert bool(ranks[0] < ranks[1]) == bool(rank(before).rank[0] < rank(before).rank[1])


def test_vendor_with_an_empty_cell_is_still_ranked() -> None:
    cells = answer(
        [[("known", 900_000), ("unknown", 0)], [("known", 500_000), ("known", 500_000)]],
        MissingPolicy.NEUTRAL,
    )

    assert rank(score(cells)).rank.tolist() == [1, 2]


def test_bad_and_unknown_have_different_labels() -> None:
    cells = answer([[("known", 0)] * 2, [("unknown", 0)] * 2], MissingPolicy.CONSERVATIVE)

    found = rank(score(cells, policy=MissingPolicy.CONSERVATIVE), Stage.SCREEN)

    assert found.standing == (Standing.RANKED, Standing.INSUFFICIENT_EVIDENCE)


def test_zero_weights_give_a_named_error_not_nan() -> None:
    with pytest.raises(WeightError, match="tree: at least one of its criteria needs a weight above 0"):
        leaf_weights(WeightNode("tree", 1, (WeightNode("A", 0), WeightNode("B", 0))))


@pytest.mark.parametrize("policy", POLICIES)
def test_constant_columns_give_ties_not_nan(policy: MissingPolicy) -> None:
    scores = score(make_cells([[400_000, 0]] * 3), policy=policy)

    assert not np.isnan(np.asarray(scores.key)).any()
    assert [rank(scores).label(i) for i in range(3)] == ["=1", "=1", "=1"]


def test_known_only_with_nothing_known_divides_by_nothing_and_warns_of_nothing() -> None:
    scores = score(answer([[("unknown", 0)]], MissingPolicy.KNOWN_ONLY), policy=MissingPolicy.KNOWN_ONLY)

    assert np.asarray(scores.key).tolist() == [0.0]


def test_displayed_weights_sum_to_100_whatever_the_weights() -> None:
    shown = leaf_weights(WeightNode("tree", 1, tuple(WeightNode(f"L{i}", 1) for i in range(7)))).percentages()

    assert sum(Decimal(text) for text in shown.values()) == 100


@pytest.mark.parametrize("policy", POLICIES)
def test_vendor_that_refuses_every_question_never_outranks_one_at_level_1_throughout(
    policy: MissingPolicy,
) -> None:
    cells = answer([[("refused", 0)] * 5, [("known", 200_000)] * 5], policy)

    found = rank(score(cells, policy=policy), Stage.SCREEN)

    assert found.rank.tolist() == [0, 1]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("good", [1, 4])
def test_vendor_that_refuses_all_but_its_best_questions_gains_nothing(
    policy: MissingPolicy, good: int
) -> None:
    silent = [("known", 200_000)] * good + [("refused", 0)] * (5 - good)
    cells = answer([silent, [("known", 200_000)] * 5], policy)

    assert rank(score(cells, policy=policy)).rank.tolist() == [2, 1]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("value", [0, 100_000, 600_000, PPM])
def test_all_claims_vendor_never_outranks_the_same_values_audited(policy: MissingPolicy, value: int) -> None:
    cells = answer([[("claimed", value)] * 4, [("known", value)] * 4], policy)

    found = rank(score(cells, policy=policy))

    assert found.rank[0] >= found.rank[1]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("clean", [500_000, 850_000, PPM])
def test_vendor_without_a_record_never_outranks_one_with_a_clean_record_by_silence(
    policy: MissingPolicy, clean: int
) -> None:
    rest = [("known", 700_000)]
    cells = answer([[*rest, ("unknown", 0)], [*rest, ("known", max(clean, 700_000))]], policy)

    found = rank(score(cells, weights_of([1, 1]), policy=policy))

    assert found.rank[0] >= found.rank[1]


def test_unknown_after_the_deadline_counts_like_a_refusal() -> None:
    cells = answer(
        [[("known", 800_000), ("overdue", 0)], [("known", 800_000), ("refused", 0)]], MissingPolicy.NEUTRAL
    )

    assert score(cells).numerator.tolist() == [400 * 10**12, 400 * 10**12]
