"""How several people's levels become one value: what a rating or a consensus puts in the place of the evidence.

A cell is the mean of the levels given; with four or more raters, or when they lie two levels apart or more, the
median. A consensus stands in the place of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from scorecards.engine.composite import ValueFunction
from scorecards.engine.exact import PPM, to_ppm
from scorecards.engine.value_functions import Ordinal
from scorecards.fit.inputs import FitSettings
from scorecards.fit.rater import Cell, Rater
from scorecards.frameworks import Leaf, LeafKind
from vendors.vocabulary import CellState, Freshness, Grade

MEDIAN_FROM = 4
"""From so many raters on the median stands for them: one odd rating no longer moves it."""
WIDE_SPREAD = 2
"""From so many levels between the lowest and the highest rating on people should talk."""
JUDGED_GRADE = Grade.C
"""A person's judgement of what they saw is as good as a reviewed document, and never a regulator's record."""


class Rule(StrEnum):
    """How several levels became one."""

    MEAN = "mean"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class Pooled:
    """The levels given to one cell, joined. `level` is exact; `lowest` and `highest` are what people gave."""

    count: int
    level: Fraction
    lowest: int
    highest: int
    rule: Rule
    variance: Fraction | None

    @property
    def spread(self) -> int:
        """Levels between the lowest and the highest."""
        return self.highest - self.lowest

    @property
    def wide(self) -> bool:
        """Whether people should talk."""
        return self.spread >= WIDE_SPREAD

    @property
    def deviation(self) -> str:
        """The standard deviation of a sample with two decimals, "" with a single rating."""
        return "" if self.variance is None else root_text(self.variance)


def pool(levels: Sequence[int]) -> Pooled:
    """Join the levels of one cell (at least one). Raises ValueError for none."""
    if not levels:
        raise ValueError("a cell is judged by at least one level")
    given, count = sorted(levels), len(levels)
    mean = Fraction(sum(given), count)
    wide = given[-1] - given[0] >= WIDE_SPREAD
    rule = Rule.MEDIAN if count >= MEDIAN_FROM or wide else Rule.MEAN
    level = Fraction(given[(count - 1) // 2] + given[count // 2], 2) if rule is Rule.MEDIAN else mean
    variance = sum(((each - mean) ** 2 for each in given), Fraction(0)) / (count - 1) if count > 1 else None
    return Pooled(count, level, given[0], given[-1], rule, variance)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What people judged of one criterion of one candidate.

    `levels` are those of the ratings that count, in no order; `consensus` the level agreed on, None without one;
    `ids` the records behind, ratings or the consensus.
    """

    levels: tuple[int, ...]
    consensus: int | None
    ids: tuple[int, ...]

    @property
    def source(self) -> str:
        """As the criterion's detail names it."""
        return source_of(len(self.levels), self.consensus)


def source_of(ratings: int, consensus: int | None) -> str:
    """Where a judged value comes from."""
    return "Consensus" if consensus is not None else f"Evaluators ({ratings})"


def is_judged(leaf: Leaf) -> bool:
    """Whether people can rate a criterion: it has a rubric whose levels are described in words."""
    return leaf.kind is LeafKind.ORD and isinstance(leaf.value_function, Ordinal)


def share_of(function: Ordinal, level: Fraction) -> Fraction:
    """The value (0 to 1) of a level, between two described levels on the straight line that joins their values.

    Raises ValueError for a level beyond the rubric.
    """
    described = list(function.levels)
    for (low, worth_low), (high, worth_high) in pairwise(described):
        if low <= level <= high:
            along = (level - low) / (high - low)
            return (worth_low + along * (worth_high - worth_low)) / 100
    raise ValueError(f"level {level} is beyond {described[0][0]} to {described[-1][0]}")


def replace_judged(
    rater: Rater, cells: Mapping[str, Cell], judged: Mapping[str, Judgement]
) -> dict[str, Cell]:
    """The cells of one candidate with what people judged in the place of the evidence.

    A criterion that is not applicable stays so. Levels beyond a rubric that was changed since are left out.
    """
    found = dict(cells)
    for code, judgement in judged.items():
        context = rater.contexts.get(code)
        if context is None or code not in cells or cells[code].state is CellState.NOT_APPLICABLE:
            continue
        cell = judged_cell(context.function, context.rules.settings, judgement)
        if cell is not None:
            found[code] = replace(cell, unit=cells[code].unit)
    return found


def judged_cell(function: ValueFunction, settings: FitSettings, judgement: Judgement) -> Cell | None:
    """The cell of a judgement; None when no level of it lies on the criterion's rubric.

    Known and verified in full, grade C, fresh: it does not age with the calendar, since it belongs to this scorecard.
    The interval reaches from the lowest to the highest rating, and at least the half-width of grade C to both sides;
    a consensus has that half-width alone.
    """
    if not isinstance(function, Ordinal):
        return None
    described = {level for level, _ in function.levels}
    levels = [level for level in judgement.levels if level in described]
    agreed = judgement.consensus if judgement.consensus in described else None
    if agreed is not None:
        level, ends, reason = Fraction(agreed), (agreed, agreed), f"Consensus: level {agreed}."
        raw: dict[str, object] = {"level": agreed, "judged": "consensus"}
    elif levels:
        pooled = pool(levels)
        level, ends, reason = pooled.level, (pooled.lowest, pooled.highest), _words(pooled)
        raw = {"level": number_of(level), "judged": pooled.rule.value, "ratings": pooled.count,
               "lowest": pooled.lowest, "highest": pooled.highest}  # fmt: skip
    else:
        return None
    point, width = to_ppm(share_of(function, level)), settings.half_widths[JUDGED_GRADE]
    low, high = (to_ppm(share_of(function, Fraction(end))) for end in ends)
    return Cell(
        low=max(0, min(low, point - width)), point=point, high=min(PPM, max(high, point + width)),
        known=PPM, verified=PPM, strength=settings.strengths[JUDGED_GRADE], state=CellState.KNOWN, grade=JUDGED_GRADE,
        freshness=Freshness.FRESH, raw=raw, reason=reason, references=(source_of(len(levels), agreed),), level=level,
    )  # fmt: skip


def _words(pooled: Pooled) -> str:
    if pooled.count == 1:
        return f"Rated by 1 evaluator: level {pooled.lowest}."
    between = f"levels {pooled.lowest} to {pooled.highest}" if pooled.spread else f"level {pooled.lowest}"
    return f"Rated by {pooled.count} evaluators: {between}, {pooled.rule.value} {level_text(pooled.level)}."


def number_of(level: Fraction) -> int | float:
    """A level as a JSON number: whole where it is, else with two decimals."""
    return int(level) if level.denominator == 1 else float(level_text(level))


def level_text(level: Fraction) -> str:
    """A level as people read it: whole where it is, else two decimals, half to even."""
    return str(level.numerator) if level.denominator == 1 else decimal_text(level)


def decimal_text(number: Fraction, places: int = 2) -> str:
    """A fraction with a fixed number of decimals, half to even."""
    units = round(number * 10**places)
    return f"{Decimal(units).scaleb(-places):.{places}f}"


def root_text(number: Fraction) -> str:
    """The square root of a fraction with two decimals."""
    with localcontext() as exact:
        exact.prec = 40
        return f"{(Decimal(number.numerator) / Decimal(number.denominator)).sqrt():.2f}"
