"""How firm a ranking is against its weights and single values: exact, in closed form.

One criterion (or group) gets the weight t, all the others are scaled by (1 - t) / (1 - w). Inside a group its own criteria
keep their proportions. Where scores rest on the whole weight each is then a straight line in t; where each rests only on
what is known of it (known_only), a ratio of two lines. Both are compared without rounding (`engine.crossings`). What is
moved is the real weight: the rounding of leaf weights to whole ppb when they are saved is not part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from scorecards.engine.cells import Cells, Int64Array, MissingPolicy
from scorecards.engine.crossings import Differences, Polynomial
from scorecards.engine.exact import PPB, PPM, EngineError

NONE, ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True, eq=False)
class Terms:
    """What each cell adds: contribution (n x m, 1e-15) over what it weighs (n x m, ppb), and the leaf weights (ppb).

    Rows are the ranked candidates only: who fails a must-have or knows too little takes no place and loses none.
    """

    contributions: Int64Array
    weighs: Int64Array
    weights: Int64Array
    known: Int64Array
    values: Int64Array
    policy: MissingPolicy

    @cached_property
    def totals(self) -> tuple[Int64Array, Int64Array]:
        """Numerators and denominators of the scores."""
        return self.contributions.sum(axis=1), self.weighs.sum(axis=1)

    def score(self, row: int) -> Fraction:
        """A score in ppm."""
        over, under = self.totals
        return Fraction(int(over[row]), int(under[row]))


def terms(
    cells: Cells, weights: Int64Array, rows: Sequence[int] | Int64Array, *, policy: MissingPolicy
) -> Terms:
    """The terms of the candidates in `rows` of the cells, in that order. Raises EngineError without any."""
    if not len(rows):
        raise EngineError("candidates", "nobody is ranked")
    chosen = np.asarray(rows, dtype=np.int64)
    values, shares = cells.point[chosen], cells.weighed[chosen]
    weighs = np.broadcast_to(weights, values.shape)
    if policy is MissingPolicy.KNOWN_ONLY:
        # whole ppb, half to even, exactly as the aggregate has it: the product is exact, its quotient finer than a half
        weighs = np.rint(shares.astype(np.float64) * weights / PPM).astype(np.int64)
    else:
        shares = np.full(values.shape, PPM, dtype=np.int64)
    return Terms(values * weighs, weighs, weights, shares, values, policy)


@dataclass(frozen=True, eq=False)
class Lever:
    """A weight that is moved: what the scores have inside it and outside. `now` is the present weight, 0 to 1.

    A score with the weight t is (u inside + v outside) over the same of what is weighed, u = t (1 - now), v = (1 - t) scale
    in ppb. `scale` is the present weight in ppb, or for a criterion that weighs nothing any amount at all.
    """

    weight: int
    scale: int
    inside: Int64Array
    outside: Int64Array
    inside_weighs: Int64Array
    outside_weighs: Int64Array
    proportional: bool

    @property
    def now(self) -> Fraction:
        """The present weight, 0 to 1."""
        return Fraction(self.weight, PPB)

    @property
    def start(self) -> Fraction:
        """The present place on the scale of `crossings`: 1, or 0 for a criterion that weighs nothing."""
        return ALL if self.weight else NONE

    def weight_at(self, rho: Fraction) -> Fraction:
        """The weight that belongs to a place on the scale of `crossings`."""
        part = rho * self.scale
        return part / (PPB - self.weight + part)

    def differences(self, ahead: Int64Array, behind: Int64Array) -> Differences:
        """For each pair of rows: is the one ahead still ahead?"""
        over = self.inside[ahead] - self.inside[behind], self.outside[ahead] - self.outside[behind]
        if self.proportional:
            return Differences(None, over[0], over[1])
        a, b, c, d = (
            part.astype(object)
            for part in (self.inside, self.outside, self.inside_weighs, self.outside_weighs)
        )
        return Differences(
            a[ahead] * c[behind] - a[behind] * c[ahead],
            a[ahead] * d[behind] + b[ahead] * c[behind] - a[behind] * d[ahead] - b[behind] * c[ahead],
            b[ahead] * d[behind] - b[behind] * d[ahead],
        )

    def scores_at(self, weight: Fraction, rows: Sequence[int] | None = None) -> list[Fraction | None]:
        """Every score in ppm at a weight, or those of some rows; None where nothing at all would be weighed."""
        u, v = weight * (PPB - self.weight), (1 - weight) * self.scale
        whole = u.denominator * v.denominator  # whole numbers from here on: one quotient a row
        m, n = int(u * whole), int(v * whole)
        parts = (self.inside, self.outside, self.inside_weighs, self.outside_weighs)
        chosen = parts if rows is None else tuple(part[list(rows)] for part in parts)
        found: list[Fraction | None] = []
        for a, b, c, d in zip(*(part.tolist() for part in chosen), strict=True):
            under = m * c + n * d
            found.append(Fraction(m * a + n * b, under) if under else None)
        return found

    def nearly_best(self, weight: Fraction) -> list[int]:
        """The rows that may have the best score at a weight: the best certainly, and what floats cannot tell from it."""
        u, v = float(weight * (PPB - self.weight)), float((1 - weight) * self.scale)
        over, under = u * self.inside + v * self.outside, u * self.inside_weighs + v * self.outside_weighs
        scores = np.divide(over, under, out=np.full(len(over), -np.inf), where=under > 0)
        best = scores.max()
        if not np.isfinite(best):
            return list(range(len(scores)))
        return np.flatnonzero(scores >= best - BEYOND_FLOATS * max(abs(best), 1.0)).tolist()


BEYOND_FLOATS = 1e-9
"""Scores (ppm) that lie nearer to each other than this part of themselves are compared exactly."""


def lever(given: Terms, columns: Sequence[int]) -> Lever | None:
    """The lever of one leaf or of all leaves of a group.

    None where moving it has no meaning: it carries the whole weight, or is a group without any.
    """
    weight = int(given.weights[list(columns)].sum())
    if weight == PPB or (weight == 0 and len(columns) != 1):
        return None
    inside, weighs = (part[:, list(columns)].sum(axis=1) for part in (given.contributions, given.weighs))
    over, under = given.totals
    outside, rest = over - inside, under - weighs
    scale = weight
    if weight == 0:  # nobody gave it any weight: its value alone says what a weight would do
        column = columns[0]
        weighs, scale = given.known[:, column], PPM
        inside = given.values[:, column] * weighs
    return Lever(
        weight, scale, inside, outside, weighs, rest, given.policy is not MissingPolicy.KNOWN_ONLY
    )  # fmt: skip


@dataclass(frozen=True)
class Flip:
    """A weight (0 to 1) at which places change: `passing` overtake `passed`. Rows of the terms."""

    weight: Fraction
    passed: tuple[int, ...]
    passing: tuple[int, ...]

    def change(self, now: Fraction) -> Fraction | None:
        """The relative change of the present weight that it takes; None where that is 0."""
        return (self.weight - now) / now if now else None


@dataclass(frozen=True)
class Firmness:
    """What moving one weight does: the nearest change of first place, and of any place, below and above the present weight.

    None: it cannot flip on that side, whatever the weight between 0 and 1.
    """

    now: Fraction
    leader_below: Flip | None
    leader_above: Flip | None
    order_below: Flip | None
    order_above: Flip | None

    @property
    def leader_stays(self) -> tuple[Fraction, Fraction]:
        """The weights between which the leader stays first."""
        return _between(self.leader_below, self.leader_above)

    @property
    def order_stays(self) -> tuple[Fraction, Fraction]:
        """The weights between which the whole order stays."""
        return _between(self.order_below, self.order_above)

    @property
    def nearest(self) -> Flip | None:
        """The change of first place that needs the smallest relative change of this weight."""
        flips = [flip for flip in (self.leader_below, self.leader_above) if flip]
        return min(flips, key=lambda flip: abs(flip.weight - self.now), default=None)


def _between(below: Flip | None, above: Flip | None) -> tuple[Fraction, Fraction]:
    return below.weight if below else NONE, above.weight if above else ALL


def firmness(moved: Lever, order: Sequence[int] | Int64Array) -> Firmness:
    """How far one weight can move. `order` are all rows from first to last; the first one is the leader.

    Of several leaders with the same score the one listed first is followed, and any change of weight that puts another
    one alone before it is a flip at the present weight.
    """
    places = np.asarray(order, dtype=np.int64)
    leader, rest = np.full(len(places) - 1, places[0]), places[1:]
    against, steps = moved.differences(leader, rest), moved.differences(places[:-1], rest)
    order_flips = [_flip(moved, steps, places[:-1], rest, below=below) for below in (True, False)]
    tied = _tied_pair(moved, places)
    if tied is not None:  # equal now, not equal elsewhere: any change of the weight parts them
        order_flips = [Flip(moved.now, (tied[0],), (tied[1],))] * 2
    return Firmness(
        moved.now,
        _flip(moved, against, leader, rest, below=True),
        _flip(moved, against, leader, rest, below=False),
        *order_flips,
    )


def _flip(
    moved: Lever, pairs: Differences, ahead: Int64Array, behind: Int64Array, *, below: bool
) -> Flip | None:
    found = pairs.first_loss(moved.start, below=below) if len(pairs) else None
    if found is None:
        return None
    rho, which = found
    return Flip(
        moved.weight_at(rho),
        tuple(dict.fromkeys(int(ahead[pair]) for pair in which)),
        tuple(int(behind[pair]) for pair in which),
    )


def _tied_pair(moved: Lever, places: Int64Array) -> tuple[int, int] | None:
    """Neighbours with the same score now but not everywhere."""
    pairs = moved.differences(places[:-1], places[1:])
    if pairs.q2 is None:
        level = pairs.q1 + pairs.q0 if moved.weight else pairs.q0
        parted = np.asarray((level == 0) & (pairs.q1 != 0))
    else:
        level = pairs.q2 + pairs.q1 + pairs.q0 if moved.weight else pairs.q0
        parted = np.asarray((level == 0) & ((pairs.q1 != 0) | (pairs.q2 != 0) | (pairs.q0 != 0)), dtype=bool)
    found = np.flatnonzero(parted)
    return (int(places[found[0]]), int(places[found[0] + 1])) if len(found) else None


def first_places(moved: Lever) -> list[tuple[Fraction, int]]:
    """Who is first as the weight goes from 0 to 1: (from which weight on, row), along the upper envelope.

    Of several that are equal all the way the first row stands for them.
    """
    rows = np.arange(len(moved.inside))
    place = Fraction(1, FINEST)
    leader = _first_of(moved, moved.weight_at(place), moved.nearly_best(moved.weight_at(place)))
    found = [(NONE, leader)]
    rho = NONE
    while True:
        others = np.delete(rows, leader)
        pairs = moved.differences(np.full(len(others), leader), others)
        loss = pairs.first_loss(rho, below=False) if len(pairs) else None
        if loss is None:
            return found
        rho, which = loss
        passing = [int(others[pair]) for pair in which]
        leader = _first_of(moved, moved.weight_at(rho + place), passing)
        found.append((moved.weight_at(rho), leader))


def _first_of(moved: Lever, weight: Fraction, rows: Sequence[int]) -> int:
    """The row with the best score at a weight; the first of several."""
    scores = dict(zip(rows, moved.scores_at(weight, rows), strict=True))
    return max(rows, key=lambda row: (-1 if scores[row] is None else scores[row], -row))


FINEST = 10**36
"""A step between any two different crossings, which lie at least 1e-30 apart, and above the cut of irrational ones."""


def crossings(moved: Lever, rows: Sequence[int]) -> list[tuple[Fraction, int, int]]:
    """Every weight strictly between 0 and 1 at which two of the rows change places: (weight, before, after), rising."""
    pairs = [(one, other) for at, one in enumerate(rows) for other in rows[at + 1 :]]
    if not pairs:
        return []
    table = np.array(pairs, dtype=np.int64)
    found = []
    for number, polynomial in enumerate(_polynomials(moved.differences(table[:, 0], table[:, 1]))):
        for rho in polynomial.changes():
            one, other = pairs[number]
            falls = polynomial(rho + Fraction(1, FINEST)) < 0
            found.append((moved.weight_at(rho), *((one, other) if falls else (other, one))))
    return sorted(found)


def _polynomials(pairs: Differences) -> list[Polynomial]:
    return [pairs.at(number) for number in range(len(pairs))]


def value_to_win(given: Terms, row: int, column: int, *, rival: int | None = None) -> Fraction | None:
    """The value (ppm) of one cell, fully known, with which a candidate draws level with the best other, or with `rival`.

    Above it the candidate is ahead. Below 0: ahead whatever the value; above 1 000 000: no value suffices. None where the
    criterion weighs nothing, or nobody else is ranked.
    """
    weight = int(given.weights[column])
    others = (
        [rival] if rival is not None else [other for other in range(len(given.contributions)) if other != row]
    )
    if not weight or not others or rival == row:
        return None
    best = max(given.score(other) for other in others)
    over, under = (int(part[row]) for part in given.totals)
    over -= int(given.contributions[row, column])
    under += weight - int(given.weighs[row, column])
    return (best * under - over) / weight


def lead_at(moved: Lever, leader: int, weight: Fraction) -> int:
    """By how much (ppm, may be negative) the leader is ahead of the best other at a weight; for drawing, not for deciding.

    0 where nobody else has a score.
    """
    u, v = float(weight * (PPB - moved.weight)), float((1 - weight) * moved.scale)
    over = u * moved.inside + v * moved.outside
    under = u * moved.inside_weighs + v * moved.outside_weighs
    scores = np.divide(over, under, out=np.full(len(over), -np.inf), where=under > 0)
    others = np.delete(scores, leader)
    if not len(others) or not np.isfinite(scores[leader]) or not np.isfinite(others.max()):
        return 0
    return int(np.rint(scores[leader] - others.max()))
