"""Weights: from points on a tree to integer leaf weights that sum to exactly one billion.

A weight is a swing weight: the worth of going from worst to best on the stated scale. Points are normalised
among siblings and multiplied down the tree with exact fractions; only the leaves are rounded, together, by
largest remainder. What is not applicable hands its weight to its siblings in proportion, and a group with
nothing left to weigh hands it to the other groups.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.exact import PPB, EngineError, Number, exact, largest_remainder

NOTHING = Fraction(0)


class WeightError(EngineError):
    """Weights that cannot be used; `name` is the criterion at fault."""


@dataclass(frozen=True, slots=True)
class WeightNode:
    """A criterion with its points among its siblings. Without children it is a leaf."""

    code: str
    points: Number
    children: tuple["WeightNode", ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LeafWeights:
    """The leaf weights of a scorecard, in the order of the tree.

    `ppb` are int64 that sum to exactly 1 000 000 000; 0 for leaves without weight or not applicable.
    `local` is each criterion's exact share among its applicable siblings, `overall` its exact share of the
    whole, both for groups and leaves by code.
    """

    codes: tuple[str, ...]
    ppb: NDArray[np.int64]
    local: Mapping[str, Fraction]
    overall: Mapping[str, Fraction]

    def percentages(self) -> dict[str, str]:
        """Leaf weights for display, one decimal, summing to 100.0."""
        shown = display_percentages([self.overall[code] for code in self.codes])
        return dict(zip(self.codes, shown, strict=True))


def leaf_weights(tree: WeightNode, *, not_applicable: Collection[str] = ()) -> LeafWeights:
    """Normalise a tree of points down to its leaves, leaving out those not applicable.

    Raises WeightError, naming the criterion, for points that are negative, NaN or infinite, for siblings that
    are all 0, for a code used twice, for an unknown code in `not_applicable`, and when nothing is left.
    """
    codes = tuple(_leaf_codes(tree))
    _check_codes(tree, codes, not_applicable)
    _check_points(tree)
    local: dict[str, Fraction] = {}
    overall: dict[str, Fraction] = {}
    if not _weighs(tree, frozenset(not_applicable)):
        raise WeightError(tree.code, "no criterion with a weight is applicable")
    _spread(tree, Fraction(1), frozenset(not_applicable), local, overall)
    ppb = largest_remainder([overall[code] for code in codes], PPB)
    return LeafWeights(codes, np.array(ppb, dtype=np.int64), local, overall)


def weighted_leaves(tree: WeightNode) -> tuple[str, ...]:
    """The leaves that carry weight while everything applies: with points above 0 all the way down."""
    if not tree.children:
        return (tree.code,)
    branches = (child for child in tree.children if exact(child.points, name=child.code) > 0)
    return tuple(code for branch in branches for code in weighted_leaves(branch))


def _leaf_codes(node: WeightNode) -> Iterator[str]:
    if not node.children:
        yield node.code
    for child in node.children:
        yield from _leaf_codes(child)


def _all_codes(node: WeightNode) -> Iterator[str]:
    yield node.code
    for child in node.children:
        yield from _all_codes(child)


def _check_codes(tree: WeightNode, leaves: tuple[str, ...], not_applicable: Collection[str]) -> None:
    seen: set[str] = set()
    for code in _all_codes(tree):
        if code in seen:
            raise WeightError(code, "is in the tree twice")
        seen.add(code)
    for code in not_applicable:
        if code not in leaves:
            raise WeightError(code, "is not a criterion of this tree")


def _check_points(node: WeightNode) -> None:
    if not node.children:
        return
    total = NOTHING
    for child in node.children:
        total += _points(child.points, child.code)
        _check_points(child)
    if total == 0:
        raise WeightError(node.code, "at least one of its criteria needs a weight above 0")


def _points(number: Number, code: str) -> Fraction:
    try:
        points = exact(number, name=code)
    except EngineError as error:
        raise WeightError(code, error.message) from error
    if points < 0:
        raise WeightError(code, "must not be negative")
    return points


def _weighs(node: WeightNode, not_applicable: frozenset[str]) -> bool:
    """Whether anything under the node can carry weight: an applicable leaf with points all the way down."""
    if not node.children:
        return node.code not in not_applicable
    weighted = (child for child in node.children if exact(child.points, name=child.code) > 0)
    return any(_weighs(child, not_applicable) for child in weighted)


def _spread(
    node: WeightNode,
    share: Fraction,
    not_applicable: frozenset[str],
    local: dict[str, Fraction],
    overall: dict[str, Fraction],
) -> None:
    points = {
        child.code: exact(child.points, name=child.code) if _weighs(child, not_applicable) else NOTHING
        for child in node.children
    }
    total = sum(points.values(), NOTHING)
    for child in node.children:
        part = points[child.code] / total if total else NOTHING
        local[child.code] = part
        overall[child.code] = share * part
        _spread(child, share * part, not_applicable, local, overall)


def normalise(points: Mapping[str, Number]) -> dict[str, Fraction]:
    """Direct points among siblings as exact shares that sum to 1. Raises WeightError naming the criterion."""
    exact_points = {code: _points(number, code) for code, number in points.items()}
    total = sum(exact_points.values(), NOTHING)
    if total == 0:
        raise WeightError(", ".join(points) or "weights", "at least one needs a weight above 0")
    return {code: number / total for code, number in exact_points.items()}


def swing_weights(swings: Mapping[str, Number]) -> dict[str, Fraction]:
    """Worst-to-best comparison: 100 for the most valuable swing, the others in proportion to it.

    Raises WeightError for a swing above 100, or when none is 100 (the scale would have no anchor).
    """
    shares = normalise(swings)
    for code, swing in swings.items():
        if exact(swing, name=code) > 100:
            raise WeightError(code, "a swing is at most 100, the most valuable one")
    if all(exact(swing, name=code) != 100 for code, swing in swings.items()):
        raise WeightError(", ".join(swings), "the most valuable swing must be 100")
    return shares


def rank_order_centroid(order: Sequence[Sequence[str]]) -> dict[str, Fraction]:
    """Weights from an order, most important first: w_i = (1/n) x sum of 1/k for k = i..n.

    The centre of all weights that keep the order (Barron & Barrett 1996). Criteria named in one step are
    equally important and share the mean of their places. Raises WeightError for an empty step or a criterion
    named twice.
    """
    codes = [code for step in order for code in step]
    if not codes or any(not step for step in order):
        raise WeightError("order", "needs at least one criterion in every step")
    for code in codes:
        if codes.count(code) > 1:
            raise WeightError(code, "is in the order twice")
    n = len(codes)
    by_place = [sum((Fraction(1, k) for k in range(place, n + 1)), NOTHING) / n for place in range(1, n + 1)]
    weights: dict[str, Fraction] = {}
    first = 0
    for step in order:
        mean = sum(by_place[first : first + len(step)], NOTHING) / len(step)
        weights.update(dict.fromkeys(step, mean))
        first += len(step)
    return weights


def display_percentages(shares: Sequence[Fraction]) -> list[str]:
    """Shares that sum to 1 as percentages with one decimal that sum to 100.0, by largest remainder."""
    if sum(shares, NOTHING) != 1:
        raise WeightError("weights", "the shares must sum to 1")
    return [f"{tenths // 10}.{tenths % 10}" for tenths in largest_remainder(list(shares), 1000)]
