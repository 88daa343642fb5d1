"""Where one score passes another while a single weight moves, in exact integers.

With `rho` standing for how much the moved weight has grown against all the others (1: as it is now), the difference of two
scores has the sign of a polynomial `q2 rho² + q1 rho + q0` with integer coefficients: of degree one where both scores rest
on the whole weight, of degree two where each rests on what is known of it. Coefficients, signs and rational roots are
exact; an irrational root is cut to a part in 1e40, far below anything shown.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.cells import Int64Array

FINE = 10**40
NEAR = 1e-9
"""Estimates in float64 are good to 1e-14; whatever lies this close to the best one is decided by integers."""

IntObjects = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Polynomial:
    """q2 rho² + q1 rho + q0."""

    q2: int
    q1: int
    q0: int

    def __call__(self, rho: Fraction) -> Fraction:
        """Its value."""
        return (self.q2 * rho + self.q1) * rho + self.q0

    def mirrored(self) -> "Polynomial":
        """The same differences seen from 1/rho: what lies below becomes what lies above."""
        return Polynomial(self.q0, self.q1, self.q2)

    def roots(self) -> tuple[Fraction, ...]:
        """Its real roots, rising; none for a constant."""
        if self.q2 == 0:
            return (Fraction(-self.q0, self.q1),) if self.q1 else ()
        square = self.q1 * self.q1 - 4 * self.q2 * self.q0
        if square < 0:
            return ()
        root = isqrt(square)
        width = Fraction(root) if root * root == square else Fraction(isqrt(square * FINE * FINE), FINE)
        ends = {(-self.q1 - width) / (2 * self.q2), (-self.q1 + width) / (2 * self.q2)}
        return tuple(sorted(ends))

    def first_loss(self, start: Fraction) -> Fraction | None:
        """The last point, from `start` on, up to which it is never below 0; None when it never falls below."""
        points = [start, *(root for root in self.roots() if root > start)]
        for here, there in zip(points, [*points[1:], None], strict=True):
            inside = here + 1 if there is None else (here + there) / 2
            if self(inside) < 0:
                return here
        return None

    def changes(self) -> tuple[Fraction, ...]:
        """Where it changes its sign at a rho above 0."""
        positive = [root for root in self.roots() if root > 0]
        edges = [Fraction(0), *positive]
        signs = []
        for here, there in zip(edges, [*positive, None], strict=True):
            value = self(here + 1 if there is None else (here + there) / 2)
            signs.append((value > 0) - (value < 0))
        return tuple(
            root
            for root, before, after in zip(positive, signs, signs[1:], strict=False)
            if before * after < 0
        )


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Polynomials of many pairs at once; `q2` is None where all are of degree one (int64 then suffices)."""

    q2: IntObjects | None
    q1: Int64Array | IntObjects
    q0: Int64Array | IntObjects

    def __len__(self) -> int:
        return len(self.q1)

    def at(self, pair: int) -> Polynomial:
        """One of them. Of degree one it is q1 rho + q0."""
        return Polynomial(
            0 if self.q2 is None else int(self.q2[pair]), int(self.q1[pair]), int(self.q0[pair])
        )

    def first_loss(self, start: Fraction, *, below: bool) -> tuple[Fraction, list[int]] | None:
        """The nearest point past `start` at which any of them turns negative, and which ones do there.

        `below` looks down from `start` to 0. None when none ever does.
        """
        if below:
            if start == 0:
                return None
            found = self._first_loss(1 / start, below=True)
            return None if found is None else (1 / found[0], found[1])
        return self._first_loss(start, below=False)

    def _first_loss(self, start: Fraction, *, below: bool) -> tuple[Fraction, list[int]] | None:
        """Ask the integers only about those whose estimate is as near as the nearest found."""
        estimates = self._estimates(float(start), below=below)
        best: Fraction | None = None
        which: list[int] = []
        for pair in np.argsort(estimates, kind="stable").tolist():
            estimate = float(estimates[pair])
            if estimate == np.inf or (best is not None and estimate > float(best) * (1 + NEAR) + NEAR * NEAR):
                break
            polynomial = self.at(pair)
            point = (polynomial.mirrored() if below else polynomial).first_loss(start)
            if point is None or (best is not None and point > best):
                continue
            which = [*which, pair] if point == best else [pair]
            best = point
        return None if best is None else (best, which)

    def _estimates(self, here: float, *, below: bool) -> NDArray[np.float64]:
        """About where each turns negative past `here`; infinite where it certainly does not."""
        if self.q2 is None:
            slope, level = (self.q0, self.q1) if below else (self.q1, self.q0)
            found = np.full(len(self), np.inf)
            falls = np.asarray(slope < 0)
            found[falls] = np.maximum(-level[falls].astype(float) / slope[falls].astype(float), here)
            found[np.asarray((slope == 0) & (level < 0))] = here
            return found
        lead, last = (self.q0, self.q2) if below else (self.q2, self.q0)
        return _quadratic_estimates(
            lead, np.asarray(self.q1, dtype=object), np.asarray(last, dtype=object), here
        )


def _quadratic_estimates(
    q2: Int64Array | IntObjects, q1: IntObjects, q0: IntObjects, here: float
) -> NDArray[np.float64]:
    square = q1 * q1 - 4 * q2 * q0
    a, b, c, root = (np.asarray(part, dtype=np.float64) for part in (q2, q1, q0, np.maximum(square, 0)))
    root = np.sqrt(root)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = -(b + np.where(b < 0, -root, root)) / 2
        one, other = far / a, np.where(far == 0, 0.0, c / far)
        lower, upper = np.minimum(one, other), np.maximum(one, other)
        line = np.where(b < 0, -c / b, np.where((b == 0) & (c < 0), here, np.inf))
    slack = NEAR * max(here, 1.0)
    opens_up = np.where(
        lower >= here - slack, np.maximum(lower, here), np.where(upper >= here - slack, here, np.inf)
    )
    opens_down = np.maximum(upper, here)
    no_root = np.asarray(square < 0, dtype=bool)
    found = np.where(
        a == 0, np.where(np.isinf(line), line, np.maximum(line, here)),
        np.where(a > 0, np.where(no_root, np.inf, opens_up), np.where(no_root, here, opens_down)),
    )  # fmt: skip
    return np.asarray(found, dtype=np.float64)
