"""Ranks on exact numbers, ties, eligibility, and what the intervals allow."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scorecards.engine.aggregate import STAGE_THRESHOLDS, Stage
from scorecards.engine.exact import EngineError
from scorecards.engine.ranks import Standing, competition_ranks, possible_ranks, rank_candidates
from tests.unit.engine.builders import make_cells, matrix, rank, score, unhurried


def test_ranks_tie_for_first_is_one_one_three() -> None:
    found = rank(score(make_cells([[220_000], [220_000], [215_000]])))

    assert found.rank.tolist() == [1, 1, 3]
    assert found.tied.tolist() == [True, True, False]
    assert [found.label(i) for i in range(3)] == ["=1", "=1", "3"]


def test_ranks_difference_of_one_unit_is_no_tie() -> None:
    ranks, tied = competition_ranks(matrix([10**15 - 1, 10**15]), np.array([True, True]))

    assert (ranks.tolist(), tied.tolist()) == ([2, 1], [False, False])


def test_ranks_leave_out_those_not_eligible() -> None:
    found = rank(score(make_cells([[900_000], [500_000], [700_000]])), gated=[True, False, False])

    assert found.rank.tolist() == [0, 2, 1]
    assert found.label(0) == ""
    assert found.standing == (Standing.GATED, Standing.RANKED, Standing.RANKED)
    assert (found.best.tolist(), found.worst.tolist()) == ([0, 2, 1], [0, 2, 1])


def test_standing_failed_must_have_is_named_before_missing_evidence() -> None:
    cells = make_cells([[500_000], [500_000]], known=[[1], [1]])

    found = rank(score(cells), Stage.AWARD, gated=[True, False])

    assert found.standing == (Standing.GATED, Standing.INSUFFICIENT_EVIDENCE)


def test_ranks_nobody_eligible_gives_no_rank() -> None:
    ranks, tied = competition_ranks(matrix([1, 2]), np.array([False, False]))

    assert (ranks.tolist(), tied.tolist()) == ([0, 0], [False, False])


def test_ranks_of_nan_are_refused() -> None:
    with pytest.raises(EngineError, match="scores: must be numbers"):
        competition_ranks(np.array([1.0, np.nan]), np.array([True, True]))


@pytest.mark.parametrize("gated", [np.array([True]), np.array([0, 1])])
def test_ranks_gated_of_wrong_shape_or_type_is_refused(gated: NDArray[Any]) -> None:
    scores = score(make_cells([[1], [2]]))

    with pytest.raises(EngineError, match="gated: must be one boolean per candidate"):
        rank_candidates(scores, thresholds=STAGE_THRESHOLDS[Stage.SCREEN], gated=gated)


def test_possible_ranks_touching_intervals_may_tie() -> None:
    best, worst = possible_ranks(matrix([5, 0, 0]), matrix([9, 5, 4]), np.array([True] * 3))

    assert (best.tolist(), worst.tolist()) == ([1, 1, 2], [1, 3, 3])


intervals = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.booleans()), max_size=12
)


@unhurried
@given(intervals)
def test_ranks_agree_with_their_definition(rows: list[tuple[int, int, int, bool]]) -> None:
    ordered = [(*sorted(row[:3]), row[3]) for row in rows]
    low, point, high = (np.array([row[i] for row in ordered], dtype=np.int64) for i in range(3))
    eligible = np.array([row[3] for row in ordered], dtype=np.bool_)

    ranks, tied = competition_ranks(point, eligible)
    best, worst = possible_ranks(low, high, eligible)

    others = [[r for j, r in enumerate(ordered) if j != i and r[3]] for i in range(len(ordered))]
    pairs = list(zip(ordered, others, strict=True))
    assert ranks.tolist() == [(1 + sum(o[1] > r[1] for o in os)) if r[3] else 0 for r, os in pairs]
    assert tied.tolist() == [r[3] and any(o[1] == r[1] for o in os) for r, os in pairs]
    assert best.tolist() == [(1 + sum(o[0] > r[2] for o in os)) if r[3] else 0 for r, os in pairs]
    assert worst.tolist() == [(1 + sum(o[2] > r[0] for o in os)) if r[3] else 0 for r, os in pairs]
    assert bool((best <= ranks).all())
    assert bool((ranks <= worst).all())
