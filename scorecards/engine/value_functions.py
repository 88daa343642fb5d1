"""From a measured fact to a value between worst and best, on fixed reference levels.

The reference levels belong to the criteria set and never to the list of vendors being compared: a scale that
stretches over the list would reverse two vendors when a third one is added. A number outside the levels is
clipped to the nearest end *and flagged*; nothing is extrapolated.

Every function computes with exact fractions (`measure`) and rounds once, half to even, to integer parts per
million (`value`), so the result does not depend on the platform. Points in definitions are 0 to 100.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from scorecards.engine.exact import EngineError, Number, exact, to_ppm

FULL = Fraction(1)
NOTHING = Fraction(0)

Answers = Mapping[str, Number | None]
"""How far each item of a set is met, 0 to 1; None is unknown."""


class ValueFunctionError(EngineError):
    """A value function that is not well defined, or a number it cannot read."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A value in integer parts per million, and whether the fact lay outside the reference levels."""

    ppm: int
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """The exact value (0..1) before rounding, and whether the fact was clipped."""

    share: Fraction
    clipped: bool = False

    def scaled(self) -> Scaled:
        """Rounded once, half to even, to parts per million."""
        return Scaled(to_ppm(self.share), self.clipped)


def _share_of_points(points: Number, name: str) -> Fraction:
    share = exact(points, name=name) / 100
    if not NOTHING <= share <= FULL:
        raise ValueFunctionError(name, f"points must lie between 0 and 100, not {points}")
    return share


@dataclass(frozen=True, slots=True)
class Linear:
    """0 points at `worst`, 100 at `best`, straight between them; either may be the larger number."""

    worst: Fraction
    best: Fraction

    def __post_init__(self) -> None:
        if self.worst == self.best:
            raise ValueFunctionError("linear", "worst and best must differ")

    def measure(self, number: Number) -> Measure:
        """The exact value of a number, clipped and flagged outside [worst, best]."""
        share = (exact(number, name="linear") - self.worst) / (self.best - self.worst)
        inside = min(max(share, NOTHING), FULL)
        return Measure(inside, clipped=inside != share)

    def value(self, number: Number) -> Scaled:
        """The value of a number in ppm."""
        return self.measure(number).scaled()


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """Straight lines through 2 to 8 breakpoints (x, points): x rises, points never turn round."""

    points: tuple[tuple[Fraction, Fraction], ...]

    def __post_init__(self) -> None:
        name = "piecewise"
        if not 2 <= len(self.points) <= 8:
            raise ValueFunctionError(name, f"needs 2 to 8 breakpoints, not {len(self.points)}")
        for _, points in self.points:
            _share_of_points(points, name)
        steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(self.points)]
        if any(dx <= 0 for dx, _ in steps):
            raise ValueFunctionError(name, "the x of the breakpoints must rise")
        if any(dy > 0 for _, dy in steps) and any(dy < 0 for _, dy in steps):
            raise ValueFunctionError(name, "the points must only rise or only fall")

    def measure(self, number: Number) -> Measure:
        """The exact value of a number, clipped and flagged outside the first and last breakpoint."""
        x = exact(number, name="piecewise")
        (first_x, first_y), (last_x, last_y) = self.points[0], self.points[-1]
        if x <= first_x:
            return Measure(first_y / 100, clipped=x < first_x)
        if x >= last_x:
            return Measure(last_y / 100, clipped=x > last_x)
        x1, y1, x2, y2 = next((*a, *b) for a, b in pairwise(self.points) if a[0] <= x <= b[0])
        return Measure((y1 + (y2 - y1) * (x - x1) / (x2 - x1)) / 100)

    def value(self, number: Number) -> Scaled:
        """The value of a number in ppm."""
        return self.measure(number).scaled()


@dataclass(frozen=True, slots=True)
class Fit:
    """A tent over a range: 100 inside [minimum, maximum], falling as the need leaves it on either side.

    `above` reads need ÷ maximum when the need is larger, `below` reads minimum ÷ need when it is smaller.
    """

    above: PiecewiseLinear
    below: PiecewiseLinear

    def measure(self, need: Number, *, minimum: Number, maximum: Number) -> Measure:
        """The exact value of a need against the range. The three numbers share one unit.

        Raises ValueFunctionError for a need that is not positive, a negative end or an empty range.
        """
        asked = exact(need, name="need")
        low, high = exact(minimum, name="minimum"), exact(maximum, name="maximum")
        if asked <= 0:
            raise ValueFunctionError("need", "must be greater than 0")
        if low < 0 or high < low:
            raise ValueFunctionError("range", "must be 0 <= minimum <= maximum")
        if asked > high:
            beyond_all = self.above.points[-1][0] + 1
            return self.above.measure(asked / high if high else beyond_all)
        if asked < low:
            return self.below.measure(low / asked)
        return Measure(FULL)

    def value(self, need: Number, *, minimum: Number, maximum: Number) -> Scaled:
        """The value of a need in ppm."""
        return self.measure(need, minimum=minimum, maximum=maximum).scaled()


@dataclass(frozen=True, slots=True)
class Ordinal:
    """A rubric: each described level carries explicit points. An undescribed level is an error, not 0."""

    levels: tuple[tuple[int, Fraction], ...]

    def __post_init__(self) -> None:
        if len(self.levels) < 2:
            raise ValueFunctionError("rubric", "needs at least two levels")
        numbers = [level for level, _ in self.levels]
        if numbers != sorted(set(numbers)):
            raise ValueFunctionError("rubric", "levels must rise and be named once")
        shares = [_share_of_points(points, "rubric") for _, points in self.levels]
        if shares != sorted(shares):
            raise ValueFunctionError("rubric", "a higher level must not be worth less")

    def measure(self, level: int) -> Measure:
        """The exact value of a level. Raises ValueFunctionError for a level the rubric does not describe."""
        if not isinstance(level, bool):
            for described, points in self.levels:
                if described == level:
                    return Measure(points / 100)
        known = ", ".join(str(described) for described, _ in self.levels)
        raise ValueFunctionError("rubric", f"level {level} is not one of {known}")

    def value(self, level: int) -> Scaled:
        """The value of a level in ppm."""
        return self.measure(level).scaled()


@dataclass(frozen=True, slots=True)
class YesNo:
    """100 for yes, 0 for no."""

    def measure(self, answer: bool) -> Measure:  # noqa: FBT001 the answer itself is the argument
        """The exact value of an answer."""
        if not isinstance(answer, bool):
            raise ValueFunctionError("yes/no", "must be yes or no")
        return Measure(FULL if answer else NOTHING)

    def value(self, answer: bool) -> Scaled:  # noqa: FBT001 the answer itself is the argument
        """The value of an answer in ppm."""
        return self.measure(answer).scaled()


@dataclass(frozen=True, slots=True)
class SetCoverage:
    """The share of what is asked that is met: sum(weight x met) ÷ sum(weight), met between 0 and 1."""

    def measure(
        self, met: Answers, weights: Mapping[str, Number] | None = None, *, unknown: Number = 0
    ) -> Measure | None:
        """The exact value, each item whose `met` is None counting as `unknown`; None when nothing is asked.

        Without `weights` every item weighs 1. Raises ValueFunctionError for met outside 0..1, a negative
        weight, or an item without a weight.
        """
        shares = _item_weights(met, weights)
        total = sum(shares.values(), NOTHING)
        if total == 0:
            return None
        reached = NOTHING
        for item, weight in shares.items():
            answer = met[item]
            share = exact(unknown if answer is None else answer, name=item)
            if not NOTHING <= share <= FULL:
                raise ValueFunctionError(item, "must lie between 0 and 1")
            reached += weight * share
        return Measure(reached / total)

    def value(
        self, met: Answers, weights: Mapping[str, Number] | None = None, *, unknown: Number = 0
    ) -> Scaled | None:
        """The value in ppm, or None when nothing is asked (the leaf is then not applicable)."""
        measure = self.measure(met, weights, unknown=unknown)
        return None if measure is None else measure.scaled()


def known_share(met: Answers, weights: Mapping[str, Number] | None = None) -> int:
    """How much of what is asked is known, in ppm of its weight; 0 when nothing is asked."""
    shares = _item_weights(met, weights)
    total = sum(shares.values(), NOTHING)
    known = sum((weight for item, weight in shares.items() if met[item] is not None), NOTHING)
    return to_ppm(known / total) if total else 0


def _item_weights(met: Answers, weights: Mapping[str, Number] | None) -> dict[str, Fraction]:
    if weights is None:
        return dict.fromkeys(met, FULL)
    shares: dict[str, Fraction] = {}
    for item in met:
        if item not in weights:
            raise ValueFunctionError(item, "has no weight")
        shares[item] = exact(weights[item], name=item)
        if shares[item] < 0:
            raise ValueFunctionError(item, "weight must not be negative")
    return shares


@dataclass(frozen=True, slots=True)
class SuccessRate:
    """Successes out of attempts, (s + 1) ÷ (n + 2), read off `scale`: one success in one try is not 100 %."""

    scale: PiecewiseLinear

    def measure(self, successes: int, attempts: int) -> Measure | None:
        """The exact value; None without attempts, which is unknown, not bad.

        Raises ValueFunctionError unless 0 <= successes <= attempts are integers.
        """
        for name, count in (("successes", successes), ("attempts", attempts)):
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ValueFunctionError(name, "must be a whole number, 0 or more")
        if successes > attempts:
            raise ValueFunctionError("successes", "must not exceed the attempts")
        if attempts == 0:
            return None
        return self.scale.measure(Fraction(successes + 1, attempts + 2))

    def value(self, successes: int, attempts: int) -> Scaled | None:
        """The value in ppm, or None without attempts."""
        measure = self.measure(successes, attempts)
        return None if measure is None else measure.scaled()


@dataclass(frozen=True, slots=True)
class Lookup:
    """Named answers with explicit points."""

    table: tuple[tuple[str, Fraction], ...]

    def __post_init__(self) -> None:
        if len({key for key, _ in self.table}) != len(self.table) or not self.table:
            raise ValueFunctionError("lookup", "needs answers, each named once")
        for key, points in self.table:
            _share_of_points(points, key)

    def measure(self, answer: str) -> Measure:
        """The exact value of an answer. Raises ValueFunctionError for an answer that is not in the table."""
        for key, points in self.table:
            if key == answer:
                return Measure(points / 100)
        known = ", ".join(key for key, _ in self.table)
        raise ValueFunctionError("lookup", f"{answer!r} is not one of {known}")

    def value(self, answer: str) -> Scaled:
        """The value of an answer in ppm."""
        return self.measure(answer).scaled()
