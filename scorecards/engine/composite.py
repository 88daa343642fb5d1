"""Value functions of several inputs, and the union of all kinds a criterion may have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from scorecards.engine.exact import Number, exact, to_ppm
from scorecards.engine.value_functions import (
    FULL,
    NOTHING,
    Fit,
    Linear,
    Lookup,
    Measure,
    Ordinal,
    PiecewiseLinear,
    Scaled,
    SetCoverage,
    SuccessRate,
    ValueFunctionError,
    YesNo,
)


@dataclass(frozen=True, slots=True)
class Deductions:
    """100 points less so many per finding, never below 0; any finding named in `fatal` gives 0."""

    fatal: tuple[str, ...]
    per_finding: tuple[tuple[str, Fraction], ...]

    def measure(self, counts: Mapping[str, int]) -> Measure:
        """The exact value of counted findings; a kind left out of `counts` counts 0. Never flagged."""
        kinds = {*self.fatal, *(kind for kind, _ in self.per_finding)}
        for kind, count in counts.items():
            if kind not in kinds:
                raise ValueFunctionError(kind, "is not a kind of finding that counts here")
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ValueFunctionError(kind, "must be a whole number, 0 or more")
        if any(counts.get(kind, 0) for kind in self.fatal):
            return Measure(NOTHING)
        lost = sum((points * counts.get(kind, 0) for kind, points in self.per_finding), NOTHING)
        return Measure(max(NOTHING, FULL - lost / 100))

    def value(self, counts: Mapping[str, int]) -> Scaled:
        """The value of counted findings in ppm."""
        return self.measure(counts).scaled()


@dataclass(frozen=True, slots=True)
class Discounted:
    """A scale whose result is multiplied by `factor` when a condition is not met (an untested plan)."""

    scale: PiecewiseLinear
    condition: str
    factor: Fraction

    def __post_init__(self) -> None:
        if not NOTHING <= self.factor <= FULL:
            raise ValueFunctionError(self.condition, "the factor must lie between 0 and 1")

    def measure(self, number: Number, *, met: bool) -> Measure:
        """The exact value of a number, discounted unless the condition is met."""
        full = self.scale.measure(number)
        return full if met else Measure(full.share * self.factor, full.clipped)

    def value(self, number: Number, *, met: bool) -> Scaled:
        """The value of a number in ppm."""
        return self.measure(number, met=met).scaled()


PartFunction = Linear | PiecewiseLinear | Lookup | SetCoverage


@dataclass(frozen=True, slots=True)
class Part:
    """One named input of a weighted leaf: its share of the leaf and its own value function."""

    name: str
    share: Fraction
    function: PartFunction


@dataclass(frozen=True, slots=True)
class Weighted:
    """A leaf of several inputs, each with its own value function and share; the shares sum to 1."""

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        shares = [part.share for part in self.parts]
        if sum(shares, NOTHING) != 1 or min(shares) <= 0:
            raise ValueFunctionError("parts", "the shares must be positive and sum to 1")
        if len({part.name for part in self.parts}) != len(self.parts):
            raise ValueFunctionError("parts", "each part is named once")

    def measure(self, measures: Mapping[str, Measure | None], *, unknown: Number = 0) -> Measure:
        """Combine the measures of the parts (None or absent = unknown, counted as `unknown`, 0..1)."""
        stand_in = Measure(exact(unknown, name="unknown"))
        found = [(part.share, measures.get(part.name) or stand_in) for part in self.parts]
        share = sum((weight * measure.share for weight, measure in found), NOTHING)
        return Measure(share, clipped=any(measure.clipped for _, measure in found))

    def value(self, measures: Mapping[str, Measure | None], *, unknown: Number = 0) -> Scaled:
        """The combined value in ppm."""
        return self.measure(measures, unknown=unknown).scaled()

    def known_measure(self, measures: Mapping[str, Measure | None]) -> Measure | None:
        """The value of the known parts alone, renormalised; None when no part is known."""
        known = [(part.share, m) for part in self.parts if (m := measures.get(part.name)) is not None]
        if not known:
            return None
        total = sum((share for share, _ in known), NOTHING)
        share = sum((share * measure.share for share, measure in known), NOTHING) / total
        return Measure(share, clipped=any(measure.clipped for _, measure in known))

    def known_share(self, known: Collection[str]) -> int:
        """The share of the parts named in `known`, in ppm."""
        return to_ppm(sum((part.share for part in self.parts if part.name in known), NOTHING))


@dataclass(frozen=True, slots=True)
class Computed:
    """A value worked out from records by a rule of its own, known by name, with its numbers kept here."""

    rule: str
    parameters: tuple[tuple[str, Fraction], ...] = field(default=())

    def __getitem__(self, parameter: str) -> Fraction:
        """One number of the rule. Raises KeyError when the criteria set does not give it."""
        return dict(self.parameters)[parameter]


ValueFunction = (
    Linear
    | PiecewiseLinear
    | Fit
    | Ordinal
    | YesNo
    | SetCoverage
    | SuccessRate
    | Lookup
    | Deductions
    | Discounted
    | Weighted
    | Computed
)
