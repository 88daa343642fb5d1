"""Why one score is higher than another: exact differences criterion by criterion, what decides, who dominates whom.

A score is taken apart into *terms*, one per leaf, that sum to the difference of two scores exactly. Where both scores
rest on the same weights a term is `w (v_a - v_b)`. Where they do not (known_only, or weights that changed) each leaf
weighs `e / D`, its part of what the score rests on, and a term is

    e_a/D_a (v_a - s) - e_b/D_b (v_b - s),    s = the middle of the two scores.

Since the parts of each score sum to 1, `s` cancels in the sum: the terms add up to the difference whatever `s` is, and
with the middle a leaf that only one of the two rests on counts by how far it lies from the level of both. A leaf that
neither rests on counts nothing. With equal weights the formula is the first one. Everything is in whole numbers over
one common denominator, so that sums are exact and nothing is rounded before it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from scorecards.engine.cells import BoolArray, Cells, CellState, Int64Array, MissingPolicy
from scorecards.engine.exact import PPM, EngineError

STRONG, WEAK = 750_000, 400_000
"""A strength has at least this value, a gap at most that one (ppm); never a comparison with the other candidates."""


class ExplainError(EngineError):
    """Something that cannot be explained; `name` says what."""


@dataclass(frozen=True, slots=True)
class Account:
    """One candidate's score as its leaves make it up, all in the order of the leaves.

    `whole` are the leaf weights (ppb), `weights` what of them the score rests on: the known share under known_only,
    all of it otherwise. `values` are points in ppm, `low` and `high` the interval, `known` the share that is known (or
    known to be refused, where that is told).
    """

    whole: tuple[int, ...]
    weights: tuple[int, ...]
    values: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    known: tuple[int, ...]
    states: tuple[int, ...]

    @property
    def numerator(self) -> int:
        """The score in units of 1e-15 over `denominator`: as published."""
        return sum(weight * value for weight, value in zip(self.weights, self.values, strict=True))

    @property
    def denominator(self) -> int:
        """The weight the score rests on, ppb."""
        return sum(self.weights)

    @property
    def has_score(self) -> bool:
        """Whether anything that weighs is known at all."""
        known = any(weight * share for weight, share in zip(self.whole, self.known, strict=True))
        return known and self.denominator > 0

    @property
    def score(self) -> Fraction:
        """The score as an exact share of 1. Raises ExplainError when nothing is known."""
        if not self.has_score:
            raise ExplainError("score", "nothing is known of it")
        return Fraction(self.numerator, self.denominator * PPM)


def account(cells: Cells, row: int, weights: Int64Array, *, policy: MissingPolicy) -> Account:
    """Take one candidate's row of cells apart under these leaf weights (ppb)."""
    whole = [int(weight) for weight in weights]
    rests_on = whole
    if policy is MissingPolicy.KNOWN_ONLY:
        shares = cells.weighed[row].tolist()
        rests_on = [round(Fraction(weight * share, PPM)) for weight, share in zip(whole, shares, strict=True)]
    return Account(
        whole=tuple(whole), weights=tuple(rests_on), values=tuple(cells.point[row].tolist()), low=tuple(cells.low[row].tolist()),
        high=tuple(cells.high[row].tolist()), known=tuple(cells.answered[row].tolist()), states=tuple(cells.state[row].tolist()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """What one leaf adds to a difference, over the waterfall's denominator.

    `low` and `high` bound it where something of the leaf is unknown on either side: in units of 1e-15 of the whole
    weight, from the ends of the intervals. None where everything is known.
    """

    leaf: int
    amount: int
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The terms of a difference, the largest first; their amounts sum to `difference` exactly.

    An amount over `denominator` is a share of the whole scale: 1 is 100 points. `low` and `high` are the least and the
    largest difference that the intervals of the leaves allow, in units of 1e-15.
    """

    terms: tuple[Term, ...]
    difference: int
    denominator: int
    low: int
    high: int

    @property
    def exact(self) -> Fraction:
        """The difference as an exact share of the scale."""
        return Fraction(self.difference, self.denominator)

    def share(self, term: Term) -> Fraction:
        """A term as an exact share of the scale."""
        return Fraction(term.amount, self.denominator)


def waterfall(first: Account, second: Account) -> Waterfall:
    """Split `first` minus `second` into the leaves that make it up. Raises ExplainError when one has no score."""
    for side in (first, second):
        if not side.has_score:
            raise ExplainError("score", "nothing is known of it")
    amounts, denominator = _amounts(first, second)
    terms = [Term(leaf, amount, *_bounds(first, second, leaf)) for leaf, amount in enumerate(amounts)]
    lows = sum(w * a for w, a in zip(first.whole, first.low, strict=True)) - sum(
        w * b for w, b in zip(second.whole, second.high, strict=True)
    )
    highs = sum(w * a for w, a in zip(first.whole, first.high, strict=True)) - sum(
        w * b for w, b in zip(second.whole, second.low, strict=True)
    )
    terms.sort(key=lambda term: (-abs(term.amount), term.leaf))
    return Waterfall(tuple(terms), sum(amounts), denominator, lows, highs)


def _amounts(first: Account, second: Account) -> tuple[list[int], int]:
    """Each leaf's amount, and the denominator of all."""
    if first.weights == second.weights:
        pairs = zip(first.weights, first.values, second.values, strict=True)
        return [weight * (a - b) for weight, a, b in pairs], first.denominator * PPM
    d_first, d_second = first.denominator, second.denominator
    middle = first.numerator * d_second + second.numerator * d_first  # over 2 d_first d_second
    amounts = [
        2 * d_first * d_second * (wa * a * d_second - wb * b * d_first)
        - middle * (wa * d_second - wb * d_first)
        for wa, a, wb, b in zip(first.weights, first.values, second.weights, second.values, strict=True)
    ]
    return amounts, 2 * (d_first * d_second) ** 2 * PPM


def _bounds(first: Account, second: Account, leaf: int) -> tuple[int, int] | tuple[None, None]:
    whole_a, whole_b = first.whole[leaf], second.whole[leaf]
    open_a = whole_a and first.known[leaf] < PPM
    open_b = whole_b and second.known[leaf] < PPM
    if not (open_a or open_b):
        return None, None
    return (
        whole_a * first.low[leaf] - whole_b * second.high[leaf],
        whole_a * first.high[leaf] - whole_b * second.low[leaf],
    )


def deciding(found: Waterfall) -> tuple[Term, ...]:
    """The smallest set of leaves that carries the lead: without them the leader would not be ahead.

    The largest terms in the leader's favour, until they make up the whole difference. Empty when there is no lead.
    """
    sign = (found.difference > 0) - (found.difference < 0)
    in_favour = sorted(
        (term for term in found.terms if term.amount * sign > 0),
        key=lambda term: (-term.amount * sign, term.leaf),
    )
    chosen: list[Term] = []
    carried = 0
    for term in in_favour:
        if carried >= found.difference * sign:
            break
        chosen.append(term)
        carried += term.amount * sign
    return tuple(chosen)


@dataclass(frozen=True, slots=True)
class Point:
    """A leaf and what it stands for in a list of strengths, gaps or unknowns: amount in units of 1e-15."""

    leaf: int
    amount: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What speaks for a candidate, what against it, and what is not known, each with the weightiest first."""

    strengths: tuple[Point, ...]
    gaps: tuple[Point, ...]
    unknowns: tuple[Point, ...]


def outline(one: Account) -> Outline:
    """Strengths: known and worth 75 or more, by what they contribute. Gaps: 40 or less or refused, by what they lose.
    Unknowns: by the weight that is open. Leaves without weight are left out."""
    strengths, gaps, unknowns = [], [], []
    for leaf, (weight, value, known) in enumerate(zip(one.whole, one.values, one.known, strict=True)):
        state = one.states[leaf]
        if not weight or state == CellState.NOT_APPLICABLE:
            continue
        silent = state in (CellState.REFUSED, CellState.OVERDUE)
        if state == CellState.KNOWN and value >= STRONG:
            strengths.append(Point(leaf, weight * value))
        if silent or (state == CellState.KNOWN and value <= WEAK):
            gaps.append(Point(leaf, weight * (PPM - value)))
        if not silent and known < PPM:
            unknowns.append(Point(leaf, weight * (PPM - known)))
    return Outline(
        *(tuple(sorted(points, key=lambda p: (-p.amount, p.leaf))) for points in (strengths, gaps, unknowns))
    )


def dominance(values: Int64Array) -> tuple[BoolArray, BoolArray]:
    """Who dominates whom (n x n, row over column): at least as good everywhere and better somewhere; better everywhere.

    `values` are candidates x leaves, more is better; leave out columns that do not weigh.
    """
    at_least = (values[:, None, :] >= values[None, :, :]).all(axis=2)
    above = values[:, None, :] > values[None, :, :]
    return np.asarray(at_least & above.any(axis=2)), np.asarray(above.all(axis=2))


def dominance_under_order(values: Int64Array, weights: Int64Array) -> BoolArray:
    """Who is ahead of whom under every set of weights that keeps the stated order of the weights (n x n).

    Weights that keep the order `w_1 >= w_2 >= ...` are mixtures of (1, 0, 0 ..), (1, 1, 0 ..), ..: one is never behind
    exactly when it is never behind in any sum over the k weightiest leaves, and ahead when it is ahead in one. Leaves
    stated as equal stay equal; those without weight are left out.
    """
    weighted = np.flatnonzero(weights > 0)
    order = weighted[np.argsort(-weights[weighted], kind="stable")]
    steps = weights[order]
    ends = np.flatnonzero(np.append(steps[1:] != steps[:-1], True))
    sums = np.cumsum(values[:, order], axis=1, dtype=np.int64)[:, ends]
    return dominance(sums)[0]


def surely_dominates(low: Int64Array, high: Int64Array) -> BoolArray:
    """Who is at least as good as whom on every leaf and better on one, wherever the values lie (n x n).

    The least of the row must reach the most of the column: what is unknown speaks for nobody.
    """
    at_least = (low[:, None, :] >= high[None, :, :]).all(axis=2)
    ahead = (low[:, None, :] > high[None, :, :]).any(axis=2)
    return np.asarray(at_least & ahead)


def pareto_front(costs: Sequence[int | Fraction], worths: Sequence[int | Fraction]) -> tuple[int, ...]:
    """Those to whom nobody is both at most as dear and at least as good, and one of them strictly; in the given order.

    Raises ExplainError unless everybody has both.
    """
    if len(costs) != len(worths):
        raise ExplainError("costs", "everybody needs a cost and a worth")
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -worths[i]))
    found: set[int] = set()
    best: int | Fraction | None = None
    at = 0
    while at < len(order):
        same = [i for i in order[at:] if costs[i] == costs[order[at]]]
        top = worths[same[0]]
        if best is None or top > best:
            found.update(i for i in same if worths[i] == top)
            best = top
        at += len(same)
    return tuple(i for i in range(len(costs)) if i in found)
