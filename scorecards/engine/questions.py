"""Which open answer could change the result: a chance for every cell, in closed form.

One cell at a time is taken to lie anywhere in its interval, evenly, everything else staying at its point. Its candidate's
score is then a line over that interval, which passes the best of the others, or the k-th best, at one value at most: the
chance is the part of the interval beyond it. Under known_only an answer that was not known begins to weigh.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.cells import BoolArray, Int64Array
from scorecards.engine.sensitivity import Terms

FloatArray = NDArray[np.float64]
TOP = 3


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """For every ranked candidate and leaf (n x m), 0 to 1: that the answer changes who is first, or who is among the first k.

    `short` says by how much of a score (ppm) the most telling answer fails to change who is first; 0 where it can.
    """

    leader: FloatArray
    top: FloatArray
    short: FloatArray


def chances(given: Terms, low: Int64Array, high: Int64Array, *, top: int = TOP) -> Chances:
    """The chances of all cells; `low` and `high` (n x m, ppm) are the intervals of the candidates of `given`, in its order."""
    over, under = (part.astype(np.float64)[:, None] for part in given.totals)
    scores = (over / under)[:, 0]
    # without the cell, and then with it as an answer that counts in full
    rest = over - given.contributions
    full = np.broadcast_to(given.weights.astype(np.float64), rest.shape)
    below = under - given.weighs + full
    found: list[FloatArray] = []
    short = np.zeros(rest.shape)
    for k in (1, top):
        inside, bar = _bars(scores, k)
        with np.errstate(divide="ignore", invalid="ignore"):
            level = (bar[:, None] * below - rest) / full
            passed = (high - level) / (high - low)
        above = np.clip(np.where((high > low) & (full > 0) & np.isfinite(passed), passed, 0.0), 0.0, 1.0)
        shut = (high <= low) | (full == 0) | ~np.isfinite(bar)[:, None]
        found.append(np.where(shut, 0.0, np.where(inside[:, None], 1.0 - above, above)))
        if k == 1:
            best, worst = (rest + full * high) / below, (rest + full * low) / below
            short = np.where(inside[:, None], worst - bar[:, None], bar[:, None] - best)
    return Chances(found[0], found[1], np.maximum(np.where(np.isfinite(short), short, 0.0), 0.0))


def _bars(scores: FloatArray, k: int) -> tuple[BoolArray, FloatArray]:
    """Who is among the first k, and the score of the k-th best of the others, which is what each has to pass or keep."""
    falling = np.sort(scores)[::-1]
    if len(scores) <= k:
        return np.ones(len(scores), dtype=np.bool_), np.full(len(scores), -np.inf)
    inside = scores >= falling[k - 1]
    return np.asarray(inside), np.where(inside, falling[k], falling[k - 1])
