"""TOPSIS on fixed ideal points, PROMETHEE II, and how far orders agree."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.engine.cells import CellState, MissingPolicy
from scorecards.engine.exact import PPB, PPM, EngineError
from scorecards.engine.second_opinions import (
    CLOSENESS_UNITS,
    DEFAULT_PREFERENCE,
    Preference,
    criterion_flow,
    order_agreement,
    preference_span,
    promethee_net_flows,
    topsis_closeness,
    values_for_opinions,
    weight_shares,
)
from tests.unit.engine.builders import answer, equal_weights, matrix, unhurried

VALUES = st.lists(st.integers(0, PPM), min_size=3, max_size=3)
TABLES = st.lists(VALUES, min_size=2, max_size=8)
PREFERENCES = st.tuples(st.integers(0, 300_000), st.integers(0, 300_000)).map(
    lambda two: Preference(min(two), max(two))
)


def closeness(rows: Any) -> list[int]:
    values = matrix(rows)
    found: list[int] = topsis_closeness(values / PPM, weight_shares(equal_weights(values.shape[1]))).tolist()
    return found


def test_topsis_of_the_ideal_is_1_and_of_the_worst_0() -> None:
    assert closeness([[PPM] * 3, [0] * 3, [PPM // 2] * 3]) == [CLOSENESS_UNITS, 0, CLOSENESS_UNITS // 2]


@unhurried
@given(rows=TABLES, newcomer=VALUES)
def test_topsis_adding_a_vendor_moves_nobody(rows: list[list[int]], newcomer: list[int]) -> None:
    assert closeness([*rows, newcomer])[:-1] == closeness(rows)


@unhurried
@given(row=VALUES, at=st.integers(0, 2), more=st.integers(1, PPM))
def test_topsis_better_value_never_lowers_the_closeness(row: list[int], at: int, more: int) -> None:
    better = [min(PPM, value + more) if i == at else value for i, value in enumerate(row)]

    assert closeness([better])[0] >= closeness([row])[0]


def test_topsis_punishes_one_very_weak_criterion_more_than_the_score_does() -> None:
    even, uneven = [600_000] * 3, [PPM, 800_000, 0]

    by_closeness = closeness([even, uneven])

    assert sum(even) == sum(uneven)
    assert by_closeness[0] > by_closeness[1]


def test_topsis_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(EngineError, match="one per criterion"):
        topsis_closeness(np.zeros((2, 3)), np.ones(2))


def test_topsis_ideal_that_is_the_worst_point_is_refused() -> None:
    with pytest.raises(EngineError, match="must differ"):
        topsis_closeness(np.zeros((1, 2)), np.ones(2), ideal=0.0)


def by_pairs(column: list[int], preference: Preference) -> list[int]:
    """The definition, pair by pair."""
    span, low = preference_span(preference), preference.indifference

    def preferred(difference: int) -> int:
        if preference.strict == low:
            return int(difference > low)
        return min(max(difference - low, 0), span)

    return [sum(preferred(a - b) - preferred(b - a) for b in column) for a in column]


@unhurried
@given(column=st.lists(st.integers(0, 400_000), min_size=1, max_size=12), preference=PREFERENCES)
def test_promethee_flow_by_sorting_is_the_flow_by_pairs(column: list[int], preference: Preference) -> None:
    assert criterion_flow(np.array(column, dtype=np.int64), preference).tolist() == by_pairs(
        column, preference
    )


@unhurried
@given(rows=TABLES)
def test_promethee_net_flows_sum_to_0_and_lie_within_1(rows: list[list[int]]) -> None:
    flows = promethee_net_flows(matrix(rows), equal_weights(3))

    assert int(flows.numerator.sum()) == 0
    assert (np.abs(flows.numerator) <= flows.denominator).all()


def test_promethee_flow_of_a_clear_winner_is_1() -> None:
    flows = promethee_net_flows(matrix([[PPM, PPM], [0, 0], [0, 0]]), equal_weights(2))

    assert (flows.numerator / flows.denominator).tolist() == [1.0, -0.5, -0.5]


def test_promethee_difference_up_to_the_indifference_does_not_count() -> None:
    flows = promethee_net_flows(matrix([[550_000], [500_000]]), np.array([PPB]))

    assert flows.numerator.tolist() == [0, 0]


def test_promethee_one_vendor_alone_has_flow_0() -> None:
    assert promethee_net_flows(matrix([[5, 5]]), equal_weights(2)).numerator.tolist() == [0]


def test_promethee_thresholds_out_of_order_are_refused() -> None:
    with pytest.raises(EngineError, match="indifference <= strict"):
        Preference(2, 1)


def test_promethee_more_than_int64_holds_is_refused() -> None:
    with pytest.raises(EngineError, match="too many"):
        promethee_net_flows(np.zeros((3, 1), dtype=np.int64), np.array([2**60]), DEFAULT_PREFERENCE)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (MissingPolicy.NEUTRAL, [800_000, 500_000, 0]),
        (MissingPolicy.CONSERVATIVE, [800_000, 0, 0]),
        (MissingPolicy.KNOWN_ONLY, [800_000, 500_000, 0]),
    ],
)
def test_values_unknown_is_never_0_unless_the_policy_says_so(
    policy: MissingPolicy, expected: list[int]
) -> None:
    cells = answer([[("known", 800_000), ("unknown", 0), ("refused", 0)]], policy)

    assert values_for_opinions(cells, policy)[0].tolist() == expected
    assert cells.state[0].tolist() == [CellState.KNOWN, CellState.UNKNOWN, CellState.REFUSED]


@pytest.mark.parametrize(
    ("second", "expected"),
    [([1, 2, 3, 4], (1.0, 1.0)), ([4, 3, 2, 1], (-1.0, -1.0)), ([2, 1, 4, 3], (0.6, 1 / 3))],
)
def test_agreement_of_known_orders(second: list[int], expected: tuple[float, float]) -> None:
    found = order_agreement(matrix([1, 2, 3, 4]), matrix(second))

    assert (found.spearman, found.kendall) == pytest.approx(expected)


def test_agreement_with_ties_is_tau_b() -> None:
    found = order_agreement(matrix([1, 1, 3, 4]), matrix([1, 2, 3, 4]))

    assert found.kendall == pytest.approx(5 / np.sqrt(5 * 6))


@pytest.mark.parametrize("ranks", [[1], [1, 1, 1]])
def test_agreement_without_differences_is_not_a_number_but_unknown(ranks: list[int]) -> None:
    found = order_agreement(matrix(ranks), matrix(ranks))

    assert (found.spearman, found.kendall) == (None, None)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=40))
def test_kendalls_tau_is_that_of_all_pairs(ranks: list[tuple[int, int]]) -> None:
    first, second = (np.array(column, dtype=np.int64) for column in zip(*ranks, strict=True))
    if len(set(first.tolist())) == 1 or len(set(second.tolist())) == 1:
        return
    at, other = np.triu_indices(len(ranks), k=1)
    one, two = np.sign(first[at] - first[other]), np.sign(second[at] - second[other])
    expected = (one * two).sum() / np.sqrt(float((one != 0).sum()) * float((two != 0).sum()))

    assert order_agreement(first, second).kendall == pytest.approx(float(expected))
