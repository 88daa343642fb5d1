"""What a criterion needs to be rated, prepared once per scorecard and shared by all candidates."""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from scorecards.engine.composite import Deductions, Discounted, ValueFunction, Weighted
from scorecards.engine.value_functions import (
    Linear,
    Lookup,
    Measure,
    Ordinal,
    PiecewiseLinear,
    SetCoverage,
    SuccessRate,
    YesNo,
)
from scorecards.fit.inputs import FitSettings, ProgramNeeds
from scorecards.fit.reading import SCALE, Answer, Basis, Known, Missing, Rules, scaled
from scorecards.frameworks import Framework, Leaf
from vendors.resolution import AgeLimits, Resolved
from vendors.vocabulary import Grade

_COMPANY_LIMITS = AgeLimits(12, 24)
CLAIM_LIMIT = 3
"""Highest rubric level that counts without a reviewed document."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The frame of one rating: criteria set, program, date, policy and settings."""

    framework: Framework
    program: ProgramNeeds
    as_of: date
    rules: Rules
    settings: FitSettings
    required: tuple[str, ...]
    """Required services and operations asked by the criterion of coverage."""


@dataclass(frozen=True, slots=True)
class LeafContext:
    """One criterion with its value function for this program and its weights as whole numbers."""

    leaf: Leaf
    scorecard: Scorecard
    function: ValueFunction
    limits: AgeLimits
    items: Mapping[str, int]
    parts: Mapping[str, tuple[int, ValueFunction]]
    cache: dict[Hashable, tuple[int, bool]] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        """Policy and settings."""
        return self.scorecard.rules

    @property
    def program(self) -> ProgramNeeds:
        """The program."""
        return self.scorecard.program

    @property
    def as_of(self) -> date:
        """The date everything is seen from."""
        return self.scorecard.as_of

    @property
    def limits_of_fact(self) -> AgeLimits:
        """Age limits of company facts that outlive the criterion's own (its ownership): a year, then two."""
        return _COMPANY_LIMITS

    def known(self, measure: Measure, basis: Basis, *, raw: Any = None, note: str = "") -> Known:
        """A known answer from a measured value."""
        return Known(scaled(measure.share), basis, raw, measure.clipped, note)

    def scale(self, number: Any, function: ValueFunction | None = None) -> tuple[int, bool]:
        """A number on a linear or piecewise scale, remembered; raises TypeError for another kind of scale."""
        used = self.function if function is None else function
        key = (id(used), number)
        found = self.cache.get(key)
        if found is None:
            if not isinstance(used, Linear | PiecewiseLinear):
                raise TypeError(f"{self.leaf.code} has no scale for numbers")
            measure = used.measure(number)
            found = (scaled(measure.share), measure.clipped)
            self.cache[key] = found
        return found

    def number(self, number: Any, basis: Basis, *, raw: Any = None, note: str = "") -> Known:
        """A known answer from a number on the criterion's own scale."""
        value, clipped = self.scale(number)
        return Known(value, basis, number if raw is None else raw, clipped, note)

    def level(self, level: int, basis: Basis) -> Known:
        """A known answer from a rubric level; a claimed 4 or 5 counts as 3 and says so."""
        counted, note = level, ""
        if level > CLAIM_LIMIT and basis.grade > Grade.C:
            counted, note = CLAIM_LIMIT, f"claimed {level}"
        key = ("level", counted)
        found = self.cache.get(key)
        if found is None:
            if not isinstance(self.function, Ordinal):
                raise TypeError(f"{self.leaf.code} has no rubric")
            found = (scaled(self.function.measure(counted).share), False)
            self.cache[key] = found
        return Known(found[0], basis, {"level": level}, note=note)

    def parts_of(self, resolved: Resolved) -> list[tuple[int, Answer]]:
        """The weighted parts of a record that answers the whole criterion."""
        value = resolved.record.value or {}
        basis = Basis.of(resolved)
        function = self.function
        if isinstance(function, Ordinal):
            return [(1, self.level(value["level"], basis))]
        if isinstance(function, Linear | PiecewiseLinear):
            return [(1, self.number(value["number"], basis, raw=dict(value)))]
        if isinstance(function, SuccessRate):
            return [(1, self._rate(function, value, basis))]
        if isinstance(function, SetCoverage):
            return self.flag_parts(value.get("flags", {}), self.items, basis)
        if isinstance(function, Weighted):
            return self.weighted_parts(value, basis)
        return [(1, self._other(function, value, basis))]

    def _rate(self, function: SuccessRate, value: Mapping[str, Any], basis: Basis) -> Answer:
        successes, attempts = value["successes"], value["attempts"]
        if not attempts:
            return Missing(f"{self.leaf.name}: nothing was attempted.", next_change=basis.next_change)
        found = self._remembered(("rate", successes, attempts), lambda: function.measure(successes, attempts))
        return Known(found[0], basis, dict(value), found[1])

    def _remembered(self, key: Hashable, measure: Callable[[], Measure | None]) -> tuple[int, bool]:
        """A measured value, worked out once for all candidates that give the same answer."""
        found = self.cache.get(key)
        if found is None:
            measured = measure() or Measure(Fraction(0))
            found = (scaled(measured.share), measured.clipped)
            self.cache[key] = found
        return found

    def _other(self, function: ValueFunction, value: Mapping[str, Any], basis: Basis) -> Answer:
        if isinstance(function, YesNo):
            return self.known(function.measure(value["yes"]), basis, raw=dict(value))
        if isinstance(function, Deductions):
            counts = _open_findings(value)
            found = self._remembered(("findings", *counts.values()), lambda: function.measure(counts))
            return Known(found[0], basis, dict(value), found[1])
        if isinstance(function, Discounted):
            return self._discounted(function, value, basis)
        raise TypeError(f"{self.leaf.code} is not answered by one record")

    def _discounted(self, function: Discounted, value: Mapping[str, Any], basis: Basis) -> Answer:
        if "rto_weeks" not in value or "tested" not in value:
            return Missing(f"{self.leaf.name}: time or test not stated.", next_change=basis.next_change)
        measure = function.measure(value["rto_weeks"], met=value["tested"])
        return self.known(measure, basis, raw=dict(value))

    def flag_parts(
        self, flags: Mapping[str, Any], weights: Mapping[str, int], basis: Basis
    ) -> list[tuple[int, Answer]]:
        """The parts of a set, one per item asked; an item left out is unknown."""
        parts: list[tuple[int, Answer]] = []
        for code, weight in weights.items():
            if weight <= 0:
                continue
            met = flags.get(code)
            if met is None:
                parts.append((weight, Missing(f"{code}: not stated.", next_change=basis.next_change)))
            else:
                parts.append((weight, Known(int(met * 2) * (SCALE // 2), basis, {code: met})))
        return parts

    def weighted_parts(self, value: Mapping[str, Any], basis: Basis) -> list[tuple[int, Answer]]:
        """The parts of a criterion of several inputs, as one record gives them."""
        parts: list[tuple[int, Answer]] = []
        for name, (weight, function) in self.parts.items():
            if isinstance(function, SetCoverage):
                weights = {code: weight * item for code, item in self.items.items()}
                parts.extend(self.flag_parts(value.get(name, {}), weights, basis))
            else:
                parts.append((weight, self.part(name, value.get(name), basis)))
        return parts

    def part(self, name: str, given: Any, basis: Basis) -> Answer:
        """One input of a criterion of several, on its own scale."""
        function = self.parts[name][1]
        if given is None:
            return Missing(f"{name}: not stated.", next_change=basis.next_change)
        if isinstance(function, Lookup):
            return self.known(function.measure(given), basis, raw={name: given})
        value, clipped = self.scale(given, function)
        return Known(value, basis, {name: given}, clipped)


def _open_findings(value: Mapping[str, Any]) -> dict[str, int]:
    """Findings still open and findings closed, each by severity."""
    counts: dict[str, int] = {"critical": value["critical"]}
    for severity in ("major", "minor"):
        closed = value.get(f"closed_{severity}", 0)
        counts[severity] = value[severity] - closed
        counts[f"closed_{severity}"] = closed
    return counts


def whole_weights(weights: Sequence[Fraction]) -> list[int]:
    """The same proportions as whole numbers."""
    scale = math.lcm(*(weight.denominator for weight in weights)) if weights else 1
    return [int(weight * scale) for weight in weights]
