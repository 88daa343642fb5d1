"""Cells and scores for tests, written as rows of values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray

from scorecards.engine.aggregate import STAGE_THRESHOLDS, Aggregate, Stage, aggregate
from scorecards.engine.cells import Cells, CellState, MissingPolicy
from scorecards.engine.exact import PPM
from scorecards.engine.ranks import Ranking, rank_candidates
from scorecards.engine.weights import WeightNode, leaf_weights

unhurried = settings(deadline=None)
"""On a busy machine a slow example is not a fault."""


def matrix(rows: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
    return np.array(rows, dtype=np.int64)


def make_cells(
    point: Sequence[Sequence[Any]] | NDArray[Any],
    *,
    low: Any = None,
    high: Any = None,
    known: Any = None,
    verified: Any = None,
    strength: Any = None,
    state: Any = None,
) -> Cells:
    """Cells in ppm; what is left out is exact, fully known, verified and strong."""
    values = matrix(point)
    full = np.full(values.shape, PPM, dtype=np.int64)
    states = np.full(values.shape, CellState.KNOWN, dtype=np.uint8) if state is None else state
    shares = full if known is None else matrix(known)
    return Cells(
        low=values if low is None else matrix(low),
        point=values,
        high=values if high is None else matrix(high),
        known=shares,
        verified=shares if verified is None else matrix(verified),
        strength=full if strength is None else matrix(strength),
        state=np.array(states, dtype=np.uint8),
    )


def answer(candidates: Sequence[Sequence[tuple[str, int]]], policy: MissingPolicy) -> Cells:
    """Cells from (state, value ppm) pairs: known, claimed (half-width .30 downward), unknown, refused, overdue."""
    fallback = 500_000 if policy is MissingPolicy.NEUTRAL else 0
    columns: dict[str, list[list[int]]] = {
        name: [] for name in ("low", "point", "high", "known", "sure", "state")
    }
    for row in candidates:
        cells = [_one(kind, value, policy, fallback) for kind, value in row]
        for name, numbers in zip(columns, zip(*cells, strict=True), strict=True):
            columns[name].append(list(numbers))
    return make_cells(
        columns["point"],
        low=columns["low"],
        high=columns["high"],
        known=columns["known"],
        verified=columns["sure"],
        state=columns["state"],
    )


def _one(kind: str, value: int, policy: MissingPolicy, fallback: int) -> tuple[int, ...]:
    if kind == "known":
        return value, value, value, PPM, PPM, CellState.KNOWN
    if kind == "claimed":
        low = max(0, value - 300_000)
        point = low if policy is MissingPolicy.CONSERVATIVE else (low + value) // 2
        return low, point, value, PPM, 0, CellState.KNOWN
    if kind == "unknown":
        return 0, fallback, PPM, 0, 0, CellState.UNKNOWN
    return 0, 0, PPM, 0, 0, CellState.REFUSED if kind == "refused" else CellState.OVERDUE


def equal_weights(leaves: int) -> NDArray[np.int64]:
    tree = WeightNode("tree", 1, tuple(WeightNode(f"L{i}", 1) for i in range(leaves)))
    return leaf_weights(tree).ppb


def weights_of(points: Sequence[int]) -> NDArray[np.int64]:
    tree = WeightNode("tree", 1, tuple(WeightNode(f"L{i}", p) for i, p in enumerate(points)))
    return leaf_weights(tree).ppb


def score(
    cells: Cells,
    weights: NDArray[np.int64] | None = None,
    groups: Sequence[int] | None = None,
    policy: MissingPolicy = MissingPolicy.NEUTRAL,
) -> Aggregate:
    leaves = cells.low.shape[1]
    used = equal_weights(leaves) if weights is None else weights
    return aggregate(cells, used, [0] * leaves if groups is None else groups, policy=policy)


def rank(scores: Aggregate, stage: Stage = Stage.SCREEN, gated: Sequence[bool] | None = None) -> Ranking:
    out = [False] * len(scores.numerator) if gated is None else gated
    return rank_candidates(scores, thresholds=STAGE_THRESHOLDS[stage], gated=np.array(out, dtype=np.bool_))
