"""The ways to set weights among siblings, each from inputs that can be kept and opened again.

Inputs are plain JSON values: {"method": "swing", "swings": {code: points}}, {"method": "order", "order": [[code, …], …]},
{"method": "pairwise", "judgements": [[first, second, "3"], …]}, {"method": "points", "points": {code: points}}.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from scorecards.engine.exact import EngineError, Number, exact
from scorecards.engine.pairwise import Pairwise, pairwise_weights
from scorecards.engine.weights import WeightError, normalise, rank_order_centroid, swing_weights

NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12})?(/\d{1,12}|[eE]-\d{1,2})?", re.ASCII)
HUNDRED = Fraction(100)
GRAIN = 10**12


class Method(StrEnum):
    """How weights were set."""

    POINTS = "points"
    SWING = "swing"
    ORDER = "order"
    PAIRWISE = "pairwise"

    @property
    def label(self) -> str:
        """As pages name it."""
        return LABELS[self]


LABELS = {
    Method.POINTS: "Points",
    Method.SWING: "Worst-to-best comparison",
    Method.ORDER: "Weights from an order",
    Method.PAIRWISE: "Pairwise comparison",
}
PARTS = {
    Method.POINTS: "points",
    Method.SWING: "swings",
    Method.ORDER: "order",
    Method.PAIRWISE: "judgements",
}
"""Under which name a method keeps its inputs."""


@dataclass(frozen=True, slots=True)
class Elicited:
    """What a method makes of its inputs: exact shares of all siblings summing to 1, and how consistent they are."""

    shares: Mapping[str, Fraction]
    inputs: Mapping[str, Any]
    pairwise: Pairwise | None = None


def elicit(codes: Sequence[str], inputs: Mapping[str, Any]) -> Elicited:
    """Weights of these siblings by the method and inputs given; `inputs` comes back in the form in which it is kept.

    A sibling that a worst-to-best comparison or an order leaves out weighs 0; a pairwise comparison is of the criteria
    it names, and every pair of those must be judged. Raises WeightError naming the criterion or pair at fault.
    """
    try:
        method = Method(str(inputs.get("method", "")))
    except ValueError:
        raise WeightError("method", f"is one of {', '.join(Method)}") from None
    unknown = sorted(set(inputs) - {"method", PARTS[method]})
    if unknown:
        raise WeightError(unknown[0], f"is no input of {method.label.lower()}")
    given = inputs.get(PARTS[method])
    found: Pairwise | None = None
    kept: Any
    if method is Method.ORDER:
        order = _order(codes, given)
        shares, kept = rank_order_centroid(order), [list(step) for step in order]
    elif method is Method.PAIRWISE:
        judgements = _judgements(codes, given)
        named = {code for pair in judgements for code in pair}
        found = pairwise_weights([code for code in codes if code in named], judgements)
        shares, kept = dict(found.weights), [[a, b, str(value)] for (a, b), value in judgements.items()]
    else:
        numbers = _numbers(codes, given, method)
        shares = swing_weights(numbers) if method is Method.SWING else normalise(numbers)
        kept = {code: str(number) for code, number in numbers.items()}
    whole = {code: shares.get(code, Fraction(0)) for code in codes}
    return Elicited(whole, {"method": method.value, PARTS[method]: kept}, found)


def number_of(value: Any, code: str) -> Fraction:
    """A number as typed or sent: 10.1, "10.1" or "1/3". Raises WeightError naming the criterion."""
    if isinstance(value, str):
        text = value.strip()
        if not NUMBER.fullmatch(text):  # also keeps out "1e999999999", which takes for ever to write out
            raise WeightError(code, f"{text[:40]!r} is not a number")
        try:
            return Fraction(text)
        except ZeroDivisionError:
            raise WeightError(code, f"{text!r} is not a number") from None
    try:
        return exact(value, name=code)
    except EngineError as error:
        raise WeightError(code, error.message) from error


def _known(codes: Collection[str], code: Any) -> str:
    if not isinstance(code, str) or code not in codes:
        raise WeightError(str(code)[:40], "is not one of these criteria")
    return code


def _numbers(codes: Sequence[str], given: Any, method: Method) -> dict[str, Fraction]:
    if not isinstance(given, Mapping):
        raise WeightError(PARTS[method], "must be points by criterion")
    numbers = {_known(codes, code): number_of(value, str(code)) for code, value in given.items()}
    for code, number in numbers.items():
        if number < 0:
            raise WeightError(code, "must not be negative")
    return {code: numbers.get(code, Fraction(0)) for code in codes}


def _order(codes: Sequence[str], given: Any) -> list[list[str]]:
    steps = given if isinstance(given, list) else None
    if steps is None or not all(isinstance(step, list) for step in steps):
        raise WeightError("order", "must be a list of steps, each a list of criteria")
    if sum(len(step) for step in steps) > len(codes):
        raise WeightError("order", "names a criterion twice")
    return [[_known(codes, code) for code in step] for step in steps]


def _judgements(codes: Sequence[str], given: Any) -> dict[tuple[str, str], Number]:
    if not isinstance(given, list) or not given:
        raise WeightError("judgements", "must be a list of [first, second, how many times]")
    if len(given) > len(codes) ** 2:
        raise WeightError("judgements", "has more lines than there are pairs")
    found: dict[tuple[str, str], Number] = {}
    for line in given:
        if not isinstance(line, list | tuple) or len(line) != 3:
            raise WeightError("judgements", "each is [first, second, how many times]")
        first, second = _known(codes, line[0]), _known(codes, line[1])
        if (first, second) in found:
            raise WeightError(f"{first}/{second}", "is judged twice")
        found[first, second] = number_of(line[2], f"{first}/{second}")
    return found


def rescaled(
    points: Mapping[str, Number], changes: Mapping[str, Number], *, locked: Collection[str] = ()
) -> dict[str, Fraction]:
    """Siblings in percent after some were set to a percentage: what is locked stays, the others share the rest.

    The others keep their proportions to each other, or share equally when they had none. Sums to exactly 100.
    Raises WeightError naming the criterion: set although locked, negative, not finite, above 100 together with what is
    locked, or when nothing unlocked is left to take the difference.
    """
    before = {code: share * HUNDRED for code, share in normalise(points).items()}
    wanted: dict[str, Fraction] = {}
    for code, number in changes.items():
        wanted[_known(before, code)] = number_of(number, code)
        if wanted[code] < 0:
            raise WeightError(code, "must not be negative")
        if code in locked and wanted[code] != before[code]:
            raise WeightError(code, "is locked")
    fixed = {code: before[code] for code in before if code in locked} | wanted
    free = [code for code in before if code not in fixed]
    rest = HUNDRED - sum(fixed.values())
    blamed = ", ".join(wanted)
    if rest < 0:
        raise WeightError(blamed, f"comes to {float(HUNDRED - rest):g} with what is locked, over 100")
    if rest and not free:
        raise WeightError(blamed, "leaves nothing unlocked that could take the rest")
    after = fixed | _spread({code: before[code] for code in free}, rest)
    return {code: after[code] for code in before}


def within_locks(
    before: Mapping[str, Number], entered: Mapping[str, Number], locked: Collection[str]
) -> dict[str, Fraction]:
    """All siblings in percent after points were entered for them: what is locked keeps its share, the rest is shared
    out by the points entered. Raises WeightError naming a locked criterion whose points were changed, and siblings
    that are all 0 although something is left for them.
    """
    old = {code: share * HUNDRED for code, share in normalise(before).items()}
    fixed = {code: old[code] for code in old if code in locked}
    for code in fixed:
        if number_of(entered[code], code) not in {number_of(before[code], code), old[code]}:
            raise WeightError(code, "is locked")
    rest = HUNDRED - sum(fixed.values())
    given = {code: number_of(entered[code], code) for code in old if code not in fixed}
    for code, number in given.items():
        if number < 0:
            raise WeightError(code, "must not be negative")
    if rest and not any(given.values()):
        raise WeightError(", ".join(given) or ", ".join(fixed), "at least one needs a weight above 0")
    after = fixed | _spread(given, rest)
    return {code: after[code] for code in old}


def _spread(parts: Mapping[str, Fraction], rest: Fraction) -> dict[str, Fraction]:
    """The rest in these proportions, equally when all are 0; in whole grains but for the largest, so that texts stay short."""
    if not parts:
        return {}
    total = sum(parts.values(), Fraction(0))
    spread = {
        code: _short(rest * part / total if total else rest / len(parts)) for code, part in parts.items()
    }
    largest = max(spread, key=lambda code: spread[code])
    spread[largest] += rest - sum(spread.values())
    return spread


def _short(number: Fraction) -> Fraction:
    return number if number.denominator <= GRAIN else Fraction(math.floor(number * GRAIN), GRAIN)
