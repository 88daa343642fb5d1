"""Numbers as shown: rounded once, half to even, from the stored integers. Nothing shown is ever ranked."""

from collections.abc import Sequence
from fractions import Fraction

from scorecards.engine.exact import EXACT_ONE, PPB, PPM, EngineError


def _shown(numerator: int, denominator: int, decimals: int) -> str:
    """numerator ÷ denominator with a fixed number of decimals, half to even, by integers alone."""
    if denominator <= 0 or decimals < 0:
        raise EngineError("denominator", "must be positive")
    whole, rest = divmod(abs(numerator) * 10**decimals, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1):
        whole += 1
    digits = str(whole).rjust(decimals + 1, "0")
    sign = "-" if numerator < 0 and whole else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def score_text(numerator: int, denominator: int = PPB, *, decimals: int = 2) -> str:
    """A score or group score 0 to 100: numerator in 1e-15, denominator in ppb of weight it rests on.

    Two decimals in tables, API and exports, one on bars. Raises EngineError for a denominator of 0: without a
    weight known there is no score to show.
    """
    return _shown(int(numerator) * 100, int(denominator) * PPM, decimals)


def percent_text(units: int, whole: int = EXACT_ONE, *, decimals: int = 2) -> str:
    """A share of a whole as a percentage, without the sign: coverage, interval ends, evidence strength."""
    return _shown(int(units) * 100, int(whole), decimals)


def percent_number(units: int, whole: int) -> float:
    """`percent_text` with two decimals as a number: the same digits, for answers with thousands of them.

    Units are never negative. Dividing the whole hundredths by 100 gives the float nearest to the decimal, as reading its text does.
    """
    hundredths, rest = divmod(units * 10_000, whole)
    if 2 * rest > whole or (2 * rest == whole and hundredths % 2 == 1):
        hundredths += 1
    return hundredths / 100


def value_text(ppm: int, *, decimals: int = 2) -> str:
    """The value of a cell, ppm, as points 0 to 100."""
    return _shown(int(ppm) * 100, PPM, decimals)


def score_texts(numerators: Sequence[int], denominators: Sequence[int], *, decimals: int = 2) -> list[str]:
    """`score_text` of many candidates, for exports."""
    pairs = zip(numerators, denominators, strict=True)
    return [score_text(numerator, denominator, decimals=decimals) for numerator, denominator in pairs]


def share_text(share: Fraction, *, decimals: int = 2, signed: bool = True) -> str:
    """An exact share of the scale as points out of 100; a difference carries its sign, with the real minus sign."""
    shown = _shown(share.numerator * 100, share.denominator, decimals)
    if not signed:
        return shown
    return f"\N{MINUS SIGN}{shown[1:]}" if shown.startswith("-") else f"+{shown}"
