"""Exact numbers: from what a person typed to a fraction, and from a fraction to a stored integer."""

import math
from decimal import Decimal
from fractions import Fraction

PPM = 1_000_000
"""Parts per million: the unit of a value; 1 000 000 is the best value (100 points)."""
PPB = 1_000_000_000
"""Parts per billion: the unit of a leaf weight; the weights of a scorecard sum to exactly this."""
EXACT_ONE = PPM * PPB
"""The score 100 in stored units of 1e-15. Every partial sum stays below 2**53: exact in float64."""

Number = int | float | Decimal | Fraction
"""What the engine takes as a number. A float means the shortest decimal that prints like it."""


class EngineError(ValueError):
    """Input that cannot be scored. `name` is the criterion, field or row at fault."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


def exact(number: Number, *, name: str) -> Fraction:
    """The number as an exact fraction; 0.1 is one tenth, not the nearest binary float.

    Raises EngineError, naming `name`, for booleans, text, NaN and infinity.
    """
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal | Fraction):
        raise EngineError(name, "must be a number")
    if isinstance(number, float):
        if not math.isfinite(number):
            raise EngineError(name, "must be a finite number")
        return Fraction(repr(float(number)))
    if isinstance(number, Decimal) and not number.is_finite():
        raise EngineError(name, "must be a finite number")
    return Fraction(number)


def to_ppm(share: Fraction) -> int:
    """A share 0..1 as integer parts per million, rounded half to even (Python's rule for fractions)."""
    return round(share * PPM)


def largest_remainder(shares: list[Fraction], total: int) -> list[int]:
    """Split `total` into integers proportional to `shares` (which sum to 1) that sum to exactly `total`.

    Each part gets its floor; the units left over go to the largest remainders, the earlier one first when
    remainders are equal. A share of 0 stays 0.
    """
    quotas = [share * total for share in shares]
    parts = [math.floor(quota) for quota in quotas]
    left_over = total - sum(parts)
    by_remainder = sorted(range(len(quotas)), key=lambda i: (parts[i] - quotas[i], i))
    for i in by_remainder[:left_over]:
        parts[i] += 1
    return parts
