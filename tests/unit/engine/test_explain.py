"""Differences are exact, whatever they rest on; what decides, dominance and the front of price against score."""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scorecards.engine.cells import Cells, MissingPolicy
from scorecards.engine.exact import EXACT_ONE, PPM
from scorecards.engine.explain import (
    ExplainError,
    account,
    deciding,
    dominance,
    dominance_under_order,
    outline,
    pareto_front,
    surely_dominates,
    waterfall,
)
from tests.support.shared_data import SAMPLES, shared_data
from tests.unit.engine.builders import answer, matrix, score, unhurried, weights_of

POLICIES = list(MissingPolicy)
KINDS = ("known", "claimed", "unknown", "refused", "overdue")


@st.composite
def boards(draw: st.DrawFn, least: int = 2) -> tuple[Cells, Any, MissingPolicy]:
    """A few candidates with cells of every state, weights and a policy."""
    n, m = draw(st.integers(least, 4)), draw(st.integers(1, 7))
    policy = draw(st.sampled_from(POLICIES))
    rows = draw(
        st.lists(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, PPM)), min_size=m, max_size=m), min_size=n, max_size=n)
    )  # fmt: skip
    points = draw(st.lists(st.integers(0, 50), min_size=m, max_size=m).filter(any))
    return answer(rows, policy), weights_of(points), policy


@unhurried
@given(boards())
def test_waterfall_sums_to_the_difference_of_the_published_scores(
    board: tuple[Cells, Any, MissingPolicy],
) -> None:
    cells, weights, policy = board
    scores = score(cells, weights, policy=policy)
    assume(scores.has_score[:2].all())
    published = [Fraction(int(scores.numerator[i]), int(scores.denominator[i]) * PPM) for i in (0, 1)]

    found = waterfall(*(account(cells, row, weights, policy=policy) for row in (0, 1)))

    assert sum(term.amount for term in found.terms) == found.difference
    assert found.exact == published[0] - published[1]
    assert {type(term.amount) for term in found.terms} == {int}


@unhurried
@given(boards())
def test_account_is_the_score_the_engine_publishes(board: tuple[Cells, Any, MissingPolicy]) -> None:
    cells, weights, policy = board
    scores = score(cells, weights, policy=policy)

    accounts = [account(cells, row, weights, policy=policy) for row in range(len(scores.numerator))]

    assert [one.has_score for one in accounts] == scores.has_score.tolist()
    assert [one.numerator for one in accounts if one.has_score] == scores.numerator[scores.has_score].tolist()
    assert [one.denominator for one in accounts] == scores.denominator.tolist()


@unhurried
@given(boards())
def test_waterfall_turned_round_has_the_opposite_sign(board: tuple[Cells, Any, MissingPolicy]) -> None:
    cells, weights, policy = board
    first, second = (account(cells, row, weights, policy=policy) for row in (0, 1))
    assume(first.has_score and second.has_score)

    there, back = waterfall(first, second), waterfall(second, first)

    assert {t.leaf: there.share(t) for t in there.terms} == {t.leaf: -back.share(t) for t in back.terms}


def test_waterfall_of_equal_weights_is_weight_times_difference() -> None:
    cells = answer(
        [[("known", 900_000), ("known", 200_000)], [("known", 400_000), ("known", 500_000)]],
        MissingPolicy.NEUTRAL,
    )
    weights = weights_of([3, 1])

    found = waterfall(*(account(cells, row, weights, policy=MissingPolicy.NEUTRAL) for row in (0, 1)))

    assert [(t.leaf, t.amount) for t in found.terms] == [
        (0, 750_000_000 * 500_000),
        (1, -250_000_000 * 300_000),
    ]
    assert found.denominator == EXACT_ONE


def test_known_only_leaf_that_one_side_answered_counts_from_the_middle_of_both() -> None:
    cells = answer(
        [[("known", 800_000), ("known", 600_000)], [("known", 800_000), ("unknown", 0)]],
        MissingPolicy.KNOWN_ONLY,
    )
    weights = weights_of([1, 1])

    found = waterfall(*(account(cells, row, weights, policy=MissingPolicy.KNOWN_ONLY) for row in (0, 1)))
    shares = {term.leaf: found.share(term) for term in found.terms}

    middle = (Fraction(7, 10) + Fraction(8, 10)) / 2
    assert shares == {
        0: (Fraction(1, 2) - 1) * (Fraction(8, 10) - middle),
        1: Fraction(1, 2) * (Fraction(6, 10) - middle),
    }
    assert found.exact == Fraction(-1, 10)


def test_known_only_leaf_that_neither_answered_counts_nothing() -> None:
    cells = answer(
        [[("known", 800_000), ("unknown", 0)], [("known", 300_000), ("unknown", 0)]], MissingPolicy.KNOWN_ONLY
    )

    found = waterfall(
        *(account(cells, row, weights_of([1, 1]), policy=MissingPolicy.KNOWN_ONLY) for row in (0, 1))
    )

    assert {term.leaf: term.amount for term in found.terms if term.leaf == 1} == {1: 0}


def test_unknown_parts_are_ranges_and_known_ones_are_not() -> None:
    cells = answer(
        [[("unknown", 0), ("known", 500_000)], [("known", 300_000), ("known", 500_000)]],
        MissingPolicy.NEUTRAL,
    )

    found = waterfall(
        *(account(cells, row, weights_of([1, 1]), policy=MissingPolicy.NEUTRAL) for row in (0, 1))
    )

    half = 500_000_000
    assert {t.leaf: (t.low, t.high) for t in found.terms} == {
        0: (-half * 300_000, half * 700_000),
        1: (None, None),
    }
    assert (found.low, found.high) == (-half * 300_000, half * 700_000)


def test_waterfall_without_a_score_is_refused() -> None:
    cells = answer([[("unknown", 0)], [("known", 1)]], MissingPolicy.NEUTRAL)

    with pytest.raises(ExplainError, match="nothing is known"):
        waterfall(*(account(cells, row, weights_of([1]), policy=MissingPolicy.NEUTRAL) for row in (0, 1)))


@unhurried
@given(boards())
def test_deciding_set_is_the_smallest_that_carries_the_lead(board: tuple[Cells, Any, MissingPolicy]) -> None:
    cells, weights, policy = board
    first, second = (account(cells, row, weights, policy=policy) for row in (0, 1))
    assume(first.has_score and second.has_score)
    found = waterfall(first, second)
    sign = -1 if found.difference < 0 else 1

    chosen = deciding(found)
    carried = sum(term.amount for term in chosen) * sign

    if found.difference == 0:
        assert chosen == ()
        return
    largest = sorted((term.amount * sign for term in found.terms), reverse=True)
    assert carried >= found.difference * sign
    assert sum(largest[: len(chosen) - 1]) < found.difference * sign


def test_outline_does_not_look_at_the_other_candidates() -> None:
    cells = answer(
        [
            [
                ("known", 750_000),
                ("known", 749_999),
                ("known", 400_000),
                ("known", 400_001),
                ("unknown", 0),
                ("refused", 0),
            ],
            [("known", 1), ("known", 1), ("known", 1), ("known", 1), ("known", 1), ("known", 1)],
        ],
        MissingPolicy.NEUTRAL,
    )

    found = outline(account(cells, 0, weights_of([1] * 6), policy=MissingPolicy.NEUTRAL))

    assert [point.leaf for point in found.strengths] == [0]
    assert [point.leaf for point in found.gaps] == [5, 2]
    assert [point.leaf for point in found.unknowns] == [4]


def test_outline_leaves_out_what_does_not_weigh() -> None:
    cells = answer([[("known", 900_000), ("known", 900_000)]], MissingPolicy.NEUTRAL)

    found = outline(account(cells, 0, weights_of([1, 0]), policy=MissingPolicy.NEUTRAL))

    assert [point.leaf for point in found.strengths] == [0]


def read_cases(method: str) -> list[dict[str, Any]]:
    path = shared_data("mcda_oracles.json") or SAMPLES / "oracles.json"
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [case for case in cases if case["method"] == method]


def better_is_more(case: dict[str, Any]) -> Any:
    signs = np.array([1 if objective == "max" else -1 for objective in case["objectives"]])
    return matrix(np.array(case["matrix"]) * signs)


@pytest.mark.parametrize("case", read_cases("dominance"), ids=lambda case: str(case["name"]))
def test_oracle_of_dominance(case: dict[str, Any]) -> None:
    weakly, strictly = dominance(better_is_more(case))

    assert weakly.tolist() == case["expected"]["dominates"]
    assert strictly.tolist() == case["expected"]["strictly"]


@pytest.mark.parametrize("case", read_cases("pareto"), ids=lambda case: str(case["name"]))
def test_oracle_of_the_front_of_cost_against_benefit(case: dict[str, Any]) -> None:
    costs, worths = zip(*[[Fraction(str(x)) for x in row] for row in case["matrix"]], strict=True)

    assert list(pareto_front(costs, worths)) == case["expected"]["efficient_indices"]


def test_there_are_oracles_of_dominance_and_of_the_front() -> None:
    assert min(len(read_cases("dominance")), len(read_cases("pareto"))) > 0


def test_equal_candidates_are_both_on_the_front_and_neither_dominates() -> None:
    assert pareto_front([3, 3, 4], [5, 5, 5]) == (0, 1)
    assert dominance(matrix([[1, 2], [1, 2]]))[0].tolist() == [[False, False], [False, False]]


@unhurried
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_front_holds_exactly_those_whom_nobody_beats(pairs: list[tuple[int, int]]) -> None:
    costs, worths = [c for c, _ in pairs], [w for _, w in pairs]

    expected = tuple(
        i for i, (c, w) in enumerate(pairs)
        if not any((oc <= c and ow >= w) and (oc < c or ow > w) for oc, ow in pairs)
    )  # fmt: skip

    assert pareto_front(costs, worths) == expected


@unhurried
@given(
    st.lists(st.lists(st.integers(0, 10), min_size=4, max_size=4), min_size=2, max_size=2),
    st.lists(st.integers(1, 4), min_size=4, max_size=4),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
)
def test_ahead_under_the_stated_order_means_never_behind_under_any_such_weights(
    rows: list[list[int]], stated: list[int], steps: list[int]
) -> None:
    values, weights = matrix(rows), weights_of(stated)
    order = sorted(set(stated), reverse=True)
    levels = {level: sum(steps[: len(order) - place]) for place, level in enumerate(order)}
    other = [levels[level] for level in stated]

    ahead = dominance_under_order(values, weights)[0, 1]

    if ahead:
        assert sum(w * (a - b) for w, a, b in zip(other, *rows, strict=True)) >= 0


def test_stated_order_decides_where_plain_dominance_does_not() -> None:
    values, weights = matrix([[9, 1], [5, 4]]), weights_of([3, 1])

    assert dominance(values)[0][0, 1].tolist() is False
    assert dominance_under_order(values, weights).tolist() == [[False, True], [False, False]]
    assert dominance_under_order(values, weights_of([1, 3])).tolist() == [[False, False], [False, False]]


def test_unknown_is_nobodys_proof_of_dominance() -> None:
    cells = answer(
        [[("known", 900_000), ("unknown", 0)], [("known", 100_000), ("known", 100_000)]],
        MissingPolicy.NEUTRAL,
    )

    assert dominance(cells.point)[0].tolist() == [[False, True], [False, False]]
    assert surely_dominates(cells.low, cells.high).tolist() == [[False, False], [False, False]]
