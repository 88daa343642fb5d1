"""Scores from cells and weights: exact integers, the same in any order, batch or machine.

A value is at most 1e6 and the leaf weights sum to 1e9, so every product and every partial sum is an integer
of at most 1e15, below 2**53. Held in float64 a matrix product is therefore exact whatever the order of
summation, and goes at the speed of BLAS; the result is kept as int64.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.cells import BoolArray, Cells, CellState, Int64Array, MissingPolicy
from scorecards.engine.exact import EXACT_ONE, PPB, PPM, EngineError

FloatArray = NDArray[np.float64]


class AggregateError(EngineError):
    """Weights and cells that do not belong together."""


class Stage(StrEnum):
    """How far a decision has come; later stages ask for more evidence before anything is ranked."""

    SCREEN = "screen"
    SHORTLIST = "shortlist"
    AWARD = "award"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least coverage and verified coverage, in ppm of the weight, with which a candidate is ranked."""

    coverage: int
    verified: int


STAGE_THRESHOLDS = {
    Stage.SCREEN: Thresholds(0, 0),
    Stage.SHORTLIST: Thresholds(600_000, 0),
    Stage.AWARD: Thresholds(800_000, 600_000),
}


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """Scores of n candidates over g groups, all int64.

    A score is `numerator` ÷ `denominator`, a value in ppm; the denominator is the leaf weight it rests on, in
    ppb: 1 000 000 000 except under known_only. `low`, `high`, `coverage`, `verified` and `strength` are in
    units of 1e-15 of the whole weight. `has_score` is False where nothing at all is known: the score is then
    null and the interval 0 to 100.

    Groups (n x g, in the order of the groups): a group's score is `group_numerator` ÷ `group_denominator`
    (null where that is 0), its contribution `group_numerator` over the *candidate's* denominator, so that
    contributions sum to the score exactly; `group_known` ÷ (`group_weight` x 1e6) is its coverage.
    """

    policy: MissingPolicy
    numerator: Int64Array
    denominator: Int64Array
    low: Int64Array
    high: Int64Array
    has_score: BoolArray
    coverage: Int64Array
    verified: Int64Array
    strength: Int64Array
    group_weight: Int64Array
    group_numerator: Int64Array
    group_denominator: Int64Array
    group_known: Int64Array

    @property
    def key(self) -> Int64Array | FloatArray:
        """What is ranked: the integer score, or under known_only one IEEE division of two exact integers.

        NaN never arises: a candidate without a score has key 0 (and is not eligible for a rank).
        """
        if self.policy is not MissingPolicy.KNOWN_ONLY:
            return self.numerator
        quotient = np.zeros(len(self.numerator), dtype=np.float64)
        np.divide(self.numerator, self.denominator, out=quotient, where=self.has_score)
        return quotient


def aggregate(
    cells: Cells, weights: Int64Array, groups: Sequence[int], *, policy: MissingPolicy
) -> Aggregate:
    """Add up the cells of n candidates on m leaves.

    `weights` are m int64 in ppb that sum to exactly 1 000 000 000; `groups` gives each leaf the number of its
    group, 0 upward. Raises AggregateError when shapes or sums do not fit, or when a leaf with weight is not
    applicable for some candidate (that is decided per scorecard, before the weights are).
    """
    membership = _membership(cells, weights, groups)
    weighted = membership * weights[:, None].astype(np.float64)
    total = np.ascontiguousarray(weighted[:, :1])
    scratch = np.empty(cells.low.shape, dtype=np.float64)
    known = _product(cells.known, weighted, scratch)
    low, high = _product(cells.low, total, scratch)[:, 0], _product(cells.high, total, scratch)[:, 0]
    if policy is MissingPolicy.KNOWN_ONLY:
        numerators, denominators = _known_only(cells, weights, membership, scratch)
        low, high = _widened(low, high, numerators[:, 0], denominators[:, 0])
    else:
        numerators = _product(cells.point, weighted, scratch)
        denominators = np.broadcast_to(_exact_int(weighted.sum(axis=0)), numerators.shape)
    has_score = (known[:, 0] > 0) & (denominators[:, 0] > 0)
    return Aggregate(
        policy=policy,
        numerator=np.where(has_score, numerators[:, 0], 0),
        denominator=np.ascontiguousarray(denominators[:, 0]),
        low=np.where(has_score, low, 0),
        high=np.where(has_score, high, EXACT_ONE),
        has_score=has_score,
        coverage=np.ascontiguousarray(known[:, 0]),
        verified=_product(cells.verified, total, scratch)[:, 0],
        strength=_product(cells.strength, total, scratch)[:, 0],
        group_weight=_exact_int(weighted[:, 1:].sum(axis=0)),
        group_numerator=numerators[:, 1:],
        group_denominator=denominators[:, 1:],
        group_known=known[:, 1:],
    )


BLOCK = 512  # candidates: what is unpacked of them (3 KB each) stays in the cache and takes little memory


def aggregate_packed(
    rows: NDArray[np.void],
    weights: Int64Array,
    groups: Sequence[int],
    *,
    policy: MissingPolicy,
    block: int = BLOCK,
) -> Aggregate:
    """`aggregate` of an array of `packed_type`, unpacked a block of candidates at a time.

    Raises CellError (its candidate counted from the first of a block) and AggregateError as `aggregate` does.
    """
    parts = [
        aggregate(Cells.of_packed(rows[start : start + block]), weights, groups, policy=policy)
        for start in range(0, max(len(rows), 1), block)
    ]
    arrays = {field.name: [getattr(part, field.name) for part in parts] for field in fields(Aggregate)}
    del arrays["policy"], arrays["group_weight"]
    joined = {name: np.concatenate(pieces) for name, pieces in arrays.items()}
    return Aggregate(policy=policy, group_weight=parts[0].group_weight, **joined)


def _membership(cells: Cells, weights: Int64Array, groups: Sequence[int]) -> FloatArray:
    """0/1 matrix, leaves x (1 + groups): the first column is the whole tree, then one per group."""
    leaves = cells.low.shape[1]
    if weights.shape != (leaves,) or weights.dtype != np.int64 or len(groups) != leaves:
        raise AggregateError("weights", f"must be {leaves} int64, one per leaf, each with its group")
    if (weights < 0).any() or int(weights.sum()) != PPB:
        raise AggregateError("weights", "must be 0 or more and sum to exactly 1 000 000 000 ppb")
    if min(groups) < 0:
        raise AggregateError("groups", "are numbered from 0")
    not_applicable = cells.state == CellState.NOT_APPLICABLE
    if not_applicable.any() and (wrong := not_applicable.any(axis=0) & (weights > 0)).any():
        raise AggregateError(f"leaf {int(np.argmax(wrong))}", "has a weight but is not applicable")
    membership = np.zeros((leaves, 2 + max(groups)), dtype=np.float64)
    membership[:, 0] = 1
    membership[np.arange(leaves), np.asarray(groups) + 1] = 1
    return membership


def _exact_int(numbers: FloatArray) -> Int64Array:
    return numbers.astype(np.int64)


def _product(values: Int64Array, weighted: FloatArray, scratch: FloatArray) -> Int64Array:
    """values (n x m) times weights (m x k), exact because every partial sum is an integer below 2**53.

    `scratch` (n x m) takes the values as float64: one buffer for all products keeps memory and time down.
    """
    np.copyto(scratch, values)
    return _exact_int(scratch @ weighted)


def _known_only(
    cells: Cells, weights: Int64Array, membership: FloatArray, scratch: FloatArray
) -> tuple[Int64Array, Int64Array]:
    """Numerators and denominators when each leaf weighs its weight x `weighed` share, in whole ppb, half to even.

    A refused or overdue cell keeps its full weight with value 0, a refused part its own: silence must not pay. The product is an
    exact integer up to 1e15; divided by 1e6 it lies below 2**30, where float64 is finer than the 1e-6 that
    separate two quotients, so rounding the quotient rounds the exact one.
    """
    np.copyto(scratch, cells.weighed)
    scratch *= weights
    scratch /= PPM
    np.rint(scratch, out=scratch)
    denominators = _exact_int(scratch @ membership)
    scratch *= cells.point
    return _exact_int(scratch @ membership), denominators


def _widened(
    low: Int64Array, high: Int64Array, numerators: Int64Array, denominators: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """The interval, stretched where a score renormalised over the known weight would fall outside it.

    Only leaves that do not add up linearly over their parts (a worst line) can do that. The score in units of
    1e-15 is numerator x 1e9 ÷ denominator; the whole part is split off first so that int64 suffices.
    """
    safe = np.maximum(denominators, 1)
    whole, rest = np.divmod(numerators, safe)
    part, more = np.divmod(rest * PPB, safe)
    floor = whole * PPB + part
    return np.minimum(low, floor), np.maximum(high, floor + (more > 0))


def insufficient_evidence(scores: Aggregate, thresholds: Thresholds) -> BoolArray:
    """Which candidates know too little to be ranked: below a threshold, or nothing known at all."""
    return np.asarray(
        ~scores.has_score
        | (scores.coverage < thresholds.coverage * PPB)
        | (scores.verified < thresholds.verified * PPB)
    )
