"""The random numbers of simulated cases: weights and values, each from a stream of its own.

Every stream is a Philox counter keyed by the seed and by whom it is for: one node of the criteria tree, or one candidate
by name, in which each leaf has its fixed place. So adding a candidate or closing a cell moves nobody else's numbers, and
two what-ifs with one seed differ only by what was changed. The numbers are those of the pinned NumPy.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.cells import Int64Array
from scorecards.engine.exact import EngineError

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

CONCENTRATION = 50
"""How closely drawn weights keep to the set ones: a weight of 20 % among its siblings varies by 5.6 points (SD)."""
BAND_PERCENT = 25
LANE = 8
"""Leaves are padded to this many, so that every case begins on a whole step of the counter."""


class WeightModel(StrEnum):
    """Which weights are possible."""

    DIRICHLET = "dirichlet"
    UNIFORM = "uniform"
    ORDINAL = "ordinal"
    BAND = "band"
    FIXED = "fixed"


class CellModel(StrEnum):
    """Which values are possible."""

    INTERVAL = "interval"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Models:
    """What is uncertain. `concentration` belongs to dirichlet, `band` (percent of each weight) to band."""

    weights: WeightModel = WeightModel.DIRICHLET
    cells: CellModel = CellModel.INTERVAL
    concentration: int = CONCENTRATION
    band: int = BAND_PERCENT

    def __post_init__(self) -> None:
        if not 1 <= self.concentration <= 10_000:
            raise EngineError("concentration", "must lie between 1 and 10 000")
        if not 1 <= self.band <= 100:
            raise EngineError("band", "must lie between 1 and 100 percent")


def stream(seed: int, name: str, *, step: int = 0) -> np.random.Generator:
    """The stream of a name, from a step of its counter on."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    return np.random.Generator(np.random.Philox(counter=step, key=np.array([seed, key], dtype=np.uint64)))


def draw_weights(
    weights: Int64Array, groups: Sequence[int], models: Models, *, draws: int, seed: int
) -> FloatArray:
    """Weights of every case (draws x leaves), each row summing to 1.

    Drawn node by node of the tree, the groups and then the leaves of each, around the set weights (ppb). What carries no
    weight gets none: it is not applicable, or nobody asked for it.
    """
    base, place = weights.astype(np.float64), np.asarray(groups)
    by_group = np.bincount(place, weights=base).astype(np.float64)
    asked = np.flatnonzero(by_group > 0)
    shares = _siblings(by_group[asked], models, stream(seed, "weights"), draws)
    drawn = np.zeros((draws, len(base)))
    for column, group in enumerate(asked.tolist()):
        leaves = np.flatnonzero((place == group) & (base > 0))
        inside = _siblings(base[leaves], models, stream(seed, f"weights {group}"), draws)
        drawn[:, leaves] = shares[:, column : column + 1] * inside
    return drawn


def _siblings(base: FloatArray, models: Models, random: np.random.Generator, draws: int) -> FloatArray:
    """Shares among siblings, one row a case; `base` are their set weights, all above 0."""
    shares, size = base / base.sum(), (draws, len(base))
    if len(base) == 1 or models.weights is WeightModel.FIXED:
        return np.broadcast_to(shares, size)
    if models.weights is WeightModel.DIRICHLET:
        drawn = random.standard_gamma(models.concentration * shares, size=size)
    elif models.weights is WeightModel.BAND:
        drawn = shares * (1 + models.band / 100 * (2 * random.random(size) - 1))
    else:
        drawn = random.standard_exponential(size)
        if models.weights is WeightModel.ORDINAL:
            drawn = _in_order(drawn, base, random)
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def _in_order(drawn: FloatArray, base: FloatArray, random: np.random.Generator) -> FloatArray:
    """The drawn weights handed out in the order of the set ones; equal ones keep no order among themselves."""
    falling = np.sort(drawn, axis=1)[:, ::-1]
    by_weight = np.argsort(-base, kind="stable")
    ordered = np.empty_like(drawn)
    ordered[:, by_weight] = falling
    for weight in np.unique(base):
        equal = np.flatnonzero(base == weight)
        if len(equal) > 1:
            mixed = np.argsort(random.random((len(drawn), len(equal))), axis=1)
            ordered[:, equal] = np.take_along_axis(ordered[:, equal], mixed, axis=1)
    return ordered


def lanes(leaves: int) -> int:
    """How many numbers a case takes from a candidate's stream."""
    return -(-leaves // LANE) * LANE


def draw_places(seed: int, candidate: str, out: Float32Array, *, first: int) -> None:
    """Fill `out` (cases x lanes) with where in its interval each cell lies, 0 to 1, from case `first` on."""
    steps_a_case = out.shape[1] // LANE  # a step of the counter makes eight numbers of 32 bits
    stream(seed, f"candidate {candidate}", step=first * steps_a_case).random(out=out, dtype=np.float32)
