"""Second opinions beside the ranking: TOPSIS on fixed ideal points, PROMETHEE II, and how far orders agree.

They never replace the rank. Both read the same values and weights as the score.

TOPSIS (Hwang & Yoon 1981) measures how far a candidate lies from the ideal and from the worst possible vendor. Here
these are the two ends of the value scale, 1 and 0 on every criterion, never the best and worst of the list, so that
adding a vendor moves nobody else. PROMETHEE II (Brans & Vincke 1985) compares every two candidates criterion by
criterion; it is made of comparisons, so a vendor added to the list can move the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.cells import Cells, Int64Array, MissingPolicy
from scorecards.engine.exact import PPB, PPM, EngineError

FloatArray = NDArray[np.float64]

CLOSENESS_UNITS = 10**12
"""A closeness is kept in whole units of 1e-12, far above the noise of a square root: equal candidates are true ties."""


@dataclass(frozen=True, slots=True)
class Preference:
    """How much better counts, in ppm of the value scale: up to `indifference` not at all, from `strict` on fully.

    Between the two in proportion (type V, "linear with indifference"); equal thresholds make it a step.
    """

    indifference: int
    strict: int

    def __post_init__(self) -> None:
        if not 0 <= self.indifference <= self.strict:
            raise EngineError("preference", "needs 0 <= indifference <= strict preference")


DEFAULT_PREFERENCE = Preference(indifference=50_000, strict=200_000)
"""5 points do not matter; 20 points, one level of a rubric, are a full preference. A judgement, printed with the figures."""


def values_for_opinions(cells: Cells, policy: MissingPolicy) -> Int64Array:
    """The values (n x m, ppm) that both methods read: the points of the ranking.

    Under known_only a score leaves unknown parts out, which neither method can; they count half there.
    """
    if policy is not MissingPolicy.KNOWN_ONLY:
        return cells.point
    weighed = cells.weighed
    return np.asarray((cells.point * weighed + (PPM - weighed) * (PPM // 2)) // PPM, dtype=np.int64)


def topsis_closeness(
    values: FloatArray,
    weights: FloatArray,
    *,
    ideal: float | FloatArray = 1.0,
    worst: float | FloatArray = 0.0,
) -> Int64Array:
    """Closeness to the ideal, d_worst ÷ (d_ideal + d_worst) with weighted Euclidean distances, in units of 1e-12.

    `values` are n x m; `ideal` and `worst` are points of the scale, by default its two ends. Raises EngineError for
    shapes that do not fit and where ideal and worst are the same point.
    """
    if values.ndim != 2 or weights.shape != (values.shape[1],):
        raise EngineError("weights", "must be one per criterion")
    to_ideal, to_worst = _distance(values, ideal, weights), _distance(values, worst, weights)
    both = to_ideal + to_worst
    if (both <= 0).any():
        raise EngineError("ideal", "must differ from the worst point where there is a weight")
    return np.asarray(np.rint(to_worst / both * CLOSENESS_UNITS), dtype=np.int64)


def _distance(values: FloatArray, point: float | FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt((((values - point) * weights) ** 2).sum(axis=1)), dtype=np.float64)


def criterion_flow(column: Int64Array, preference: Preference) -> Int64Array:
    """Net flow of one criterion: the sum over the others of "preferred to" less "preferred by".

    Exact integers, in units of 1 ÷ `preference_span(preference)`. By sorting, O(n log n): 5 000 candidates are not
    25 million pairs.
    """
    ordered = np.sort(column)
    below = np.concatenate([[0], np.cumsum(ordered)])
    low, high = preference.indifference, preference.strict
    if low == high:
        beaten = np.searchsorted(ordered, column - low, side="left")
        beating = len(column) - np.searchsorted(ordered, column + low, side="right")
        return np.asarray(beaten - beating, dtype=np.int64)

    def above(limit: Int64Array) -> Int64Array:
        """Sum of max(0, limit - other) over all candidates."""
        count = np.searchsorted(ordered, limit, side="left")
        return np.asarray(limit * count - below[count], dtype=np.int64)

    def under(limit: Int64Array) -> Int64Array:
        """Sum of max(0, other - limit) over all candidates."""
        count = np.searchsorted(ordered, limit, side="right")
        return np.asarray(below[-1] - below[count] - limit * (len(column) - count), dtype=np.int64)

    preferred = above(column - low) - above(column - high)
    return preferred - (under(column + low) - under(column + high))


def preference_span(preference: Preference) -> int:
    """What a full preference is worth in the units of `criterion_flow`."""
    return max(preference.strict - preference.indifference, 1)


@dataclass(frozen=True, slots=True, eq=False)
class NetFlows:
    """Net flows as exact integers: `numerator` ÷ `denominator` lies between -1 and 1."""

    numerator: Int64Array
    denominator: int


def promethee_net_flows(
    values: Int64Array, weights: Int64Array, preference: Preference = DEFAULT_PREFERENCE
) -> NetFlows:
    """PROMETHEE II: the weighted mean over criteria and other candidates of preferred less preferred by.

    `values` n x m and `weights` m, both int64 (ppb weights sum to 1e9). With fewer than two candidates every flow is
    0. Raises EngineError for shapes that do not fit, and for sums that int64 cannot hold.
    """
    if values.ndim != 2 or weights.shape != (values.shape[1],):
        raise EngineError("weights", "must be one per criterion")
    n, span = len(values), preference_span(preference)
    total = int(weights.sum())
    if total * span * max(n, 1) >= 2**63:
        raise EngineError("values", "are too many to compare two by two")
    flows = np.zeros(n, dtype=np.int64)
    for column, weight in enumerate(weights.tolist()):
        if weight:
            flows += weight * criterion_flow(values[:, column], preference)
    return NetFlows(flows, total * span * max(n - 1, 1))


@dataclass(frozen=True, slots=True)
class OrderAgreement:
    """How far two orders agree, each from -1 (reversed) to 1 (the same); None where an order has no differences."""

    spearman: float | None
    kendall: float | None


def order_agreement(first: Int64Array, second: Int64Array) -> OrderAgreement:
    """Spearman's rho (ties share the mean of their places) and Kendall's tau-b of two rankings of the same candidates."""
    if first.shape != second.shape or first.ndim != 1:
        raise EngineError("ranks", "must be two rankings of the same candidates")
    if len(first) < 2 or len(np.unique(first)) == 1 or len(np.unique(second)) == 1:
        return OrderAgreement(None, None)
    a, b = _mean_places(first), _mean_places(second)
    a, b = a - a.mean(), b - b.mean()
    rho = float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))
    return OrderAgreement(min(max(rho, -1.0), 1.0), _kendall(first, second))


def _mean_places(ranks: Int64Array) -> FloatArray:
    ordered = np.sort(ranks)
    left, right = (np.searchsorted(ordered, ranks, side=side) for side in ("left", "right"))
    return np.asarray((left + right + 1) / 2, dtype=np.float64)


def _kendall(first: Int64Array, second: Int64Array) -> float:
    """Tau-b, without going through all pairs: pairs in the other order are the inversions once sorted by the first."""
    pairs = len(first) * (len(first) - 1) // 2
    tied_first, tied_second = _tied_pairs(first), _tied_pairs(second)
    tied_both = _tied_pairs(first * (int(second.max()) + 1) + second)
    reversed_pairs = _inversions(second[np.lexsort((second, first))])
    concordance = pairs - tied_first - tied_second + tied_both - 2 * reversed_pairs
    return float(concordance / np.sqrt(float(pairs - tied_first) * float(pairs - tied_second)))


def _tied_pairs(ranks: Int64Array) -> int:
    counts = np.unique(ranks, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _inversions(values: Int64Array) -> int:
    """How many pairs have the greater value first: half against half of blocks that double, as a merge sort meets them."""
    places, found, width = np.arange(len(values)), 0, 1
    while width < len(values):
        block, left = places // (2 * width), places % (2 * width) < width
        order = np.lexsort((~left, values, block))
        lefts = np.cumsum(left[order])
        # in a block, a later value is passed by the earlier ones that are greater: all of its left half but those before it
        whole = np.cumsum(np.bincount(block, weights=left).astype(np.int64))
        found += int((whole[block[order]] - lefts)[~left[order]].sum())
        width *= 2
    return found


def weight_shares(weights: Int64Array) -> FloatArray:
    """Leaf weights in ppb as shares of the whole."""
    return np.asarray(weights / PPB, dtype=np.float64)
