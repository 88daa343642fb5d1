"""Scores, coverage and groups from cells and weights."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from scorecards.engine.aggregate import (
    STAGE_THRESHOLDS,
    AggregateError,
    Stage,
    aggregate,
    insufficient_evidence,
)
from scorecards.engine.cells import CellError, Cells, CellState, MissingPolicy
from scorecards.engine.exact import EXACT_ONE, PPB, PPM
from tests.unit.engine.builders import answer, equal_weights, make_cells, matrix, score, weights_of

KNOWN_ONLY = MissingPolicy.KNOWN_ONLY


def test_aggregate_three_numbers_and_shares() -> None:
    cells = make_cells(
        [[800_000, 500_000]],
        low=[[700_000, 0]],
        high=[[900_000, PPM]],
        known=[[PPM, 0]],
        verified=[[500_000, 0]],
        strength=[[950_000, 0]],
        state=[[CellState.KNOWN, CellState.UNKNOWN]],
    )

    found = score(cells, weights_of([3, 1]))

    assert found.numerator.tolist() == [725 * 10**12]
    assert found.denominator.tolist() == [PPB]
    assert (found.low.tolist(), found.high.tolist()) == ([525 * 10**12], [925 * 10**12])
    assert found.coverage.tolist() == [750 * 10**12]
    assert found.verified.tolist() == [375 * 10**12]
    assert found.strength.tolist() == [7125 * 10**11]
    assert found.has_score.tolist() == [True]


def test_aggregate_groups_contribute_exactly_the_score() -> None:
    cells = make_cells([[1_000_000, 0, 333_333]])

    found = score(cells, weights_of([1, 1, 1]), [0, 0, 1])

    assert found.group_weight.tolist() == [666_666_667, 333_333_333]
    assert found.group_numerator.tolist() == [[333_333_334 * PPM, 333_333_333 * 333_333]]
    assert found.group_denominator.tolist() == [[666_666_667, 333_333_333]]
    assert found.group_known.tolist() == [[666_666_667 * PPM, 333_333_333 * PPM]]
    assert found.group_numerator.sum(axis=1).tolist() == found.numerator.tolist()


def test_aggregate_groups_need_not_be_contiguous() -> None:
    cells = make_cells([[100_000, 200_000, 300_000, 400_000]])

    found = score(cells, weights_of([1, 1, 1, 1]), [1, 0, 1, 0])

    assert found.group_numerator.tolist() == [[150 * 10**12, 100 * 10**12]]


def test_known_only_renormalises_over_the_known_weight() -> None:
    cells = answer([[("known", 600_000), ("unknown", 0)]], KNOWN_ONLY)

    found = score(cells, weights_of([62, 38]), policy=KNOWN_ONLY)

    assert (found.numerator.tolist(), found.denominator.tolist()) == ([620_000_000 * 600_000], [620_000_000])
    assert np.asarray(found.key).tolist() == [600_000.0]
    assert found.coverage.tolist() == [620 * 10**12]


def test_known_only_refused_counts_zero_with_full_weight() -> None:
    cells = answer([[("known", 600_000), ("refused", 0)], [("known", 600_000), ("overdue", 0)]], KNOWN_ONLY)

    found = score(cells, weights_of([50, 50]), policy=KNOWN_ONLY)

    assert found.denominator.tolist() == [PPB, PPB]
    assert np.asarray(found.key).tolist() == [300_000.0, 300_000.0]


def test_known_only_partial_leaf_weighs_its_known_share_in_whole_ppb() -> None:
    cells = make_cells(
        [[900_000, 300_000]], low=[[900_000, 100_000]], high=[[900_000, 800_000]], known=[[PPM, 333_333]]
    )

    found = score(cells, weights_of([1, 1]), policy=KNOWN_ONLY)

    assert found.denominator.tolist() == [500_000_000 + 166_666_500]
    assert found.numerator.tolist() == [500_000_000 * 900_000 + 166_666_500 * 300_000]


def test_known_only_key_is_one_division_of_exact_integers() -> None:
    cells = answer([[("known", 1), ("known", 123_457), ("unknown", 0)]], KNOWN_ONLY)
    weights = weights_of([1, 1, 1])

    found = score(cells, weights, policy=KNOWN_ONLY)

    numerator = int(weights[0]) * 1 + int(weights[1]) * 123_457
    assert np.asarray(found.key).tolist() == [numerator / (int(weights[0]) + int(weights[1]))]


def test_known_only_score_never_lies_outside_its_interval() -> None:
    cells = make_cells(
        [[PPM, 600_000]], low=[[PPM, 0]], high=[[PPM, 600_000]], known=[[PPM, 500_000]]
    )  # the second is a worst line: half of it known at .6, the other half can only lower it

    found = score(cells, weights_of([1, 1]), policy=KNOWN_ONLY)

    assert np.asarray(found.key)[0] > 800_000
    assert found.high.tolist() == [866_666_666_666_667]


@pytest.mark.parametrize("policy", list(MissingPolicy))
@pytest.mark.parametrize("kind", ["unknown", "refused", "overdue"])
def test_coverage_zero_has_no_score_and_is_insufficient_everywhere(policy: MissingPolicy, kind: str) -> None:
    found = score(answer([[(kind, 0), (kind, 0)]], policy), policy=policy)

    assert found.has_score.tolist() == [False]
    assert (found.low.tolist(), found.high.tolist()) == ([0], [EXACT_ONE])
    assert [insufficient_evidence(found, STAGE_THRESHOLDS[stage]).tolist() for stage in Stage] == [[True]] * 3


@pytest.mark.parametrize(
    ("stage", "coverage", "verified", "expected"),
    [
        (Stage.SCREEN, 1, 0, False),
        (Stage.SHORTLIST, 599_999, 599_999, True),
        (Stage.SHORTLIST, 600_000, 0, False),
        (Stage.AWARD, 799_999, 799_999, True),
        (Stage.AWARD, 800_000, 599_999, True),
        (Stage.AWARD, 800_000, 600_000, False),
    ],
)
def test_stage_threshold_is_met_exactly_at_its_edge(
    stage: Stage, coverage: int, verified: int, expected: bool
) -> None:
    found = score(make_cells([[500_000]], known=[[coverage]], verified=[[verified]]))

    assert insufficient_evidence(found, STAGE_THRESHOLDS[stage]).tolist() == [expected]


def test_aggregate_no_candidates_is_empty() -> None:
    found = score(make_cells(np.empty((0, 3))))

    assert found.numerator.tolist() == []


def test_aggregate_not_applicable_without_weight_is_left_out() -> None:
    cells = make_cells(
        [[700_000, 0]],
        known=[[PPM, 0]],
        state=[[CellState.KNOWN, CellState.NOT_APPLICABLE]],
    )

    assert score(cells, weights_of([1, 0])).numerator.tolist() == [7 * 10**14]


def test_aggregate_not_applicable_with_weight_is_refused() -> None:
    cells = make_cells([[700_000, 0]], known=[[PPM, 0]], state=[[CellState.KNOWN, CellState.NOT_APPLICABLE]])

    with pytest.raises(AggregateError, match="leaf 1: has a weight but is not applicable"):
        score(cells, weights_of([1, 1]))


@pytest.mark.parametrize(
    "weights",
    [
        matrix([PPB - 1, 0]),
        matrix([PPB + 1, -1]),
        matrix([PPB]),
        np.array([0.5, 0.5]) * PPB,
    ],
)
def test_aggregate_weights_that_do_not_sum_exactly_are_refused(weights: Any) -> None:
    with pytest.raises(AggregateError):
        aggregate(make_cells([[1, 1]]), weights, [0, 0], policy=MissingPolicy.NEUTRAL)


@pytest.mark.parametrize("groups", [[0], [0, -1]])
def test_aggregate_bad_groups_are_refused(groups: list[int]) -> None:
    with pytest.raises(AggregateError):
        aggregate(make_cells([[1, 1]]), equal_weights(2), groups, policy=MissingPolicy.NEUTRAL)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"low": [[1, 600_000]]}, "candidate 0, leaf 1: point must lie in its interval"),
        ({"high": [[1, PPM + 1]]}, "must lie between 0 and 1 000 000 ppm"),
        ({"low": [[-1, 1]]}, "must lie between 0 and 1 000 000 ppm"),
        ({"verified": [[PPM, 2]], "known": [[PPM, 1]]}, "verified must not exceed known"),
        ({"known": [[PPM, PPM + 1]]}, "verified must not exceed known"),
        ({"known": [[0, PPM]]}, "candidate 0, leaf 0: is known exactly when a share of it is"),
        ({"state": [[CellState.UNKNOWN, 0]]}, "candidate 0, leaf 0: is known exactly when a share of it is"),
        ({"state": [[9, 0]]}, "has no such state"),
        ({"strength": [[-1, 0]]}, "strength must lie"),
        ({"known": [[0, PPM]], "state": [[CellState.REFUSED, 0]]}, "refused or overdue counts 0"),
    ],
)
def test_cells_that_contradict_themselves_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(CellError, match=message):
        make_cells([[500_000, 500_000]], **changed)


def test_cells_of_other_shape_or_type_are_refused() -> None:
    good = make_cells([[1, 2]])
    parts: dict[str, Any] = {**good.numbers, "state": good.state}

    with pytest.raises(CellError, match="high: must be int64"):
        Cells(**{**parts, "high": parts["high"].astype(np.float64)})
    with pytest.raises(CellError, match="state: must be uint8"):
        Cells(**{**parts, "state": parts["state"][:, :1]})


def test_cells_packed_and_unpacked_are_the_same() -> None:
    cells = answer([[("known", 123_456), ("unknown", 0)], [("claimed", 700_000), ("refused", 0)]], KNOWN_ONLY)

    rows = cells.packed()
    back = Cells.unpacked(rows, leaves=2)

    assert [len(row) for row in rows] == [50, 50]
    assert back.refused is None
    assert all((back.numbers[name] == table).all() for name, table in cells.numbers.items())
    assert (back.state == cells.state).all()


def test_cells_with_what_was_refused_packed_and_unpacked_are_the_same() -> None:
    known = make_cells([[300_000, 900_000]], known=[[250_000, PPM]])
    cells = dataclasses.replace(known, refused=np.array([[750_000, 0]]))

    back = Cells.unpacked(cells.packed(), leaves=2)

    assert len(cells.packed()[0]) == 58
    assert back.refused is not None
    assert back.refused.tolist() == [[750_000, 0]]
    assert back.weighed.tolist() == [[PPM, PPM]]


def test_cells_of_both_widths_are_unpacked_together() -> None:
    before = make_cells([[300_000, 900_000]], known=[[250_000, PPM]])
    after = dataclasses.replace(before, refused=np.array([[750_000, 0]]))

    back = Cells.unpacked([*before.packed(), *after.packed()], leaves=2)

    assert back.refused is not None
    assert back.refused.tolist() == [[0, 0], [750_000, 0]]
    assert back.point.tolist() == [[300_000, 900_000]] * 2
    assert back.state.tolist() == [[CellState.KNOWN] * 2] * 2


def test_more_refused_than_is_left_of_a_cell_is_refused() -> None:
    known = make_cells([[300_000, 900_000]], known=[[250_000, PPM]])

    with pytest.raises(CellError, match="candidate 0, leaf 1: what was refused"):
        dataclasses.replace(known, refused=np.array([[750_000, 1]]))


def test_cells_packed_bytes_are_little_endian_in_a_fixed_order() -> None:
    cells = make_cells([[2]], low=[[1]], high=[[3]], known=[[5]], verified=[[4]], strength=[[6]])

    assert cells.packed() == [bytes.fromhex("010000000200000003000000050000000400000006000000" + "00")]


def test_cells_packed_of_other_length_is_refused() -> None:
    with pytest.raises(CellError, match="candidate 1: does not hold 1 packed cells"):
        Cells.unpacked([bytes(25), bytes(24)], leaves=1)
