"""Weights: normalised down the tree, handed on where not applicable, refused by name, shown to sum to 100.0."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.exact import PPB, largest_remainder
from scorecards.engine.weights import (
    WeightError,
    WeightNode,
    display_percentages,
    leaf_weights,
    normalise,
    rank_order_centroid,
    swing_weights,
)
from tests.unit.engine.builders import unhurried


def tree(**groups: dict[str, Any]) -> WeightNode:
    """group=dict(points=…, leaf=points, …)."""
    nodes = []
    for code, leaves in groups.items():
        children = tuple(WeightNode(leaf, points) for leaf, points in leaves.items() if leaf != "points")
        nodes.append(WeightNode(code, leaves["points"], children))
    return WeightNode("tree", 1, tuple(nodes))


TWO = tree(A={"points": 60, "A1": 1, "A2": 1}, B={"points": 40, "B1": 1, "B2": 3})


def test_leaf_weights_multiply_down_the_tree() -> None:
    weights = leaf_weights(TWO)

    assert weights.codes == ("A1", "A2", "B1", "B2")
    assert weights.ppb.tolist() == [300_000_000, 300_000_000, 100_000_000, 300_000_000]
    assert weights.local == {
        "A": Fraction(3, 5),
        "B": Fraction(2, 5),
        "A1": Fraction(1, 2),
        "A2": Fraction(1, 2),
        "B1": Fraction(1, 4),
        "B2": Fraction(3, 4),
    }


def test_leaf_weights_thirds_sum_exactly_the_first_gets_the_rest() -> None:
    weights = leaf_weights(tree(A={"points": 1, "A1": 1, "A2": 1, "A3": 1}))

    assert weights.ppb.tolist() == [333_333_334, 333_333_333, 333_333_333]


def test_leaf_weights_not_applicable_goes_to_siblings_in_proportion() -> None:
    weights = leaf_weights(tree(A={"points": 1, "A1": 1, "A2": 2, "A3": 5}), not_applicable=["A3"])

    assert weights.overall == {"A": 1, "A1": Fraction(1, 3), "A2": Fraction(2, 3), "A3": 0}


def test_leaf_weights_group_not_applicable_goes_to_other_groups_in_proportion() -> None:
    groups = tree(A={"points": 50, "A1": 1}, B={"points": 30, "B1": 1}, C={"points": 10, "C1": 1})

    weights = leaf_weights(groups, not_applicable=["A1"])

    assert weights.ppb.tolist() == [0, 750_000_000, 250_000_000]


def test_leaf_weights_only_unweighted_leaves_left_hand_the_group_on() -> None:
    weights = leaf_weights(
        tree(A={"points": 50, "A1": 1, "A2": 0}, B={"points": 50, "B1": 1}), not_applicable=["A1"]
    )

    assert weights.ppb.tolist() == [0, 0, PPB]


def test_leaf_weights_nothing_applicable_is_refused() -> None:
    with pytest.raises(WeightError, match="no criterion with a weight is applicable"):
        leaf_weights(TWO, not_applicable=["A1", "A2", "B1", "B2"])


@pytest.mark.parametrize("points", [-1, float("nan"), float("inf"), Decimal("NaN"), True, "3"])
def test_leaf_weights_impossible_points_name_the_criterion(points: Any) -> None:
    with pytest.raises(WeightError) as refused:
        leaf_weights(tree(A={"points": 1, "A1": 1, "A2": points}))

    assert refused.value.name == "A2"


def test_leaf_weights_all_zero_siblings_name_the_group() -> None:
    with pytest.raises(WeightError) as refused:
        leaf_weights(tree(A={"points": 1, "A1": 1}, B={"points": 1, "B1": 0, "B2": 0}))

    assert refused.value.name == "B"


def test_leaf_weights_code_used_twice_is_refused() -> None:
    with pytest.raises(WeightError, match="A1: is in the tree twice"):
        leaf_weights(tree(A={"points": 1, "A1": 1}, B={"points": 1, "A1": 1}))


def test_leaf_weights_unknown_not_applicable_is_refused() -> None:
    with pytest.raises(WeightError, match="X9: is not a criterion of this tree"):
        leaf_weights(TWO, not_applicable=["X9"])


def test_weights_10_1_times_9_plus_9_1_are_accepted() -> None:
    points: dict[str, float] = {f"C{i}": 10.1 for i in range(9)} | {"C9": 9.1}

    shares = normalise(points)

    assert sum(points.values()) != 100
    assert sum(shares.values()) == 1
    assert display_percentages(list(shares.values())) == ["10.1"] * 9 + ["9.1"]


def test_weight_zero_stays_zero() -> None:
    weights = leaf_weights(tree(A={"points": 100, "A1": 0, "A2": 7}, B={"points": 0, "B1": 1}))

    assert weights.ppb.tolist() == [0, PPB, 0]
    assert weights.percentages() == {"A1": "0.0", "A2": "100.0", "B1": "0.0"}


def test_zero_weights_give_an_error_not_nan() -> None:
    with pytest.raises(WeightError, match="at least one needs a weight above 0"):
        normalise({"A": 0, "B": 0})


def test_swing_weights_most_valuable_must_be_100() -> None:
    with pytest.raises(WeightError, match="the most valuable swing must be 100"):
        swing_weights({"A": 90, "B": 40})


def test_swing_weights_above_100_name_the_criterion() -> None:
    with pytest.raises(WeightError) as refused:
        swing_weights({"A": 100, "B": 140})

    assert refused.value.name == "B"


def test_rank_order_centroid_equally_important_share_their_places() -> None:
    weights = rank_order_centroid([["A"], ["B", "C"]])

    assert weights == {"A": Fraction(11, 18), "B": Fraction(7, 36), "C": Fraction(7, 36)}


@pytest.mark.parametrize("order", [[], [[]], [["A"], []], [["A"], ["A"]]])
def test_rank_order_centroid_bad_order_is_refused(order: list[list[str]]) -> None:
    with pytest.raises(WeightError):
        rank_order_centroid(order)


def test_display_percentages_of_eleven_equal_groups_sum_to_100() -> None:
    assert display_percentages([Fraction(1, 11)] * 11) == ["9.1"] * 10 + ["9.0"]


points_strategy = st.one_of(
    st.integers(0, 1000), st.floats(0, 1000, allow_nan=False), st.decimals(0, 1000, places=2, allow_nan=False)
)


@unhurried
@given(st.lists(st.lists(points_strategy, min_size=1, max_size=8), min_size=1, max_size=11), st.data())
def test_leaf_weights_always_sum_exactly(groups: list[list[Any]], data: st.DataObject) -> None:
    usable = [[1, *leaves] for leaves in groups]
    nodes = tuple(
        WeightNode(f"G{g}", 1, tuple(WeightNode(f"G{g}L{i}", p) for i, p in enumerate(leaves)))
        for g, leaves in enumerate(usable)
    )
    codes = [f"G{g}L{i}" for g, leaves in enumerate(usable) for i in range(1, len(leaves))]
    gone = data.draw(st.sets(st.sampled_from(codes)))

    weights = leaf_weights(WeightNode("tree", 1, nodes), not_applicable=gone)

    assert int(weights.ppb.sum()) == PPB
    assert [int(weights.ppb[weights.codes.index(code)]) for code in gone] == [0] * len(gone)
    assert sum(Decimal(text) for text in weights.percentages().values()) == 100


@unhurried
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=70).filter(any), st.integers(1, 10**9))
def test_largest_remainder_is_fair(parts: list[int], total: int) -> None:
    shares = [Fraction(part, sum(parts)) for part in parts]

    found = largest_remainder(shares, total)

    assert sum(found) == total
    assert all(abs(part - share * total) < 1 for part, share in zip(found, shares, strict=True))
    assert all(part == 0 for part, share in zip(found, shares, strict=True) if share == 0)


def test_display_percentages_of_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(WeightError, match="the shares must sum to 1"):
        display_percentages([Fraction(1, 2)])
