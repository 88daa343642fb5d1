"""Weights from pairwise comparisons (AHP): principal eigenvector, consistency ratio, and what contradicts most.

Saaty (1980; 2008): for each pair one says how many times as important the first is, from 1 (equally) to 9
(overwhelmingly), or the reciprocal. Plain IEEE arithmetic with exactly rounded sums: the same on every machine, and
the same however the criteria are ordered.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from scorecards.engine.exact import EngineError, Number, exact
from scorecards.engine.weights import WeightError

STRONGEST = 9
SCALE = tuple(Fraction(1, n) for n in range(STRONGEST, 1, -1)) + tuple(
    Fraction(n) for n in range(1, STRONGEST + 1)
)
"""What a judgement can be: 1/9 … 1/2, 1, 2 … 9."""
RANDOM_INDEX = (0, 0, 0, 58, 90, 112, 124, 132, 141, 145, 149, 151, 148, 156, 157, 159)
"""Saaty's mean consistency index of random matrices, in hundredths, by the number of criteria."""
MOST_CRITERIA = len(RANDOM_INDEX) - 1
ACCEPTABLE = Fraction(1, 10)
"""Above this consistency ratio the judgements contradict each other too much to be relied on."""
SHOWN = 3
SQUARINGS = 16  # A to the power 2**16: far beyond convergence for entries between 1/9 and 9
GRAIN = 10**12  # weights are kept in whole millionths of a millionth
RATIO_GRAIN = 10**6

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One comparison beside what the weights say: `given` times as important, where `implied` would agree.

    `nearest` is the step of the scale closest to `implied`.
    """

    first: str
    second: str
    given: Fraction
    implied: Fraction
    nearest: Fraction


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Weights that sum to exactly 1, the consistency ratio, and the judgements that contradict the others most."""

    weights: Mapping[str, Fraction]
    consistency_ratio: Fraction
    inconsistent: tuple[Judgement, ...]

    @property
    def consistent(self) -> bool:
        """Whether the judgements contradict each other little enough."""
        return self.consistency_ratio <= ACCEPTABLE


def pairwise_weights(codes: Sequence[str], judgements: Mapping[Pair, Number]) -> Pairwise:
    """Weights of `codes` from one judgement for every pair, in either direction.

    Raises WeightError naming the pair that is missing, given twice, unknown or off the scale, and when there are more
    criteria than the consistency ratio is known for.
    """
    _check_codes(codes)
    given = _complete(codes, judgements)
    matrix = _matrix(codes, given)
    shares = _principal(matrix)
    weights = _grained(codes, shares)
    ratio = _consistency(matrix, shares)
    return Pairwise(weights, ratio, tuple(_most_inconsistent(given, weights)))


def pairs_of(codes: Sequence[str]) -> Iterator[Pair]:
    """Every pair that has to be judged, in order."""
    return combinations(codes, 2)


def _check_codes(codes: Sequence[str]) -> None:
    if len(codes) > MOST_CRITERIA:
        raise WeightError("pairwise", f"at most {MOST_CRITERIA} criteria can be compared in pairs")
    if not codes or len(set(codes)) != len(codes):
        raise WeightError("pairwise", "needs criteria, each of them once")


def _complete(codes: Sequence[str], judgements: Mapping[Pair, Number]) -> dict[Pair, Fraction]:
    """Each pair once, in the order of the codes."""
    at = {code: place for place, code in enumerate(codes)}
    found: dict[Pair, Fraction] = {}
    for (first, second), number in judgements.items():
        name = f"{first}/{second}"
        if first == second or first not in at or second not in at:
            raise WeightError(name, "is not a pair of these criteria")
        value = _on_scale(number, name)
        pair, value = ((first, second), value) if at[first] < at[second] else ((second, first), 1 / value)
        if pair in found:
            raise WeightError(name, "is judged twice")
        found[pair] = value
    for first, second in pairs_of(codes):
        if (first, second) not in found:
            raise WeightError(f"{first}/{second}", "is not compared yet: every pair needs a judgement")
    return {pair: found[pair] for pair in pairs_of(codes)}


def _on_scale(number: Number, name: str) -> Fraction:
    try:
        value = exact(number, name=name)
    except EngineError as error:
        raise WeightError(name, error.message) from error
    if value not in SCALE:
        raise WeightError(name, "must be a whole number from 1 to 9, or one divided by it")
    return value


def _matrix(codes: Sequence[str], given: Mapping[Pair, Fraction]) -> list[list[float]]:
    def entry(first: str, second: str) -> float:
        if first == second:
            return 1.0
        return float(given[first, second] if (first, second) in given else 1 / given[second, first])

    return [[entry(first, second) for second in codes] for first in codes]


def _principal(matrix: list[list[float]]) -> list[float]:
    """The principal right eigenvector, summing to 1: row sums of a high power, found by repeated squaring."""
    power = matrix
    for _ in range(SQUARINGS):
        columns = list(zip(*power, strict=True))
        squared = [[math.fsum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in power]  # fmt: skip
        largest = max(max(row) for row in squared)
        power = [[entry / largest for entry in row] for row in squared]
    sums = [math.fsum(row) for row in power]
    total = math.fsum(sums)
    return [part / total for part in sums]


def _grained(codes: Sequence[str], shares: Sequence[float]) -> dict[str, Fraction]:
    parts = [max(1, round(share * GRAIN)) for share in shares]
    return {code: Fraction(part, sum(parts)) for code, part in zip(codes, parts, strict=True)}


def _consistency(matrix: list[list[float]], shares: Sequence[float]) -> Fraction:
    """(λ − n) / (n − 1) divided by the mean of random matrices; 0 for fewer than three criteria."""
    n = len(shares)
    if n < 3:
        return Fraction(0)
    products = [math.fsum(a * w for a, w in zip(row, shares, strict=True)) for row in matrix]
    largest = math.fsum(product / share for product, share in zip(products, shares, strict=True)) / n
    index = max(0.0, (largest - n) / (n - 1))
    return Fraction(round(index * 100 / RANDOM_INDEX[n] * RATIO_GRAIN), RATIO_GRAIN)


def _most_inconsistent(
    given: Mapping[Pair, Fraction], weights: Mapping[str, Fraction]
) -> Iterator[Judgement]:
    """Farthest from what the weights imply first; only where another step of the scale would agree better."""

    def distance(pair: Pair) -> Fraction:
        ratio = given[pair] * weights[pair[1]] / weights[pair[0]]
        return max(ratio, 1 / ratio)

    shown = 0
    for first, second in sorted(given, key=lambda pair: (-distance(pair), pair)):
        implied = weights[first] / weights[second]
        nearest = nearest_step(implied)
        if nearest != given[first, second] and shown < SHOWN:
            shown += 1
            yield Judgement(first, second, given[first, second], implied, nearest)


def nearest_step(ratio: Fraction) -> Fraction:
    """The step of the scale that is proportionally closest; of two equally close ones the milder."""
    return min(SCALE, key=lambda step: (max(step / ratio, ratio / step), max(step, 1 / step)))
